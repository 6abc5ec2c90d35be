"""recon: the independent auditor between shops and Salesforce."""

__version__ = "0.1.0"
