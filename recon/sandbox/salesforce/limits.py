"""Versions, limits and counts."""

from __future__ import annotations

from typing import Any

from recon.sandbox.salesforce.org import API_VERSIONS, Org
from recon.sandbox.salesforce.store import table
from recon.sandbox.salesforce.values import Problem
from recon.sandbox.salesforce.web import ROUTES, Answer, Call, answer_json

_SEASONS = ("Spring", "Summer", "Winter")

BULK_QUERY_JOBS = 10_000
BULK_BATCHES = 15_000


def versions() -> list[dict[str, str]]:
    """What /services/data lists: 58.0 was Summer '23, three follow a year."""
    shown: list[dict[str, str]] = []
    for version in API_VERSIONS:
        releases = int(float(version)) - 57  # 57.0 was Spring '23
        season = _SEASONS[releases % 3]
        year = 23 + releases // 3 + (season == "Winter")
        shown.append({"label": f"{season} '{year}", "url": f"/services/data/v{version}", "version": version})
    return shown


def usage(org: Org) -> tuple[int, int]:
    """Calls of the org's day so far, and how many are allowed."""
    found = org.store.one("select n from counters where name = ?", (f"api {org.clock():%Y-%m-%d}",))
    return (found[0] if found else 0), int(org.options["daily_limit"])


def spend(org: Org, calls: int = 1) -> None:
    """Count calls; tests use it to leave only a few."""
    org.store.run(
        "insert into counters values (?, ?) on conflict (name) do update set n = n + excluded.n", (f"api {org.clock():%Y-%m-%d}", calls)
    )


@ROUTES.add("GET", "/")
def resources(call: Call) -> Answer:
    """What a version offers."""
    base = f"/services/data/v{call.version}"
    return answer_json({name: f"{base}/{name}" for name in ("composite", "jobs", "limits", "query", "queryAll", "sobjects")})


@ROUTES.add("GET", "/limits")
def limits(call: Call) -> Answer:
    """The org's limits and what is left of them."""
    used, allowed = usage(call.org)
    found = call.org.store.one("select count(*) from jobs where kind = 'query' and created >= ?", (f"{call.org.clock():%Y-%m-%d}",))
    jobs = found[0] if found else 0
    return answer_json({
        "DailyApiRequests": {"Max": allowed, "Remaining": max(allowed - used, 0)},
        "DailyBulkApiBatches": {"Max": BULK_BATCHES, "Remaining": BULK_BATCHES},
        "DailyBulkV2QueryFileStorageMB": {"Max": 976_562, "Remaining": 976_562},
        "DailyBulkV2QueryJobs": {"Max": BULK_QUERY_JOBS, "Remaining": BULK_QUERY_JOBS - jobs},
        "DataStorageMB": {"Max": 10_240, "Remaining": 9_000},
        "FileStorageMB": {"Max": 10_240, "Remaining": 10_000},
    })  # fmt: skip


@ROUTES.add("GET", "/limits/recordCount")
def record_count(call: Call) -> Answer:
    """Counts by object, without those that have no records."""
    visible = call.org.visible()
    wanted = [name for name in call.query.get("sObjects", "").split(",") if name.strip()]
    specs = [visible[name.strip().lower()] for name in wanted if name.strip().lower() in visible] if wanted else list(visible.values())
    if wanted and not specs:
        raise Problem("NOT_FOUND", "The requested resource does not exist")
    stale = call.take("stale_count")
    shown: list[dict[str, Any]] = []
    for spec in specs:
        where = "where IsDeleted = 0" if "IsDeleted" in spec.fields else ""
        found = call.org.store.one(f"select count(*) from {table(spec.name)} {where}")
        count = (found[0] if found else 0) + (int(stale.args.get("by", 1)) if stale is not None else 0)
        if count:
            shown.append({"count": count, "name": spec.name})
    return answer_json({"sObjects": shown})
