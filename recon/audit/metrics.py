"""Service levels: match rates, latency and freshness, from queries/metrics and the findings of a run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from recon import assets
from recon.audit.judge import Bench, Coverage
from recon.audit.result import CoverageRow, Freshness, Latency, MatchRate

_HEADER = re.compile(r"\A\s*/\*\s*\+\+\+.*?\+\+\+\s*\*/", re.DOTALL)


def latency(bench: Bench, values: Mapping[str, int]) -> tuple[Latency, ...]:
    """Percentiles for each shop; ``values`` are the parameters of the rule sync.latency."""
    rows = _ask(bench, "order_latency", values)
    target = values["target_minutes"]
    return tuple(Latency(shop, orders, p50, p95, p99, in_target, target) for shop, orders, p50, p95, p99, in_target in rows)


def match_rates(bench: Bench, coverage: Coverage) -> tuple[MatchRate, ...]:
    """Match rates of the tables that both sides hold; a pair differs when a finding of this run shows a difference in it."""
    methods: dict[tuple[str, str], dict[str, int]] = {}
    for entity, shop, method, pairs in _ask(bench, "match_methods"):
        methods.setdefault((entity, shop), {})[method] = pairs
    differing = {(entity, system): records for entity, system, records in bench.rows(_DIFFERING)}
    found = []
    for entity, shop, compared, unmatched_shop, unmatched_salesforce, ambiguous in _ask(bench, "match_rates"):
        if not coverage.has(shop, entity) or not any(coverage.has(other, entity) for other in coverage.sides.get("salesforce", ())):
            continue
        differ = min(differing.get((entity, shop), 0), compared)
        linked = methods.get((entity, shop), {})
        found.append(MatchRate(entity, shop, compared, compared - differ, differ, linked, unmatched_shop, unmatched_salesforce, ambiguous))
    return tuple(found)


_DIFFERING = """
select f.entity, f.system, count(distinct f.record_id) as records
from scratch.findings as f
where
  f.record_id is not null
  and f.salesforce_id is not null
  and len(list_filter(f.diff, lambda d: d.field not in ('external_id', 'is_test'))) > 0
group by f.entity, f.system
"""


def freshness(bench: Bench) -> tuple[Freshness, ...]:
    """Newest change of every table in every system."""
    return tuple(Freshness(system, entity, aware(newest), records) for system, entity, newest, records in _ask(bench, "freshness"))


def coverage_rows(bench: Bench) -> tuple[CoverageRow, ...]:
    """Coverage as the warehouse holds it."""
    sql = """
select c.system, c.entity, c.field, c.readable, c.complete, c.window_from, c.window_to, c.watermark, c.rows, c.expected_rows, c.reason
from coverage as c
order by c.system, c.entity, c.field nulls first, c.reason
"""
    return tuple(
        CoverageRow(system, entity, field, readable, complete, aware(start), aware(end), aware(mark), rows, expected, reason)
        for system, entity, field, readable, complete, start, end, mark, rows, expected, reason in bench.rows(sql)
    )


def aware(value: datetime | None) -> datetime | None:
    """A TIMESTAMP of DuckDB is naive and means UTC."""
    return value.replace(tzinfo=UTC) if value is not None else None


def _ask(bench: Bench, name: str, values: Mapping[str, Any] | None = None) -> Sequence[tuple[Any, ...]]:
    text = (assets.folder("queries") / "metrics" / f"{name}.sql").read_text(encoding="utf-8")
    return bench.rows(_HEADER.sub("", text), values)
