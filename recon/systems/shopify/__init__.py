"""Shopify: one shop, read by the GraphQL Admin API and bulk operations. Nothing is ever written."""

from __future__ import annotations

from recon.config.settings import SystemSettings
from recon.systems.base import Context, Extractor
from recon.systems.shopify.settings import Settings

__all__ = ["KIND", "SIDE", "Settings", "open_system"]

KIND = "shopify"
SIDE = "shop"


def open_system(settings: SystemSettings, context: Context) -> Extractor:
    """An extractor for one shop; nothing is sent before its first question."""
    from recon.systems.shopify.extractor import Shop

    if not isinstance(settings, Settings):
        raise TypeError("these are not settings of a Shopify shop")
    return Shop(settings, context)
