"""Ends what would never end: DuckDB 2.0 can wait for itself, all its threads idle, without an error and without an end.

A rule has a clock of its own. Filling tables, matching and asking the history may take hours on millions of records, so there a clock
says nothing; but whatever works uses the processor or the disk, and whatever waits for itself uses neither.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

import duckdb

from recon.errors import ReconError, StandstillError

PATIENCE = 600.0
"""Seconds without work after which a statement is given up: a disk that delivers nothing for so long is down, and the night is longer."""

_LOOKS = 20
"""Looks within the patience, all of which must see no work. They are counted instead of the time between them: a process that was
stopped, or whose computer slept, did not look either."""

_IDLE = 0.03
"""Seconds of processor time in a second below which nothing works: threads of DuckDB that wait for each other use 0.003."""

_READ = 64 * 1024
"""Bytes read or written between two looks from which the disk works: a slow disk leaves the processor as idle as a standstill does."""

_IO = Path("/proc/self/io")

_innermost: ContextVar[_Watch | None] = ContextVar("_innermost", default=None)


@contextmanager
def watched(con: duckdb.DuckDBPyConnection, doing: str, patience: float | None = None) -> Iterator[None]:
    """Interrupt ``con`` when the process does nothing for ``patience`` seconds (None: :data:`PATIENCE`), and raise StandstillError.

    ``doing`` says what was on its way, such as "table orders was filled". Inside it nothing but the database may be waited for: no
    network, no person. Of nested ones only the innermost looks, since it knows best where it is.
    """
    watch = _Watch(con, PATIENCE if patience is None else patience)
    outer = _innermost.get()
    token = _innermost.set(watch)
    if outer:
        outer.paused = True
    try:
        with watch:
            yield
    except (duckdb.Error, ReconError) as error:
        if not watch.struck:
            raise
        raise StandstillError(
            f"The database did nothing for {_words(watch.patience)} while {doing}, and was stopped.",
            "Run the same command again; if it stands still there again, check that the disk answers, and report it.",
        ) from error
    finally:
        _innermost.reset(token)
        if outer:
            outer.paused = False


class _Watch:
    """A thread that looks whether the process works."""

    def __init__(self, con: duckdb.DuckDBPyConnection, patience: float) -> None:
        self.patience = patience
        self.paused = False
        self.struck = False
        self._con = con
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="standstill", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        pause = self.patience / _LOOKS
        still = 0
        used, moved = _work()
        while not self._over.wait(pause):
            before = used, moved
            used, moved = _work()
            is_idle = used - before[0] < _IDLE * pause and moved - before[1] < _READ
            still = still + 1 if is_idle and not self.paused else 0
            if still >= _LOOKS:
                self.struck = True
                with suppress(duckdb.Error):  # it may just have been closed
                    self._con.interrupt()  # at every look from now on: between two statements there is nothing to interrupt


def _work() -> tuple[float, int]:
    """Processor seconds that the process has used, and bytes that it has read and written; 0 where the system does not count those."""
    try:
        counts = dict(line.split(": ") for line in _IO.read_text(encoding="ascii").splitlines())
        moved = int(counts["rchar"]) + int(counts["wchar"])
    except (OSError, ValueError, KeyError):
        moved = 0
    return time.process_time(), moved


def _words(seconds: float) -> str:
    return f"{seconds / 60:g} minutes" if seconds >= 120 else f"{seconds:g} seconds"
