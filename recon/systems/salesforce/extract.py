"""One org as a source of streams: REST below limits.bulk_threshold records, Bulk API 2.0 above, every stream proven by COUNT()."""

from __future__ import annotations

import math
import threading
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from recon.config.mapping import Mapping as OrgMapping
from recon.errors import SourceError
from recon.systems.base import Check, Chunk, Context, Estimate, Proof, Stream, SystemFacts, Window
from recon.systems.salesforce import bulk, checks, plan, rest
from recon.systems.salesforce.client import Client
from recon.systems.salesforce.describe import Catalogue
from recon.systems.salesforce.errors import TOO_BIG, Refusal
from recon.systems.salesforce.plan import Plan
from recon.systems.salesforce.settings import Settings

PAGE = 2000
"""Records that a REST page holds at most"""


class SalesforceExtractor:
    """See :class:`recon.systems.base.Extractor`. Streams may be read from several threads."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self.settings = settings
        self.context = context
        self.client = Client(settings, context)
        self.catalogue = Catalogue(self.client)
        self._mapping: OrgMapping | None = None
        self._plans: dict[str, Plan] | None = None
        self._counts: dict[str, int] | None = None
        self._expected: dict[tuple[str, datetime | None], int | None] = {}
        self._lock = threading.RLock()

    @property
    def calls(self) -> int:
        """Requests sent so far."""
        return self.client.http.calls

    @property
    def clock_skew(self) -> float | None:
        """Seconds by which the org's clock is ahead of ours; None before the first answer."""
        return self.client.http.host.skew

    def close(self) -> None:
        """Close connections. The token is not revoked: another session of the same user may share it."""
        self.client.http.close()

    # -- what there is -------------------------------------------------------------------------------

    def facts(self) -> SystemFacts:
        """Facts of the org. Raises AuthError when its id is not the one in recon.toml."""
        organization = checks.organization(self.client)
        account = id18(str(organization["Id"]))
        if self.settings.org_id and id18(self.settings.org_id) != account:
            raise checks.other_org(self.context.name)
        return SystemFacts(
            account_id=account,
            title=str(organization.get("Name") or "Salesforce"),
            base_url=self.settings.url,
            record_url_template=f"{self.settings.url}/{{record_id}}",
            time_zone=organization.get("TimeZoneSidKey"),
            currency=self.settings.currency or checks.currency(self.client, self.catalogue),
            api_version=self.settings.api_version,
            tax_included=None,
            mapping=plan.as_read(self.mapping(), self.catalogue),
        )

    def streams(self) -> tuple[Stream, ...]:
        """Mapped objects that the integration user can read, what stands beside them, their histories, and users."""
        return tuple(entry.stream for entry in self._all().values())

    def not_covered(self) -> Mapping[str, str]:
        """Canonical table → why this org does not offer it."""
        return plan.not_covered(self.mapping(), self.catalogue)

    def absent(self) -> Collection[str]:
        """Tables that no object is mapped to."""
        return plan.absent(self.mapping())

    def estimate(self, stream: Stream, window: Window) -> Estimate:
        """Rows and calls. One call counts all objects of a full read (approximately); a window is counted by a query."""
        rows = self._count(stream, window)
        if rows is None:
            return Estimate(None, 10, "The org does not tell how many records there are.")
        if rows < self.context.limits.bulk_threshold:
            return Estimate(rows, max(1, math.ceil(rows / PAGE)) + 1)
        return Estimate(rows, 8 + math.ceil(rows / bulk.PAGE), "Read by Bulk API 2.0.")

    def checks(self) -> Iterator[Check]:
        """The org's part of ``recon doctor``."""
        return checks.run(self.settings, self.client, self.catalogue)

    # -- reading ---------------------------------------------------------------------------------------

    def read(self, stream: Stream, window: Window, state: Mapping[str, Any] | None) -> Iterator[Chunk]:
        """Chunks of one stream; what an interrupted run began (pages or a job) is gone on with."""
        entry = self._all()[stream.name]
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
        entry = self._all()[stream.name]
        state = state or {}
        started = datetime.fromisoformat(state["started"]) if "started" in state else window.until
        read = rows - int(state.get("dropped", 0))
        unread = dict(entry.unreadable)
        if "rows" in state and int(state["rows"]) != read:
            reason = f"The snapshot holds {read:,} records of {entry.source}, but {int(state['rows']):,} were read."
            return Proof(False, "count", expected=int(state["rows"]), reason=reason, unreadable=unread)
        try:
            expected = self.client.count(entry.source, rest.changed_since(entry.cursor, window.since))
            changed = 0 if expected == read else self.client.count(entry.source, rest.changed_since(entry.cursor, started))
        except Refusal as refusal:
            if refusal.code in TOO_BIG and state.get("method") == "bulk":
                return Proof(True, "numberRecordsProcessed", expected=int(state["total"]), watermark=started, unreadable=unread)
            raise
        if abs(expected - read) > changed:
            reason = f"{entry.source} has {expected:,} records, {read:,} were read, and only {changed:,} changed meanwhile."
            return Proof(False, "count", expected=expected, reason=reason, unreadable=unread)
        note = "" if expected == read else f"{changed:,} records changed while {entry.source} was read; that explains the difference."
        return Proof(True, "count", expected=expected, reason=note, watermark=started, unreadable=unread)

    def mapping(self) -> OrgMapping:
        """The mapping as far as it applies to this org."""
        with self._lock:
            if self._mapping is None:
                self._mapping = plan.applicable(self.settings.mapping, self.catalogue)
            return self._mapping

    # -- inner ---------------------------------------------------------------------------------------------

    def _all(self) -> dict[str, Plan]:
        with self._lock:
            if self._plans is None:
                self._plans = plan.plans(self.mapping(), self.catalogue)
            return self._plans

    def _started(self) -> str:
        self._all()  # so that at least one answer has told the server's clock
        return self.client.http.host.server_now().replace(microsecond=0).isoformat()

    def _method(self, stream: Stream, window: Window) -> str:
        rows = self._count(stream, window)
        return "bulk" if rows is None or rows >= self.context.limits.bulk_threshold else "rest"

    def _count(self, stream: Stream, window: Window) -> int | None:
        """Number of records as near as one cheap call tells; None where the org cannot count them in time."""
        with self._lock:
            known = self._record_counts() if window.since is None else {}
        if stream.source in known:
            return known[stream.source]
        key = (stream.name, window.since)
        if key not in self._expected:
            entry = self._all()[stream.name]
            try:
                self._expected[key] = self.client.count(entry.source, rest.changed_since(entry.cursor, window.since))
            except Refusal as refusal:
                if refusal.code not in TOO_BIG:
                    raise
                self._expected[key] = None
        return self._expected[key]

    def _record_counts(self) -> dict[str, int]:
        """``/limits/recordCount``: cached by the org, approximate, without deleted records; enough to choose a method."""
        if self._counts is None:
            names = ",".join(entry.source for entry in self._all().values())
            try:
                entries = self.client.get("limits/recordCount", {"sObjects": names}, needs="sObjects")["sObjects"]
            except Refusal:
                entries = []
            self._counts = {str(item["name"]): int(item["count"]) for item in entries}
        return self._counts


def id18(text: str) -> str:
    """An id in its 18-character form: three more characters say which of the first 15 are upper case.

    Vendor source: Salesforce object reference, ID field type. Raises SourceError for text that is no id.
    """
    if len(text) not in {15, 18} or not text.isalnum():
        raise SourceError("A Salesforce id has 15 or 18 letters and digits.", "Correct it in recon.toml.")
    body = text[:15]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    tail = "".join(
        alphabet[sum(1 << bit for bit, char in enumerate(body[start : start + 5]) if "A" <= char <= "Z")] for start in (0, 5, 10)
    )
    return body + tail
