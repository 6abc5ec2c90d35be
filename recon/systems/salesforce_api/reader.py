"""One org as a source of streams: REST below limits.bulk_threshold records, Bulk API 2.0 above, every stream proven by COUNT().

Which objects are read is the plans' affair; each platform makes its own.
"""

from __future__ import annotations

import math
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from recon.systems.base import By, Chunk, Context, Estimate, Look, Proof, Stream, Window
from recon.systems.salesforce_api import again, bulk, rest
from recon.systems.salesforce_api.client import Client
from recon.systems.salesforce_api.describe import Catalogue
from recon.systems.salesforce_api.errors import TOO_BIG, Refusal
from recon.systems.salesforce_api.plan import Plan
from recon.systems.salesforce_api.settings import OrgSettings

PAGE = 2000
"""Records that a REST page holds at most"""


_TABLES = (
    "orders", "order_lines", "fulfillments", "refunds", "returns", "payments", "customers", "companies", "products", "prices",
    "inventory_levels", "locations",
)  # fmt: skip
"""Canonical tables whose rows are read again"""


class OrgReader(ABC):
    """What :class:`recon.systems.base.Extractor` asks of reading, proving and counting. Streams may be read from several threads."""

    def __init__(self, settings: OrgSettings, context: Context) -> None:
        self.context = context
        self.client = Client(settings, context)
        self.catalogue = Catalogue(self.client)
        self._plans: dict[str, Plan] | None = None
        self._counts: dict[str, int] | None = None
        self._expected: dict[tuple[str, datetime | None], int | None] = {}
        self._lock = threading.RLock()

    @abstractmethod
    def make_plans(self) -> dict[str, Plan]:
        """Stream name → plan. Called once."""

    @abstractmethod
    def key_fields(self, entry: Plan, table: str, by: By) -> tuple[str, ...]:
        """Fields in which such keys of a canonical table stand; empty where the object has none."""

    @property
    def calls(self) -> int:
        """Requests sent so far."""
        return self.client.http.calls

    @property
    def clock_skew(self) -> float | None:
        """Seconds by which the org's clock is ahead of ours; None before the first answer."""
        return self.client.http.host.skew

    @property
    def quota(self) -> tuple[int, int] | None:
        """API calls of the last 24 hours by everybody, and how many the org allows; None before the first answer."""
        return self.client.usage

    def close(self) -> None:
        """Close connections. The token is not revoked: another session of the same user may share it."""
        self.client.http.close()

    def plans(self) -> dict[str, Plan]:
        """Stream name → plan."""
        with self._lock:
            if self._plans is None:
                self._plans = self.make_plans()
            return self._plans

    def streams(self) -> tuple[Stream, ...]:
        """What this org offers and the integration user can read."""
        return tuple(entry.stream for entry in self.plans().values())

    def estimate(self, stream: Stream, window: Window) -> Estimate:
        """Rows and calls. One call counts all objects of a full read (approximately); a window is counted by a query."""
        rows = self._count(stream, window)
        if rows is None:
            return Estimate(None, 10, "The org does not tell how many records there are.")
        if rows < self.context.limits.bulk_threshold:
            return Estimate(rows, max(1, math.ceil(rows / PAGE)) + 1)
        return Estimate(rows, 8 + math.ceil(rows / bulk.PAGE), "Read by Bulk API 2.0.")

    # -- reading ---------------------------------------------------------------------------------------

    def read(self, stream: Stream, window: Window, state: Mapping[str, Any] | None) -> Iterator[Chunk]:
        """Chunks of one stream; what an interrupted run began (pages or a job) is gone on with."""
        entry = self.plans()[stream.name]
        if state is None:
            state = {"started": self._started()}
        if (state.get("method") or self._method(stream, window)) == "rest":
            yield from self._read_pages(entry, window, state)
            return
        try:
            yield from bulk.read(self.client, entry, window.since, state)
        except bulk.NotForBulk:
            yield from rest.read(self.client, entry, window.since, {"started": state["started"]})

    def _read_pages(self, entry: Plan, window: Window, state: Mapping[str, Any]) -> Iterator[Chunk]:
        stored = bool(state.get("id"))
        try:
            for chunk in rest.read(self.client, entry, window.since, state):
                yield chunk
                stored = True
        except Refusal as refusal:
            if refusal.code not in TOO_BIG or stored:
                raise
            # The org needs too long for a sorted query; a job is not sorted and may take its time.
            yield from bulk.read(self.client, entry, window.since, {"started": state["started"]})

    def prove(self, stream: Stream, window: Window, rows: int, state: Mapping[str, Any] | None) -> Proof:
        """Compare with COUNT(), deleted records included; what changed since reading began explains a difference.

        A record that changes while pages are read appears twice or is added; so the difference may be as large as the number of
        records changed since, and no larger.
        """
        entry = self.plans()[stream.name]
        state = state or {}
        started = datetime.fromisoformat(state["started"]) if "started" in state else window.until
        read = rows - int(state.get("dropped", 0))
        unread = dict(entry.unreadable)
        if "rows" in state and int(state["rows"]) != read:
            reason = f"The snapshot holds {read:,} records of {entry.source}, but {int(state['rows']):,} were read."
            return Proof(False, "count", expected=int(state["rows"]), reason=reason, unreadable=unread)
        try:
            expected = self.client.count(entry.source, rest.window(entry, window.since))
            changed = 0 if expected == read else self.client.count(entry.source, rest.window(entry, started))
        except Refusal as refusal:
            if refusal.code in TOO_BIG and state.get("method") == "bulk":
                return Proof(True, "numberRecordsProcessed", expected=int(state["total"]), watermark=started, unreadable=unread)
            raise
        if abs(expected - read) > changed:
            reason = f"{entry.source} has {expected:,} records, {read:,} were read, and only {changed:,} changed meanwhile."
            return Proof(False, "count", expected=expected, reason=reason, unreadable=unread)
        note = "" if expected == read else f"{changed:,} records changed while {entry.source} was read; that explains the difference."
        return Proof(True, "count", expected=expected, reason=note, watermark=started, unreadable=unread)

    # -- second looks --------------------------------------------------------------------------------------

    def again(self, table: str, by: By) -> Sequence[Stream]:
        """Objects that hold the table, then those beside them; none where nothing but what lies beside could be asked."""
        ways = [(entry, fields) for entry in self.plans().values() if (fields := self.key_fields(entry, table, by))]
        ways.sort(key=lambda way: way[0].stream.entities[:1] != (table,))
        return [entry.stream for entry, _ in ways] if any(table in entry.entities for entry, _ in ways) else []

    def reread(self, stream: Stream, by: By, keys: Sequence[str]) -> Iterator[Look]:
        """Records by the values of a field, deleted ones too, two hundred at a time."""
        entry = self.plans()[stream.name]
        tables = [table for table in _TABLES if self.key_fields(entry, table, by)]
        described = self.catalogue.object(entry.source)
        fields: dict[str, str] = {}
        for path in (path for table in tables for path in self.key_fields(entry, table, by)):
            found = self.catalogue.path(described, path) if described else None
            fields[path] = found[1].type if found else "id"  # longer paths lead to an id
        is_own = any(table in entry.entities for table in tables)
        prefix = described.prefix if described else None
        yield from again.read(self.client, entry, fields, keys, is_own=is_own, prefix=prefix)

    # -- inner ---------------------------------------------------------------------------------------------

    def _started(self) -> str:
        self.plans()  # so that at least one answer has told the server's clock
        return self.client.http.host.server_now().replace(microsecond=0).isoformat()

    def _method(self, stream: Stream, window: Window) -> str:
        rows = self._count(stream, window)
        return "bulk" if rows is None or rows >= self.context.limits.bulk_threshold else "rest"

    def _count(self, stream: Stream, window: Window) -> int | None:
        """Number of records as near as one cheap call tells; None where the org cannot count them in time."""
        with self._lock:
            known = self._record_counts() if window.since is None else {}
        entry = self.plans()[stream.name]
        if not entry.where and entry.source in known:
            return known[entry.source]
        key = (stream.name, window.since)
        if key not in self._expected:
            try:
                self._expected[key] = self.client.count(entry.source, rest.window(entry, window.since))
            except Refusal as refusal:
                if refusal.code not in TOO_BIG:
                    raise
                self._expected[key] = None
        return self._expected[key]

    def _record_counts(self) -> dict[str, int]:
        """``/limits/recordCount``: cached by the org, approximate, without deleted records; enough to choose a method."""
        if self._counts is None:
            names = ",".join(entry.source for entry in self.plans().values() if not entry.where)
            try:
                entries = self.client.get("limits/recordCount", {"sObjects": names}, needs="sObjects")["sObjects"]
            except Refusal:
                entries = []
            self._counts = {str(item["name"]): int(item["count"]) for item in entries}
        return self._counts
