"""Databases: a SELECT per canonical table, in a read-only transaction. Nothing is ever written."""

from __future__ import annotations

from recon.config.settings import SystemSettings
from recon.systems.base import Context, Extractor
from recon.systems.database.settings import Settings

__all__ = ["KIND", "SIDE", "Settings", "open_system"]

KIND = "database"
SIDE = "erp"
"""Where recon.toml does not say ``side = "shop"``."""


def open_system(settings: SystemSettings, context: Context) -> Extractor:
    """An extractor for one database; nothing is sent before its first question."""
    from recon.systems.database.extractor import Database

    if not isinstance(settings, Settings):
        raise TypeError("these are not settings of a database")
    return Database(settings, context)
