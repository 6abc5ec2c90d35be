"""Adobe Commerce and Magento 2.4: on-premises, Cloud, and Commerce as a Cloud Service, read by the REST API. Nothing is ever written."""

from __future__ import annotations

from recon.config.settings import SystemSettings
from recon.systems.adobe_commerce.settings import Settings
from recon.systems.base import Context, Extractor

__all__ = ["KIND", "SIDE", "Settings", "open_system"]

KIND = "adobe_commerce"
SIDE = "shop"


def open_system(settings: SystemSettings, context: Context) -> Extractor:
    """An extractor for one shop; nothing is sent before its first question."""
    from recon.systems.adobe_commerce.extractor import Shop

    if not isinstance(settings, Settings):
        raise TypeError("these are not settings of an Adobe Commerce shop")
    return Shop(settings, context)
