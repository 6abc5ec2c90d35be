"""Questions of a person to a warehouse: one SELECT, without files, network or the possibility to change anything."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from recon.config.settings import Settings
from recon.errors import UsageError
from recon.warehouse.build import ensure
from recon.warehouse.engine import connect
from recon.warehouse.identity import decisions


@dataclass(frozen=True)
class Answer:
    """Rows of a question; ``cut`` where there were more than asked for."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    cut: bool


def ask(settings: Settings, snapshot_dir: Path, sql: str, limit: int = 1000) -> Answer:
    """Run one SELECT on the warehouse of a snapshot, which is built where it is missing.

    Raises UsageError with DuckDB's own words: whoever asks may see the data.
    """
    path = ensure(snapshot_dir, ownership=settings.owners, **decisions.wishes(settings), memory=settings.audit.memory)
    with connect(path, memory=settings.audit.memory) as con:
        watchdog = threading.Timer(settings.audit.rule_seconds, con.interrupt)
        watchdog.daemon = True
        watchdog.start()
        try:
            return _run(con, sql, limit)
        except duckdb.InterruptException as error:
            raise UsageError(f"The query was stopped after {settings.audit.rule_seconds} seconds.", "Make it cheaper.") from error
        except duckdb.Error as error:
            raise UsageError(f"The query cannot be run: {str(error).strip()}") from error
        finally:
            watchdog.cancel()


def _run(con: duckdb.DuckDBPyConnection, sql: str, limit: int) -> Answer:
    statements = con.extract_statements(sql)
    if len(statements) != 1:
        raise UsageError(f"The query holds {len(statements)} statements.", "Write exactly one SELECT.")
    kind = statements[0].type
    if kind not in {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN, duckdb.StatementType.PRAGMA}:
        raise UsageError("Only SELECT is possible here.", "The warehouse is built from the snapshot and never changed.")
    cursor = con.execute(statements[0].query)
    rows = cursor.fetchmany(limit + 1)
    columns = tuple(str(column[0]) for column in cursor.description or ())
    return Answer(columns, tuple(tuple(map(_plain, row)) for row in rows[:limit]), len(rows) > limit)


def _plain(value: Any) -> Any:
    """Times with a final Z, decimals exactly as stored, everything else as it is."""
    if isinstance(value, datetime):
        return value.isoformat() + ("Z" if value.tzinfo is None else "")
    return value if value is None or isinstance(value, str | int | float | bool | list | dict) else str(value)
