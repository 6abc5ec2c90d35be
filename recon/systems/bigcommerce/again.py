"""BigCommerce's part of a second look: orders one by one, everything else by lists of ids.

An order that the store deleted is archived: its own address still shows it, with ``is_deleted`` (V2 Orders). Customers and products
that were deleted do not come at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from recon.systems.base import GONE, HERE, By, Fate, Look, Stream
from recon.systems.bigcommerce.client import Refusal, Unreadable
from recon.systems.bigcommerce.records import Reader
from recon.systems.bigcommerce.streams import BY_NAME
from recon.systems.bigcommerce.walks import everything, number_of, records_of
from recon.systems.exact import dump

if TYPE_CHECKING:
    from recon.systems.bigcommerce.extractor import Store

BATCH = 50
"""Ids in one list"""

_ORDERS = 10
"""Orders that are kept together; each is a call"""

WAYS: Mapping[tuple[str, By], tuple[str, ...]] = {
    ("orders", "id"): ("orders",),
    ("refunds", "order"): ("refunds",),
    ("fulfillments", "order"): ("shipments",),
    ("payments", "order"): ("transactions",),
    ("customers", "id"): ("customers",),
    ("products", "product"): ("products",),
    ("prices", "product"): ("products", "price_records"),
    ("inventory_levels", "variant"): ("inventory",),
}
"""(canonical table, kind of key) → streams"""

_LISTS: Mapping[str, tuple[str, str, tuple[tuple[str, str], ...]]] = {
    "customers": ("/v3/customers", "id:in", (("include", "addresses"),)),
    "products": ("/v3/catalog/products", "id:in", (("include", "variants"),)),
    "inventory": ("/v3/inventory/items", "variant_id:in", ()),
    "refunds": ("/v3/orders/payment_actions/refunds", "order_id:in", ()),
}
"""Stream → list, filter by ids, and what comes along"""


def streams(store: Store, table: str, by: By) -> list[Stream]:
    """Streams to read again; none where the first of them is not open."""
    open_ones = {stream.name: stream for stream in store.streams()}
    names = WAYS.get((table, by), ())
    return [open_ones[name] for name in names if name in open_ones] if names and names[0] in open_ones else []


def read(store: Store, stream: Stream, keys: Sequence[str]) -> Iterator[Look]:
    """Records by id, or by the id of what they belong to."""
    fits = [key for key in keys if key.isdecimal() and len(key) < 18 and key == str(int(key))]
    if odd := [key for key in keys if key not in fits]:
        yield Look((), 0, dict.fromkeys(odd, GONE))
    if not fits:
        return
    if stream.name == "price_records":
        yield from _prices(store, stream, fits)
        return
    size = BATCH if stream.name in _LISTS else _ORDERS
    for start in range(0, len(fits), size):
        batch = fits[start : start + size]
        yield _listed(store, stream, batch) if stream.name in _LISTS else _one_by_one(store, stream, batch)


def _listed(store: Store, stream: Stream, batch: Sequence[str]) -> Look:
    path, by, more = _LISTS[stream.name]
    found = everything(store.client, path, [*more, (by, ",".join(batch))], 250)
    found = _completed(store, stream, found)
    if stream.name == "refunds":
        fates = dict.fromkeys(batch, HERE)  # an order without refunds has none; whether there is one is told by the order
    elif stream.name == "inventory":
        there = {str((record.get("identity") or {}).get("variant_id")) for record in found}
        fates = {key: HERE if key in there else GONE for key in batch}
    else:
        there = {str(record.get("id")) for record in found}
        fates = {key: HERE if key in there else GONE for key in batch}
    return Look([dump(record) for record in found], len(found), fates)


def _completed(store: Store, stream: Stream, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    reader = Reader(store.client, BY_NAME[stream.name], None, {})
    if stream.name == "customers":
        reader.complete_customers(found)
    if stream.name == "products":
        reader.complete_products(found)
    return found


def _one_by_one(store: Store, stream: Stream, batch: Sequence[str]) -> Look:
    reader = Reader(store.client, BY_NAME[stream.name], None, {})
    lines: list[bytes] = []
    fates: dict[str, Fate] = {}
    for key in batch:
        order = _order(store, key)
        if order is None:
            fates[key] = GONE
            continue
        fates[key] = Fate("trashed") if order.get("is_deleted") is True else HERE
        records = [reader.whole_order(order)] if stream.name == "orders" else reader.parts_of(order)
        lines += [dump(record) for record in records]
    return Look(lines, len(lines), fates)


def _order(store: Store, key: str) -> dict[str, Any] | None:
    """An order in the shape of the lists, which hold the archived ones only where the store knows that filter."""
    query = [("sort", "id:asc"), ("include", "consignments.line_items,fees"), ("consignment_structure", "object")]
    query += [("min_id", key), ("max_id", key), ("limit", "1")]
    for more in ((), (("is_deleted", "true"),)):
        try:
            listed = records_of(store.client, "/v2/orders", store.client.get("/v2/orders", [*query, *more]))
        except Refusal:
            break
        if listed and number_of(listed[0]) == int(key):
            return listed[0]
    return _alone(store, key)


def _alone(store: Store, key: str) -> dict[str, Any] | None:
    try:
        found = store.client.look(f"/v2/orders/{int(key)}")
    except Unreadable as refusal:
        if refusal.status == 404:
            return None
        raise store.client.denied("/v2/orders", refusal) from None
    if not isinstance(found, dict) or number_of(found) != int(key):
        raise store.unanswered()
    return found


def _prices(store: Store, stream: Stream, keys: Sequence[str]) -> Iterator[Look]:
    """Prices of the lists, product by product. What became of a product is told by the product."""
    lists = sorted(number_of(entry) for entry in everything(store.client, "/v3/pricelists", [], 250))
    for start in range(0, len(keys), BATCH):
        batch = keys[start : start + BATCH]
        lines = [
            dump(record)
            for number in lists
            for record in everything(
                store.client,
                f"/v3/pricelists/{number}/records",
                [("include", "bulk_pricing_tiers,sku"), ("product_id:in", ",".join(batch))],
                250,
            )
        ]
        yield Look(lines, len(lines), dict.fromkeys(batch, GONE))
