"""Findings that somebody accepts for a time: from recon.toml, and from waivers.toml beside it, which the commands write."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from recon.audit.result import WaiverUse
from recon.config.settings import Settings, Waiver
from recon.errors import ConfigError, UsageError
from recon.snapshot.files import write_atomic
from recon.warehouse.engine import quote

FILE_NAME = "waivers.toml"

_HEAD = "# Findings accepted for a time; written by `recon findings waive` and `recon findings unwaive`, and by hand.\n"


@dataclass(frozen=True)
class Held:
    """A waiver and the file that holds it."""

    waiver: Waiver
    origin: str

    def holds_on(self, day: date) -> bool:
        """Whether it is in force; ``until`` is its last day."""
        return day <= self.waiver.until


def load(settings: Settings) -> tuple[Held, ...]:
    """All waivers in order; ConfigError names the file and the entry that is wrong."""
    name = settings.path.name if settings.path else "recon.toml"
    return tuple(Held(waiver, name) for waiver in settings.waivers) + tuple(Held(waiver, FILE_NAME) for waiver in _read(_path(settings)))


def condition(uses: Sequence[WaiverUse]) -> str:
    """SQL over the alias ``f`` that is true for findings which a waiver in force covers; see also the history, which names the waiver."""
    parts = []
    for use in uses:
        if use.expired:
            continue
        rule = f"starts_with(f.rule, {quote(use.rule[:-1])})" if use.rule.endswith("*") else f"f.rule = {quote(use.rule)}"
        wanted = {"system": use.system, "record_id": use.record_id, "salesforce_id": use.salesforce_id, "finding_id": use.finding}
        parts.append(" and ".join([rule, *(f"f.{name} is not distinct from {quote(value)}" for name, value in wanted.items() if value)]))
    return " or ".join(f"({part})" for part in parts) or "false"


def add(settings: Settings, waiver: Waiver) -> Path:
    """Write a waiver into waivers.toml, in place of one for the same finding."""
    path = _path(settings)
    _write(path, [*(held for held in _read(path) if held.finding is None or held.finding != waiver.finding), waiver])
    return path


def remove(settings: Settings, finding: str) -> int:
    """Take the waivers of one finding out of waivers.toml; UsageError where its id or the begin of it fits none, or several."""
    path = _path(settings)
    before = _read(path)
    ids = {waiver.finding for waiver in before if finding and waiver.finding and waiver.finding.startswith(finding)}
    if len(ids) > 1:
        raise UsageError(f"Several waivers in {FILE_NAME} begin with {finding}.", "Name more of the finding's id.")
    kept = [waiver for waiver in before if waiver.finding not in ids]
    if not ids:
        raise UsageError(f"{FILE_NAME} holds no waiver of the finding {finding}.", "See `recon findings list --state waived`.")
    _write(path, kept)
    return len(before) - len(kept)


def _path(settings: Settings) -> Path:
    return settings.workspace / FILE_NAME


def _read(path: Path) -> list[Waiver]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path.name} cannot be read as TOML.", "Correct it, or remove it.") from error
    if strange := sorted(data.keys() - {"waivers"}):
        raise ConfigError(f"{path.name} has no table {strange[0]!r}.", "Waivers stand under [[waivers]].")
    found: list[Waiver] = []
    for number, entry in enumerate(data.get("waivers", []), 1):
        try:
            found.append(Waiver.model_validate(entry))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise ConfigError(f"{path.name}: waiver {number} is not valid at {where}: {first['msg']}.", "Correct it.") from error
    return found


def _write(path: Path, waivers: Sequence[Waiver]) -> None:
    parts = [_HEAD]
    for waiver in waivers:
        values = waiver.model_dump(exclude_none=True)
        # NOTE: a JSON string is a TOML basic string, and a date stands bare.
        lines = [f"{key} = {value.isoformat() if isinstance(value, date) else _text(value)}" for key, value in values.items()]
        parts.append("\n".join(["[[waivers]]", *lines]) + "\n")
    write_atomic(path, "\n".join(parts).encode())


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
