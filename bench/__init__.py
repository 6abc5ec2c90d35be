"""Measures recon on a million orders. Not part of the installed package."""
