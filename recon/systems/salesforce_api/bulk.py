"""Reads an object by a Bulk API 2.0 query job: create, poll, fetch page after page of CSV, prove the number of records.

Vendor source: Bulk API 2.0 and Bulk API Developer Guide, Query. A job lives seven days, so an interrupted run goes on with its id.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recon.errors import IncompleteError, RetriableError
from recon.systems.base import Chunk
from recon.systems.body import Download
from recon.systems.salesforce_api import soql
from recon.systems.salesforce_api.client import Client
from recon.systems.salesforce_api.errors import GONE, LOCATOR, NOT_BULK, Refusal
from recon.systems.salesforce_api.plan import Plan
from recon.systems.salesforce_api.rest import window

PAGE = 100_000
"""Records per result page: some ten megabytes of CSV, which land as one file"""
FIRST_POLL, LAST_POLL = 2.0, 30.0
JOBS = 3
"""Jobs for one stream: the first, and new ones where one failed, was aborted or disappeared"""
FETCHES = 3
"""How often a page is fetched whose records are fewer than announced"""
ENDED = frozenset({"Failed", "Aborted"})

_chance = random.SystemRandom()


class NotForBulk(Exception):
    """The Bulk API does not serve this object to this user; REST may."""


@dataclass
class Job:
    """A query job and how far its result is stored. ``dropped`` counts rows stored from earlier jobs that were given up."""

    id: str
    locator: str = ""
    rows: int = 0
    dropped: int = 0
    number: int = 1
    total: int | None = None

    def state(self, base: Mapping[str, Any]) -> dict[str, Any]:
        """As JSON for the chunk."""
        return {
            **base, "method": "bulk", "job": self.id, "locator": self.locator, "rows": self.rows, "dropped": self.dropped,
            "number": self.number, "total": self.total,
        }  # fmt: skip

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Job:
        """From the state of an interrupted run."""
        return cls(state["job"], state["locator"], state["rows"], state["dropped"], state["number"], state["total"])


class Lost(Exception):
    """The job cannot be used any more: failed, aborted, gone, or its locator expired."""


def read(client: Client, plan: Plan, since: datetime | None, state: Mapping[str, Any]) -> Iterator[Chunk]:
    """Result pages as CSV chunks, after a chunk without lines that records the job's id.

    Raises NotForBulk before anything was stored, IncompleteError where the records do not add up, RetriableError where jobs keep
    failing or do not end in time.
    """
    base = {key: value for key, value in state.items() if key == "started"}
    job = Job.restore(state) if state.get("method") == "bulk" else None
    while True:
        if job is None:
            job = Job(_create(client, plan, since))
            yield Chunk(lines=(), state=job.state(base))
        try:
            yield from _results(client, plan, job, base)
        except Lost:
            if job.number >= JOBS:
                raise RetriableError(
                    f"{client.system}: Bulk API jobs for {plan.source} fail again and again.",
                    "Look at Setup → Bulk Data Load Jobs, then run it again.",
                    system=client.system,
                ) from None
            job = Job(_create(client, plan, since), dropped=job.dropped + job.rows, number=job.number + 1)
            yield Chunk(lines=(), state=job.state(base))
        else:
            return


def _create(client: Client, plan: Plan, since: datetime | None) -> str:
    # No ORDER BY and no LIMIT: they switch off the splitting by primary key and big jobs then time out.
    text = soql.select(plan.columns, plan.source, where=window(plan, since))
    try:
        data = client.request("POST", "/jobs/query", json={"operation": "queryAll", "query": text}).data
    except Refusal as refusal:
        if refusal.code in NOT_BULK:
            raise NotForBulk from None
        raise
    return str(client.shaped(data, "id")["id"])


def _results(client: Client, plan: Plan, job: Job, base: Mapping[str, Any]) -> Iterator[Chunk]:
    if job.total is None:
        job.total = _wait(client, plan, job)
    while job.locator != "null":
        file, count, following = _page(client, plan, job)
        with file:
            job.locator = following
            job.rows += count
            lines = file.blocks() if count else ()
            yield Chunk(lines=lines, state=job.state(base), rows=count, format="csv", part=True)
    if job.rows != job.total:
        raise IncompleteError(
            f"{client.system}: the Bulk API job for {plan.source} brought {job.rows:,} of {job.total:,} records.",
            "Run it again later.",
            system=client.system,
        )


def _wait(client: Client, plan: Plan, job: Job) -> int:
    """Poll until the job is done; returns numberRecordsProcessed. RetriableError keeps the job for the next run."""
    clock = client.http.host.clock
    until = clock.now() + client.limits.run_seconds
    pause = FIRST_POLL
    while True:
        data = _ask(client, job)
        if data["state"] == "JobComplete":
            return int(client.shaped(data, "numberRecordsProcessed")["numberRecordsProcessed"])
        if data["state"] in ENDED:
            raise Lost
        if clock.now() + pause > until:
            raise RetriableError(
                f"{client.system}: the Bulk API job for {plan.source} did not end before the deadline of the run.",
                "Run it again; the job is taken up where it is.",
                system=client.system,
            )
        clock.sleep(pause * _chance.uniform(0.9, 1.1))
        pause = min(pause * 1.5, LAST_POLL)


def _ask(client: Client, job: Job) -> dict[str, Any]:
    try:
        data = client.request("GET", f"/jobs/query/{job.id}").data
    except Refusal as refusal:
        if refusal.code in GONE or refusal.status == 404:
            raise Lost from None
        raise
    return client.shaped(data, "state")


def _page(client: Client, plan: Plan, job: Job) -> tuple[Download, int, str]:
    """A whole page: file, number of records, next locator (``null`` at the end)."""
    for _ in range(FETCHES):
        file = _fetch(client, job)
        count = file.headers.get("sforce-numberofrecords", "")
        following = file.headers.get("sforce-locator", "")
        if count.isdecimal() and following and _records(file, plan.columns) == int(count):
            if following == job.locator:
                break
            return file, int(count), following
        file.close()
    raise IncompleteError(
        f"{client.system}: a result page of {plan.source} does not hold the records that it announces.",
        "Run it again later.",
        system=client.system,
    )


def _fetch(client: Client, job: Job) -> Download:
    params = {"maxRecords": str(PAGE), **({"locator": job.locator} if job.locator else {})}
    try:
        return client.download(f"/jobs/query/{job.id}/results", params)
    except Refusal as refusal:
        if refusal.code in GONE or refusal.code in LOCATOR or refusal.status == 404:
            raise Lost from None
        raise


def _records(file: Download, columns: tuple[str, ...]) -> int:
    """Number of records in a CSV file with exactly these columns; -1 where header or end is not as it must be."""
    count = 0
    inside = False
    last = b"\n"
    for line in file.lines():
        if count == 0 and not inside and not _same_header(line, columns):
            return -1
        inside ^= bool(line.count(b'"') & 1)
        count += not inside
        last = line
    if inside or not last.endswith(b"\n"):
        return -1
    return count - 1 if count else 0


def _same_header(line: bytes, columns: tuple[str, ...]) -> bool:
    return next(csv.reader([line.decode("utf-8", "replace")])) == list(columns)
