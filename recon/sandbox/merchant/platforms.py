"""Finds the platforms that the merchant can sell on by listing this folder: a module that says its PREFIX is one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Protocol, cast

import recon.sandbox.merchant as package
from recon.errors import UsageError
from recon.sandbox.merchant.doors import Doors, Opened
from recon.sandbox.merchant.truth import TruthRow
from recon.sandbox.merchant.world import World

FIRST = "shopify"
"""The platform of the demo as it usually is."""

ERP = "database"
"""What is no shop: the merchant's ERP."""


class Closing(Protocol):
    """What holds files."""

    def close(self) -> None:
        """Give them back."""


class Platform(Protocol):
    """What the module ``<kind>.py`` offers. It may also have ``shape(world)``, which changes the neutral shop before anything is
    copied where the platform cannot express it, ``CAUSES``, which only this platform has, and ``ONE_STOCK = True`` where it keeps one
    number of what can be sold."""

    SYSTEM: str
    """name of the system in recon.toml"""
    PREFIX: str
    """how the fields begin that its integration added to the org"""
    TITLE: str
    UNSAID: frozenset[str]
    """causes and near misses that cannot be planted on it"""

    def prepare(self, world: World) -> None:
        """Take out of Salesforce what the platform has no counterpart of; after planting."""

    def record_ids(self, world: World) -> Mapping[str, str]:
        """Neutral id → record_id in the warehouse, where it is not the end of the neutral one."""
        ...

    def truth(self, world: World) -> list[TruthRow]:
        """What an audit of this shop has to find."""
        ...

    def make(self, folder: Path, world: World, now: Callable[[], datetime]) -> Closing | None:
        """The filled stand-in in a folder; what has to be closed, if anything."""

    def open_up(self, folder: Path, doors: Doors) -> Opened:
        """Serve what lies in a folder."""
        ...


@cache
def shops() -> dict[str, Platform]:
    """Kind → module, the usual one first."""
    found: dict[str, Platform] = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        if hasattr(module, "PREFIX"):
            found[info.name] = cast(Platform, module)
    return {kind: found[kind] for kind in sorted(found, key=lambda kind: (kind != FIRST, kind))}


def usual_orders(kinds: Iterable[str]) -> int:
    """Orders of the merchant where nobody says how many."""
    count = sum(kind != ERP for kind in kinds)
    return 3000 if count == 1 else 1000 * count


def chosen(words: Iterable[str]) -> tuple[str, ...]:
    """The kinds that a user names, in the usual order; UsageError where one is unknown or no shop is among them."""
    known = [*shops(), ERP]
    named = {word.strip().lower() for word in words if word.strip()}
    unknown = sorted(named - {*known, "all"})
    if unknown:
        raise UsageError(f"There is no platform {unknown[0]!r} in the demo.", f"Known: {', '.join(known)}, or all.")
    kinds = tuple(known) if "all" in named else tuple(kind for kind in known if kind in named)
    if not set(kinds) & set(shops()):
        raise UsageError("The demo needs at least one shop.", f"Known: {', '.join(shops())}.")
    return kinds
