"""WooCommerce's part of a second look: lists with ``include``, and what no list shows by its own address.

A list of orders leaves out the trash and statuses of plugins that are switched off; the address of a single order shows both. A record
that was deleted for good is answered with 404 (WooCommerce 8 to 11, tried on both kinds of storage).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from recon.systems.base import GONE, HERE, By, Fate, Look, Stream
from recon.systems.exact import dump

if TYPE_CHECKING:
    from recon.systems.woocommerce.extractor import Site

BATCH = 50
"""Ids in one list, which keeps addresses short"""

WAYS: Mapping[tuple[str, By], tuple[str, ...]] = {
    ("orders", "id"): ("orders",),
    ("refunds", "order"): ("refunds",),
    ("customers", "id"): ("customers",),
    ("products", "product"): ("products", "variations"),
    ("prices", "product"): ("products", "variations"),
    ("inventory_levels", "product"): ("products", "variations"),
}
"""(canonical table, kind of key) → streams"""

_LISTS: Mapping[str, Mapping[str, str]] = {"orders": {"status": "any"}, "customers": {"role": "all"}, "products": {"status": "any"}}
_BELOW: Mapping[str, str] = {"refunds": "orders/{}/refunds", "variations": "products/{}/variations"}


def streams(site: Site, table: str, by: By) -> list[Stream]:
    """Streams to read again; none where the first of them is not open."""
    open_ones = {stream.name: stream for stream in site.streams()}
    names = WAYS.get((table, by), ())
    return [open_ones[name] for name in names if name in open_ones] if names and names[0] in open_ones else []


def read(site: Site, stream: Stream, keys: Sequence[str]) -> Iterator[Look]:
    """Records by id; below an order or a product everything that belongs to it."""
    fits = [key for key in keys if key.isdecimal() and len(key) < 18 and key == str(int(key))]
    if odd := [key for key in keys if key not in fits]:
        yield Look((), 0, dict.fromkeys(odd, GONE))
    size = BATCH if stream.name in _LISTS else 10
    for start in range(0, len(fits), size):
        batch = fits[start : start + size]
        yield _listed(site, stream.name, batch) if stream.name in _LISTS else _below(site, stream.name, batch)


def _listed(site: Site, route: str, batch: Sequence[str]) -> Look:
    params = {**_LISTS[route], "include": ",".join(batch), "per_page": len(batch)}
    data = site.client.list(route, params).data
    found: dict[str, dict[str, Any]] = {str(record.get("id")): record for record in data if str(record.get("id")) in batch}
    alone = site.records_by_id([key for key in batch if key not in found], route)
    found |= {key: record for key, record in alone.items() if record is not None}
    fates = {key: _fate(found.get(key)) for key in batch}
    return Look([dump(record) for record in found.values()], len(found), fates)


def _fate(record: Mapping[str, Any] | None) -> Fate:
    if record is None:
        return GONE
    return Fate("trashed") if record.get("status") == "trash" else HERE


def _below(site: Site, name: str, batch: Sequence[str]) -> Look:
    """What lies below some parents. What became of a product is told by the product; an order answers for its refunds."""
    lines: list[bytes] = []
    fates = {}
    for key in batch:
        children = site.children(_BELOW[name].format(key))
        lines += [dump(child) for child in children or ()]
        fates[key] = HERE if children is not None and name == "refunds" else GONE
    return Look(lines, len(lines), fates)
