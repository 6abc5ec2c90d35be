"""BigCommerce: one store, read by the V2 and V3 REST APIs and, where it is there, B2B Edition. Nothing is ever written."""

from __future__ import annotations

from recon.config.settings import SystemSettings
from recon.systems.base import Context, Extractor
from recon.systems.bigcommerce.settings import Settings

__all__ = ["KIND", "SIDE", "Settings", "open_system"]

KIND = "bigcommerce"
SIDE = "shop"


def open_system(settings: SystemSettings, context: Context) -> Extractor:
    """An extractor for one store; nothing is sent before its first question."""
    from recon.systems.bigcommerce.extractor import Store

    if not isinstance(settings, Settings):
        raise TypeError("these are not settings of a BigCommerce store")
    return Store(settings, context)
