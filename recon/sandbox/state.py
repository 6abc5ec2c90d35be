"""What the stand-ins of shops keep in SQLite, and how they get at it: one file, one lock, settings, and a clock that tests can set."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from recon.sandbox.control import Clock


class State:
    """A SQLite file in the stand-in's folder that survives a restart; it needs a table ``meta`` (key, value)."""

    def __init__(self, folder: Path, file: str, tables: str, now: Callable[[], datetime]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.clock = Clock(folder / "clock.json", now)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(folder / file, check_same_thread=False, isolation_level=None)
        self._db.executescript("pragma journal_mode = wal; pragma synchronous = normal;" + tables)

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self._db.close()

    def now(self) -> datetime:
        """The stand-in's present."""
        return self.clock()

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.offset_seconds += seconds

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield self._db
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def meta(self, key: str) -> Any:
        """A setting."""
        found = self.rows("select value from meta where key = ?", (key,))
        return json.loads(found[0][0]) if found else None

    def _set_meta(self, key: str, value: Any) -> None:
        with self._transaction() as db:
            db.execute("insert or replace into meta values (?, ?)", (key, json.dumps(value)))
