"""What tests of every platform share: a stand-in with extractors on its own clock, and what a store would have kept of a stream."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from recon.config.settings import Limits, SystemSettings
from recon.systems import registry
from recon.systems.base import Chunk, Context, Extractor, Proof, Stream, Window


class Landed:
    """Lines and the last state of a stream, whole chunks only; a stop after a chunk is a killed process."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        self.lines: list[dict[str, Any]] = []
        self.states: list[dict[str, Any]] = []
        self.stored: list[int] = []
        """lines after each chunk"""
        self.formats: set[str] = set()

    def add(self, chunk: Chunk) -> None:
        """Keep a chunk as the store does: lines are complete, their number is the announced one, the state is JSON."""
        data = b"".join(chunk.lines)
        if chunk.format == "file":
            found: list[dict[str, Any]] = [{"id": chunk.name}]
        elif chunk.format == "csv":
            found = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
        else:
            pieces = data.split(b"\n")
            assert pieces.pop() == b"", "the last line has its end"
            found = [json.loads(line) for line in pieces]
        assert chunk.rows is None or chunk.rows == len(found)
        if data:
            self.raw.append(data)
        if found:
            self.formats.add(chunk.format)
        self.lines += found
        self.states.append(json.loads(json.dumps(dict(chunk.state))))
        self.stored.append(len(self.lines))

    @property
    def state(self) -> dict[str, Any] | None:
        """State after the last chunk."""
        return self.states[-1] if self.states else None

    @property
    def chunks(self) -> int:
        """How many chunks came."""
        return len(self.states)

    @property
    def roots(self) -> list[dict[str, Any]]:
        """Records without those that lie below another."""
        return [line for line in self.lines if "__parentId" not in line]

    @property
    def ids(self) -> list[Any]:
        """Ids of the records."""
        return [line["id"] if "id" in line else line["Id"] for line in self.lines]

    def table(self) -> list[str]:
        """The lines in an order of their own: what counts is what came."""
        return sorted(json.dumps(line, sort_keys=True) for line in self.lines)


def stream_of(reader: Extractor, name: str) -> Stream:
    """The stream of this name."""
    return next(stream for stream in reader.streams() if stream.name == name)


def pour(reader: Extractor, name: str, window: Window, landed: Landed | None = None, *, stop_after: int | None = None) -> Landed:
    """Read a stream as the snapshot does; after ``stop_after`` chunks the process is killed. ``landed`` is what a killed one left."""
    landed = landed or Landed()
    chunks = reader.read(stream_of(reader, name), window, landed.state)
    for number, chunk in enumerate(chunks, start=1):
        landed.add(chunk)
        if number == stop_after:
            break
    return landed


def prove(reader: Extractor, name: str, window: Window, landed: Landed, *, rows: int | None = None) -> Proof:
    """Whether what landed is everything."""
    return reader.prove(stream_of(reader, name), window, len(landed.roots) if rows is None else rows, landed.state)


class World:
    """A served stand-in and extractors that read it on its own clock: waiting costs no time.

    A platform says :meth:`settings`; its stand-in has ``folder``, ``now()`` and ``advance(seconds)``, or those are said here, too.
    """

    name = "shop"

    def __init__(self, stand_in: Any) -> None:
        self._stand_in = stand_in
        self.folder: Path = stand_in.folder
        self.slept: list[float] = []
        self._open: list[Any] = []

    def settings(self, **changes: Any) -> SystemSettings:
        """The system's part of recon.toml."""
        raise NotImplementedError

    def now(self) -> datetime:
        """The stand-in's present."""
        found: datetime = self._stand_in.now()
        return found

    def advance(self, seconds: float) -> None:
        """Let time pass for the stand-in."""
        self._stand_in.advance(seconds)

    def limits(self) -> Limits:
        """Limits where a test does not say others."""
        return Limits()

    def reader(self, limits: Limits | None = None, **changes: Any) -> Any:
        """An extractor that never talked to the stand-in before."""
        context = Context(name=self.name, now=self.now, sleep=self.sleep, limits=limits or self.limits())
        self._open.append(registry.open_system(self.settings(**changes), context))
        return self._open[-1]

    def sleep(self, seconds: float) -> None:
        """Waiting, which only moves the clock."""
        self.slept.append(seconds)
        self.advance(seconds)

    def window(self, since: datetime | None = None) -> Window:
        """Everything until now, or what changed since."""
        return Window(since, self.now())

    def requests(self) -> list[dict[str, Any]]:
        """What was asked, from the stand-in's own log, oldest first."""
        path = self.folder / "requests.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []

    def close(self) -> None:
        """Give sessions back."""
        for reader in self._open:
            reader.close()


def digest(file: Path, tables: Iterable[str]) -> str:
    """A fingerprint of tables of a stand-in (with a condition behind the name, if need be): the same as long as no record changed."""
    found = hashlib.sha256()
    with sqlite3.connect(file, timeout=10) as con:
        for table in sorted(tables):
            for row in sorted(map(repr, con.execute(f"select * from {table}"))):
                found.update(row.encode())
    con.close()
    return found.hexdigest()


def resolves(line: Mapping[str, Any], path: str) -> bool:
    """Whether a record has a field, also inside objects and lists."""
    value: Any = line
    if path in line:
        return True
    for part in path.split("."):
        value = next((entry for entry in value if isinstance(entry, dict) and part in entry), None) if isinstance(value, list) else value
        if not isinstance(value, dict) or part not in value:
            return False
        value = value[part]
    return True
