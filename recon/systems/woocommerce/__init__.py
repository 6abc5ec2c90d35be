"""WooCommerce: one site, read by its REST API (wc/v3). Nothing is ever written."""

from __future__ import annotations

from recon.config.settings import SystemSettings
from recon.systems.base import Context, Extractor
from recon.systems.woocommerce.settings import Settings

__all__ = ["KIND", "SIDE", "Settings", "open_system"]

KIND = "woocommerce"
SIDE = "shop"


def open_system(settings: SystemSettings, context: Context) -> Extractor:
    """An extractor for one site; nothing is sent before its first question."""
    from recon.systems.woocommerce.extractor import Site

    if not isinstance(settings, Settings):
        raise TypeError("these are not settings of a WooCommerce site")
    return Site(settings, context)
