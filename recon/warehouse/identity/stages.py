"""Runs the stages of matching over the canonical customers of a connection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from recon.warehouse.engine import quote
from recon.warehouse.identity import guard, lists
from recon.warehouse.identity.decisions import Decision
from recon.warehouse.identity.lists import Weight

SCORING = ("score", "tier")
COMPARING = ("normalise", "ids", "frequencies", "keys", "pairs", *SCORING, "edges")
"""Files of queries/identity in their order, after the macros; then come the groups, and what is made of them."""

PUBLISHING = ("publish", "survivor")

TABLES = ("customer_clusters", "identity_pairs", "customer_survivors", "shared_values")
"""Canonical tables that matching fills."""


def run(con: duckdb.DuckDBPyConnection, decisions: Sequence[Decision] = (), scratch: Path | None = None) -> None:
    """Fill the clusters, pairs, survivors and shared values of customers.

    ``scratch`` is a file for what lies between the stages; None keeps it in memory.
    """
    if _alone(con):
        return
    with attached(con, scratch):
        compare(con, decisions)
        guard.group(con, lambda: rescore(con))
        for name in PUBLISHING:
            stage(con, name)


def _alone(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether there is nobody to compare; then the tables stay empty."""
    for name in TABLES:
        con.execute(f"delete from {name}")
    return len(con.execute("select 1 from customers limit 2").fetchall()) < 2


@contextmanager
def attached(con: duckdb.DuckDBPyConnection, scratch: Path | None = None) -> Iterator[None]:
    """A database ``identity`` for the time of matching."""
    con.execute(f"attach {quote(str(scratch) if scratch else ':memory:')} as identity")
    if scratch:
        scratch.chmod(0o600)
    try:
        yield
    finally:
        con.execute("detach identity")


def rescore(con: duckdb.DuckDBPyConnection) -> None:
    """Score the pairs of ``identity.comparing`` into ``identity.tiered``."""
    for name in SCORING:
        stage(con, name)


def stage(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Run one file of queries/identity."""
    con.execute((lists.folder() / f"{name}.sql").read_text(encoding="utf-8"))


def compare(con: duckdb.DuckDBPyConnection, decisions: Sequence[Decision] = (), weights: Iterable[Weight] | None = None) -> None:
    """Compare all records that share a key; ``identity`` is attached and holds every stage afterwards."""
    stage(con, "macros")
    lists.load(con, weights)
    columns = "system varchar, record_id varchar, other_system varchar, other_id varchar, is_same boolean"
    lists.table(con, "decisions", columns, [_row(decision) for decision in decisions])
    for name in COMPARING:
        stage(con, name)


def _row(decision: Decision) -> tuple[object, ...]:
    one, other = decision.pair
    return one.system, one.record_id, other.system, other.record_id, decision.verdict == "same"
