"""journal.jsonl: what is about to be sent, before it is sent, and what came of it.

Lines are only ever added. An intent is on the disk (fsync) before the request leaves; outcomes follow when the answer is read. A change
with an intent and no outcome is unknown: nobody may send it again before Salesforce was asked. A line that a crash cut is never used.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from recon.errors import StoreError
from recon.fix.plan import Plan
from recon.snapshot.files import explained, open_private

FILE_NAME = "journal.jsonl"

Result = Literal["planned", "unknown", "done", "already", "failed", "skipped"]
"""What became of a change: ``already`` had the planned values before anything was sent, ``skipped`` was not sent for a reason."""

ENDED: frozenset[Result] = frozenset({"done", "already", "failed", "skipped"})

Entry = dict[str, Any]


@dataclass
class Standing:
    """Where a change stands by the journal."""

    result: Result = "planned"
    record_id: str | None = None
    code: str = ""
    message: str = ""
    by: str = ""
    """answer, lookup or check"""
    request: int | None = None
    """the last request that held it"""
    way: str = ""
    at: str = ""
    """when the last intent was written"""
    before: Mapping[str, str | None] = field(default_factory=dict)
    modstamp: str | None = None
    """of the record just before the write"""
    after: Mapping[str, str | None] | None = None
    """what Salesforce held when it was read again after the write"""
    tries: int = 0


class Journal:
    """The open file; a context manager. Raises StoreError where it cannot be written or is damaged."""

    def __init__(self, folder: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.path = folder / FILE_NAME
        self._now = now
        self._entries = read(self.path)
        with explained(self.path):
            self._descriptor = open_private(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
            size = os.fstat(self._descriptor).st_size
            if size and os.pread(self._descriptor, 1, size - 1) != b"\n":
                os.write(self._descriptor, b"\n")  # a crash cut the last line: it stays as it is, and is never read as one

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        os.close(self._descriptor)

    @property
    def entries(self) -> list[Entry]:
        """Everything that was written, the lines of this process included."""
        return self._entries

    def write(self, *entries: Entry) -> None:
        """Add lines and wait until they are on the disk."""
        lines = []
        for entry in entries:
            full = {"n": len(self._entries) + 1, "at": self._now().astimezone(UTC).isoformat().replace("+00:00", "Z"), **entry}
            self._entries.append(full)
            lines.append(json.dumps(full, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        with explained(self.path):
            view = memoryview(b"".join(lines))
            while view:
                view = view[os.write(self._descriptor, view) :]
            os.fsync(self._descriptor)


def read(path: Path) -> list[Entry]:
    """All whole lines; StoreError where one in the middle is missing or damaged."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StoreError(f"{path} cannot be read ({error.strerror}).", "Check its permissions.") from error
    entries: list[Entry] = []
    torn = False
    for line in data.splitlines():
        entry = _parsed(line)
        if entry is None:
            torn = torn or bool(line)
            continue
        if entry["n"] != len(entries) + 1 or (torn and entry["event"] != "begin"):
            raise StoreError(
                f"{path} is damaged after line {len(entries)}.", "Nothing may be written by this plan any more; compare by hand."
            )
        torn = False
        entries.append(entry)
    return entries


def _parsed(line: bytes) -> Entry | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and isinstance(entry.get("n"), int) and isinstance(entry.get("event"), str) else None


def standings(plan: Plan, entries: Iterable[Entry]) -> dict[str, Standing]:
    """Where every change of a plan stands."""
    found = {change.id: Standing() for change in plan.changes}
    for entry in entries:
        follow(found, entry)
    return found


def follow(found: dict[str, Standing], entry: Entry) -> None:
    """Bring standings up to one more line."""
    if entry["event"] == "intent":
        for change_id, seen in entry["changes"].items():
            one = found[change_id]
            one.result, one.request, one.way, one.at = "unknown", entry["request"], entry["way"], entry["at"]
            one.before, one.modstamp = seen.get("before", {}), seen.get("modstamp")
            one.tries += 1
    elif entry["event"] == "outcome":
        one = found[entry["change"]]
        one.result, one.by = entry["result"], entry.get("by", "")
        one.record_id = entry.get("record_id") or one.record_id
        one.code, one.message = entry.get("code", ""), entry.get("message", "")
    elif entry["event"] == "after":
        found[entry["change"]].after = entry["fields"]


def jobs(entries: Iterable[Entry]) -> dict[int, str]:
    """Request → Bulk API job that carries it."""
    return {entry["request"]: entry["job"] for entry in entries if entry["event"] == "job"}


def last_request(entries: Iterable[Entry]) -> int:
    """Number of the last request that was intended."""
    return max((entry["request"] for entry in entries if entry["event"] == "intent"), default=0)


def was_begun(entries: Iterable[Entry]) -> bool:
    """Whether the plan was ever applied, wholly or in part."""
    return any(entry["event"] == "begin" for entry in entries)
