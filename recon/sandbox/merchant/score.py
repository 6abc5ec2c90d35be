"""Whether an audit found exactly what was planted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from recon.sandbox.merchant.truth import TruthRow

Key = tuple[str, str, str, str]
"""Rule, system, shop record (or empty), Salesforce record (or empty)."""


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

    planted: Counter[str]
    found: Counter[str]
    missed: tuple[TruthRow, ...]
    extra: tuple[Key, ...]
    idle: tuple[str, ...]
    """rules that did not run"""

    @property
    def exact(self) -> bool:
        """Everything planted was found, nothing else, and every rule ran."""
        return not (self.missed or self.extra or self.idle)

    @property
    def sentence(self) -> str:
        """The outcome for a person."""
        if self.idle:
            return f"✗ {len(self.idle)} rules did not run: {', '.join(self.idle)}."
        if self.exact:
            total = self.planted.total()
            return f"✓ All {total} planted faults were found and nothing else." if total else "✓ Nothing was planted and nothing was found."
        return f"✗ {len(self.missed)} planted faults were missed and {len(self.extra)} findings are not planted."

    def table(self) -> list[tuple[str, int, int, int, int]]:
        """One row per rule: planted, found, missed, extra."""
        missed, extra = Counter(row.rule for row in self.missed), Counter(key[0] for key in self.extra)
        names = sorted({*self.planted, *self.found})
        return [(name, self.planted[name], self.found[name], missed[name], extra[name]) for name in names]

    def details(self, limit: int) -> Iterator[str]:
        """Which ones were missed or are extra, at most so many of each."""
        for row in self.missed[:limit]:
            yield f"missed: {' '.join(filter(None, row.key))} ({row.cause})"
        for key in self.extra[:limit]:
            yield f"extra: {' '.join(filter(None, key))}"


def score(planted: Iterable[TruthRow], found: Iterable[Found], idle: Iterable[str] = ()) -> Score:
    """Compare; a finding that comes twice counts as extra."""
    wanted = list(planted)
    keys = [(one.rule, one.system, one.record_id or "", one.salesforce_id or "") for one in found]
    surplus = Counter(keys) - Counter(row.key for row in wanted)
    have = set(keys)
    return Score(
        planted=Counter(row.rule for row in wanted),
        found=Counter(key[0] for key in keys),
        missed=tuple(row for row in wanted if row.key not in have),
        extra=tuple(sorted(surplus.elements())),
        idle=tuple(sorted(idle)),
    )
