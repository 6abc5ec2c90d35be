"""What a run of a plan leaves for people: success, error, unprocessed and skipped rows as CSV, as users of Data Loader know them.

One file per object and operation, since the columns differ. Each change is in exactly one of the four.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from recon.fix.journal import Standing
from recon.fix.plan import Change, Plan, in_order
from recon.snapshot.files import make_directory, write_atomic

FOLDER = "results"
_KIND = {
    "done": "success",
    "already": "success",
    "failed": "error",
    "skipped": "skipped",
    "planned": "unprocessed",
    "unknown": "unprocessed",
}
_STATUS = {"insert": "Item Created", "update": "Item Updated", "delete": "Item Deleted"}


def write(folder: Path, plan: Plan, standings: Mapping[str, Standing]) -> list[Path]:
    """Write the files anew from where the changes stand; returns them."""
    target = make_directory(folder / FOLDER)
    rows: dict[tuple[str, str, str], list[Change]] = {}
    for change in in_order(plan.changes):
        rows.setdefault((_KIND[standings[change.id].result], change.action, change.object), []).append(change)
    for old in target.glob("*.csv"):
        old.unlink()
    made = []
    for (kind, action, name), changes in sorted(rows.items()):
        path = target / f"{kind}-{action}-{name}.csv"
        write_atomic(path, _text(kind, changes, standings).encode())
        made.append(path)
    return made


def _text(kind: str, changes: list[Change], standings: Mapping[str, Standing]) -> str:
    fields = sorted({one.field for change in changes for one in change.fields})
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    last = {"success": "STATUS", "error": "ERROR", "skipped": "REASON", "unprocessed": "REASON"}[kind]
    writer.writerow(["ID", *fields, *(f"{name}_BEFORE" for name in fields), last, "CHANGE", "LABEL"])
    for change in changes:
        one = standings[change.id]
        after = {value.field: value.after or value.made_by for value in change.fields}
        before = {value.field: value.before for value in change.fields}
        record_id = change.record_id or one.record_id or ""
        said = _STATUS[change.action] if one.result == "done" else "Already as planned" if one.result == "already" else _reason(one)
        writer.writerow(
            [record_id, *(after.get(name) for name in fields), *(before.get(name) for name in fields), said, change.id, change.label]
        )
    return text.getvalue()


def _reason(one: Standing) -> str:
    return ": ".join(part for part in (one.code, one.message) if part) or "Not sent."


def write_merges(folder: Path, plan: Plan) -> Path | None:
    """merges.csv: proposals for people, one row per record; None where there is nothing to merge."""
    if not plan.merges:
        return None
    fields = sorted({name for merge in plan.merges for one in merge.candidates for name in one.fields})
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["GROUP", "OBJECT", "ID", "PROPOSAL", *fields, "KEEP_FIELDS"])
    for number, merge in enumerate(plan.merges, 1):
        for one in merge.candidates:
            keeps = sorted(name for name, record in merge.choices.items() if record == one.record_id)
            role = "survivor" if one.record_id == merge.survivor else "merge into survivor"
            writer.writerow([number, merge.object, one.record_id, role, *(one.fields.get(name) for name in fields), " ".join(keeps)])
    path = folder / "merges.csv"
    write_atomic(path, text.getvalue().encode())
    return path
