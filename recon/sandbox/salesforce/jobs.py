"""What query and ingest jobs of Bulk API 2.0 have in common: the job's record, its states, CSV, faults when polled."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from recon.sandbox.salesforce import ids
from recon.sandbox.salesforce.values import Problem
from recon.sandbox.salesforce.web import Answer, Call, answer_json

KEPT = timedelta(days=7)
"""How long jobs and their results stay."""

DELIMITERS = {"COMMA": ",", "TAB": "\t", "SEMICOLON": ";", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}
LINE_ENDS = {"LF": "\n", "CRLF": "\r\n"}
ENDED = ("JobComplete", "Failed", "Aborted")

Job = dict[str, Any]


def csv_line(values: Iterable[str], delimiter: str = ",", end: str = "\n") -> str:
    """One line with every value in quotes, as the vendor writes it."""
    return delimiter.join('"' + value.replace('"', '""') + '"' for value in values) + end


def new_job(call: Call, kind: str, facts: Job) -> Job:
    """Store a new job; returns it."""
    now = call.org.clock()
    moment = f"{now:%Y-%m-%dT%H:%M:%S}.000+0000"
    job: Job = {
        "id": ids.mint("750", call.org.store.numbers("id 750")[0]),
        "operation": facts["operation"],
        "object": facts["object"],
        "createdById": call.user_id,
        "createdDate": moment,
        "systemModstamp": moment,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(call.version),
        **facts,
    }
    call.org.store.run("insert into jobs values (?, ?, ?, ?)", (job["id"], kind, json.dumps(job), now.isoformat()))
    return job


def save(call: Call, job: Job) -> None:
    """Keep what changed about a job."""
    call.org.store.run("update jobs set body = ? where id = ?", (json.dumps(job), job["id"]))


def load(call: Call, kind: str, job_id: str) -> Job:
    """A job that is still kept; raises NOT_FOUND."""
    full = ids.normal(job_id)
    found = call.org.store.one("select body, created from jobs where id = ? and kind = ?", (full, kind))
    if found is None or call.org.clock() - datetime.fromisoformat(found[1]) > KEPT:
        raise Problem("NOT_FOUND", "The requested resource does not exist")
    if call.take("bulk_vanished", str(full)) is not None:
        forget(call, str(full))
        raise Problem("NOT_FOUND", "The requested resource does not exist")
    job: Job = json.loads(found[0])
    return job


def forget(call: Call, job_id: str) -> None:
    """Remove a job with everything it left."""
    for where in ("jobs where id", "job_rows where job", "job_uploads where job"):
        call.org.store.run(f"delete from {where} = ?", (job_id,))


def held_up(call: Call, job: Job) -> bool:
    """Faults when a job is polled: it may stay, be aborted or fail; True when it must not go on now."""
    if call.take("bulk_stuck", job["id"]) is not None:
        job["state"] = "InProgress"
    elif call.take("bulk_aborted", job["id"]) is not None:
        job["state"] = "Aborted"
    else:
        failed = call.take("bulk_failed", job["id"])
        if failed is None:
            return False
        job["state"] = "Failed"
        job["errorMessage"] = str(failed.args.get("message", "InternalServerError : Error encountered when executing query."))
    save(call, job)
    return True


def waits(call: Call, job: Job) -> bool:
    """Jobs answer InProgress as often as the org's option ``bulk_polls`` says."""
    job["polls"] = job.get("polls", 0) + 1
    if job["polls"] > int(call.org.options["bulk_polls"]):
        return False
    job["state"] = "InProgress"
    save(call, job)
    return True


def shown(job: Job) -> Job:
    """A job as the vendor shows it."""
    return {key: value for key, value in job.items() if key not in {"polls", "query_text"}}


def add_rows(call: Call, job_id: str, kind: str, lines: Sequence[str]) -> None:
    """Keep result lines."""
    call.org.store.many("insert into job_rows values (?, ?, ?, ?)", ((job_id, kind, number, line) for number, line in enumerate(lines)))


def lines_of(call: Call, job_id: str, kind: str, start: int = 0, count: int = -1) -> list[str]:
    """Result lines, the heading (number 0) included where ``start`` is 0."""
    sql = "select line from job_rows where job = ? and kind = ? and n >= ? order by n limit ?"
    return [row[0] for row in call.org.store.all(sql, (job_id, kind, start, count))]


def abort(call: Call, kind: str, job_id: str, also: str = "") -> Answer:
    """PATCH of a job's state to Aborted, or to ``also``."""
    job = load(call, kind, job_id)
    wanted = call.json_object().get("state")
    if wanted not in {"Aborted", also} or job["state"] in ENDED:
        raise Problem("INVALIDJOBSTATE", f"Invalid state transition from {job['state']} to {wanted}")
    job["state"] = wanted
    save(call, job)
    return answer_json(shown(job))


def remove(call: Call, kind: str, job_id: str) -> Answer:
    """DELETE of a job that has ended."""
    job = load(call, kind, job_id)
    if job["state"] not in ENDED:
        raise Problem("INVALIDJOBSTATE", "Only jobs that have ended can be deleted")
    forget(call, job["id"])
    return Answer(204)


def listed(call: Call, kind: str) -> Answer:
    """All jobs of a kind, newest first."""
    rows = call.org.store.all("select body from jobs where kind = ? order by created desc, id desc", (kind,))
    return answer_json({"done": True, "records": [shown(json.loads(row[0])) for row in rows], "nextRecordsUrl": None})


def csv_options(sent: Job) -> Job:
    """Delimiter and line end of a job; raises for what the vendor does not know."""
    delimiter, end = str(sent.get("columnDelimiter", "COMMA")), str(sent.get("lineEnding", "LF"))
    if delimiter not in DELIMITERS or end not in LINE_ENDS or sent.get("contentType", "CSV") != "CSV":
        raise Problem("INVALID_ARGUMENT_TYPE", "contentType, columnDelimiter or lineEnding has a value that is not known")
    return {"columnDelimiter": delimiter, "lineEnding": end}
