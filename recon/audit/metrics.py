"""Service levels: match rates, latency, failed updates, freshness and duplicates, from queries/metrics and the findings of a run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from recon import assets
from recon.audit.judge import Bench, Coverage
from recon.audit.result import CoverageRow, Duplicates, Freshness, Latency, LatencyPart, MatchRate, Stock, Updates

_HEADER = re.compile(r"\A\s*/\*\s*\+\+\+.*?\+\+\+\s*\*/", re.DOTALL)


def latency(bench: Bench, values: Mapping[str, int]) -> tuple[Latency, ...]:
    """Percentiles for each shop, its channels and hours; ``values`` are the parameters of the rule sync.latency."""
    rows = _ask(bench, "order_latency", values)
    channels: dict[str, list[LatencyPart]] = {}
    hours: dict[str, list[LatencyPart]] = {}
    for shop, channel, hour, *measured in rows:
        if channel is not None:
            channels.setdefault(shop, []).append(LatencyPart(channel, *measured))
        elif hour is not None:
            hours.setdefault(shop, []).append(LatencyPart(str(hour), *measured))
    return tuple(
        Latency(shop, orders, p50, p95, p99, in_target, values["target_minutes"], tuple(channels.get(shop, ())), tuple(hours.get(shop, ())))
        for shop, channel, hour, orders, p50, p95, p99, in_target in rows
        if channel is None and hour is None
    )


def updates(bench: Bench, coverage: Coverage, values: Mapping[str, Any]) -> tuple[Updates, ...]:
    """Whether changes arrive; ``values`` are as_of, grace_minutes and backfill_days. After the rules, whose findings tell what failed."""
    return tuple(Updates(*row) for row in _ask(bench, "updates", values) if _on_both_sides(coverage, row[0], row[1]))


def stock(bench: Bench, coverage: Coverage, values: Mapping[str, Any]) -> tuple[Stock, ...]:
    """Freshness of stock levels; ``values`` are as_of and grace_minutes."""
    return tuple(
        Stock(shop, levels, behind, p50, p95, p99, aware(newest), aware(written))
        for shop, levels, behind, p50, p95, p99, newest, written in _ask(bench, "stock", values)
        if _on_both_sides(coverage, shop, "inventory_levels")
    )


def duplicates(bench: Bench, coverage: Coverage) -> tuple[Duplicates, ...]:
    """Surplus records of Salesforce, of tables that could be read."""
    return tuple(Duplicates(*row) for row in _ask(bench, "duplicates") if coverage.has(row[1], row[0]))


def _on_both_sides(coverage: Coverage, shop: str, entity: str) -> bool:
    return coverage.has(shop, entity) and any(coverage.has(other, entity) for other in coverage.sides.get("salesforce", ()))


def match_rates(bench: Bench, coverage: Coverage) -> tuple[MatchRate, ...]:
    """Match rates of the tables that both sides hold; a pair differs when a finding of this run shows a difference in it."""
    methods: dict[tuple[str, str], dict[str, int]] = {}
    for entity, shop, method, pairs in _ask(bench, "match_methods"):
        methods.setdefault((entity, shop), {})[method] = pairs
    differing = {(entity, system): records for entity, system, records in bench.rows(_DIFFERING)}
    found = []
    for entity, shop, compared, unmatched_shop, unmatched_salesforce, ambiguous in _ask(bench, "match_rates"):
        if not _on_both_sides(coverage, shop, entity):
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


def naive(moment: datetime | None) -> datetime | None:
    """The other way: an instant as a TIMESTAMP of DuckDB."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment is not None else None


def ask(bench: Bench, name: str, values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Rows of a file of queries/metrics by the names of their columns."""
    return bench.named(_text(name), values, _doing(name))


def _ask(bench: Bench, name: str, values: Mapping[str, Any] | None = None) -> Sequence[tuple[Any, ...]]:
    return bench.rows(_text(name), values, _doing(name))


def _doing(name: str) -> str:
    return f"the service level {name} was worked out"


def _text(name: str) -> str:
    return _HEADER.sub("", (assets.folder("queries") / "metrics" / f"{name}.sql").read_text(encoding="utf-8"))
