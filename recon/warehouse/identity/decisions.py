"""What people have decided about pairs of records, for ever: identity.toml beside recon.toml, written by `recon identity decide`."""

from __future__ import annotations

import json
import tomllib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, TypedDict, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from recon.config.settings import Settings
from recon.errors import ConfigError
from recon.snapshot.files import write_atomic

FILE_NAME = "identity.toml"
WEIGHTS_NAME = "identity-weights.csv"
"""The weights of a workspace, beside recon.toml, in place of those that come with recon."""

Verdict = Literal["same", "not-same"]
VERDICTS: tuple[str, ...] = get_args(Verdict)

_HEAD = "# Which records are one person and which are not; written by `recon identity decide`, and by hand. Holds for every snapshot.\n"


@dataclass(frozen=True, order=True)
class Record:
    """One record of one system."""

    system: str
    record_id: str

    @classmethod
    def parse(cls, text: str) -> Record:
        """``system:record_id``; ValueError where a part is missing."""
        system, colon, record_id = (part.strip() for part in text.partition(":"))
        if not colon or not system or not record_id:
            raise ValueError(f"{text!r} is not of the form system:record")
        return cls(system, record_id)

    def __str__(self) -> str:
        return f"{self.system}:{self.record_id}"


class Decision(BaseModel):
    """One pair and what was decided about it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: str
    second: str
    verdict: Verdict
    reason: str | None = None
    owner: str | None = None
    on: date | None = None

    @property
    def pair(self) -> tuple[Record, Record]:
        """Both records, the smaller one first."""
        one, other = sorted((Record.parse(self.first), Record.parse(self.second)))
        return one, other


def load(settings: Settings) -> tuple[Decision, ...]:
    """All decisions in the order of their records; ConfigError names what is wrong with the file."""
    return _without_contradiction(_written(settings))


def _written(settings: Settings) -> list[Decision]:
    path = settings.workspace / FILE_NAME
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path.name} cannot be read as TOML.", "Correct it, or remove it.") from error
    if strange := sorted(data.keys() - {"decisions"}):
        raise ConfigError(f"{path.name} has no table {strange[0]!r}.", "Decisions stand under [[decisions]].")
    return [_read(path, number, entry) for number, entry in enumerate(data.get("decisions", []), 1)]


class Wishes(TypedDict):
    """What a workspace says about identity, as keywords of building a warehouse."""

    decisions: tuple[Decision, ...]
    weights: Path | None


def wishes(settings: Settings) -> Wishes:
    """Decisions, and the weights that somebody has adopted (identity-weights.csv)."""
    weights = settings.workspace / WEIGHTS_NAME
    return {"decisions": load(settings), "weights": weights if weights.is_file() else None}


def _read(path: Path, number: int, entry: object) -> Decision:
    try:
        decision = Decision.model_validate(entry)
        one, other = decision.pair
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path.name}: decision {number} is not valid at {where}: {first['msg']}.", "Correct it.") from error
    except ValueError as error:
        raise ConfigError(f"{path.name}: decision {number}: {error}.", "Write it like salesforce:001….") from error
    if one == other:
        raise ConfigError(f"{path.name}: decision {number} names the same record twice.", "Correct it.")
    return decision


def _without_contradiction(found: Sequence[Decision]) -> tuple[Decision, ...]:
    by_pair: dict[tuple[Record, Record], Decision] = {}
    for decision in found:
        known = by_pair.setdefault(decision.pair, decision)
        if known.verdict != decision.verdict:
            raise ConfigError(f"{FILE_NAME} says same and not-same of {known.first} and {known.second}.", "Keep one of the two.")
    same: dict[Record, set[Record]] = defaultdict(set)
    for one, other in (pair for pair, decision in by_pair.items() if decision.verdict == "same"):
        same[one].add(other)
        same[other].add(one)
    for one, other in sorted(pair for pair, decision in by_pair.items() if decision.verdict == "not-same"):
        if way := _way(same, one, other):
            raise ConfigError(
                f"{FILE_NAME} says not-same of {one} and {other}, and same of both by way of {', '.join(map(str, way))}.",
                "Take one of these decisions back with `recon identity decide … forget`.",
            )
    return tuple(by_pair[pair] for pair in sorted(by_pair))


def _way(same: dict[Record, set[Record]], start: Record, end: Record) -> list[Record]:
    """The records between two that are called the same one after the other; none where no chain leads from one to the other."""
    came_from = {start: start}
    waiting = [start]
    while waiting and end not in came_from:
        here = waiting.pop(0)
        for near in sorted(same[here] - came_from.keys()):
            came_from[near] = here
            waiting.append(near)
    way: list[Record] = []
    here = end
    while end in came_from and came_from[here] != start:
        here = came_from[here]
        way.append(here)
    return way[::-1]


def decide(settings: Settings, decision: Decision) -> Path:
    """Write a decision, in place of an earlier one about the same pair; ConfigError where others say the contrary."""
    kept = [one for one in _written(settings) if one.pair != decision.pair]
    return _write(settings, _without_contradiction([*kept, decision]))


def forget(settings: Settings, first: Record, second: Record) -> bool:
    """Take a decision back; False where there was none."""
    known = _written(settings)
    kept = [one for one in known if set(one.pair) != {first, second}]
    if len(kept) < len(known):
        _write(settings, kept)
    return len(kept) < len(known)


def _write(settings: Settings, decisions: Sequence[Decision]) -> Path:
    path = settings.workspace / FILE_NAME
    parts = [_HEAD]
    for decision in sorted(decisions, key=lambda one: one.pair):
        values = decision.model_dump(exclude_none=True)
        # NOTE: a JSON string is a TOML basic string, and a date stands bare.
        lines = [f"{key} = {value.isoformat() if isinstance(value, date) else _text(value)}" for key, value in values.items()]
        parts.append("\n".join(["[[decisions]]", *lines]) + "\n")
    write_atomic(path, "\n".join(parts).encode())
    return path


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
