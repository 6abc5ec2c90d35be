"""Whether an audit found exactly what was planted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from recon.sandbox.merchant.truth import FOUND, TruthRow

Cell = tuple[str, str]
"""Rule and system."""

Key = tuple[str, str, str, str]
"""Rule, system, shop record (or empty), Salesforce record (or empty)."""


Passing = tuple[str, str, str, str, str]
"""The same with what the second look makes of it."""


class Found(Protocol):
    """The part of a finding that tells which one it is."""

    @property
    def rule(self) -> str:
        """Id of the rule."""

    @property
    def system(self) -> str:
        """System of the record."""

    @property
    def record_id(self) -> str | None:
        """Shop record."""

    @property
    def salesforce_id(self) -> str | None:
        """Salesforce record."""


@dataclass(frozen=True)
class Score:
    """Planted against found."""

    planted: Counter[Cell]
    found: Counter[Cell]
    missed: tuple[TruthRow, ...]
    extra: tuple[Key, ...]
    idle: tuple[str, ...]
    """rules that did not run"""
    passing: int = 0
    """differences that had to be gone at the second look, and were"""
    odd: tuple[Passing, ...] = ()
    """differences that had to be gone and were not, or were gone and should not"""

    @property
    def exact(self) -> bool:
        """Everything planted was found, nothing else, what had to heal meanwhile did, and every rule ran."""
        return not (self.missed or self.extra or self.idle or self.odd)

    @property
    def sentence(self) -> str:
        """The outcome for a person."""
        if self.idle:
            return f"✗ {len(self.idle)} rules did not run: {', '.join(self.idle)}."
        if self.exact:
            total = self.planted.total()
            if not total:
                return "✓ Nothing was planted and nothing was found."
            passing = f" {self.passing} more healed or ended while the audit read, and none of them was reported." if self.passing else ""
            return f"✓ All {total} planted faults were found and nothing else.{passing}"
        if self.odd:
            return f"✗ {len(self.odd)} differences were to be gone at the second look and were not, or were gone and should not be."
        return f"✗ {len(self.missed)} planted faults were missed and {len(self.extra)} findings are not planted."

    def table(self) -> list[tuple[str, int, int, int, int]]:
        """One row per rule: planted, found, missed, extra."""
        return self._summed(0)

    def systems(self) -> list[tuple[str, int, int, int, int]]:
        """The same per system."""
        return self._summed(1)

    def _summed(self, place: int) -> list[tuple[str, int, int, int, int]]:
        planted, found = _by(self.planted, place), _by(self.found, place)
        missed, extra = Counter(row.key[place] for row in self.missed), Counter(key[place] for key in self.extra)
        return [(name, planted[name], found[name], missed[name], extra[name]) for name in sorted({*planted, *found})]

    def matrix(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Head and rows: per rule and system how many of the planted faults were found, and what came besides."""
        systems = [name for name, *_ in self.systems()]
        return ("rule", *systems), [(rule, *(self._cell((rule, name)) for name in systems)) for rule, *_ in self.table()]

    def _cell(self, cell: Cell) -> str:
        extra = sum(key[:2] == cell for key in self.extra)
        planted = self.planted[cell]
        if not planted and not extra:
            return ""
        return f"{self.found[cell] - extra} of {planted}" + (f", {extra} extra" if extra else "")

    def details(self, limit: int) -> Iterator[str]:
        """Which ones were missed or are extra, at most so many of each."""
        for row in self.missed[:limit]:
            yield f"missed: {' '.join(filter(None, row.key))} ({row.cause})"
        for key in self.extra[:limit]:
            yield f"extra: {' '.join(filter(None, key))}"
        for one in self.odd[:limit]:
            yield f"second look: {' '.join(filter(None, one))}"


def _by(counts: Counter[Cell], place: int) -> Counter[str]:
    summed: Counter[str] = Counter()
    for cell, count in counts.items():
        summed[cell[place]] += count
    return summed


class Ended(Found, Protocol):
    """A difference that the second look did not find any more."""

    @property
    def outcome(self) -> str:
        """in_flight or gone."""


def score(planted: Iterable[TruthRow], found: Iterable[Found], idle: Iterable[str] = (), passed: Iterable[Ended] = ()) -> Score:
    """Compare; a finding that comes twice counts as extra."""
    truth = list(planted)
    wanted = [row for row in truth if row.outcome == FOUND]
    due = {(*row.key, row.outcome) for row in truth if row.outcome != FOUND}
    gone = {(one.rule, one.system, one.record_id or "", one.salesforce_id or "", one.outcome) for one in passed}
    keys = [(one.rule, one.system, one.record_id or "", one.salesforce_id or "") for one in found]
    surplus = Counter(keys) - Counter(row.key for row in wanted)
    have = set(keys)
    return Score(
        planted=Counter(row.key[:2] for row in wanted),
        found=Counter(key[:2] for key in keys),
        missed=tuple(row for row in wanted if row.key not in have),
        extra=tuple(sorted(surplus.elements())),
        idle=tuple(sorted(idle)),
        passing=len(due & gone),
        odd=tuple(sorted(due ^ gone)),
    )
