"""Salesforce core: Sales Cloud orders, customers, products, prices and stock, read by REST and Bulk API 2.0."""

from __future__ import annotations

from recon.config.settings import SystemSettings
from recon.systems.base import Context, Extractor
from recon.systems.salesforce.settings import Settings

__all__ = ["KIND", "SIDE", "Settings", "open_system"]

KIND = "salesforce"
SIDE = "salesforce"


def open_system(settings: SystemSettings, context: Context) -> Extractor:
    """The extractor of one org; sends nothing yet. Raises ConfigError where a secret cannot be read."""
    from recon.systems.salesforce.extract import SalesforceExtractor

    if not isinstance(settings, Settings):
        raise TypeError("settings of another platform")
    return SalesforceExtractor(settings, context)
