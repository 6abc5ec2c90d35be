"""Adobe Commerce's part of a second look: search criteria with ``in`` over ids, and prices and stock by the SKUs of products.

A record that was deleted is not found any more. The core deletes no orders, extensions do; archived orders of Adobe Commerce are still
listed (Magento 2.4 REST, as tried).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from recon.errors import SourceError
from recon.systems.adobe_commerce.streams import BY_NAME, PRICES, landed
from recon.systems.base import GONE, HERE, By, Look, Stream
from recon.systems.exact import dump

if TYPE_CHECKING:
    from recon.systems.adobe_commerce.extractor import Shop

BATCH = 50
"""Ids in one search, which keeps addresses short"""

WAYS: Mapping[tuple[str, By], Mapping[str, str]] = {
    ("orders", "id"): {"orders": "entity_id"},
    ("refunds", "order"): {"creditmemos": "order_id"},
    ("fulfillments", "order"): {"shipments": "order_id"},
    ("payments", "order"): {"invoices": "order_id"},
    ("returns", "order"): {"returns": "order_id"},
    ("customers", "id"): {"customers": "entity_id"},
    ("products", "id"): {"products": "entity_id"},
    ("companies", "id"): {"companies": "entity_id"},
    ("prices", "variant"): {"products": "entity_id", **{reading.stream.name: "sku" for reading in PRICES}},
    ("inventory_levels", "variant"): {"products": "entity_id", "source_items": "sku", "salable": "sku", "stock_items": "sku"},
}
"""(canonical table, kind of key) → stream → the field in which the key stands; ``sku`` that of the product with the key"""

_OF_PARENT = frozenset({"creditmemos", "shipments", "invoices", "returns"})


def streams(shop: Shop, table: str, by: By) -> list[Stream]:
    """Streams to read again; none where the first of them is not open."""
    open_ones = {stream.name: stream for stream in shop.streams()}
    names = list(WAYS.get((table, by), ()))
    return [open_ones[name] for name in names if name in open_ones] if names and names[0] in open_ones else []


def read(shop: Shop, stream: Stream, keys: Sequence[str]) -> Iterator[Look]:
    """Records by id, by the id of their order, or by the SKU of their product."""
    fits = [key for key in keys if key.isdecimal() and len(key) < 18 and key == str(int(key))]
    if odd := [key for key in keys if key not in fits]:
        yield Look((), 0, dict.fromkeys(odd, GONE))
    for start in range(0, len(fits), BATCH):
        batch = fits[start : start + BATCH]
        field = next(fields[stream.name] for fields in WAYS.values() if stream.name in fields)
        yield shop.asked(stream.source, partial(_look, shop, stream, field, batch))


def _look(shop: Shop, stream: Stream, field: str, batch: Sequence[str]) -> Look:
    if field == "sku":
        records = _of_skus(shop, stream, batch)
        return Look([dump(record) for record in records], len(records), dict.fromkeys(batch, GONE))  # the product tells what became of it
    found = [landed(stream.name, record) for record in _search(shop, stream, field, batch)]
    if stream.name in _OF_PARENT:
        fates = dict.fromkeys(batch, HERE)
    else:
        key = BY_NAME[stream.name].field
        there = {str(record.get(key)) for record in found}
        fates = {one: HERE if one in there else GONE for one in batch}
    return Look([dump(record) for record in found], len(found), fates)


def _search(shop: Shop, stream: Stream, field: str, batch: Sequence[str]) -> list[dict[str, Any]]:
    reading = BY_NAME[stream.name]
    filters = [*shop.scope(reading), (field, "in", ",".join(batch))]
    found: list[dict[str, Any]] = []
    total, page = 1, 1
    while len(found) < total:
        records, total = shop.client.search(reading.path, filters, sort=reading.key or None, size=shop.client.page_limit, page=page)
        if not records and len(found) < total:
            name = shop.context.name
            raise SourceError(f"{name}: a look-up by id was not answered whole.", "Try again.", system=name)
        found, page = [*found, *records], page + 1
    return found


def _of_skus(shop: Shop, stream: Stream, batch: Sequence[str]) -> list[dict[str, Any]]:
    products = _search(shop, BY_NAME["products"].stream, "entity_id", batch)
    rows = sorted((int(product["id"]), str(product["sku"]), str(product.get("type_id") or "")) for product in products)
    return shop.records_of_products(BY_NAME[stream.name], rows)
