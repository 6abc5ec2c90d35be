"""``RECON_…`` variables of the environment: what each of them sets, and what is wrong with those that set nothing."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from recon.config.settings import Settings

PREFIX = "RECON_"
BETWEEN = "__"

OTHERS = frozenset({"RECON_CONFIG", "RECON_LOG_FORMAT", "RECON_KILL_AT", "RECON_TRACEBACK"})
"""Variables that are no settings: the file of settings, and what developers use."""

_INTERNAL = frozenset({"path", "systems"})
"""Fields that the environment cannot set: a system's part is only written in recon.toml."""
_SECRET = re.compile(r"\benv:([A-Za-z_][A-Za-z0-9_]*)")


def unknown(text: str) -> Iterator[tuple[str, str]]:
    """Variables that look like settings and are none, each with a hint; those that ``text`` (recon.toml) names as secrets are fine."""
    secrets = {name.upper() for name in _SECRET.findall(text)}
    for name in sorted(os.environ):
        upper = name.upper()
        if not upper.startswith(PREFIX) or upper in OTHERS or upper in secrets:
            continue
        if not _exists(upper.removeprefix(PREFIX).lower().split(BETWEEN)):
            yield name, _hint(upper)


def variable(location: Sequence[object]) -> str | None:
    """The variable that a setting came from, the setting given by its path of keys; None where it came from elsewhere."""
    parts = [str(part).lower() for part in location]
    names = {name.upper(): name for name in os.environ}
    for length in range(len(parts), 0, -1):
        found = names.get(PREFIX + BETWEEN.join(parts[:length]).upper())
        if found is not None:
            return found
    return None


def _exists(parts: Sequence[str]) -> bool:
    model: Any = Settings
    for number, part in enumerate(parts):
        fields: Mapping[str, Any] = model.model_fields
        if part not in fields or (number == 0 and part in _INTERNAL):
            return False
        annotation = fields[part].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return number == len(parts) - 1 or _is_table(annotation)
        model = annotation
    return True


def _is_table(annotation: Any) -> bool:
    """Tables with names of their own, such as [rules], take anything below them; their models judge it."""
    return getattr(annotation, "__origin__", None) is dict


def _hint(upper: str) -> str:
    close = difflib.get_close_matches(upper, list(_known(Settings, PREFIX)), n=1, cutoff=0.6)
    return f"Did you mean {close[0]}?" if close else "Remove it; `recon config show` lists the settings."


def _known(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if model is Settings and name in _INTERNAL:
            continue
        yield prefix + name.upper()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _known(field.annotation, f"{prefix}{name.upper()}{BETWEEN}")
