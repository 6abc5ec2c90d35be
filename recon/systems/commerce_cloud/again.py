"""B2C Commerce's part of a second look: orders by number, also such as the index does not show, and products by id.

``GET orders/{orderNo}`` of the Admin API answers 404 where a site has no such order; numbers are unique within an instance, unless sites
were set up to count by themselves: then the site stands before the number. Stock and exported files cannot be asked for one record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from recon.systems.base import GONE, HERE, By, Look, Stream
from recon.systems.commerce_cloud.streams import CATALOG_XML, ORDERS, ORDERS_XML, PRODUCTS, landed_order, landed_product
from recon.systems.exact import dump

if TYPE_CHECKING:
    from recon.systems.commerce_cloud.extractor import Instance

_ORDERS = 10
"""Orders that are kept together; each is a call"""

BATCH = 50
"""Products in one search"""

WAYS: Mapping[tuple[str, By], tuple[Stream, Stream]] = {
    ("orders", "id"): (ORDERS, ORDERS_XML),
    ("orders", "number"): (ORDERS, ORDERS_XML),
    ("products", "id"): (PRODUCTS, CATALOG_XML),
}
"""(canonical table, kind of key) → stream, and the files that would have to be read as well where they are"""


def streams(instance: Instance, table: str, by: By) -> list[Stream]:
    """The stream to read again; none where it is not open, or where files say something of the same records."""
    stream, files = WAYS.get((table, by), (None, None))
    open_ones = instance.streams()
    return [stream] if stream in open_ones and files not in open_ones and stream is not None else []


def read(instance: Instance, stream: Stream, keys: Sequence[str]) -> Iterator[Look]:
    """Records by number or id."""
    fits = [key for key in keys if key.isprintable() and key.strip()]
    if odd := [key for key in keys if key not in fits]:
        yield Look((), 0, dict.fromkeys(odd, GONE))
    size, look = (_ORDERS, _orders) if stream is ORDERS else (BATCH, _products)
    for start in range(0, len(fits), size):
        yield instance.client.asked(stream.title.lower(), partial(look, instance, fits[start : start + size]))


def _orders(instance: Instance, batch: Sequence[str]) -> Look:
    lines: list[bytes] = []
    fates = {}
    for key in batch:
        site, _, number = key.rpartition("/")
        sites = [site] if site in instance.settings.sites else instance.settings.sites
        found = [order for one in sites if (order := instance.client.order(number if site in sites else key, one)) is not None]
        lines += [dump(landed_order(order)) for order in found]
        fates[key] = HERE if found else GONE
    return Look(lines, len(lines), fates)


def _products(instance: Instance, batch: Sequence[str]) -> Look:
    query = {"termQuery": {"fields": ["id"], "operator": "one_of", "values": list(batch)}}
    body = {"query": query, "sorts": [{"field": "id", "sortOrder": "asc"}], "limit": len(batch), "offset": 0}
    records = instance.whole_page(partial(instance.client.products, body), len(batch))
    there = {str(record.get("id")) for record in records}
    lines = [dump(landed_product(record)) for record in records]
    return Look(lines, len(lines), {key: HERE if key in there else GONE for key in batch})
