"""Finds the SQL and the templates: inside the wheel, or beside the package in a checkout."""

from __future__ import annotations

from pathlib import Path

from recon.errors import StoreError

_PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """Folder ``queries`` or ``reports``; raises StoreError where the installation lacks it."""
    for candidate in (_PACKAGE / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise StoreError(f"The folder {name}/ is missing from this installation of recon.", "Install it again.")
