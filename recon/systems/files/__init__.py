"""Files: exports of an ERP, of a shop or of anything else, mapped to canonical tables in recon.toml. They are only read."""

from __future__ import annotations

from recon.config.settings import SystemSettings
from recon.systems.base import Context, Extractor
from recon.systems.files.settings import Settings

__all__ = ["KIND", "SIDE", "Settings", "open_system"]

KIND = "files"
SIDE = "erp"
"""Where recon.toml does not say ``side = "shop"``."""


def open_system(settings: SystemSettings, context: Context) -> Extractor:
    """An extractor for one set of files; nothing is opened before its first question."""
    from recon.systems.files.extractor import Files

    if not isinstance(settings, Settings):
        raise TypeError("these are not settings of files")
    return Files(settings, context)
