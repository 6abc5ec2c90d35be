"""Which ids came before, in bounded memory: what does not fit goes to a temporary file that only this process can see."""

from __future__ import annotations

import sqlite3
from types import TracebackType

CACHE_KIB = 32 * 1024


class Seen:
    """Ids with the place where each came first; a context manager."""

    def __init__(self) -> None:
        # NOTE: an empty name is a private database of SQLite's own, which spills to an unnamed file only when its cache is full.
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.executescript(
            f"pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -{CACHE_KIB}; "
            "create table seen (id text primary key, place text not null) without rowid; begin"
        )

    def __enter__(self) -> Seen:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._db.close()

    def before(self, record_id: str, place: str) -> str | None:
        """Where an id came before; None where this is the first time, which is kept then."""
        if self._db.execute("insert or ignore into seen values (?, ?)", (record_id, place)).rowcount:
            return None
        found = self._db.execute("select place from seen where id = ?", (record_id,)).fetchone()
        return str(found[0])
