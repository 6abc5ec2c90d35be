"""Runs the stages of matching over the canonical customers of a connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import duckdb

from recon.warehouse.engine import connect, quote
from recon.warehouse.identity import guard, lists
from recon.warehouse.identity.decisions import Decision
from recon.warehouse.standstill import watched

SCORING = ("score", "tier")
PREPARING = ("normalise", "decided", "ids", "frequencies")
COMPARING = (*PREPARING, "keys", "pairs", *SCORING, "reasons", "edges")
"""Files of queries/identity in their order, after the macros; then come the groups, and what is made of them."""

PUBLISHING = ("publish", "survivor")

TABLES = ("customer_clusters", "identity_pairs", "customer_survivors", "related_groups", "shared_values")
"""Canonical tables that matching fills."""

PER_MILLION, PER_THREAD = 1000, 500
"""Megabytes of memory that matching takes for every million customers, and at least for every thread."""

T = TypeVar("T")


def run(
    con: duckdb.DuckDBPyConnection,
    decisions: Sequence[Decision] = (),
    scratch: Path | None = None,
    weights: Path | None = None,
    memory: str | None = None,
) -> None:
    """Fill the clusters, pairs, survivors, related groups and shared values of customers.

    ``scratch`` is a file for what lies between the stages; None keeps it in memory. ``weights`` is a file in place of weights.csv.
    ``memory`` is what the connection may use, of which matching takes no more than it needs; None leaves its limit as it is.
    """

    def matched() -> None:
        _clear(con)
        compare(con, decisions, weights)
        guard.group(con, lambda: rescore(con))
        guard.relate(con)
        for name in PUBLISHING:
            stage(con, name)

    _clear(con)
    if len(con.execute("select 1 from customers limit 2").fetchall()) < 2:
        return  # nobody to compare
    with attached(con, scratch):
        sparing(con, memory, matched)


def _clear(con: duckdb.DuckDBPyConnection) -> None:
    for name in TABLES:
        con.execute(f"delete from {name}")


def sparing(con: duckdb.DuckDBPyConnection, memory: str | None, work: Callable[[], T]) -> T:
    """Do ``work``, which may be begun again, in the memory that so many customers need; where that does not do, in all of ``memory``.

    DuckDB keeps whatever it has read as long as it may, so that a limit costs nothing until it is below what one stage needs.
    """
    if memory is None:
        return work()
    allowed = int(memory[:-2]) * (1000 if memory.endswith("GB") else 1)
    (customers,) = con.execute("select count(*) from customers").fetchall()[0]
    (threads,) = con.execute("select current_setting('threads')").fetchall()[0]
    needed = max(-(-PER_MILLION * customers // 1_000_000), PER_THREAD * threads)
    try:
        if needed < allowed:
            try:
                con.execute(f"set memory_limit = '{needed}MB'")
                return work()
            except duckdb.OutOfMemoryException:
                con.execute(f"set memory_limit = {quote(memory)}")
        return work()
    finally:
        con.execute(f"set memory_limit = {quote(memory)}")


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


@contextmanager
def in_memory(memory: str, threads: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database; what does not fit into memory goes to a private folder, not to the one in which somebody happens to be."""
    with TemporaryDirectory(prefix="recon-") as folder, connect(None, memory=memory, threads=threads, locked=False) as con:
        con.execute(f"set temp_directory = {quote(folder)}")
        yield con


@contextmanager
def looking_at(warehouse: Path, memory: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a warehouse that cannot be changed, with an empty database ``identity`` in memory beside it."""
    with in_memory(memory) as con:
        # NOTE: a file that is opened read-only by itself lets nothing else be attached.
        con.execute(f"attach {quote(str(warehouse))} as warehouse (read_only)")
        con.execute("use warehouse")
        with attached(con):
            yield con


def rescore(con: duckdb.DuckDBPyConnection) -> None:
    """Score the pairs of ``identity.comparing`` into ``identity.tiered``."""
    for name in SCORING:
        stage(con, name)


def stage(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Run one file of queries/identity."""
    with watched(con, f"stage {name} of matching customers ran"):
        con.execute((lists.folder() / f"{name}.sql").read_text(encoding="utf-8"))


def compare(con: duckdb.DuckDBPyConnection, decisions: Sequence[Decision] = (), weights: Path | None = None) -> None:
    """Compare all records that share a key; ``identity`` is attached and holds every stage afterwards."""
    _begin(con, decisions, weights)
    for name in COMPARING:
        stage(con, name)


def prepare(con: duckdb.DuckDBPyConnection, decisions: Sequence[Decision] = (), weights: Path | None = None) -> None:
    """Only what every comparison needs: comparable values, what was decided, and frequencies."""
    _begin(con, decisions, weights)
    for name in (*PREPARING, "reasons"):
        stage(con, name)


def _begin(con: duckdb.DuckDBPyConnection, decisions: Sequence[Decision], weights: Path | None) -> None:
    stage(con, "macros")
    lists.load(con, lists.weights(weights))
    columns = "system varchar, record_id varchar, other_system varchar, other_id varchar, is_same boolean"
    lists.table(con, "decisions", columns, [_row(decision) for decision in decisions])


def _row(decision: Decision) -> tuple[object, ...]:
    one, other = decision.pair
    return one.system, one.record_id, other.system, other.record_id, decision.verdict == "same"
