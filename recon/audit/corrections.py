"""What plans did to single records, as their journals tell it. Written by :mod:`recon.fix`; here it is only read."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recon.errors import StoreError


@dataclass(frozen=True)
class Written:
    """One field of one record that a plan was to change; ``result`` is planned, done, already, failed, skipped or unknown."""

    plan: str
    at: str | None
    """when it was sent; None where it was not"""
    action: str
    record_id: str
    field: str
    before: str | None
    after: str | None
    result: str
    message: str
    user: str
    """id of the user that the plan is written with"""


def of_records(state_dir: Path, records: Collection[str]) -> tuple[Written, ...]:
    """Everything that plans had to do with records of Salesforce, oldest first. Raises StoreError for a damaged plan."""
    found: list[Written] = []
    for path in sorted((state_dir / "plans").glob("*/plan.json")):
        text, lines = path.read_text(encoding="utf-8"), path.with_name("journal.jsonl")
        journal = lines.read_text(encoding="utf-8") if lines.is_file() else ""
        if not any(record in text or record in journal for record in records):
            continue
        try:
            found += _of_plan(json.loads(text), list(_entries(journal)), records)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StoreError(f"{path} is damaged.", "Move its folder away, or put a copy in its place.") from error
    return tuple(sorted(found, key=lambda one: (one.at or "9", one.plan)))


def _entries(journal: str) -> Iterator[dict[str, Any]]:
    """Whole lines; one that a crash cut tells nothing."""
    for line in journal.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            yield entry


def _of_plan(plan: dict[str, Any], entries: list[dict[str, Any]], records: Collection[str]) -> Iterator[Written]:
    sent: dict[str, tuple[str, dict[str, Any]]] = {}
    ended: dict[str, dict[str, Any]] = {}
    made: dict[str, str] = {}
    for entry in entries:
        if entry["event"] == "intent":
            sent |= {name: (entry["at"], seen) for name, seen in entry["changes"].items()}
        elif entry["event"] == "outcome":
            ended[entry["change"]] = entry
            made |= {entry["change"]: entry["record_id"]} if entry.get("record_id") else {}
    for change in plan["changes"]:
        record_id = change["record_id"] or made.get(change["id"])
        if record_id is None or record_id not in records:
            continue
        at, seen = sent.get(change["id"], (None, {}))
        outcome = ended.get(change["id"], {})
        result = outcome.get("result") or ("unknown" if at else "planned")
        for field in change["fields"]:
            before = (seen.get("before") or {}).get(field["field"], field["before"])
            after = field["after"] or made.get(field["made_by"] or "")
            yield Written(
                plan["id"], at, change["action"], record_id, field["field"], before, after, result, outcome.get("message") or "",
                plan.get("user_id") or "",
            )  # fmt: skip
