"""One shop as recon reads it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from recon.errors import AuthError, SourceError
from recon.systems.adobe_commerce import again, doctor
from recon.systems.adobe_commerce.client import Broken, Client, Filter, NoRoute, PageTooLarge, Refused, host_of
from recon.systems.adobe_commerce.settings import Settings
from recon.systems.adobe_commerce.streams import (
    ALL,
    BY_NAME,
    BY_SOURCE,
    COMPOSITE,
    NEVER,
    PRICES,
    SALABLE,
    SOURCE_ITEMS,
    STOCK_ITEMS,
    STORE,
    UNDATED,
    Reading,
    landed,
)
from recon.systems.adobe_commerce.walk import Walk
from recon.systems.base import By, Check, Chunk, Context, Estimate, Look, Proof, Stream, SystemFacts, Window, fewer, unfilled
from recon.systems.exact import dump
from recon.systems.words import counted

_SETTLED = timedelta(minutes=2)
"""A transaction that began before us may show its records later under lower ids; what is younger than this is not counted."""

_PRODUCTS = BY_NAME["products"]
_TOGETHER = 20
"""Products whose stock is stored together."""


@dataclass(frozen=True)
class Store:
    """Websites, store views and their configuration."""

    websites: tuple[Mapping[str, Any], ...]
    views: tuple[Mapping[str, Any], ...]
    configs: tuple[Mapping[str, Any], ...]

    @property
    def main(self) -> Mapping[str, Any]:
        """Configuration of the first store view."""
        return self.configs[0] if self.configs else {}


class Shop:
    """Reads one shop; see :class:`recon.systems.base.Extractor`."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self.settings = settings
        self.context = context
        self.client = Client(settings, context)
        self._store: Store | None = None
        self._found: dict[str, tuple[int, str]] = {}
        self._skus: list[tuple[int, str, str]] | None = None
        self._no_blanks = False
        self._lock = threading.RLock()

    # -- the account -------------------------------------------------------------------------------------

    def store(self) -> Store:
        """Ask once which websites and store views there are; AuthError where the credentials open nothing."""
        with self._lock:
            if self._store is None:
                websites, views, configs = (
                    self._asked(path, lambda path=path: self.client.get(path))  # type: ignore[misc]
                    for path in ("store/websites", "store/storeViews", "store/storeConfigs")
                )
                self._store = Store(self._list(websites), self._list(views), self._list(configs))
                self._chosen(self._store)
            return self._store

    def _list(self, value: Any) -> tuple[Mapping[str, Any], ...]:
        if not isinstance(value, list) or not all(isinstance(entry, dict) and "id" in entry for entry in value):
            raise SourceError(
                f"{self.context.name}: the shop does not say which stores it has.",
                "Check url, folder and scope in recon.toml.",
                system=self.context.name,
            )
        return tuple(entry for entry in value if entry["id"] != 0)  # 0 is the admin

    def _chosen(self, store: Store) -> list[Mapping[str, Any]]:
        """The store views that are audited; SourceError where one is named that does not exist."""
        if not self.settings.stores:
            return []
        known = {view.get("code"): view for view in store.views}
        missing = [code for code in self.settings.stores if code not in known]
        if missing:
            raise SourceError(
                f"{self.context.name}: the shop has no store view {missing[0]}.", "Correct stores in recon.toml.", system=self.context.name
            )
        return [known[code] for code in self.settings.stores]

    def _asked(self, path: str, ask: Callable[[], Any]) -> Any:
        """An answer, with the platform's own exceptions turned into errors of recon."""
        try:
            return ask()
        except Refused as refused:
            raise self.client.auth_error(path, refused) from None
        except NoRoute:
            raise SourceError(
                f"{self.context.name}: the shop has no {path}.", "Check url, folder and scope in recon.toml.", system=self.context.name
            ) from None
        except (Broken, PageTooLarge):
            raise self.client.stumbles(path) from None

    def facts(self) -> SystemFacts:
        """Facts of the shop. Its admin has an address of its own that nobody outside should know, so records have no links."""
        store = self.store()
        titles = [str(website.get("name") or website.get("code")) for website in store.websites]
        return SystemFacts(
            account_id=self.settings.tenant_id or host_of(self.settings.address) + self.settings.folder,
            title=self.settings.title or ", ".join(titles[:3]) or host_of(self.settings.address),
            base_url=self.settings.address,
            record_url_template="",
            time_zone=store.main.get("timezone"),
            currency=store.main.get("base_currency_code"),
            api_version="V1",
            tax_included=False,  # amounts are read without tax, and tax beside them
        )

    def streams(self) -> tuple[Stream, ...]:
        """What is installed and what the credentials open."""
        return (STORE, *(reading.stream for reading in ALL if not self.why_not(reading)))

    def not_covered(self) -> Mapping[str, str]:
        """Tables that no readable stream fills, and why."""
        return unfilled(self.streams(), ((reading.stream, self.why_not(reading)) for reading in ALL), NEVER)

    def absent(self) -> Collection[str]:
        """What Adobe Commerce does not have."""
        return {*NEVER, *UNDATED}

    def why_not(self, reading: Reading) -> str:
        """Why a list cannot be read; empty where it can."""
        return self._probe(reading)[1]

    def _probe(self, reading: Reading) -> tuple[int, str]:
        """How many records a list has now, or why it cannot be read. Asked once."""
        with self._lock:
            name = reading.stream.name
            if name not in self._found:
                self.store()
                self._found[name] = self._looked(reading)
            return self._found[name]

    def _looked(self, reading: Reading) -> tuple[int, str]:
        try:
            if reading in PRICES:
                return self._look_at_prices(reading)
            if reading is SALABLE:
                return self._look_at_salable()
            if reading is STOCK_ITEMS:
                return self._look_at_stock()
            return self.client.search(reading.path, self._scope(reading), sort=None, size=1)[1], ""
        except NoRoute:
            return 0, reading.product or "The shop does not offer it."
        except Refused as refused:
            if refused.signature or not refused.resource:  # not a right is missing, but the credentials do not hold
                raise self.client.auth_error(reading.path, refused) from None
            return 0, f"The integration lacks the right {refused.resource}."
        except (Broken, PageTooLarge):
            return 0, "The shop answers with an internal error."

    def _look_at_prices(self, reading: Reading) -> tuple[int, str]:
        rows, why = self._probe(_PRODUCTS)
        if rows:
            products, _ = self.client.search(_PRODUCTS.path, (), sort="entity_id", size=1, fields="items[id,sku],total_count")
            self.client.post(reading.path, {"skus": [str(product["sku"]) for product in products]})
        return rows, why

    def _look_at_salable(self) -> tuple[int, str]:
        if not self.settings.salable:
            return 0, "Salable quantities are switched off in recon.toml (salable)."
        websites = self._websites()
        if websites:
            self.client.search(f"{SALABLE.path}/{websites[0]['code']}", [("sku", "eq", "-")], sort=None, size=1)
        rows, why = self._probe(_PRODUCTS)
        return rows * len(websites), why

    def _look_at_stock(self) -> tuple[int, str]:
        if self._probe(SOURCE_ITEMS)[1] != SOURCE_ITEMS.product:
            return 0, BY_SOURCE
        if not self.settings.stock_by_sku:
            return 0, STOCK_ITEMS.product
        rows, why = self._probe(_PRODUCTS)
        if rows:
            products, _ = self.client.search(_PRODUCTS.path, (), sort="entity_id", size=1, fields="items[id,sku],total_count")
            self._stock_item(str(products[0]["sku"]))
        return rows, why

    def _websites(self) -> list[Mapping[str, Any]]:
        store = self.store()
        wanted = {view.get("website_id") for view in self._chosen(store)}
        return [website for website in store.websites if not wanted or website["id"] in wanted]

    def _scope(self, reading: Reading) -> list[Filter]:
        """The filter that leaves only the store views of recon.toml."""
        chosen = self._chosen(self.store()) if reading.scoped else []
        if not chosen:
            return []
        key = "id" if reading.scoped == "store_id" else "website_id"
        return [(reading.scoped, "in", ",".join(sorted({str(view[key]) for view in chosen})))]

    @property
    def calls(self) -> int:
        """Requests sent so far."""
        return self.client.http.calls

    @property
    def clock_skew(self) -> float | None:
        """Seconds by which the shop's clock is ahead of ours."""
        return self.client.http.host.skew

    def close(self) -> None:
        """Give the connections back."""
        self.client.close()

    # -- windows -----------------------------------------------------------------------------------------

    def _since(self, reading: Reading, window: Window) -> list[Filter]:
        if window.since is None or not reading.changes:
            return []
        since = window.since
        if reading.stream.name == "shipments":
            # a tracking number added later changes neither the shipment nor the order
            since -= timedelta(days=self.settings.tracking_days)
        # some versions refuse signatures of values with a blank: then the day alone, which reads more but never less
        return [(reading.changes, "gteq", f"{since.astimezone(UTC):%Y-%m-%d}" if self._no_blanks else _stamp(since))]

    def _filters(self, reading: Reading, window: Window) -> list[Filter]:
        return [*self._scope(reading), *self._since(reading, window)]

    def _count(self, reading: Reading, filters: Sequence[Filter]) -> int:
        return int(self._asked(reading.path, lambda: self.client.search(reading.path, filters, sort=None, size=1)[1]))

    def estimate(self, stream: Stream, window: Window) -> Estimate:
        """One call at most."""
        if stream.name == STORE.name:
            return Estimate(1, 3)
        reading = BY_NAME[stream.name]
        rows = self._probe(reading)[0]
        if self._since(reading, window):
            self._learn_blanks(reading, window)
            rows = self._count(reading, self._filters(reading, window))
        if reading is STOCK_ITEMS:
            return Estimate(None, rows + rows // self.client.page_limit + 2, "a call for each product")
        known = reading not in PRICES and reading is not SALABLE
        return Estimate(rows if known else None, rows // self.client.page_limit + 2, "pages")

    def _learn_blanks(self, reading: Reading, window: Window) -> None:
        """Find out whether this shop takes the time in a filter; 2.4.6 refuses signatures of values with a blank."""
        if self._no_blanks or not self._since(reading, window):
            return
        try:
            self.client.search(reading.path, self._filters(reading, window), sort=None, size=1)
        except Refused as refused:
            self._no_blanks = refused.signature
        except (NoRoute, Broken, PageTooLarge):
            return

    # -- reading -----------------------------------------------------------------------------------------

    def read(self, stream: Stream, window: Window, state: Mapping[str, Any] | None) -> Iterator[Chunk]:
        """Yield chunks; see :meth:`recon.systems.base.Extractor.read`.

        ``window.until`` ends nothing: a record that changed in the window and once more after it would otherwise be missed.
        """
        before = dict(state or {"started": _iso(self.client.http.host.server_now())})
        if stream.name == STORE.name:
            if not before.get("walked"):
                yield Chunk(lines=(dump(self._store_line()),), rows=1, state={**before, "walked": True, "distinct": 1})
            return
        reading = BY_NAME[stream.name]
        chunks = self._chunks(reading, window, before)
        while True:
            chunk = self._asked(reading.path, lambda: next(chunks, None))
            if chunk is None:
                return
            yield chunk

    def _store_line(self) -> dict[str, Any]:
        store = self.store()
        return {
            "id": "store",
            "amounts": self.settings.amounts,
            "websites": store.websites,
            "storeViews": store.views,
            "storeConfigs": store.configs,
        }

    def _chunks(self, reading: Reading, window: Window, state: dict[str, Any]) -> Iterator[Chunk]:
        if reading in PRICES:
            return self._prices(reading, state)
        if reading is SALABLE:
            return self._salable(state)
        if reading is SOURCE_ITEMS:
            return self._source_items(state)
        if reading is STOCK_ITEMS:
            return self._stock_items(state)
        return self._records(reading, window, state)

    def _records(self, reading: Reading, window: Window, state: dict[str, Any]) -> Iterator[Chunk]:
        self._learn_blanks(reading, window)
        walk = Walk(self.client, reading, self._filters(reading, window))
        for records, after in walk.pages(state):
            lines = [dump(landed(reading.stream.name, record)) for record in records]
            yield Chunk(lines=lines, rows=len(lines), state={"started": state["started"], **after})

    def _source_items(self, state: dict[str, Any]) -> Iterator[Chunk]:
        """Source by source: SKUs are unique within one."""
        sources = [str(source["source_code"]) for source in self._all("sources")]
        done = {"distinct": int(state.get("distinct") or 0), "skipped": int(state.get("skipped") or 0), "hidden": state.get("hidden") or 0}
        started, first = state["started"], int(state.get("source") or 0)
        for number, code in enumerate(sources):
            if number < first:
                continue
            place = state if number == first and "last" in state else {}
            walk = Walk(self.client, SOURCE_ITEMS, [("source_code", "eq", code)])
            base = {key: done[key] - int(place.get(f"own_{key}") or 0) for key in ("distinct", "skipped")}
            own = {"last": place.get("last", ""), "distinct": place.get("own_distinct"), "skipped": place.get("own_skipped")}
            hidden = done["hidden"]
            for records, after in walk.pages(own):
                done = {key: base[key] + after[key] for key in ("distinct", "skipped")} | {"hidden": hidden + after["hidden"]}
                kept: dict[str, Any] = {"started": started, "source": number, **done}
                if after["walked"]:
                    kept |= {"source": number + 1, "walked": number + 1 == len(sources)}
                else:
                    kept |= {"last": after["last"], "own_distinct": after["distinct"], "own_skipped": after["skipped"]}
                yield Chunk(lines=[dump(record) for record in records], rows=len(records), state=kept)
        if not sources:
            yield Chunk(lines=(), rows=0, state={"started": started, **done, "walked": True})

    def _all(self, name: str) -> list[dict[str, Any]]:
        return [record for records, _ in Walk(self.client, BY_NAME[name], ()).pages({}) for record in records]

    def skus(self) -> list[tuple[int, str, str]]:
        """Id, SKU and type of every product, ascending by id; asked once."""
        with self._lock:
            if self._skus is None:
                walk = Walk(self.client, _PRODUCTS, (), fields="items[id,sku,type_id],total_count")
                self._skus = [
                    (int(record["id"]), str(record["sku"]), str(record.get("type_id") or ""))
                    for records, _ in walk.pages({})
                    for record in records
                ]
            return self._skus

    def _batches(self, state: Mapping[str, Any]) -> Iterator[list[tuple[int, str, str]]]:
        left = [entry for entry in self.skus() if entry[0] > int(state.get("last") or 0)]
        for start in range(0, len(left), self.client.page_limit):
            yield left[start : start + self.client.page_limit]

    def _prices(self, reading: Reading, state: dict[str, Any]) -> Iterator[Chunk]:
        if state.get("walked"):
            return
        kept = {"started": state["started"], "distinct": int(state.get("distinct") or 0), "skipped": int(state.get("skipped") or 0)}
        for batch in self._batches(state):
            rows, gone = self._price_rows(reading, [sku for _, sku, _ in batch])
            kept = {**kept, "distinct": kept["distinct"] + len(rows), "skipped": kept["skipped"] + gone, "last": batch[-1][0]}
            yield Chunk(lines=[dump(row) for row in rows], rows=len(rows), state=kept)
        yield Chunk(lines=(), rows=0, state={**kept, "walked": True})

    def _price_rows(self, reading: Reading, skus: list[str]) -> tuple[list[dict[str, Any]], int]:
        """Prices of some SKUs. One that was deleted meanwhile fails the whole call: then half by half."""
        try:
            found = self.client.post(reading.path, {"skus": skus})
        except (Broken, SourceError) as error:
            if isinstance(error, SourceError) and type(error) is not SourceError:
                raise
            if len(skus) == 1:
                return [], 1
            half = len(skus) // 2
            first, second = self._price_rows(reading, skus[:half]), self._price_rows(reading, skus[half:])
            return first[0] + second[0], first[1] + second[1]
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise SourceError(f"{self.context.name}: {reading.path} is not answered with a list.", "Try again.", system=self.context.name)
        return found, 0

    def _salable(self, state: dict[str, Any]) -> Iterator[Chunk]:
        """What each website can still sell: the index, less what is reserved. Composite products have none of their own."""
        kept: dict[str, Any] = {"started": state["started"], "distinct": int(state.get("distinct") or 0)}
        first = int(state.get("website") or 0)
        for number, website in enumerate(self._websites()):
            if number < first or state.get("walked"):
                continue
            for batch in self._batches(state if number == first else {}):
                single = [entry for entry in batch if entry[2] not in COMPOSITE]
                lines = [dump({"website": website["code"], **row}) for row in self._salable_rows(website, batch)] if single else []
                kept = {**kept, "distinct": kept["distinct"] + len(lines), "website": number, "last": batch[-1][0]}
                yield Chunk(lines=lines, rows=len(lines), state=kept)
            kept = {**kept, "website": number + 1, "last": 0}
        yield Chunk(lines=(), rows=0, state={**kept, "walked": True})

    def _salable_rows(self, website: Mapping[str, Any], batch: Sequence[tuple[int, str, str]]) -> list[dict[str, Any]]:
        filters = [("entity_id", "gteq", str(batch[0][0])), ("entity_id", "lteq", str(batch[-1][0]))]
        rows, _ = self.client.search(f"{SALABLE.path}/{website['code']}", filters, sort="entity_id", size=self.client.page_limit)
        return rows

    def _stock_items(self, state: dict[str, Any]) -> Iterator[Chunk]:
        """Product by product. Composite products have no stock of their own."""
        if state.get("walked"):
            return
        kept: dict[str, Any] = {"started": state["started"], **{key: int(state.get(key) or 0) for key in ("distinct", "skipped")}}
        for batch in self._batches(state):
            for start in range(0, len(batch), _TOGETHER):
                group = batch[start : start + _TOGETHER]
                found = [(sku, self._stock_item(sku)) for _, sku, kind in group if kind not in COMPOSITE]
                lines = [dump({"sku": sku, **item}) for sku, item in found if item is not None]
                lost = len(found) - len(lines)
                kept = {**kept, "distinct": kept["distinct"] + len(lines), "skipped": kept["skipped"] + lost, "last": group[-1][0]}
                yield Chunk(lines=lines, rows=len(lines), state=kept)
        yield Chunk(lines=(), rows=0, state={**kept, "walked": True})

    def _stock_item(self, sku: str) -> dict[str, Any] | None:
        """The stock of a product; None where it is gone, or where the host lets no such SKU (one with a slash, say) into an address."""
        try:
            found = self.client.get(f"{STOCK_ITEMS.path}/{quote(sku, safe='')}")
        except (NoRoute, Broken):
            return None
        except Refused as refused:
            if refused.signature and " " in sku:  # 2.4.6
                return None
            raise
        except SourceError as error:
            if type(error) is SourceError and "status 404" in error.message:
                return None
            raise
        if not isinstance(found, dict) or "qty" not in found:
            raise SourceError(f"{self.context.name}: a stock item is answered with something else.", "Try again.", system=self.context.name)
        return found

    # -- proof -------------------------------------------------------------------------------------------

    def prove(self, stream: Stream, window: Window, rows: int, state: Mapping[str, Any] | None) -> Proof:
        """Compare with the shop's own count of the records that existed, unchanged, when reading began."""
        state = state or {}
        if stream.name == STORE.name:
            return Proof(complete=rows >= 1, method="one record", expected=1, watermark=window.until)
        reading = BY_NAME[stream.name]
        began = min(datetime.fromisoformat(state["started"]), window.until) if state.get("started") else window.until
        expected = self._settled(reading, window, began)
        found = int(state.get("distinct") or 0)
        reasons = [*_gaps(reading, state, found, expected), *fewer(rows, found)]
        method = "walked by key to the end" + (", and the shop's own count" if expected is not None else "")
        unread = UNDATED if reading in PRICES else {}
        return Proof(complete=not reasons, method=method, expected=expected, reason=" ".join(reasons), watermark=began, unreadable=unread)

    def _settled(self, reading: Reading, window: Window, began: datetime) -> int | None:
        """How many records must have come; None where the shop has no count that says it."""
        if reading in PRICES or reading in (SALABLE, STOCK_ITEMS):
            return None
        since = self._since(reading, window)
        field = reading.changes if since else reading.created
        if not field:
            return None if reading is SOURCE_ITEMS else self._count(reading, self._scope(reading))
        until = began - _SETTLED
        text = f"{until.astimezone(UTC):%Y-%m-%d}" if self._no_blanks else _stamp(until)
        return self._asked_count(reading, [*self._scope(reading), *since, (field, "lt", text)])

    def _asked_count(self, reading: Reading, filters: list[Filter]) -> int | None:
        """A count that some versions cannot be asked for."""
        try:
            return self._count(reading, filters)
        except AuthError:
            days = [(field, condition, value.partition(" ")[0]) for field, condition, value in filters]
            return self._count(reading, days) if days != filters else None

    # -- second looks and doctor ---------------------------------------------------------------------------

    def again(self, table: str, by: By) -> Sequence[Stream]:
        """Streams that can be searched by id, by order, or by the SKU of a product."""
        return again.streams(self, table, by)

    def reread(self, stream: Stream, by: By, keys: Sequence[str]) -> Iterator[Look]:
        """Fifty records a search."""
        return again.read(self, stream, keys)

    def asked(self, path: str, ask: Callable[[], Any]) -> Any:
        """What a question gives, with errors in our words."""
        return self._asked(path, ask)

    def scope(self, reading: Reading) -> list[Filter]:
        """The filter that leaves only the store views of recon.toml."""
        return self._scope(reading)

    def records_of_products(self, reading: Reading, products: Sequence[tuple[int, str, str]]) -> list[dict[str, Any]]:
        """Prices or stock of some products (id, SKU, type), as their stream brings them."""
        skus = [sku for _, sku, _ in products]
        if not skus:
            return []
        if reading in PRICES:
            return self._price_rows(reading, skus)[0]
        single = [sku for _, sku, kind in products if kind not in COMPOSITE]
        if reading is STOCK_ITEMS:
            found = [(sku, self._stock_item(sku)) for sku in single]
            return [{"sku": sku, **item} for sku, item in found if item is not None]
        if reading is SALABLE:
            wanted = {sku for _, sku, kind in products if kind not in COMPOSITE}
            rows = [{"website": site["code"], **row} for site in self._websites() for row in self._salable_rows(site, products)]
            return [row for row in rows if row.get("sku") in wanted]
        plain = [sku for sku in skus if "," not in sku]
        filters = [[("sku", "in", ",".join(plain))]] if plain else []
        filters += [[("sku", "eq", sku)] for sku in skus if "," in sku]
        return [row for terms in filters for row in self._everything(reading, terms)]

    def _everything(self, reading: Reading, filters: Sequence[Filter]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        total, page = 1, 1
        while len(found) < total:
            rows, total = self.client.search(reading.path, filters, sort=reading.key or None, size=self.client.page_limit, page=page)
            if not rows:
                break
            found, page = [*found, *rows], page + 1
        return found

    def checks(self) -> Iterator[Check]:
        """The shop's part of ``recon doctor``."""
        yield from doctor.checks(self)


def _gaps(reading: Reading, state: Mapping[str, Any], found: int, expected: int | None) -> Iterator[str]:
    if not state.get("walked"):
        yield "Reading did not come to its end."
    if state.get("skipped"):
        yield f"{counted(int(state['skipped']), 'record')} could not be read: the shop answers with an internal error, or not at all."
    if state.get("hidden"):
        yield f"The shop counts {counted(int(state['hidden']), 'record')} that it does not show."
    if expected is not None and found < expected:
        yield f"{counted(found, 'record')} came where the shop counts {expected:,}."


def _stamp(moment: datetime) -> str:
    """A moment as the shop's filters take it: UTC without a mark."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
