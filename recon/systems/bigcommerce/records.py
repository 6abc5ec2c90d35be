"""Reads one stream: which walk, what is completed record by record, and the state from which reading goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from recon.systems.base import Chunk
from recon.systems.bigcommerce.client import Client, Refusal, TooLarge, Unreadable
from recon.systems.bigcommerce.streams import Reading
from recon.systems.bigcommerce.walks import (
    WALKS,
    Record,
    Size,
    State,
    by_cursor,
    by_id,
    by_page,
    everything,
    number_of,
    records_of,
    repeated,
)
from recon.systems.exact import dump

LINES = "__lines"
"""Key under which an order's lines land where they had to be fetched by themselves."""

EMBEDDED_ADDRESSES = 10
"""The vendor embeds no more addresses in a customer (specification of GET /v3/customers)."""

_DEFAULT_PAGE = 50
"""Length at which the vendor cuts a list that is not paged, unless it cuts it elsewhere."""

_FRUITLESS = 20
_BATCH = 50


def iso(moment: datetime) -> str:
    """A moment as both V2 and V3 take it in filters: with time (a bare date would get the present time of day) and Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def lines_of(order: Mapping[str, Any]) -> list[Record] | None:
    """The lines embedded in an order's consignments; None where they are missing or only linked to."""
    consignments = order.get("consignments")
    if not isinstance(consignments, dict):
        return [] if consignments == [] else None
    email = consignments.get("email")
    certificates = email.get("gift_certificates") if isinstance(email, dict) else None
    groups = [*(consignments.get(kind) or [] for kind in ("shipping", "pickups", "downloads")), certificates or []]
    found: list[Record] = []
    for group in groups:
        for consignment in group:
            lines = consignment.get("line_items")
            if not isinstance(lines, list) or any("id" not in line for line in lines):
                return None
            found += lines
    return found


class Reader:
    """Reads one stream from a state; ``since`` None means everything."""

    def __init__(self, client: Client, reading: Reading, since: datetime | None, state: State) -> None:
        self.client = client
        self.reading = reading
        self.since = since
        self.state = state
        self.size = Size(reading.page)
        self._fruitless = 0

    def chunks(self) -> Iterator[Chunk]:
        """The stream's chunks from the state on; nothing where it was walked to its end."""
        if self.state.get("walked"):
            return
        ways: Mapping[str, Callable[[], Iterator[Chunk]]] = {
            "orders": self._orders,
            "customers": self._customers,
            "products": self._products,
            "price_records": self._price_records,
            "companies": self._companies,
            "shipments": self._per_order,
            "transactions": self._per_order,
        }
        yield from ways.get(self.reading.stream.name, self._pages)()

    def _chunk(self, records: Sequence[Record], *, counted: int | None = None, **changes: Any) -> Chunk:
        """A page with the state behind it. ``counted`` is how many count as new roots (default: all)."""
        added = len(records) if counted is None else counted
        self.state.update(changes, distinct=int(self.state.get("distinct") or 0) + added)
        return Chunk(lines=[dump(record) for record in records], rows=len(records), state=dict(self.state))

    def _end(self) -> Chunk:
        self.state["walked"] = True
        return Chunk(lines=(), rows=0, state=dict(self.state))

    # -- orders ------------------------------------------------------------------------------------------

    def _orders(self) -> Iterator[Chunk]:
        """Orders by id, then the archived ones, which no list shows unless asked for."""
        if self.state.get("phase") != "archive":
            for page in by_id(self.client, "/v2/orders", self._order_query(), self.size, self._after(), least="min_id", inclusive=True):
                yield self._chunk([self.whole_order(order) for order in page], after=number_of(page[-1]))
            self.state.update(phase="archive", after=0)
        yield from self._archived()
        yield self._end()

    def _after(self) -> int:
        return int(self.state.get("after") or 0)

    def _order_query(self) -> list[tuple[str, str]]:
        query = [("sort", "id:asc"), ("include", "consignments.line_items,fees"), ("consignment_structure", "object")]
        return query + ([("min_date_modified", iso(self.since))] if self.since else [])

    def _archived(self) -> Iterator[Chunk]:
        """The filter is_deleted is not in the specification: where the store does not know it, that is said and nothing is taken for it."""
        query = [*self._order_query(), ("is_deleted", "true")]
        try:
            for page in by_id(self.client, "/v2/orders", query, self.size, self._after(), least="min_id", inclusive=True):
                if not all(order.get("is_deleted") is True for order in page):
                    self.state["archive"] = "ignored"
                    return
                # they are none of those that the vendor's count knows
                yield self._chunk([self.whole_order(order) for order in page], counted=0, after=number_of(page[-1]))
        except Refusal:
            self.state["archive"] = "ignored"

    def whole_order(self, order: Record) -> Record:
        """An order with all its lines: where the embedded list may be cut, the list of its own is read to the end."""
        lines = lines_of(order)
        if lines is not None and not self._may_be_cut(order, lines):
            return order
        path = f"/v2/orders/{number_of(order)}/products"
        fetched = everything(self.client, path, [], 250)
        known = len(lines or ())
        if len(fetched) < known:  # archived since its page came
            return order
        self._fruitless = 0 if len(fetched) > known else self._fruitless + 1
        return {**order, LINES: fetched}

    def _may_be_cut(self, order: Mapping[str, Any], lines: Sequence[Record]) -> bool:
        if lines and len(lines) % _DEFAULT_PAGE == 0:
            return True
        if self._fruitless >= _FRUITLESS:  # a store whose items_total counts something else must not cost a call for every order
            return False
        stated, found = order.get("items_total"), [line.get("quantity") for line in lines]
        return isinstance(stated, int) and sum(quantity for quantity in found if isinstance(quantity, int)) < stated

    # -- customers ---------------------------------------------------------------------------------------

    def _customers(self) -> Iterator[Chunk]:
        query = [("include", "addresses")]
        if self.since:
            query.append(("date_modified:min", iso(self.since)))
        for page, cursor, _ in by_cursor(self.client, "/v3/customers", query, self.size, str(self.state.get("cursor") or "")):
            self.complete_customers(page)
            yield self._chunk(page, cursor=cursor)
        yield self._end()

    def complete_customers(self, page: Sequence[Record]) -> None:
        """Replace lists of addresses that the vendor cut, and count those that stay shorter than stated."""
        cut = [customer for customer in page if len(customer.get("addresses") or ()) < _count_of(customer)]
        cut += [c for c in page if c not in cut and len(c.get("addresses") or ()) == EMBEDDED_ADDRESSES and "address_count" not in c]
        for start in range(0, len(cut), _BATCH):
            batch = cut[start : start + _BATCH]
            ids = ",".join(str(number_of(customer)) for customer in batch)
            found = everything(self.client, "/v3/customers/addresses", [("customer_id:in", ids)], 250)
            for customer in batch:
                own = [address for address in found if address.get("customer_id") == customer.get("id")]
                customer["addresses"] = sorted(own, key=number_of)
                if len(own) < _count_of(customer):
                    self.state["short"] = int(self.state.get("short") or 0) + 1

    # -- catalogue ---------------------------------------------------------------------------------------

    def _products(self) -> Iterator[Chunk]:
        query = [("sort", "id"), ("direction", "asc"), ("include", "variants")]
        path = "/v3/catalog/products"
        for page in by_id(self.client, path, query, self.size, self._after(), least="id:greater", inclusive=False):
            self.complete_products(page)
            yield self._chunk(page, after=number_of(page[-1]))
        yield self._end()

    def complete_products(self, page: Sequence[Record]) -> None:
        """Fetch lists of variants that the vendor may have cut."""
        for product in page:
            variants = product.get("variants")
            if not isinstance(variants, list) or (variants and len(variants) % _DEFAULT_PAGE == 0):
                path = f"/v3/catalog/products/{number_of(product)}/variants"
                product["variants"] = everything(self.client, path, [], 250)

    def _price_records(self) -> Iterator[Chunk]:
        """List after list, each by the vendor's cursor."""
        lists = sorted(number_of(entry) for entry in everything(self.client, "/v3/pricelists", [], 250))
        current = int(self.state.get("list") or 0)
        cursor = str(self.state.get("cursor") or "")
        for number in [number for number in lists if number >= current]:
            path = f"/v3/pricelists/{number}/records"
            start = cursor if number == current else ""
            for page, behind, _ in by_cursor(self.client, path, [("include", "bulk_pricing_tiers,sku")], self.size, start):
                yield self._chunk(page, list=number, cursor=behind)
        yield self._end()

    # -- lists with page numbers -------------------------------------------------------------------------

    def _pages(self) -> Iterator[Chunk]:
        name, query = self.reading.stream.name, []
        if self.since and name == "subscribers":
            query = [("date_modified:min", iso(self.since))]
        if self.since and name == "refunds":
            query = [("created:min", iso(self.since))]
        for page in by_page(self.client, self.reading.path, query, self.size, self.state, encode_colons=name == "refunds"):
            yield Chunk(lines=[dump(record) for record in page], rows=len(page), state=dict(self.state))
        yield self._end()

    def _companies(self) -> Iterator[Chunk]:
        """B2B Edition pages by offset: each page begins with the last company of the one before, to see that nothing moved between them.

        Who changes moves to the end of this order and lets the others move up; then the walk begins again.
        """
        offset, last, walk = int(self.state.get("offset") or 0), self.state.get("last"), 1
        while True:
            found = self._companies_from(offset)
            if last is not None and (not found or found[0].get("companyId") != last):
                walk += 1
                if walk > WALKS:
                    raise repeated(self.client, self.reading.path)
                offset, last, self.state["distinct"] = 0, None, 0
                continue
            fresh = found if last is None else found[1:]
            if not fresh:
                break
            offset, last = offset + len(found) - 1, fresh[-1].get("companyId")
            yield self._chunk(fresh, offset=offset, last=last)
        yield self._end()

    def _companies_from(self, offset: int) -> list[Record]:
        while True:
            query = [("sortBy", "updatedAt"), ("orderBy", "ASC"), ("limit", str(self.size.value)), ("offset", str(offset))]
            try:
                return records_of(self.client, self.reading.path, self.client.look_b2b(self.reading.path, query))
            except Unreadable as refusal:
                raise self.client.denied("the companies of B2B Edition", refusal) from None
            except TooLarge:
                if not self.size.halve():
                    raise repeated(self.client, self.reading.path) from None

    # -- one call for every order ------------------------------------------------------------------------

    def _per_order(self) -> Iterator[Chunk]:
        query = [("sort", "id:asc")]
        if self.since:
            query.append(("min_date_modified", iso(self.since)))
        pages = by_id(self.client, "/v2/orders", query, self.size, self._after(), least="min_id", inclusive=True)
        for page in pages:
            for start in range(0, len(page), _BATCH):
                batch = page[start : start + _BATCH]
                records = [record for order in batch for record in self.parts_of(order)]
                yield self._chunk(records, after=number_of(batch[-1]))
        yield self._end()

    def parts_of(self, order: Mapping[str, Any]) -> list[Record]:
        """Shipments or payments of one order."""
        number = number_of(order)
        if self.reading.stream.name == "shipments":
            shipped = order.get("items_shipped") not in {0, "0", None} or bool(order.get("date_shipped"))
            return everything(self.client, f"/v2/orders/{number}/shipments", [], 250) if shipped else []
        try:
            answer = self.client.look(f"/v3/orders/{number}/transactions")
        except Unreadable as refusal:
            if refusal.status == 404:  # archived since its page came
                return []
            raise self.client.denied("/v3/orders/{id}/transactions", refusal) from None
        return records_of(self.client, "transactions", answer)


def _count_of(customer: Mapping[str, Any]) -> int:
    stated = customer.get("address_count")
    return stated if isinstance(stated, int) else 0
