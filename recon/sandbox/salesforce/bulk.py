"""Query jobs of Bulk API 2.0: create, poll, results page by page, abort, delete, list."""

from __future__ import annotations

import base64
import binascii

from recon.sandbox.salesforce import jobs
from recon.sandbox.salesforce.query import plan
from recon.sandbox.salesforce.values import Problem, as_csv
from recon.sandbox.salesforce.web import ROUTES, Answer, Call, answer_json

PAGE = 50_000
"""Rows of a result page where the client does not say."""


@ROUTES.add("POST", "/jobs/query")
def create(call: Call) -> Answer:
    """Start a query job; a query that cannot be is refused here."""
    sent = call.json_object()
    if sent.get("operation") not in {"query", "queryAll"} or not isinstance(sent.get("query"), str):
        raise Problem("API_ERROR", "operation must be query or queryAll, and query must be given")
    options = jobs.csv_options(sent)
    try:
        made, _, _ = plan(call.org, sent["query"], all_rows=sent["operation"] == "queryAll", bulk=True)
    except Problem as problem:
        # the bulk resource wraps what the parser says; objects it cannot read keep their own code
        raise Problem(problem.code if problem.code == "INVALIDENTITY" else "API_ERROR", problem.message) from None
    facts = {"operation": sent["operation"], "object": made.source.name, "state": "UploadComplete", **options, "query_text": sent["query"]}
    return answer_json(jobs.shown(jobs.new_job(call, "query", facts)))


@ROUTES.add("GET", "/jobs/query")
def listing(call: Call) -> Answer:
    """All query jobs."""
    return jobs.listed(call, "query")


@ROUTES.add("GET", "/jobs/query/{job_id}")
def status(call: Call, job_id: str) -> Answer:
    """A job's state; polling is what moves it on."""
    job = jobs.load(call, "query", job_id)
    if job["state"] not in jobs.ENDED and not jobs.held_up(call, job) and not jobs.waits(call, job):
        _run(call, job)
    facts = {"jobType": "V2Query", "numberRecordsProcessed": job.get("numberRecordsProcessed", 0), "retries": 0, "totalProcessingTime": 20}
    return answer_json(jobs.shown(job) | facts | {"isPkChunkingSupported": True})


def _run(call: Call, job: jobs.Job) -> None:
    made, _, _ = plan(call.org, job["query_text"], all_rows=job["operation"] == "queryAll", bulk=True)
    delimiter, end = jobs.DELIMITERS[job["columnDelimiter"]], jobs.LINE_ENDS[job["lineEnding"]]
    columns = [(column.places[0], as_csv(column.field)) for column in made.columns]
    heading = jobs.csv_line([".".join(column.path) for column in made.columns], delimiter, end)
    with call.org.store.transaction():
        chosen = made.page.replace('where t0."Id" in (select value from json_each(?))', f'where t0."Id" in ({made.ids})')
        rows = call.org.store.all(chosen, made.values)
        lines = [jobs.csv_line([encode(row[place]) for place, encode in columns], delimiter, end) for row in rows]
        jobs.add_rows(call, job["id"], "results", [heading, *lines])
        job["numberRecordsProcessed"] = len(lines)
        job["state"] = "JobComplete"
        jobs.save(call, job)


@ROUTES.add("GET", "/jobs/query/{job_id}/results")
def results(call: Call, job_id: str) -> Answer:
    """One page of results: ``maxRecords``, and ``locator`` as the previous page's ``Sforce-Locator`` said; ``null`` ends."""
    job = jobs.load(call, "query", job_id)
    if job["state"] != "JobComplete":
        raise Problem("INVALIDJOBSTATE", f"the job is {job['state']}, results are there when it is JobComplete")
    start = _position(call)
    count = _count(call)
    lines = jobs.lines_of(call, job["id"], "results", start + 1, count)
    following = start + len(lines)
    more = following < job["numberRecordsProcessed"]
    short = call.take("bulk_short")
    promised = len(lines) + (int(short.args.get("count", 1)) if short is not None else 0)
    body = "".join([*jobs.lines_of(call, job["id"], "results", 0, 1), *lines]).encode()
    headers = [("Sforce-NumberOfRecords", str(promised)), ("Sforce-Locator", _locator(following) if more else "null")]
    return Answer(200, body, "text/csv", headers)


def _locator(position: int) -> str:
    return base64.urlsafe_b64encode(str(position).encode()).decode().rstrip("=")


def _position(call: Call) -> int:
    locator = call.query.get("locator")
    if not locator or locator == "null":
        return 0
    try:
        position = int(base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)))
    except (binascii.Error, ValueError):
        position = -1
    if position < 1 or call.take("bulk_locator_lost") is not None:
        raise Problem("INVALID_LOCATOR", "the locator is not valid")
    return position


def _count(call: Call) -> int:
    wanted = call.query.get("maxRecords")
    if wanted is None:
        return PAGE
    if not wanted.isdigit() or int(wanted) < 1:
        raise Problem("INVALID_ARGUMENT_TYPE", "maxRecords must be a positive number")
    return int(wanted)


@ROUTES.add("PATCH", "/jobs/query/{job_id}")
def abort(call: Call, job_id: str) -> Answer:
    """Abort a job."""
    return jobs.abort(call, "query", job_id)


@ROUTES.add("DELETE", "/jobs/query/{job_id}")
def remove(call: Call, job_id: str) -> Answer:
    """Delete a job that has ended, with its results."""
    return jobs.remove(call, "query", job_id)
