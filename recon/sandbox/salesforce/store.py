"""The org's file: one SQLite database with a table per object, and tables for everything else that must survive a restart.

All access goes through one connection and one lock; the stand-in serves a test, not a company.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from recon.sandbox.salesforce.schema import FieldSpec, ObjectSpec
from recon.sandbox.salesforce.values import Stored, collation, decimal_text

_OWN = """
    create table if not exists meta (name text primary key, value text not null) without rowid;
    create table if not exists counters (name text primary key, n integer not null) without rowid;
    create table if not exists definitions (object text primary key, body text not null) without rowid;
    create table if not exists clients (
        client_id text primary key, secret text, public_key text, username text, approved integer
    ) without rowid;
    create table if not exists tokens (token text primary key, client_id text, user_id text, issued text, expires text) without rowid;
    create table if not exists cursors (locator text primary key, query text, all_rows integer, ids text, created text) without rowid;
    create table if not exists effects (
        n integer primary key, at text, request_id integer, user_id text, object text, id text, operation text, before text, after text
    );
    create table if not exists jobs (id text primary key, kind text, body text, created text) without rowid;
    create table if not exists job_rows (job text, kind text, n integer, line text, primary key (job, kind, n)) without rowid;
    create table if not exists job_uploads (job text, n integer, body blob, primary key (job, n)) without rowid;
    create table if not exists purged (object text, id text, at text, primary key (object, id)) without rowid;
"""

INDEXED = ("SystemModstamp", "CreatedDate")


def quoted(name: str) -> str:
    """An identifier for SQL."""
    return '"' + name.replace('"', '""') + '"'


def table(name: str) -> str:
    """The table of an object."""
    return quoted(f"o_{name}")


class Store:
    """Rows, counters and logs of one org in ``path``."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, cached_statements=512)
        self.db.execute("pragma journal_mode = wal")
        self.db.execute("pragma synchronous = normal")
        self.db.executescript(_OWN)
        for name in ("sum", "avg", "min", "max"):
            self.db.create_aggregate(f"dec_{name}", 1, _AGGREGATES[name])  # type: ignore[arg-type]
        self._depth = 0

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; may be nested, an inner failure undoes the inner part only."""
        with self.lock:
            name = f"s{self._depth}"
            self.db.execute("begin immediate" if self._depth == 0 else f"savepoint {name}")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                self.db.execute("rollback" if self._depth == 0 else f"rollback to {name}")
                if self._depth:
                    self.db.execute(f"release {name}")
                raise
            self._depth -= 1
            self.db.execute("commit" if self._depth == 0 else f"release {name}")

    def all(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a query."""
        with self.lock:
            return self.db.execute(sql, values).fetchall()

    def one(self, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row of a query, or None."""
        with self.lock:
            found: tuple[Any, ...] | None = self.db.execute(sql, values).fetchone()
            return found

    def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run a statement; returns how many rows it touched."""
        with self.lock:
            return self.db.execute(sql, values).rowcount

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement for every row."""
        with self.lock:
            self.db.executemany(sql, rows)

    # tables of objects

    def prepare(self, spec: ObjectSpec) -> None:
        """Make the table of an object, or add the columns that it lacks."""
        stored = [one for one in spec.fields.values() if one.stored]
        with self.lock:
            have = {row[1] for row in self.db.execute(f"pragma table_info({table(spec.name)})")}
            if not have:
                self.db.execute(f"create table {table(spec.name)} ({', '.join(_column(one) for one in stored)}) without rowid")
            for one in stored:
                if have and one.name not in have:
                    self.db.execute(f"alter table {table(spec.name)} add column {_column(one)}")
                if one.name in INDEXED or one.external_id or one.unique or one.type == "reference" or one.name == "Email":
                    if one.name in {"CreatedById", "LastModifiedById", "OwnerId"}:
                        continue
                    index = quoted(f"i_{spec.name}_{one.name}")
                    self.db.execute(f"create index if not exists {index} on {table(spec.name)} ({quoted(one.name)})")

    def get(self, name: str, record_id: str) -> dict[str, Stored] | None:
        """One record with all its stored fields, deleted or not."""
        rows = self.find(name, "Id", record_id, limit=1)
        return rows[0] if rows else None

    def find(self, name: str, field: str, value: Stored, *, limit: int = 200) -> list[dict[str, Stored]]:
        """Records by the value of a field, deleted ones too, oldest id first."""
        with self.lock:
            cursor = self.db.execute(f"select * from {table(name)} where {quoted(field)} = ? order by Id limit {limit}", (value,))
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def insert(self, name: str, row: Mapping[str, Stored]) -> None:
        """Add one record."""
        columns = ", ".join(map(quoted, row))
        self.run(f"insert into {table(name)} ({columns}) values ({', '.join('?' * len(row))})", tuple(row.values()))

    def update(self, name: str, record_id: str, changes: Mapping[str, Stored]) -> None:
        """Change one record."""
        if changes:
            sets = ", ".join(f"{quoted(column)} = ?" for column in changes)
            self.run(f"update {table(name)} set {sets} where Id = ?", (*changes.values(), record_id))

    def numbers(self, name: str, count: int = 1) -> range:
        """Reserve ``count`` numbers of a counter."""
        with self.transaction():
            found = self.one("select n from counters where name = ?", (name,))
            start = found[0] if found else 0
            self.run("insert or replace into counters values (?, ?)", (name, start + count))
            return range(start + 1, start + count + 1)

    def at_least(self, name: str, number: int) -> None:
        """Make a counter go on after ``number``."""
        self.run("insert into counters values (?, ?) on conflict (name) do update set n = max(n, excluded.n)", (name, number))

    # small facts

    def meta(self, name: str, default: Any = None) -> Any:
        """A small fact, as JSON."""
        found = self.one("select value from meta where name = ?", (name,))
        return json.loads(found[0]) if found else default

    def set_meta(self, name: str, value: Any) -> None:
        """Keep a small fact."""
        self.run("insert or replace into meta values (?, ?)", (name, json.dumps(value)))


def _column(field: FieldSpec) -> str:
    kind = "integer" if field.type == "boolean" else "text"
    key = " primary key" if field.type == "id" else ""
    return f"{quoted(field.name)} {kind} collate {collation(field)}{key}"


class _Decimals:
    """Base of aggregates over exact numbers: SQLite's own would go through binary fractions."""

    def __init__(self) -> None:
        self.seen: list[Decimal] = []

    def step(self, value: str | None) -> None:
        if value is not None:
            self.seen.append(Decimal(value))

    def result(self) -> Decimal:
        return sum(self.seen, Decimal(0))

    def finalize(self) -> str | None:
        return decimal_text(self.result()) if self.seen else None


class _Average(_Decimals):
    def result(self) -> Decimal:
        return sum(self.seen, Decimal(0)) / len(self.seen)


class _Least(_Decimals):
    def result(self) -> Decimal:
        return min(self.seen)


class _Most(_Decimals):
    def result(self) -> Decimal:
        return max(self.seen)


_AGGREGATES: dict[str, type[_Decimals]] = {"sum": _Decimals, "avg": _Average, "min": _Least, "max": _Most}
