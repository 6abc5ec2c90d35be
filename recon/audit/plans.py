"""What plans of corrections say of the findings of a run: what would be written, what is left out and why, and what was written.

Plans and their journals are made by :mod:`recon.fix`; reports read them here, as data.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from recon.audit import corrections

State = Literal["safe", "review", "skipped", "written", "refused"]
"""safe and review: would be written, by the plan's own judgement; skipped: not planned; written and refused: the plan was applied."""


@dataclass(frozen=True)
class Value:
    """One field of a write, by API name; ``after`` None is blank, ``made_by`` True the id of a record that the plan makes before."""

    field: str
    before: str | None
    after: str | None
    made_by: bool = False


@dataclass(frozen=True)
class Write:
    """One record that would be made or changed; ``record_id`` None where it is not there yet."""

    action: Literal["insert", "update", "delete"]
    object: str
    record_id: str | None
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Planned:
    """What the newest plan that knows a finding says of it."""

    plan: str
    state: State
    reason: str = ""
    writes: tuple[Write, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A plan as far as reports show it."""

    id: str
    run_id: str
    planned: Mapping[str, Planned]
    """by finding"""
    written_at: Mapping[str, datetime]
    """finding → when the last of its changes was written, where all of them were"""
    changes: int


def load(state_dir: Path) -> tuple[list[Plan], list[str]]:
    """All plans of corrections, the newest last, and a sentence for each that cannot be read: no report fails for its sake."""
    found, notes = [], []
    files = (state_dir / "plans").glob("*/plan.json")
    for path in sorted(files, key=lambda path: (path.stat().st_mtime_ns, path.parent.name)):
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if data["kind"] == "correction":
                found.append(_plan(data, _ends(path.with_name("journal.jsonl"))))
        except (OSError, ValueError, KeyError, TypeError):
            notes.append(f"The plan {path.parent.name} cannot be read, so nothing is said of its corrections.")
    return found, notes


def of_run(plans: Iterable[Plan], run_id: str) -> dict[str, Planned]:
    """Finding → what is planned for it by plans of this run; where several know it, the newest counts."""
    return {finding: one for plan in plans if plan.run_id == run_id for finding, one in plan.planned.items()}


def written(plans: Iterable[Plan], after: datetime | None, before: datetime) -> dict[str, str]:
    """Finding → plan that wrote all of its correction between two moments: between the run before and this one."""
    return {finding: plan.id for plan in plans for finding, at in plan.written_at.items() if at <= before and (after is None or at > after)}


@dataclass(frozen=True)
class _End:
    """How a change ended, by the journal."""

    result: str
    at: datetime
    message: str

    @property
    def is_right(self) -> bool:
        return self.result in {"done", "already"}


def _plan(data: Mapping[str, Any], ends: Mapping[str, _End]) -> Plan:
    changes: dict[str, list[Any]] = defaultdict(list)
    for change in data["changes"]:
        for finding in change["findings"]:
            changes[finding].append(change)
    planned = {one["finding"]: Planned(data["id"], "skipped", _why(one)) for one in data["unplanned"]}
    at = {}
    for finding, mine in changes.items():
        results = [ends.get(change["id"]) for change in mine]
        state, reason = _state(mine, results)
        planned[finding] = Planned(data["id"], state, reason, tuple(map(_write, mine)))
        times = [end.at for end in results if end is not None and end.result == "done"]
        if state == "written" and times:
            at[finding] = max(times)
    return Plan(
        id=data["id"],
        run_id=data["run_id"],
        planned=planned,
        written_at=at,
        changes=len(data["changes"]),
    )


def _why(one: Mapping[str, str]) -> str:
    # NOTE: what to do by hand follows in this reason; a report has it beside the rule already.
    return one["reason"].partition(". ")[0].removesuffix(".") + "." if one["code"] == "no_correction" else one["reason"]


def _state(changes: Iterable[Mapping[str, Any]], results: Sequence[_End | None]) -> tuple[State, str]:
    refused = next((end for end in results if end is not None and end.result in {"failed", "skipped"}), None)
    if refused is not None:
        return "refused", refused.message
    if all(end is not None and end.is_right for end in results):
        return "written", ""
    return ("review" if any(change["safety"] == "review" for change in changes) else "safe"), ""


def _write(change: Mapping[str, Any]) -> Write:
    values = [Value(one["field"], one["before"], one["after"], bool(one["made_by"])) for one in change["fields"] if not one["derived"]]
    return Write(change["action"], change["object"], change["record_id"], tuple(values))


def _ends(journal: Path) -> dict[str, _End]:
    """Change → how it ended; empty for a plan that was never applied."""
    found: dict[str, _End] = {}
    for entry in corrections.entries(journal):
        if entry["event"] == "intent":
            for change in entry["changes"]:
                found.pop(change, None)  # sent again: what came of it follows
        elif entry["event"] == "outcome":
            found[entry["change"]] = _End(entry["result"], datetime.fromisoformat(entry["at"]), entry["message"])
    return found
