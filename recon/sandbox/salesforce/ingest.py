"""Ingest jobs of Bulk API 2.0: create, upload, close, and the three files of results, which are in no order."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from recon.sandbox.salesforce import jobs
from recon.sandbox.salesforce.dml import Dml
from recon.sandbox.salesforce.sobjects import visible
from recon.sandbox.salesforce.values import Problem
from recon.sandbox.salesforce.web import ROUTES, Answer, Call, answer_json

OPERATIONS = frozenset({"insert", "update", "upsert", "delete", "hardDelete"})
EMPTIED = "#N/A"
"""The word that empties a field; an empty cell leaves it as it is."""


@ROUTES.add("POST", "/jobs/ingest")
def create(call: Call) -> Answer:
    """Open a job."""
    sent = call.json_object()
    spec = visible(call, str(sent.get("object", "")))
    if sent.get("operation") not in OPERATIONS:
        raise Problem("INVALID_OPERATION", f"operation must be one of {', '.join(sorted(OPERATIONS))}")
    facts = {"operation": sent["operation"], "object": spec.name, "state": "Open", **jobs.csv_options(sent)}
    if sent["operation"] == "upsert":
        key = spec.find(str(sent.get("externalIdFieldName", "")))
        if key is None or not key.is_key:
            raise Problem("INVALID_FIELD", "externalIdFieldName must be a field that records can be addressed by")
        facts["externalIdFieldName"] = key.name
    job = jobs.new_job(call, "ingest", {**facts, "numberRecordsProcessed": 0, "numberRecordsFailed": 0})
    job["contentUrl"] = f"services/data/v{call.version}/jobs/ingest/{job['id']}/batches"
    jobs.save(call, job)
    return answer_json(jobs.shown(job))


@ROUTES.add("GET", "/jobs/ingest")
def listing(call: Call) -> Answer:
    """All ingest jobs."""
    return jobs.listed(call, "ingest")


@ROUTES.add("PUT", "/jobs/ingest/{job_id}/batches")
def upload(call: Call, job_id: str) -> Answer:
    """Take the rows, once."""
    job = jobs.load(call, "ingest", job_id)
    if job["state"] != "Open" or call.org.store.one("select 1 from job_uploads where job = ?", (job["id"],)):
        raise Problem("INVALIDJOBSTATE", "rows are uploaded once, while the job is Open")
    if not call.headers.get("content-type", "").lower().startswith("text/csv"):
        raise Problem("UNSUPPORTED_MEDIA_TYPE", "rows are uploaded as text/csv")
    call.org.store.run("insert into job_uploads values (?, 1, ?)", (job["id"], call.body))
    return Answer(201)


@ROUTES.add("PATCH", "/jobs/ingest/{job_id}")
def close(call: Call, job_id: str) -> Answer:
    """Close a job (UploadComplete) so that it is worked on, or abort it."""
    return jobs.abort(call, "ingest", job_id, also="UploadComplete")


@ROUTES.add("DELETE", "/jobs/ingest/{job_id}")
def remove(call: Call, job_id: str) -> Answer:
    """Delete a job that has ended, with its results."""
    return jobs.remove(call, "ingest", job_id)


@ROUTES.add("GET", "/jobs/ingest/{job_id}")
def status(call: Call, job_id: str) -> Answer:
    """A job's state; polling is what moves it on."""
    job = jobs.load(call, "ingest", job_id)
    if job["state"] in {"UploadComplete", "InProgress"} and not jobs.held_up(call, job) and not jobs.waits(call, job):
        _run(call, job)
    return answer_json(jobs.shown(job) | {"jobType": "V2Ingest", "retries": 0, "totalProcessingTime": 20, "apexProcessingTime": 0})


def _run(call: Call, job: jobs.Job) -> None:
    found = call.org.store.one("select body from job_uploads where job = ?", (job["id"],))
    text = bytes(found[0]).decode("utf-8-sig") if found else ""
    delimiter = jobs.DELIMITERS[job["columnDelimiter"]]
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    heading, records = (rows[0], rows[1:]) if rows else ([], [])
    broken = call.take("ingest_failed", job["id"])
    until = len(records) if broken is None else int(broken.args.get("after_rows", len(records) // 2))
    done: dict[str, list[str]] = {
        "successful": [jobs.csv_line(["sf__Id", "sf__Created", *heading], delimiter)],
        "failed": [jobs.csv_line(["sf__Id", "sf__Error", *heading], delimiter)],
        "unprocessed": [jobs.csv_line(heading, delimiter)],
    }
    with call.org.store.transaction():
        dml = call.dml()
        for record in records[:until]:
            kind, head = _row(dml, job, dict(zip(heading, record, strict=False)), full=len(record) == len(heading))
            done[kind].insert(1, jobs.csv_line([*head, *record], delimiter))  # newest first: results have no order to rely on
        done["unprocessed"] += [jobs.csv_line(record, delimiter) for record in records[until:]]
        for kind, lines in done.items():
            jobs.add_rows(call, job["id"], kind, lines)
        job["numberRecordsProcessed"] = until
        job["numberRecordsFailed"] = len(done["failed"]) - 1
        job["state"] = "JobComplete" if broken is None else "Failed"
        if broken is not None:
            job["errorMessage"] = str(broken.args.get("message", "InternalServerError : the job could not be finished"))
        jobs.save(call, job)


def _row(dml: Dml, job: jobs.Job, cells: Mapping[str, str], *, full: bool) -> tuple[str, list[str]]:
    """Work on one row: which file its result goes to, and what stands before its cells there."""
    try:
        with dml.store.transaction():
            record_id, created = _done(dml, job, cells, full=full)
    except Problem as problem:
        record_id = next((value for key, value in cells.items() if key.lower() == "id"), "")
        return "failed", [record_id, f"{problem.code}:{problem.message}:{','.join(problem.fields)} --"]
    return "successful", [record_id, "true" if created else "false"]


def _done(dml: Dml, job: jobs.Job, cells: Mapping[str, str], *, full: bool) -> tuple[str, bool]:
    if not full:
        raise Problem("INVALID_INPUT", "the row has not as many cells as the heading")
    name, operation = job["object"], job["operation"]
    fields = _fields(cells)
    record_id = str(next((value for key, value in cells.items() if key.lower() == "id"), ""))
    if operation == "insert":
        return dml.create(name, fields, from_csv=True), True
    if operation == "upsert":
        key = job["externalIdFieldName"]
        value = next((cell for column, cell in cells.items() if column.lower() == key.lower()), None)
        return dml.upsert(name, key, value, fields, from_csv=True)
    if not record_id:
        raise Problem("MISSING_ARGUMENT", "Id not specified", ("Id",))
    if operation == "update":
        dml.update(name, record_id, fields, from_csv=True)
    else:
        dml.delete(name, record_id)
        if operation == "hardDelete":
            dml.org.purge(name, record_id)
    return record_id, False


def _fields(cells: Mapping[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for column, cell in cells.items():
        if cell == "":
            continue
        value = None if cell == EMPTIED else cell
        relationship, dot, key = column.partition(".")
        if dot:
            fields[relationship] = {key: value}
        else:
            fields[column] = value
    return fields


def _file(call: Call, job_id: str, kind: str) -> Answer:
    job = jobs.load(call, "ingest", job_id)
    if job["state"] not in jobs.ENDED:
        raise Problem("INVALIDJOBSTATE", f"the job is {job['state']}, results are there when it has ended")
    lines = jobs.lines_of(call, job["id"], kind)
    return Answer(200, "".join(lines).encode(), "text/csv", [("Sforce-NumberOfRecords", str(max(len(lines) - 1, 0)))])


@ROUTES.add("GET", "/jobs/ingest/{job_id}/successfulResults")
def successful(call: Call, job_id: str) -> Answer:
    """Rows that were stored."""
    return _file(call, job_id, "successful")


@ROUTES.add("GET", "/jobs/ingest/{job_id}/failedResults")
def failed(call: Call, job_id: str) -> Answer:
    """Rows that were refused, each with why."""
    return _file(call, job_id, "failed")


@ROUTES.add("GET", "/jobs/ingest/{job_id}/unprocessedrecords")
def unprocessed(call: Call, job_id: str) -> Answer:
    """Rows that nobody looked at."""
    return _file(call, job_id, "unprocessed")
