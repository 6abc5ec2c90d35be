"""Findings into one result object, and from it HTML, CSV and JSON."""
