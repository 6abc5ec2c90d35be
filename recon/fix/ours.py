"""What we wrote ourselves, from the journals of a workspace: so that our own writes are told from those of others.

A value that we corrected and that is the old one again was written back by somebody, most likely by an integration that works in both
directions and sent what it still held, or by a flow. Writing it again would only begin the same round anew. The same holds for a record
that we made and that is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from recon.fix.journal import FILE_NAME, Entry, read, standings
from recon.fix.plan import FOLDER, Plan, load


@dataclass(frozen=True)
class Value:
    """A value that a plan wrote, and what it wrote it over."""

    before: str | None
    after: str | None
    plan: str


@dataclass
class Ours:
    """What plans wrote last and did not take back."""

    values: dict[tuple[str, str, str], Value] = field(default_factory=dict)
    """(object, record id, field) → the value"""
    made: dict[tuple[str, tuple[str | None, ...]], tuple[str, str]] = field(default_factory=dict)
    """(object, values of its key) → the record's id and the plan"""


def written(state_dir: Path) -> Ours:
    """What all plans of a workspace wrote, in the order in which they were begun."""
    ours = Ours()
    for plan, entries in _begun(state_dir):
        stand = standings(plan, entries)
        for change in plan.changes:
            one = stand[change.id]
            record_id = one.record_id or change.record_id or (stand[change.made_by].record_id if change.made_by else None)
            if one.result != "done" or record_id is None:
                continue
            if change.action == "delete":
                ours.made = {key: made for key, made in ours.made.items() if made[0] != record_id}
                continue
            values = {part.field: stand[part.made_by].record_id if part.made_by else part.after for part in change.fields}
            if change.action == "insert":
                ours.made[change.object, tuple(values.get(name) for name in change.key)] = (record_id, plan.id)
                continue
            for part in change.fields:
                ours.values[change.object, record_id, part.field] = Value(
                    one.before.get(part.field, part.before), values[part.field], plan.id
                )
    return ours


def _begun(state_dir: Path) -> Iterator[tuple[Plan, list[Entry]]]:
    found = []
    for path in (state_dir / FOLDER).glob(f"*/{FILE_NAME}"):
        entries = read(path)
        begun = next((str(entry["at"]) for entry in entries if entry["event"] == "begin"), None)
        if begun is not None:
            found.append((begun, path.parent, entries))
    for _, folder, entries in sorted(found, key=lambda one: (one[0], one[1].name)):
        yield load(folder / "plan.json"), entries
