"""One Shopify shop as recon reads it."""

from __future__ import annotations

import json
import threading
from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from recon.errors import AuthError, SourceError
from recon.systems.base import By, Check, Chunk, Context, Estimate, Look, Proof, Stream, SystemFacts, Window, fewer, unfilled
from recon.systems.exact import dump
from recon.systems.shopify import again, doctor
from recon.systems.shopify.bulk import Bulk, Denied, Result
from recon.systems.shopify.client import Client
from recon.systems.shopify.documents import Path, bulk_text, nodes_text, only, operations
from recon.systems.shopify.lines import nested
from recon.systems.shopify.pages import Asker, page_chunks, read_pages
from recon.systems.shopify.settings import Settings
from recon.systems.shopify.streams import (
    ALL_ORDERS,
    BY_NAME,
    FULFILLMENT_PARTS,
    ORDERS_DAYS,
    READINGS,
    SHOP,
    UNTOLD,
    Reading,
    Walk,
    search_text,
    since_term,
    unreadable,
)
from recon.systems.words import counted

BULK_FROM = 5_000
"""Changed records from which a delta, too, is read by a bulk operation."""

_LAG = timedelta(minutes=2)
"""Shopify's search index lags behind writes; counts leave out what is newer than this."""

_NO_B2B = "The shop's plan has no B2B, or the app may not see it."

_NEVER = {
    "subscriptions": "Shopify shows an app only its own subscription contracts.",
    "field_changes": "Shopify offers no history of single fields.",
}
_REFUND_ORDERS = 10
_NODES = 250


@dataclass(frozen=True)
class Probe:
    """What the start-up query found."""

    shop: Mapping[str, Any]
    scopes: frozenset[str]
    versions: Mapping[str, bool]


class Shop:
    """Reads one shop; see :class:`recon.systems.base.Extractor`."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self.settings = settings
        self.context = context
        self.client = Client(settings, context)
        self._denied: dict[str, dict[Path, str]] = {}
        self._not_offered: dict[str, str] = {}
        self._found: Probe | None = None
        self._lock = threading.Lock()

    # -- the account -------------------------------------------------------------------------------------

    def probe(self) -> Probe:
        """Ask once who this is and what may be read; AuthError where the app may read nothing."""
        with self._lock:
            if self._found is None:
                data = self.client.ask(only("shop", self.settings.api_version).text()).data
                self._found = self._probe_of(data)
            return self._found

    def _probe_of(self, data: Mapping[str, Any]) -> Probe:
        try:
            shop = data["shop"]
            scopes = frozenset(entry["handle"] for entry in data["currentAppInstallation"]["accessScopes"])
            versions = {entry["handle"]: bool(entry["supported"]) for entry in data["publicApiVersions"]}
            domain = str(shop["myshopifyDomain"])
        except (KeyError, TypeError):
            raise SourceError(
                f"{self.context.name}: the shop does not say who it is.", "Run recon doctor.", system=self.context.name
            ) from None
        if domain != self.settings.shop:
            raise SourceError(
                f"{self.context.name}: the shop that answers is {domain}, not {self.settings.shop}.",
                "Correct shop or url in recon.toml.",
                system=self.context.name,
            )
        return Probe(shop, scopes, versions)

    def facts(self) -> SystemFacts:
        """Facts of the shop.

        ``record_url_template`` has two places left to fill: ``{object}`` is ``orders``, ``customers``, ``products``, ``companies`` or
        ``settings/locations``, ``{record_id}`` the number at the end of the gid. Lines, refunds and variants have no page of their own.
        """
        found = self.probe()
        shop = found.shop
        if not found.scopes:
            raise AuthError(
                f"{self.context.name}: the app is installed without any scope.",
                "Release a version of the app with the scopes that recon doctor lists, and install it again.",
                system=self.context.name,
            )
        return SystemFacts(
            account_id=self.settings.shop,
            title=self.settings.title or str(shop["name"]),
            base_url=f"https://{self.settings.shop}",
            record_url_template=f"https://admin.shopify.com/store/{self.settings.handle}/{{object}}/{{record_id}}",
            time_zone=shop["ianaTimezone"],
            currency=shop["currencyCode"],
            api_version=self.settings.api_version,
            tax_included=bool(shop["taxesIncluded"]),
        )

    def streams(self) -> tuple[Stream, ...]:
        """What the granted scopes open."""
        return (SHOP, *(reading.stream for reading in READINGS if not self._why_not(reading)))

    def not_covered(self) -> Mapping[str, str]:
        """Tables that no readable stream fills, and why."""
        return unfilled(self.streams(), ((reading.stream, self._why_not(reading)) for reading in READINGS), _NEVER)

    def absent(self) -> Collection[str]:
        """What Shopify does not have, or not on this plan."""
        tables = {table for table, why in self.not_covered().items() if table in _NEVER or why == _NO_B2B}
        return tables.union(*UNTOLD.values())

    def _why_not(self, reading: Reading) -> str:
        missing = reading.missing(self.probe().scopes)
        if missing:
            return f"The app lacks the scope {' and '.join(missing)}."
        if reading.document != "companies":
            return ""
        with self._lock:
            if "companies" not in self._not_offered:
                reply = self.client.ask(operations("counts", self.settings.api_version)["companies"].text())
                self._not_offered["companies"] = _NO_B2B if reply.denied else ""
            return self._not_offered["companies"]

    @property
    def calls(self) -> int:
        """Requests sent so far."""
        return self.client.http.calls

    @property
    def clock_skew(self) -> float | None:
        """Seconds by which Shopify's clock is ahead of ours."""
        return self.client.http.host.skew

    def close(self) -> None:
        """Give the connections back."""
        self.client.http.close()

    # -- reading -------------------------------------------------------------------------------------------

    def estimate(self, stream: Stream, window: Window) -> Estimate:
        """One call at most; rows are known where Shopify counts them."""
        if stream.name == SHOP.name:
            return Estimate(1, 1)
        reading = BY_NAME[stream.name]
        rows = self._count(reading, self._search(reading, window))
        if self._by_bulk(reading, window, rows):
            return Estimate(rows, 20, "bulk operation")
        return Estimate(rows, 2 if rows is None else rows // reading.page + 1, "pages")

    def read(self, stream: Stream, window: Window, state: Mapping[str, Any] | None) -> Iterator[Chunk]:
        """Yield chunks; see :meth:`recon.systems.base.Extractor.read`.

        ``window.until`` ends nothing: a record that changed in the window and once more after it would otherwise be missed.
        """
        if stream.name == SHOP.name:
            if not (state or {}).get("done"):
                yield Chunk(lines=(dump(self.probe().shop),), rows=1, state={"done": True, "distinct": 1})
            return
        reading = BY_NAME[stream.name]
        state = dict(state or {"started": _iso(self.client.http.host.server_now())})
        self._denied.setdefault(stream.name, self._left_out(reading)).update(_paths_of(state.get("denied")))
        yield from self._refunds(reading, window, state) if stream.name == "refunds" else self._records(reading, window, state)

    def _left_out(self, reading: Reading) -> dict[Path, str]:
        return reading.left_out(self.probe().scopes)

    def _asker(self, reading: Reading, document: str = "") -> Asker:
        operation = only(document or reading.document, self.settings.api_version)
        return Asker(self.client, reading, operation, self._denied[reading.stream.name], reading.page)

    def _look_once(self, reading: Reading) -> None:
        """One record, to learn which fields are denied: a bulk operation would fail over them."""
        asker = self._asker(reading)
        asker.size = 1
        asker.page(None, "", None)

    def _records(self, reading: Reading, window: Window, state: dict[str, Any]) -> Iterator[Chunk]:
        mode = state.get("mode") or self._mode(reading, window)
        asker = self._asker(reading)
        common = {"mode": mode, "started": state["started"]}
        if mode == "bulk":
            try:
                if not state.get("operation"):
                    self._look_once(reading)
                yield from self._bulk_chunks(reading, asker, self._search(reading, window), state, common)
            except Denied:
                state, common = {"started": state["started"]}, {**common, "mode": "pages"}
            else:
                return
        walk, since, keep = self._walk(reading, window)
        pages = read_pages(asker, walk, reading.search, state if "from" in state else None, since=since, keep_from=keep)
        for chunk in page_chunks(pages, common):
            yield self._with_denied(chunk, reading)

    def _bulk_chunks(self, reading: Reading, asker: Asker, search: str, state: dict[str, Any], common: dict[str, Any]) -> Iterator[Chunk]:
        if state.get("walked"):
            return
        bulk = Bulk(self.client, reading.stream.name, bulk_text(asker.allowed, search), reading.counts)

        def started(operation: str, tries: int) -> Chunk:
            return self._with_denied(Chunk(lines=(), state={**common, "operation": operation, "tries": tries}), reading)

        for found in bulk.result(state.get("operation"), int(state.get("tries") or 0), started):
            if not isinstance(found, Result):
                yield found
                continue
            done = {**common, "walked": True, "distinct": found.roots, "mismatched": found.mismatched, "operation": found.operation}
            try:
                yield self._with_denied(Chunk(lines=found.lines(), rows=found.objects, state=done, part=True), reading)
            finally:
                found.close()

    def _with_denied(self, chunk: Chunk, reading: Reading) -> Chunk:
        """The chunk with what turned out to be denied: an interrupted run need not find out again."""
        denied = {".".join(path): why for path, why in self._denied[reading.stream.name].items()}
        return Chunk(chunk.lines, {**chunk.state, "denied": denied}, chunk.rows, chunk.format, chunk.part)

    # -- which way and which window ------------------------------------------------------------------------

    def _mode(self, reading: Reading, window: Window) -> str:
        rows = self._count(reading, self._search(reading, window)) if reading.bulk and window.since and reading.changes else None
        return "bulk" if self._by_bulk(reading, window, rows) else "pages"

    def _by_bulk(self, reading: Reading, window: Window, rows: int | None) -> bool:
        if not reading.bulk or self.settings.full_read != "bulk":
            return False
        return window.since is None or reading.changes is None or (rows or 0) >= BULK_FROM

    def _walk(self, reading: Reading, window: Window) -> tuple[Walk | None, str | None, str]:
        """Walk, the value it begins at, and the time before which records are dropped."""
        if window.since is None or reading.changes is None:
            return reading.full, None, ""
        since = window.since - timedelta(days=1) if reading.whole_days else window.since
        return reading.changes, _iso(since), _iso(window.since) if reading.whole_days else ""

    def _changed(self, reading: Reading, window: Window) -> str:
        walk, since, _ = self._walk(reading, window)
        return since_term(walk, since) if walk and since else ""

    def _search(self, reading: Reading, window: Window) -> str:
        return search_text(self._changed(reading, window), reading.search)

    # -- refunds -------------------------------------------------------------------------------------------

    def _refunds(self, reading: Reading, window: Window, state: dict[str, Any]) -> Iterator[Chunk]:
        """First which orders have refunds, then these orders' refunds by id."""
        heads = self._asker(reading)
        details = self._asker(reading, "refunds")
        details.size = _REFUND_ORDERS
        mode = state.get("mode") or self._mode(reading, window)
        common = {"mode": mode, "started": state["started"]}
        if mode == "bulk":
            try:
                yield from self._refunds_by_bulk(reading, heads, details, window, state, common)
            except Denied:
                state, common = {"started": state["started"]}, {**common, "mode": "pages"}
            else:
                return
        walk, since, _ = self._walk(reading, window)
        distinct = int(state.get("distinct") or 0)
        for nodes, after in read_pages(heads, walk, "", state if "from" in state else None, since=since):
            lines = self._refund_lines(details, [node["id"] for node in nodes if node["refunds"]])
            distinct += len(lines)
            kept = {**after, **common, "from": after.get("last") or after["from"], "distinct": distinct}
            yield self._with_denied(Chunk(lines=lines, rows=len(lines), state=kept), reading)

    def _refunds_by_bulk(
        self, reading: Reading, heads: Asker, details: Asker, window: Window, state: dict[str, Any], common: dict[str, Any]
    ) -> Iterator[Chunk]:
        if state.get("walked"):
            return
        bulk = Bulk(self.client, "refunds", bulk_text(heads.operation, self._search(reading, window)), {})
        done, distinct = int(state.get("done") or 0), int(state.get("distinct") or 0)

        def started(operation: str, tries: int) -> Chunk:
            kept = {**common, "operation": operation, "tries": tries, "done": done, "distinct": distinct}
            return self._with_denied(Chunk(lines=(), state=kept), reading)

        for found in bulk.result(state.get("operation"), int(state.get("tries") or 0), started):
            if not isinstance(found, Result):
                yield found
                continue
            with closing(found):
                orders = _orders_with_refunds(found.lines(), done)
            kept = {**common, "operation": found.operation, "tries": found.tries}
            for start in range(0, len(orders), _NODES):
                batch = orders[start : start + _NODES]
                lines = self._refund_lines(details, [f"gid://shopify/Order/{number}" for number in batch])
                distinct += len(lines)
                kept = {**kept, "done": batch[-1], "distinct": distinct}
                yield self._with_denied(Chunk(lines=lines, rows=len(lines), state=kept), reading)
            yield self._with_denied(Chunk(lines=(), state={**common, "walked": True, "distinct": distinct}), reading)

    def _refund_lines(self, details: Asker, ids: Sequence[str]) -> list[bytes]:
        """One line for each order that still exists, with all its refunds."""
        lines: list[bytes] = []
        left = list(ids)

        def variables() -> Mapping[str, Any]:
            return {"ids": left[: details.size]}

        while left:
            nodes = details.ask(lambda: nodes_text(details.allowed, details.sizes), variables, _listed)
            del left[: details.size]  # asking may have made it smaller: this many were sent
            lines += [dump(nested(details.complete(node))) for node in nodes if node]
        return lines

    # -- proof ---------------------------------------------------------------------------------------------

    def prove(self, stream: Stream, window: Window, rows: int, state: Mapping[str, Any] | None) -> Proof:
        """Compare with Shopify's own count of the records that existed, unchanged, when reading began."""
        state = state or {}
        if stream.name == SHOP.name:
            return Proof(complete=rows >= 1, method="one record", expected=1, watermark=window.until)
        reading = BY_NAME[stream.name]
        began = min(datetime.fromisoformat(state["started"]), window.until) if state.get("started") else window.until
        found = int(state.get("distinct") or 0) if "distinct" in state else rows
        expected = self._count(reading, self._settled(reading, window, began))
        denied = self._denied.get(stream.name) or _paths_of(state.get("denied"))
        reasons = [*self._gaps(reading, state, found, expected), *fewer(rows, found)]
        notes = self._window_note(reading, window)
        return Proof(
            complete=not reasons,
            method=_method(state, expected),
            expected=expected,
            reason=" ".join([*reasons, *notes]),
            watermark=began,
            unreadable={**unreadable(stream.name, denied), **UNTOLD.get(stream.name, {})},
            window_from=self.oldest_order(began) if notes else None,
        )

    def _gaps(self, reading: Reading, state: Mapping[str, Any], found: int, expected: int | None) -> Iterator[str]:
        if not state.get("walked"):
            yield "Reading did not come to its end."
        if expected is not None and found < expected:
            yield f"{counted(found, 'record')} came where Shopify counts {expected:,}."
        if state.get("mismatched"):
            yield f"{counted(int(state['mismatched']), 'record')} brought other numbers of children than stated."
        missing = [scope for scope in FULFILLMENT_PARTS if scope not in self.probe().scopes]
        if reading.stream.name == "fulfillments" and missing:
            yield f"Without the scope {' and '.join(missing)} a part of the fulfilment orders is left out."

    def _window_note(self, reading: Reading, window: Window) -> list[str]:
        if not reading.window or ALL_ORDERS in self.probe().scopes:
            return []
        if window.since is not None and window.since >= self.oldest_order(window.until):
            return []
        return [f"Orders older than {ORDERS_DAYS} days were not looked at: the app lacks the scope {ALL_ORDERS}."]

    def oldest_order(self, now: datetime) -> datetime:
        """From when orders can be read without ``read_all_orders``."""
        return now - timedelta(days=ORDERS_DAYS)

    def _settled(self, reading: Reading, window: Window, began: datetime) -> str:
        """The records that must have come: known to the index before reading began, and unchanged since."""
        until = _iso(began - _LAG)
        if window.since is not None and reading.changes is not None:
            return search_text(f"updated_at:>='{_iso(window.since)}'", f"updated_at:<'{until}'", reading.search)
        # whether a record passes a filter may have changed since; what has not changed since passed it then, too
        terms = [f"updated_at:<'{until}'", reading.search] if reading.search else [f"created_at:<'{until}'"]
        if self._window_note(reading, window):
            # an hour of slack: where exactly Shopify draws the line is not documented
            terms.append(f"created_at:>='{_iso(self.oldest_order(began) + timedelta(hours=1))}'")
        return search_text(*terms)

    def _count(self, reading: Reading, search: str) -> int | None:
        """Shopify's count of a stream's roots; None where it offers none or is not sure."""
        by_change = "updated_at" in search
        if not reading.count or (by_change and (reading.whole_days or not reading.count_filter)):
            return None
        operation = operations("counts", self.settings.api_version)[reading.count]
        reply = self.client.ask(operation.text(), {"filter": search or None} if reading.count_filter else {})
        counted = reply.data.get(operation.root.name) or {}
        return int(counted["count"]) if counted.get("precision") == "EXACT" else None

    # -- second looks and doctor ---------------------------------------------------------------------------

    def again(self, table: str, by: By) -> Sequence[Stream]:
        """Streams that can be read by gid: reads by id see changes at once, the search index does not."""
        return again.streams(self, table, by)

    def reread(self, stream: Stream, by: By, keys: Sequence[str]) -> Iterator[Look]:
        """Records by the numbers at the end of their gids, as many at a time as one query may cost."""
        return again.read(self, stream, by, keys)

    def asker(self, name: str) -> Asker:
        """Asks for records of a stream, without the fields that are denied."""
        reading = BY_NAME[name]
        self._denied.setdefault(name, self._left_out(reading))
        return self._asker(reading)

    def checks(self) -> Iterator[Check]:
        """The shop's part of ``recon doctor``."""
        yield from doctor.checks(self)

    def protected(self) -> Mapping[str, str]:
        """Personal fields that this app may not read, found with one record of each kind."""
        result: dict[str, str] = {}
        for name in ("customers", "orders"):
            reading = BY_NAME[name]
            if not self._why_not(reading):
                self._denied.setdefault(name, self._left_out(reading))
                self._look_once(reading)
                result.update(unreadable(name, self._denied[name]))
        return result


def _orders_with_refunds(lines: Iterator[bytes], after: int) -> array[int]:
    """Numbers of the orders that have refunds, ascending, behind the last one already done: eight bytes each."""
    numbers: array[int] = array("q")
    for line in lines:
        if b'"refunds":[]' in line:
            continue
        record = json.loads(line)
        if record.get("refunds"):
            number = int(record["id"].rpartition("/")[2])
            if number > after:
                numbers.append(number)
    return array("q", sorted(numbers))


def _listed(data: Mapping[str, Any]) -> list[Any] | None:
    return data["nodes"] if isinstance(data.get("nodes"), list) else None


def _paths_of(denied: Any) -> dict[Path, str]:
    return {tuple(name.split(".")): str(why) for name, why in (denied or {}).items()}


def _method(state: Mapping[str, Any], expected: int | None) -> str:
    way = "lines, records and bytes of the bulk operation" if state.get("mode") == "bulk" else "every page walked to the end"
    return f"{way}, and Shopify's own count" if expected is not None else way


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
