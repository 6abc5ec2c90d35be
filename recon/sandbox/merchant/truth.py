"""What an audit of the demo merchant has to find: one row per finding, and nothing else."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

SHOP = "shop"
SALESFORCE = "salesforce"
"""Names of the two systems in the demo's recon.toml."""


FOUND = "found"
"""Outcome of what must be reported"""


@dataclass(frozen=True)
class TruthRow:
    """One finding that must come, with the cause that was planted."""

    rule: str
    system: str
    record_id: str | None
    salesforce_id: str | None
    cause: str
    outcome: str = FOUND
    """what must become of it: a second look may find that it healed, or that its own record is gone"""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes a finding the same one."""
        return self.rule, self.system, self.record_id or "", self.salesforce_id or ""


@dataclass
class Truth:
    """Rows declared by the causes."""

    rows: list[TruthRow] = field(default_factory=list)

    def shop(self, rule: str, cause: str, record_id: str, salesforce_id: str | None = None, outcome: str = FOUND) -> None:
        """A finding about a shop record, perhaps with the Salesforce record that belongs to it."""
        self.rows.append(TruthRow(rule, SHOP, record_id, salesforce_id, cause, outcome))

    def salesforce(self, rule: str, cause: str, salesforce_id: str, outcome: str = FOUND) -> None:
        """A finding about a Salesforce record alone."""
        self.rows.append(TruthRow(rule, SALESFORCE, None, salesforce_id, cause, outcome))

    def sorted(self) -> list[TruthRow]:
        """Rows by rule, system and ids."""
        return sorted(self.rows, key=lambda row: row.key)

    def counts(self) -> Counter[str]:
        """Rows per rule."""
        return Counter(row.rule for row in self.rows)


def write(path: Path, rows: Iterable[TruthRow]) -> None:
    """Write truth.json, one row a line."""
    lines = ",\n".join(json.dumps(asdict(row), ensure_ascii=False) for row in rows)
    path.write_text(f"[\n{lines}\n]\n" if lines else "[]\n", encoding="utf-8")


def read(path: Path) -> list[TruthRow]:
    """Read truth.json."""
    return [TruthRow(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
