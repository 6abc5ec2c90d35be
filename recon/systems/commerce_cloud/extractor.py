"""One instance as recon reads it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from recon.errors import AuthError, IncompleteError, SourceError
from recon.systems.base import By, Check, Chunk, Context, Estimate, Look, Proof, Stream, SystemFacts, Window, unfilled
from recon.systems.commerce_cloud import again, doctor, streams
from recon.systems.commerce_cloud.access import ScopeRefused
from recon.systems.commerce_cloud.client import ORDERS as ORDERS_SCOPE
from recon.systems.commerce_cloud.client import PRODUCTS as PRODUCTS_SCOPE
from recon.systems.commerce_cloud.client import Broken, Client, Forbidden, NotThere, Refused, segment
from recon.systems.commerce_cloud.impex import Dav, File, Folder, Impex
from recon.systems.commerce_cloud.settings import Settings
from recon.systems.commerce_cloud.streams import FILES, INVENTORY, INVENTORY_LISTS, NEVER, ORDERS, PRODUCTS
from recon.systems.commerce_cloud.walk import CEILING, RESTARTS, Place, Records, Span, Walk, stamp
from recon.systems.commerce_cloud.xml import Found
from recon.systems.exact import dump

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""Before the first order of any instance"""
LAG = timedelta(minutes=15)
"""The lists come from a search index, which knows of a change only after some minutes."""
AHEAD = timedelta(days=1)
"""How far behind the present a window ends that is meant to be open"""
OCAPI_PAGE = 200
CONSENT = dict.fromkeys(
    ("customers.email_consent", "customers.sms_consent"), "B2C Commerce keeps no consent of its own; cartridges and marketing tools do."
)
AUTHORIZED = {"orders.authorized": "The Admin API does not say whether money was only authorised."}
_NO_CEILING = Span(EPOCH, EPOCH)
_SWEEPS = (("lastModifiedDate", "last_modified_date"), ("creationDate", "creation_date"), ("creationDate", "creation_date"))
_CHUNK = 1_000

State = dict[str, Any]

OFF = "Neither an API nor a file is named for it in recon.toml."


class Instance:
    """Reads one instance; see :class:`recon.systems.base.Extractor`."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self.settings = settings
        self.context = context
        self.client = Client(settings, context)
        self.impex = self._impex()
        if self.impex is not None:
            self.impex.kinds = frozenset(stream.source for stream in self.wanted() if stream in FILES)
        self._why: dict[str, str] = {}
        self._lists: list[dict[str, Any]] | None = None
        self._seen: dict[int, Seen] = {}
        self._lock = threading.RLock()

    def _impex(self) -> Impex | None:
        own = self.settings
        if own.impex is None:
            return None
        place = Dav(self.client, own.impex) if own.is_dav else Folder(Path(own.impex), self.context.name)
        return Impex(place, self.context.name, self.context.limits.bulk_bytes)

    # -- the account -------------------------------------------------------------------------------------

    def facts(self) -> SystemFacts:
        """Facts of the instance. Business Manager's addresses of records hold internal ids, so records have no links."""
        own = self.settings
        self.come_in()
        where = own.instance_url or (own.api_url if own.tenant_id else "")
        return SystemFacts(
            account_id=own.organization if own.tenant_id else self.context.name,
            title=own.title or ", ".join(own.sites[:3]) or own.tenant_id or self.context.name,
            base_url=where,
            record_url_template="",
            time_zone=None,
            currency=None,
            api_version=f"orders v1, OCAPI {own.ocapi_version}" if own.has_api else "impex",
            tax_included=None,  # every order says it for itself
        )

    def come_in(self) -> None:
        """Ask for a token of every kind that is needed; AuthError where the credentials open nothing."""
        own, asked = self.settings, []
        if own.orders == "api":
            asked.append((self.client.grants, ORDERS_SCOPE))
        if own.products == "api":
            asked.append((self.client.grants, PRODUCTS_SCOPE))
        if own.inventory == "api" or own.is_dav:
            asked.append((self.client.ocapi_grants, ""))
        for grants, scope in asked:
            try:
                grants.header(scope)
            except ScopeRefused:
                continue  # the stream that needs it says so

    def wanted(self) -> list[Stream]:
        """Streams that recon.toml asks for."""
        own = self.settings
        found = []
        if own.orders == "api":
            found.append(ORDERS)
        if own.products == "api":
            found.append(PRODUCTS)
        if own.inventory == "api":
            found += [INVENTORY_LISTS, INVENTORY]
        if self.impex is not None:
            off = {
                streams.ORDERS_XML: own.orders != "impex",
                streams.CATALOG_XML: own.products != "impex",
                streams.INVENTORY_XML: own.inventory != "impex",
            }
            found += [stream for stream in FILES if not off.get(stream, False)]
        return found

    def streams(self) -> tuple[Stream, ...]:
        """What recon.toml asks for and the credentials open, or files are there for."""
        return tuple(stream for stream in self.wanted() if not self.why_not(stream))

    def not_covered(self) -> Mapping[str, str]:
        """Tables that no readable stream fills, and why."""
        refused = [(stream, OFF) for stream in (*FILES, PRODUCTS, INVENTORY_LISTS, INVENTORY, ORDERS)]
        wanted = [(stream, self.why_not(stream)) for stream in self.wanted()]
        customers = "Customers are read from files only (impex): no API lists more than 10,000 of them, or tells which changed."
        never = {**NEVER, **({} if self.impex else {"customers": customers})}
        tables = unfilled(self.streams(), [*refused, *wanted], {})
        return {**tables, **never}

    def absent(self) -> Collection[str]:
        """What no order or price knows here, and what recon.toml names no source for."""
        tables = {
            table for table, why in self.not_covered().items() if table in NEVER or why == OFF or (table == "customers" and not self.impex)
        }
        return {*tables, *CONSENT, *AUTHORIZED, *streams.UNDATED}

    def why_not(self, stream: Stream) -> str:
        """Why a stream cannot be read; empty where it can. Asked once."""
        with self._lock:
            if stream.name not in self._why:
                self._why[stream.name] = self._looked(stream)
            return self._why[stream.name]

    def _looked(self, stream: Stream) -> str:
        if stream in FILES:
            found = self._files(stream)
            return "" if found else f"No file of {stream.title.partition(' ')[0].lower()} lies in impex."
        what = stream.title.lower()
        try:
            self._try(stream)
        except Refused:
            raise AuthError(
                f"{self.context.name}: {self.client.why(what, Refused())}",
                "Check tenant_id, and that the API client is enabled.",
                system=self.context.name,
            ) from None
        except (NotThere, Forbidden, ScopeRefused, Broken) as error:
            return self.client.why(what, error)
        return ""

    def _try(self, stream: Stream) -> None:
        """Ask for one record; SourceError for a site that does not exist."""
        ever = Span(EPOCH, self._present() + AHEAD)
        if stream is PRODUCTS:
            self._ask_products("")(ever, 0, 1)
        elif stream is INVENTORY_LISTS:
            self._ask_lists()
        elif stream is INVENTORY:
            for name in self._inventory_lists()[:1]:
                self.client.ocapi(_records_of(name), 0, 1)
        else:
            for number, site in enumerate(self.settings.sites):
                try:
                    self._ask_orders(number, 1)(ever, 0, 1)
                except NotThere:
                    raise SourceError(
                        f"{self.context.name}: the instance has no site {site}.", "Correct sites in recon.toml.", system=self.context.name
                    ) from None

    @property
    def calls(self) -> int:
        """Requests sent so far."""
        return self.client.calls

    @property
    def clock_skew(self) -> float | None:
        """Seconds by which the instance's clock is ahead of ours."""
        return self.client.host.skew

    def close(self) -> None:
        """Give connections and disk space back."""
        if self.impex is not None:
            self.impex.close()
        self.client.close()

    def _present(self) -> datetime:
        return self.client.host.server_now().replace(microsecond=0)

    # -- questions ---------------------------------------------------------------------------------------

    def _ask_orders(self, site: int, sweep: int) -> Callable[[Span, int, int], Records]:
        front, sort = _SWEEPS[sweep - 1]
        base = {"siteId": self.settings.sites[site], "sortBy": sort, "sortOrder": "asc"}

        def ask(span: Span, offset: int, limit: int) -> Records:
            when = {f"{front}From": stamp(span.start), f"{front}To": stamp(span.end)}
            query: dict[str, str | int] = {**base, **when, "limit": limit, "offset": offset}
            for attempt in range(RESTARTS):
                records = self.client.orders(query)
                if len(records) <= limit and all(_lies_in(record, span, sweep) for record in records):
                    return records
                self.client.host.clock.sleep(2.0**attempt)
            raise IncompleteError(
                f"{self.context.name}: orders are answered that were not asked for.",
                "Look for a cache in front of the API that answers for it.",
                system=self.context.name,
                stream=ORDERS.name,
            )

        return ask

    def _ask_products(self, catalog: str) -> Callable[[Span, int, int], Records]:
        query = {"termQuery": {"fields": ["catalogId"], "operator": "is", "values": [catalog]}} if catalog else {"matchAllQuery": {}}

        def ask(span: Span, offset: int, limit: int) -> Records:
            created = {"field": "creationDate", "from": stamp(span.start), "to": stamp(span.end), "toInclusive": False}
            search = {"filteredQuery": {"query": query, "filter": {"rangeFilter": created}}}
            sorts = [{"field": "id", "sortOrder": "asc"}]
            body = {"query": search, "sorts": sorts, "limit": limit, "offset": offset}
            return self._whole_page(partial(self.client.products, body), offset, limit)[0]

        return ask

    def _whole_page(self, ask: Callable[[], tuple[Records, int]], offset: int, limit: int) -> tuple[Records, int]:
        """A page that holds as many records as its own total says; asked for again where it does not."""
        for attempt in range(RESTARTS):
            records, total = ask()
            if len(records) >= min(limit, max(total - offset, 0)):
                break
            self.client.host.clock.sleep(2.0**attempt)
        return records, total

    def _ask_lists(self) -> list[dict[str, Any]]:
        """All inventory lists that are audited; SourceError where one is named that does not exist."""
        if self._lists is None:
            walk = Walk(
                lambda _, start, count: self.client.ocapi("inventory_lists", start, count)[0],
                "id",
                OCAPI_PAGE,
                self.client.host.clock.sleep,
                None,
            )
            found = {str(entry.get("id")): entry for page in walk.pages(Place([_NO_CEILING])) for entry in page}
            wanted = self.settings.inventory_lists
            missing = [name for name in wanted if name not in found]
            if missing:
                raise SourceError(
                    f"{self.context.name}: the instance has no inventory list {missing[0]}.",
                    "Correct inventory_lists in recon.toml.",
                    system=self.context.name,
                )
            self._lists = [entry for name, entry in sorted(found.items()) if not wanted or name in wanted]
        return self._lists

    def _inventory_lists(self) -> list[str]:
        return [str(entry["id"]) for entry in self._ask_lists()]

    # -- reading -----------------------------------------------------------------------------------------

    def read(self, stream: Stream, window: Window, state: Mapping[str, Any] | None) -> Iterator[Chunk]:
        """Yield chunks; see :meth:`recon.systems.base.Extractor.read`.

        ``window.until`` ends nothing: a record that changed in the window and once more after it would otherwise be missed.
        """
        before = dict(state or {"started": stamp(self._present())})
        if before.get("walked"):
            return
        if stream in FILES:
            yield from self._from_files(stream, before)
            return
        readers = {ORDERS: self._orders, PRODUCTS: self._products, INVENTORY_LISTS: self._locations, INVENTORY: self._stock}
        chunks = readers[stream](window, before)
        while True:
            chunk = self.client.asked(stream.title.lower(), lambda: next(chunks, None))
            if chunk is None:
                return
            yield chunk

    def _orders(self, window: Window, state: State) -> Iterator[Chunk]:
        """Site by site: by time of change, then by time of creation. The second sweep lands what the first has missed."""
        started = datetime.fromisoformat(state["started"])
        if "site" not in state:
            self._seen.clear()
        for site in range(int(state.get("site") or 0), len(self.settings.sites)):
            if "sweep" not in state:
                self._seen[site] = Seen(is_whole=True)
                state = {**state, "site": site, "sweep": 1, "first": 0, "moved": 0}
            since = window.since - LAG if window.since else self._first_order(site)
            for sweep in range(int(state["sweep"]), 4):
                if sweep == 3 and (self._remembered(site).is_whole or not _is_short(state)):
                    break
                for after, lines in self._sweep(site, sweep, _spans(since, started, sweep), state):
                    state = after
                    yield Chunk(lines=lines, rows=len(lines), state=state)
                state = _closed(state, sweep)
            state = {key: value for key, value in state.items() if key != "sweep"} | {"site": site + 1}
            yield Chunk(lines=(), rows=0, state={**state, "walked": site + 1 == len(self.settings.sites)})

    def _remembered(self, site: int) -> Seen:
        return self._seen.setdefault(site, Seen(is_whole=False))

    def _sweep(self, site: int, sweep: int, spans: list[Span], state: State) -> Iterator[tuple[State, list[bytes]]]:
        """What one sweep lands, and the state after each page.

        The second lands nothing where an interrupted run has taken away what it would be compared with: then it counts, and only
        where the count says that something is missing a third one lands everything.
        """
        seen = self._remembered(site)
        place = Place.of(state["place"]) if "place" in state else Place(spans)
        closed = datetime.fromisoformat(state["started"])
        walk = Walk(self._ask_orders(site, sweep), "orderNo", self.settings.page_size, self.client.host.clock.sleep, CEILING, closed)
        for records in walk.pages(place):
            new = [record for record in records if seen.add(record)] if sweep != 2 or seen.is_whole else []
            first = int(state["first"]) + sum(_time(record, "creationDate") < state["started"] for record in new)
            moved = int(state["moved"]) + sum(_time(record, "lastModified") >= state["started"] for record in new)
            state = {**state, "sweep": sweep, "place": place.plain(), "first": first, "moved": moved}
            yield state, [dump(streams.landed_order(record)) for record in new]

    def _first_order(self, site: int) -> datetime:
        """When a site's orders begin, so that no empty years are swept; one call."""
        found = self._ask_orders(site, 2)(Span(EPOCH, self._present() + AHEAD), 0, 1)
        created = found[0].get("creationDate") if found else None
        return max(datetime.fromisoformat(str(created)) - AHEAD, EPOCH) if created else EPOCH

    def _products(self, window: Window, state: State) -> Iterator[Chunk]:
        """Catalogue by catalogue, by time of creation."""
        started = datetime.fromisoformat(state["started"])
        catalogs = self.settings.catalogs or ("",)
        seen = Seen("id")
        for number in range(int(state.get("part") or 0), len(catalogs)):
            place = Place.of(state["place"]) if "place" in state else Place([Span(EPOCH, started + AHEAD)])
            walk = Walk(self._ask_products(catalogs[number]), "id", self.settings.page_size, self.client.host.clock.sleep, CEILING)
            for records in walk.pages(place):
                new = [record for record in records if seen.add(record)]
                state = {**state, "part": number, "place": place.plain()}
                yield Chunk(lines=[dump(streams.landed_product(record)) for record in new], rows=len(new), state=state)
            state = _closed(state, 2)
            state["part"] = number + 1
            yield Chunk(lines=(), rows=0, state={**state, "walked": number + 1 == len(catalogs)})

    def _locations(self, window: Window, state: State) -> Iterator[Chunk]:
        self._lists = None
        lines = [dump(entry) for entry in self._ask_lists()]
        yield Chunk(lines=lines, rows=len(lines), state={**state, "walked": True, "counted": len(lines)})

    def _stock(self, window: Window, state: State) -> Iterator[Chunk]:
        """List by list; there is no filter and no sort order, only a total."""
        lists = self._inventory_lists()
        for number in range(int(state.get("part") or 0), len(lists)):
            path = _records_of(lists[number])
            totals = [0]

            def ask(_: Span, start: int, count: int, path: str = path, totals: list[int] = totals) -> Records:
                records, totals[0] = self._whole_page(partial(self.client.ocapi, path, start, count), start, count)
                return records

            place = Place.of(state["place"]) if "place" in state else Place([_NO_CEILING])
            walk = Walk(ask, "product_id", OCAPI_PAGE, self.client.host.clock.sleep, None)
            seen = Seen("product_id")
            for records in walk.pages(place):
                new = [{**record, "inventory_list_id": lists[number]} for record in records if seen.add(record)]
                state = {**state, "part": number, "place": place.plain()}
                yield Chunk(lines=[dump(record) for record in new], rows=len(new), state=state)
            state = _closed(state, 2)
            state |= {"part": number + 1, "total": int(state.get("total") or 0) + totals[0]}
            yield Chunk(lines=(), rows=0, state=state)
        yield Chunk(lines=(), rows=0, state={**state, "walked": True})

    # -- files -------------------------------------------------------------------------------------------

    def _files(self, stream: Stream) -> list[File]:
        if self.impex is None:
            return []
        return self.impex.of(stream.source, whole=stream.source in self.settings.impex_whole)

    def _from_files(self, stream: Stream, state: State) -> Iterator[Chunk]:
        """Oldest file first; a newer version of a record lies behind an older one."""
        files = self._files(stream)
        marks = [file.mark for file in files]
        done = int(state.get("done") or 0)
        if done and state["files"] != marks:
            raise IncompleteError(
                f"{self.context.name}: files in impex changed while they were read.", "Run it again.", system=self.context.name
            )
        for number, file in enumerate(files):
            if number < done:
                continue
            state = {**state, "files": marks, "done": number + 1, "walked": number + 1 == len(files)}
            # the state counts along while the lines are taken, and is asked for after the last one
            yield Chunk(lines=self._lines(stream, file, state), state=state, part=True)
            if self.impex is not None:
                self.impex.done(file)
        if not files:
            yield Chunk(lines=(), rows=0, state={**state, "files": marks, "walked": True})

    def _lines(self, stream: Stream, file: File, state: State) -> Iterator[bytes]:
        if self.impex is None:
            return
        before = int(state.get("counted") or 0)
        common = {"@file": file.shown, "@exported": stamp(file.written)}
        site = self._site_of(file)
        for found in self.impex.records(file):
            record = self._record(stream, found, site)
            if record is not None:
                before += 1
                state["counted"] = before
                yield dump({**common, **record})

    def _site_of(self, file: File) -> str | None:
        """Orders do not name their site; the folder may, and where there is only one it is that."""
        sites = self.settings.sites
        named = [part for part in file.shown.split("/")[:-1] if part in sites]
        return named[-1] if named else sites[0] if len(sites) == 1 else None

    def _record(self, stream: Stream, found: Found, site: str | None) -> dict[str, Any] | None:
        """The line of a record; None where it belongs to a list that is not audited."""
        own = self.settings
        if stream is streams.ORDERS_XML:
            return {"@site": site, **found.value}
        if stream is streams.CUSTOMERS_XML:
            return _chosen({"@list-id": found.root.get("@list-id"), **found.value}, "@list-id", own.customer_lists)
        if stream is streams.CATALOG_XML:
            return _chosen({"@catalog-id": found.root.get("@catalog-id"), **found.value}, "@catalog-id", own.catalogs)
        if stream is streams.INVENTORY_XML:
            header = {"@element": found.name, "@list-id": found.header.get("@list-id")}
            return _chosen({**header, **found.value}, "@list-id", own.inventory_lists)
        book = found.header.get("@pricebook-id")
        header = {"@element": found.name, "@pricebook-id": book, "@default": book is not None and book == own.default_price_book}
        of_book = {key: found.header.get(key) for key in ("currency", "online-flag")}
        times = {f"book-{key}": found.header.get(key) for key in ("online-from", "online-to")}
        return _chosen({**header, **of_book, **times, **found.value}, "@pricebook-id", own.price_books)

    # -- proof -------------------------------------------------------------------------------------------

    def prove(self, stream: Stream, window: Window, rows: int, state: Mapping[str, Any] | None) -> Proof:
        """Whether all windows, lists or files came to their end, and how many records the other way of asking has found."""
        state = state or {}
        began = min(datetime.fromisoformat(state["started"]), window.until) if state.get("started") else window.until
        reasons = list(_gaps(state))
        if stream in FILES:
            if self.impex is not None and self.impex.now() != [file.mark for file in self.impex.files()]:
                reasons.append("Files in impex changed, came or went while they were read.")
            if rows < int(state.get("counted") or 0):
                reasons.append(f"{rows:,} records came where the files hold {state['counted']:,}.")
            newest = max((file.written for file in self._files(stream)), default=began)
            unknown = {streams.CUSTOMERS_XML: CONSENT, streams.PRICEBOOKS_XML: streams.UNDATED}.get(stream, {})
            method = "all files read to their end"
            return Proof(not reasons, method, reason=" ".join(reasons), watermark=min(newest, began), unreadable=unknown)
        counted = int(state.get("counted") or 0)
        if stream is ORDERS:
            method = "two sweeps to their end, by time of change and of creation"
            expected = counted if window.since is None else None
            if expected is not None and rows < expected:
                reasons.append(f"{rows:,} orders came where {expected:,} were counted by time of creation.")
            return Proof(not reasons, method, expected, " ".join(reasons), watermark=began, unreadable=AUTHORIZED)
        expected = self._total(stream, state)
        if expected is not None and rows < expected:
            reasons.append(f"{rows:,} records came where the instance counts {expected:,}.")
        method = "walked to the end, and the instance's own count"
        unknown = streams.UNDATED if stream is PRODUCTS else {}
        return Proof(not reasons, method, expected, " ".join(reasons), watermark=began, unreadable=unknown)

    def _total(self, stream: Stream, state: Mapping[str, Any]) -> int | None:
        """The instance's own count of what existed when reading began; None where products may lie in several catalogues."""
        if stream is INVENTORY:
            return int(state.get("total") or 0)
        if stream is INVENTORY_LISTS:
            return int(state.get("counted") or 0)
        if self.settings.catalogs:
            return None
        started = datetime.fromisoformat(state["started"])
        created = {"field": "creationDate", "to": stamp(started - LAG), "toInclusive": False}
        return self._count_products({"filteredQuery": {"query": {"matchAllQuery": {}}, "filter": {"rangeFilter": created}}})

    def _count_products(self, query: Mapping[str, Any]) -> int:
        search = {"query": query, "limit": 1, "offset": 0}
        return int(self.client.asked("products", lambda: self.client.products(search)[1]))

    # -- cost and doctor -----------------------------------------------------------------------------------

    def estimate(self, stream: Stream, window: Window) -> Estimate:
        """Orders have no total: whether there are a hundred, a thousand or ten thousand is asked, which costs three calls for each site."""
        if stream in FILES:
            files = self._files(stream)
            return Estimate(None, 0, f"{len(files)} files, {sum(max(file.size, 0) for file in files) / 2**20:,.1f} MiB")
        if stream is ORDERS:
            return self._estimate_orders(window)
        if stream is INVENTORY_LISTS:
            return Estimate(len(self.client.asked("inventory lists", self._ask_lists)), 2)
        if stream is PRODUCTS:
            rows = self._count_products({"matchAllQuery": {}})
            return Estimate(rows, 2 * rows // self.settings.page_size + 3, "pages")
        names = self.client.asked("inventory lists", self._inventory_lists)
        rows = sum(self.client.asked("stock", partial(self.client.ocapi, _records_of(name), 0, 1))[1] for name in names)
        return Estimate(rows, rows // (OCAPI_PAGE - 1) + 2, "pages")

    def _estimate_orders(self, window: Window) -> Estimate:
        span = Span(window.since - LAG if window.since else EPOCH, self._present() + AHEAD)
        least = 0
        for site in range(len(self.settings.sites)):
            ask = self._ask_orders(site, 1)
            steps = [size for size in (100, 1_000, CEILING) if self.client.asked("orders", partial(ask, span, size - 1, 1))]
            least += max(steps, default=0)
        calls = 2 * (least // (self.settings.page_size - 1) + 3) * len(self.settings.sites)
        return Estimate(None, calls, f"at least {least:,} orders, read twice" if least else "fewer than 100 orders, read twice")

    # -- second looks --------------------------------------------------------------------------------------

    def again(self, table: str, by: By) -> Sequence[Stream]:
        """Orders by number and products by id, where no exported file speaks of them, too."""
        return again.streams(self, table, by)

    def reread(self, stream: Stream, by: By, keys: Sequence[str]) -> Iterator[Look]:
        """Orders one by one, products fifty a search."""
        return again.read(self, stream, keys)

    def whole_page(self, ask: Callable[[], tuple[Records, int]], limit: int) -> Records:
        """The records of a search that fits into one page."""
        return self._whole_page(ask, 0, limit)[0]

    def checks(self) -> Iterator[Check]:
        """The instance's part of ``recon doctor``."""
        yield from doctor.checks(self)


def _spans(since: datetime, started: datetime, sweep: int) -> list[Span]:
    """What is swept. By time of change, what changes while it is read moves into a last window that is open."""
    since, settled = since.replace(microsecond=0), started - LAG
    if sweep > 1:
        return [Span(min(since, started), started)]
    past = [Span(since, settled)] if since < settled else []
    return [*past, Span(max(since, settled), started + AHEAD)]


@dataclass
class Seen:
    """Which versions of records have landed. ``is_whole``: from the beginning, not only since an interrupted run was taken up."""

    key: str = "orderNo"
    is_whole: bool = False
    _marks: set[int] = field(default_factory=set)

    def add(self, record: Mapping[str, Any]) -> bool:
        """Whether this version of a record has not come before."""
        mark = hash((record.get(self.key), record.get("lastModified")))
        is_new = mark not in self._marks
        self._marks.add(mark)
        return is_new


def _time(record: Mapping[str, Any], name: str) -> str:
    """A time of a record; all have the same form, so that they compare as texts."""
    return str(record.get(name) or "")


def _lies_in(record: Mapping[str, Any], span: Span, sweep: int) -> bool:
    """Whether an order can be an answer for a window. The index may not know its last change yet, so that has no upper end."""
    front, _ = _SWEEPS[sweep - 1]
    when = _time(record, "lastModified" if front == "lastModifiedDate" else front)
    return not when or (stamp(span.start) <= when and (sweep == 1 or when < stamp(span.end)))


def _is_short(state: State) -> bool:
    """Whether fewer orders have landed than were counted by their creation; what changed meanwhile may have landed twice."""
    return int(state["second"]) > int(state["first"]) - int(state["moved"])


def _closed(state: State, sweep: int) -> State:
    """The state after a walk: what it found wrong is kept, and of the second sweep how many there were."""
    place = Place.of(state["place"])
    kept = {key: value for key, value in state.items() if key != "place"}
    for name in ("skipped", "overflow", "unrest", "short"):
        kept[name] = int(kept.get(name) or 0) + getattr(place, name)
    if sweep == 2:
        kept["counted"] = int(kept.get("counted") or 0) + place.counted
        kept["second"] = place.counted
    return kept | ({"sweep": sweep + 1} if "sweep" in kept else {})


def _gaps(state: Mapping[str, Any]) -> Iterator[str]:
    if not state.get("walked"):
        yield "Reading did not come to its end."
    if state.get("overflow"):
        yield f"{state['overflow']:,} windows of one second hold more than the {CEILING:,} records that can be read of them."
    if state.get("skipped"):
        yield f"{state['skipped']:,} records could not be read: each alone is too large for an answer, or the instance stumbles over it."
    if int(state.get("short") or 0) > 1:  # a single one was made good by the page behind it
        yield f"{state['short']:,} pages held fewer records than were asked for, although more followed: some may be hidden."
    if state.get("unrest"):
        yield f"{state['unrest']:,} pages never stood still while they were read."


def _chosen(record: dict[str, Any], key: str, wanted: tuple[str, ...]) -> dict[str, Any] | None:
    return record if not wanted or record[key] is None or record[key] in wanted else None


def _records_of(name: str) -> str:
    return f"inventory_lists/{segment(name)}/product_inventory_records"
