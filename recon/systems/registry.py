"""Finds the platforms by listing the folder ``recon/systems``: nothing is registered by hand."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import Any

from pydantic import ValidationError

import recon.systems
from recon.config.settings import SystemSettings
from recon.errors import ConfigError
from recon.systems.base import Context, Extractor


@cache
def platforms() -> Mapping[str, ModuleType]:
    """Kind → module, sorted by kind; modules of the folder without ``KIND`` are helpers of the platforms and left out."""
    found: dict[str, ModuleType] = {}
    for entry in pkgutil.iter_modules(recon.systems.__path__):
        module = importlib.import_module(f"recon.systems.{entry.name}")
        kind = getattr(module, "KIND", None)
        if isinstance(kind, str):
            found[kind] = module
    return dict(sorted(found.items()))


def platform(kind: str) -> ModuleType:
    """The module of a kind; raises ConfigError naming the nearest kind."""
    try:
        return platforms()[kind]
    except KeyError:
        near = difflib.get_close_matches(kind, platforms(), 1)
        hint = f'Did you mean "{near[0]}"?' if near else f"Known kinds: {', '.join(platforms())}."
        raise ConfigError(f'There is no kind of system "{kind}".', hint) from None


def settings_model(kind: str) -> type[SystemSettings]:
    """The pydantic model of a kind's part of recon.toml; raises ConfigError for an unknown kind."""
    model = platform(kind).Settings
    assert issubclass(model, SystemSettings)  # noqa: S101 -- the contract of recon.systems.base
    return model


def side(kind: str) -> str:
    """``shop``, ``salesforce`` or ``erp``."""
    return str(platform(kind).SIDE)


def read_settings(name: str, table: Mapping[str, Any]) -> SystemSettings:
    """One table ``[systems.<name>]`` as its model.

    Raises ConfigError with the first problem; ``recon config check`` shows all of them by validating with :func:`settings_model` itself.
    """
    model = settings_model(str(table.get("kind", "")))
    try:
        return model.model_validate(dict(table))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join([f"systems.{name}", *(str(part) for part in first["loc"])])
        raise ConfigError(f"{key}: {first['msg']}.", "Run recon config check to see all problems.") from None


def open_system(settings: SystemSettings, context: Context) -> Extractor:
    """The extractor of a configured system; nothing is sent before it is first asked for something."""
    extractor: Extractor = platform(settings.kind).open_system(settings, context)
    return extractor
