"""Many rows at once by an ingest job of Bulk API 2.0: create, upload, close, wait, and read all three files of results.

Results come in no order, so rows are told apart by a column of their own: the id of the record, or the key of a new one. A job that is
complete may still have refused rows, one that failed may have written some: only the three files tell.
Vendor source: Bulk API 2.0 and Bulk API Developer Guide, Ingest.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from recon.errors import RetriableError
from recon.faultpoints import faultpoint
from recon.fix.door import Answered, Row
from recon.fix.plan import Change
from recon.fix.values import to_csv

if TYPE_CHECKING:
    from recon.fix.apply import Apply

ROWS = 10_000
"""Rows of one job: Salesforce works on them in batches of that size."""
FIRST_POLL, LAST_POLL = 2.0, 30.0
ENDED = frozenset({"JobComplete", "Failed", "Aborted"})


def send(run: Apply, ready: Sequence[tuple[Change, Row, Mapping[str, Any]]]) -> None:
    """One job for changes of one object and action."""
    if not ready:
        return
    first = ready[0][0]
    request = run.intend(ready, "bulk")
    job = run.door.create_job(first.action, first.object)
    faultpoint("apply.job_created")
    run.journal.write({"event": "job", "request": request, "job": job})
    try:
        run.door.upload(job, _csv([(change, row) for change, row, _ in ready]))
        faultpoint("apply.job_uploaded")
        run.door.close_job(job)
    except RetriableError:
        pass  # the job itself tells how far it is
    faultpoint("apply.job_closed")
    settle(run, [change for change, _, _ in ready], job)


def settle(run: Apply, changes: Sequence[Change], job: str | None) -> bool:
    """Take in what a job did; False where it cannot tell any more and each record has to be looked at."""
    if job is None:
        run.undone(changes)  # nothing is written before a job is closed, and this one was not even known
        return True
    state = _wait(run, job)
    if state is None:
        return False
    if state == "Open":
        run.door.close_job(job, "Aborted")
        run.undone(changes)
        return True
    _take(run, changes, job)
    return True


def _wait(run: Apply, job: str) -> str | None:
    """The state in which a job rests; Open where it was never closed."""
    pause = FIRST_POLL
    while True:
        data = run.door.job(job)
        if data is None or data["state"] in ENDED or data["state"] == "Open":
            return None if data is None else str(data["state"])
        run.sleep(pause)
        pause = min(pause * 1.5, LAST_POLL)


def _take(run: Apply, changes: Sequence[Change], job: str) -> None:
    rows = {_mark(run, change): change for change in changes}
    answers: dict[str, Answered] = {}
    untouched: list[Change] = []
    for kind in ("successfulResults", "failedResults", "unprocessedrecords"):
        for line in csv.DictReader(io.StringIO(run.door.results(job, kind).decode(), newline="")):
            change = rows.get(_mark_of(line, changes[0]))
            if change is None:
                continue
            if kind == "unprocessedrecords":
                untouched.append(change)
            elif kind == "successfulResults":
                answers[change.id] = Answered(True, line["sf__Id"])
            else:
                code, _, message = line["sf__Error"].partition(":")
                answers[change.id] = Answered(False, code=code, message=message)
    told = [change for change in changes if change.id in answers]
    again = run.take(told, [answers[change.id] for change in told]) if told else []
    run.undone(untouched)
    missing = [change for change in changes if change.id not in answers and change not in untouched]
    run.again([*again, *untouched, *run.look(missing)])


def _csv(rows: Sequence[tuple[Change, Row]]) -> bytes:
    columns = sorted({name for _, row in rows for name in row.fields})
    if rows[0][0].action != "insert":
        columns.insert(0, "Id")
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for _, row in rows:
        cells = {name: to_csv(value) for name, (_, value) in row.fields.items()}
        writer.writerow([row.record_id if name == "Id" else cells.get(name, "") for name in columns])
    return text.getvalue().encode()


def _mark(run: Apply, change: Change) -> str:
    """What tells a row from the others of its job."""
    if change.action != "insert":
        return str(run.record_id(change))
    values = run.values(change)
    return "\x1f".join(str(values[name][1]) for name in change.key if name in values)


def _mark_of(line: Mapping[str, str], change: Change) -> str:
    if change.action != "insert":
        return line.get("Id") or line.get("sf__Id", "")
    return "\x1f".join(line[name] for name in change.key if name in line)
