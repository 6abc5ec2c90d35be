"""What every stand-in keeps besides its records: a log of requests and a clock that can be moved.

Both are files, so that they outlive a restart, and both are served under ``/__sandbox__/`` by :func:`recon.sandbox.faults.faulty`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any


def utc_now() -> datetime:
    """The present as an aware datetime."""
    return datetime.now(UTC)


class Clock:
    """The stand-in's idea of the present: the real (or given) clock plus an offset that a test can set."""

    def __init__(self, path: Path | None = None, now: Callable[[], datetime] = utc_now) -> None:
        self._path = path
        self._now = now
        self._offset = timedelta(seconds=json.loads(path.read_text())["offset_seconds"] if path is not None and path.exists() else 0)

    def __call__(self) -> datetime:
        """The present, as an aware datetime."""
        return self._now() + self._offset

    @property
    def offset_seconds(self) -> float:
        """Seconds that are added to the real clock."""
        return self._offset.total_seconds()

    @offset_seconds.setter
    def offset_seconds(self, seconds: float) -> None:
        self._offset = timedelta(seconds=seconds)
        if self._path is not None:
            self._path.write_text(json.dumps({"offset_seconds": seconds}))


class RequestLog:
    """Every request with its answer's status, one JSON line each; status 0 means that the connection was dropped."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._lines: list[dict[str, Any]] = []
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists():
                with path.open(encoding="utf-8") as stream:
                    self._lines = [json.loads(line) for line in stream if line.endswith("\n")]
        self._next = 1 + max((int(line["id"]) for line in self._lines), default=0)

    def new_id(self) -> int:
        """A number for the next request; stand-ins put it into their own logs too."""
        with self._lock:
            number = self._next
            self._next += 1
            return number

    def add(self, number: int, at: datetime, *, method: str, path: str, query: str, status: int) -> None:
        """Note one request that was answered (or dropped: status 0)."""
        line = {"id": number, "at": at.isoformat(timespec="milliseconds"), "method": method, "path": path, "query": query, "status": status}
        with self._lock:
            self._lines.append(line)
            if self._path is not None:
                with self._path.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(line) + "\n")

    def list(self) -> list[dict[str, Any]]:
        """All requests, oldest first."""
        with self._lock:
            return [dict(line) for line in self._lines]

    def clear(self) -> None:
        """Forget all requests; numbers go on."""
        with self._lock:
            self._lines.clear()
            if self._path is not None:
                self._path.unlink(missing_ok=True)
