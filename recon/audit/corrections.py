"""What plans did to single records, as their journals tell it. Written by :mod:`recon.fix`; here it is only read."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
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
    """Everything that plans had to do with records of Salesforce, oldest first. Raises StoreError for a damaged plan that names one."""
    found: list[Written] = []
    wanted = frozenset(records)
    for path in sorted((state_dir / "plans").glob("*/plan.json")):
        journal = path.with_name("journal.jsonl")
        try:
            found += _of_plan(json.loads(path.read_bytes()), entries(journal), wanted)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            if not _names(wanted, path, journal):
                continue
            raise StoreError(f"{path} is damaged.", "Move its folder away, or put a copy in its place.") from error
    return tuple(sorted(found, key=lambda one: (one.at or "9", one.plan)))


def entries(journal: Path) -> Iterator[dict[str, Any]]:
    """Whole lines of a journal, none for a plan that was never applied; a line that a crash cut tells nothing."""
    for line in journal.read_bytes().splitlines() if journal.exists() else ():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            yield entry


def _names(records: Collection[str], *files: Path) -> bool:
    text = "".join(file.read_text(encoding="utf-8", errors="replace") for file in files if file.exists())
    return any(record in text for record in records)


def _of_plan(plan: dict[str, Any], journal: Iterable[dict[str, Any]], records: Collection[str]) -> Iterator[Written]:
    sent: dict[str, tuple[str, dict[str, Any]]] = {}
    ended: dict[str, dict[str, Any]] = {}
    made: dict[str, str] = {}
    for entry in journal:
        if entry["event"] == "intent":
            for name, seen in entry["changes"].items():
                sent[name] = (entry["at"], seen)
                ended.pop(name, None)  # sent again: what came of it follows
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
