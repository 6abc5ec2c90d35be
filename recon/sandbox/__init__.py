"""Local stand-ins of every platform over real HTTPS, with a demo merchant and planted defects. An extra."""
