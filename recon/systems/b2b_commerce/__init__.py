"""B2B and D2C Commerce and Order Management on the Salesforce core, read as a shop."""

from __future__ import annotations

from recon.config.settings import SystemSettings
from recon.systems.b2b_commerce.settings import Settings
from recon.systems.base import Context, Extractor

__all__ = ["KIND", "SIDE", "Settings", "open_system"]

KIND = "b2b_commerce"
SIDE = "shop"


def open_system(settings: SystemSettings, context: Context) -> Extractor:
    """The extractor of one commerce org; sends nothing yet. Raises ConfigError where a secret cannot be read."""
    from recon.systems.b2b_commerce.extract import CommerceExtractor

    if not isinstance(settings, Settings):
        raise TypeError("settings of another platform")
    return CommerceExtractor(settings, context)
