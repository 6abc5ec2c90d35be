"""Groups of customers as data: duplicates with the suggested survivor, households and colleagues, values that are nobody's.

As many as a person can look at, the surest first; the totals are over everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from recon.audit.judge import Bench, Coverage
from recon.audit.metrics import ask, aware
from recon.audit.result import DuplicateGroup, GroupField, GroupRecord, Identity, RecordRef, RelatedGroup, SharedValue
from recon.warehouse.identity.explain import APART

DUPLICATES, RELATED, SHARED, MEMBERS = 200, 100, 100, 10
"""Groups and values of each kind that a result holds, and records of a group."""

FIELDS = (
    "first_name", "last_name", "email", "phone", "company", "address1", "postal_code", "city", "email_consent", "sms_consent",
)  # fmt: skip
"""Fields that are shown of a record; a suggestion is made for the same."""

Row = dict[str, Any]


def identity(bench: Bench, coverage: Coverage) -> Identity | None:
    """What is known of who is who, after the rules have judged; None where no customers were read."""
    if not any(coverage.has(system, "customers") for systems in coverage.sides.values() for system in systems):
        return None
    duplicates = _groups(bench, "duplicate_groups", DUPLICATES)
    related = _groups(bench, "related_groups", RELATED)
    shared = ask(bench, "shared_values", {"most": SHARED})
    return Identity(
        duplicates_total=duplicates[0][0]["total"] if duplicates else 0,
        duplicates=tuple(map(_duplicate, duplicates)),
        related_total=related[0][0]["total"] if related else 0,
        related=tuple(map(_related, related)),
        shared_values_total=shared[0]["total"] if shared else 0,
        shared_values=tuple(SharedValue(row["system"], row["kind"], row["value"], row["records"], row["reason"]) for row in shared),
    )


def _groups(bench: Bench, name: str, most: int) -> list[list[Row]]:
    """Rows of one group together."""
    rows = ask(bench, name, {"most": most, "members": MEMBERS})
    return [list(group) for _, group in groupby(rows, key=lambda row: row["place"])]


def _duplicate(rows: Sequence[Row]) -> DuplicateGroup:
    first = rows[0]
    kept = {one["field"]: one for one in first["kept"] or ()}
    return DuplicateGroup(
        finding_id=first["finding_id"],
        system=first["system"],
        label=first["label"],
        confidence=first["confidence"],
        reasons=tuple((first["reasons"] or "").split(", ")) if first["reasons"] else (),
        records_total=first["records"],
        records=tuple(map(_record, rows)),
        fields=tuple(_fields(rows, kept)),
        survivor_id=first["survivor_id"],
        survivor_reason=first["survivor_reason"],
        elsewhere=tuple(RecordRef(one["system"], one["record_id"]) for one in first["elsewhere"] or ()),
    )


def _related(rows: Sequence[Row]) -> RelatedGroup:
    first = rows[0]
    return RelatedGroup(
        relation=first["relation"],
        system=first["system"],
        apart=tuple(APART[veto] for veto in first["vetoes"]),
        reasons=tuple(first["reasons"]),
        records_total=first["records"],
        records=tuple(map(_record, rows)),
        fields=tuple(_fields(rows, {})),
    )


def _record(row: Row) -> GroupRecord:
    return GroupRecord(row["record_id"], row["url"], row["orders"], aware(row["created_at"]), aware(row["updated_at"]))


def _fields(rows: Sequence[Row], kept: Mapping[str, Mapping[str, str]]) -> Iterator[GroupField]:
    """Fields of which any of the records holds a value."""
    for name in FIELDS:
        values = tuple(row[name] for row in rows)
        if any(value is not None for value in values):
            one = kept.get(name, {})
            yield GroupField(name, values, one.get("value"), one.get("record_id"), one.get("reason"))
