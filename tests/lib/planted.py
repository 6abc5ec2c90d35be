"""Which planted cause a root cause speaks of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from recon.audit.causes import sources_of
from recon.sandbox.merchant import truth
from recon.sandbox.merchant.truth import TruthRow
from recon.warehouse import engine
from recon.warehouse.engine import identifier, quote

SIGNATURES = {
    "customer.consent_drift": {"unsubscribe_not_followed", "text_consent_not_followed", "subscribe_not_followed"},
    "customer.email_drift": {"address_not_followed", "address_wiped"},
    "customer.missing_in_salesforce": {"sync_stopped"},
    "order.currency_drift": {"wrong_currency_code", "presentment_amount"},
    "order.missing_in_salesforce": {"lost_webhooks", "flow_stands_still"},
    "sync.latency": {"queue_backlog"},
}
"""Rule → planted causes that strike records of one time, one way of paying or one user, so that they can be told from the records."""


def named_first(workspace: Path, result: Any) -> dict[str, Counter[str]]:
    """Rule → planted causes that its first sentence speaks of; the sentence's own count is checked against the warehouse."""
    rows = truth.read(workspace / "truth.json")
    named = {}
    with engine.connect(workspace / ".recon" / "snapshots" / result.run.snapshot_ids[0] / "warehouse.duckdb") as con:
        for rule in result.rules:
            assert len(rule.causes) <= 3
            for cause in reversed(rule.causes):
                named[rule.id] = spoken_of(con, rule, cause, rows)
                assert named[rule.id].total() == cause.findings, cause.sentence
    return named


def spoken_of(con: duckdb.DuckDBPyConnection, rule: Any, cause: Any, planted: Iterable[TruthRow]) -> Counter[str]:
    """Planted cause → records of it among those that a root cause of the rule describes, asked of the warehouse anew."""
    described: set[tuple[str, str]] = set()
    for records in sources_of(rule.entity, cause.noun):
        columns = {row[0] for row in con.execute(f"describe {records}").fetchall()}
        names = {one.attribute for one in cause.conditions} | ({cause.span.timeline} if cause.span else set())
        if names <= columns:
            where = [f"r.{identifier(one.attribute)} = {quote(one.value)}" for one in cause.conditions]
            if cause.span is not None:
                at = f"r.{identifier(cause.span.timeline)}"
                if cause.span.first_at is not None:
                    where.append(f"{at} >= {quote(cause.span.first_at.isoformat())}::timestamptz at time zone 'UTC'")
                if cause.span.last_at is not None:
                    where.append(f"{at} <= {quote(cause.span.last_at.isoformat())}::timestamptz at time zone 'UTC'")
                if cause.span.first_hour is not None:
                    hours = (cause.span.last_hour - cause.span.first_hour) % 24
                    where.append(f"(extract(hour from {at}) - {cause.span.first_hour} + 24) % 24 < {hours}")
            described |= set(con.execute(f"select r.system, r.record_id from ({records}) as r where {' and '.join(where)}").fetchall())
    return Counter(row.cause for row in planted if row.rule == rule.id and (row.system, row.record_id or row.salesforce_id) in described)
