"""Finds the platforms by listing this folder; nothing is registered by hand."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Literal, Protocol, cast

import recon.systems
from recon.config.settings import SystemSettings
from recon.systems.base import Context, Example, Extractor

Side = Literal["shop", "salesforce", "erp"]


class Platform(Protocol):
    """What a platform module offers."""

    KIND: str
    SIDE: Side
    Settings: type[SystemSettings]

    def open_system(self, settings: SystemSettings, context: Context) -> Extractor:
        """An extractor for one configured system."""
        ...


@cache
def platforms() -> dict[str, Platform]:
    """Kind → module, for every module or package here that says its ``KIND``."""
    found: dict[str, Platform] = {}
    for info in sorted(pkgutil.iter_modules(recon.systems.__path__), key=lambda item: item.name):
        module = importlib.import_module(f"recon.systems.{info.name}")
        if hasattr(module, "KIND"):
            found[module.KIND] = cast(Platform, module)
    return found


def settings_models() -> dict[str, type[SystemSettings]]:
    """Kind → model of its part of recon.toml."""
    return {kind: module.Settings for kind, module in platforms().items()}


def example(kind: str) -> Example:
    """What ``recon init`` asks and writes for a platform."""
    found: Example = importlib.import_module(f"recon.systems.{kind}.example").EXAMPLE
    return found


def side(kind: str) -> Side:
    """Which side of a comparison a platform is on."""
    return platforms()[kind].SIDE


def side_of(settings: SystemSettings) -> Side:
    """The same for one configured system; some platforms let recon.toml say it (``side = "shop"``)."""
    own: Side | None = getattr(settings, "side", None)
    return own or side(settings.kind)


def open_system(settings: SystemSettings, context: Context) -> Extractor:
    """An extractor for one configured system."""
    return platforms()[settings.kind].open_system(settings, context)
