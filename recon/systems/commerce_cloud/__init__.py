"""Salesforce B2C Commerce: orders and products by its Admin APIs, stock by OCAPI Data, and all of it by files of its exports.

Nothing is ever written, and no job is run: exporting orders changes them.
"""

from __future__ import annotations

from recon.config.settings import SystemSettings
from recon.systems.base import Context, Extractor
from recon.systems.commerce_cloud.settings import Settings

__all__ = ["KIND", "SIDE", "Settings", "open_system"]

KIND = "commerce_cloud"
SIDE = "shop"


def open_system(settings: SystemSettings, context: Context) -> Extractor:
    """An extractor for one instance; nothing is sent before its first question."""
    from recon.systems.commerce_cloud.extractor import Instance

    if not isinstance(settings, Settings):
        raise TypeError("these are not settings of a B2C Commerce instance")
    return Instance(settings, context)
