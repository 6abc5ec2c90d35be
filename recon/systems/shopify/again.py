"""Shopify's part of a second look: records by gid, which is never behind as the search index is.

``nodes`` answers null for what is deleted, merged away or out of reach. A deletion leaves an event of the action ``destroy``, a merge of
customers leaves none (vendor's Event object; merges as recorded from development shops), and without the scope for all orders the older
ones are out of reach.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from recon.errors import SourceError
from recon.systems.base import GONE, HERE, By, Fate, Look, Stream, Window
from recon.systems.exact import dump
from recon.systems.shopify.documents import by_id, nodes_text, only
from recon.systems.shopify.lines import flatten, nested
from recon.systems.shopify.pages import Asker, read_pages
from recon.systems.shopify.streams import ALL_ORDERS, BY_CREATION, BY_NAME

if TYPE_CHECKING:
    from recon.systems.shopify.extractor import Shop

_DAYS = 30
_PAGES = 8
"""Deletions are looked up so far back, and in so many pages at most."""

_NAMES = 10
"""Names in one search"""

_BATCH = 250
"""Ids that ``nodes`` takes at once"""


@dataclass(frozen=True)
class Way:
    """How a stream is read by a key: ``kind`` is the type in the gid, ``source`` that of the records that come."""

    stream: str
    kind: str
    source: str = ""


WAYS: Mapping[tuple[str, By], tuple[Way, ...]] = {
    ("orders", "id"): (Way("orders", "Order"),),
    ("orders", "number"): (Way("orders", "name"),),
    ("refunds", "order"): (Way("refunds", "Order"),),
    ("returns", "order"): (Way("returns", "Order"),),
    ("customers", "id"): (Way("customers", "Customer"),),
    ("companies", "id"): (Way("companies", "Company"),),
    ("locations", "id"): (Way("locations", "Location"),),
    ("products", "id"): (Way("products", "ProductVariant", "Product"),),
    ("products", "product"): (Way("products", "Product"),),
    ("prices", "product"): (Way("products", "Product"), Way("price_lists", "")),
    ("inventory_levels", "variant"): (Way("inventory", "ProductVariant", "InventoryItem"),),
}
"""(canonical table, kind of key) → streams that hold it. Price lists are few and have no look-up by product: they are read whole."""


def streams(shop: Shop, table: str, by: By) -> list[Stream]:
    """Streams to read again; none where one that matters is not open to the app."""
    open_ones = {stream.name: stream for stream in shop.streams()}
    ways = WAYS.get((table, by), ())
    if not ways or ways[0].stream not in open_ones:
        return []
    return [open_ones[way.stream] for way in ways if way.stream in open_ones]


def read(shop: Shop, stream: Stream, by: By, keys: Sequence[str]) -> Iterator[Look]:
    """Records of a stream by the numbers at the end of their gids."""
    way = next(way for (_, kind), ways in WAYS.items() for way in ways if kind == by and way.stream == stream.name)
    if not way.kind:
        yield from _whole(shop, stream, keys)
        return
    if by == "number":
        yield from _by_name(shop, stream, keys)
        return
    numbers = [key for key in keys if key.isdecimal()]
    if odd := [key for key in keys if not key.isdecimal()]:
        yield Look((), 0, dict.fromkeys(odd, GONE))
    reading = BY_NAME[stream.name]
    if way.source:
        yield from _through(shop, stream, way, numbers)
        return
    asker = shop.asker(stream.name)
    asker.operation = only("refunds", shop.settings.api_version) if stream.name == "refunds" else by_id(asker.operation, way.kind)
    asker.size = 10 if stream.name == "refunds" else reading.page
    for batch, nodes in _nodes(asker, [f"gid://shopify/{way.kind}/{number}" for number in numbers]):
        lines = [line for node in nodes if node for line in _lines(asker, node, stream)]
        lost = [gid for gid, node in zip(batch, nodes, strict=True) if not node]
        fates = {gid.rpartition("/")[2]: HERE for gid in batch} | _fates_of(shop, way.kind, lost)
        yield Look(lines, len(lines), fates)


def _by_name(shop: Shop, stream: Stream, names: Sequence[str]) -> Iterator[Look]:
    """Orders by the name that people know, which only the search index has."""
    for start in range(0, len(names), _NAMES):
        batch = names[start : start + _NAMES]
        asker = shop.asker(stream.name)
        search = " OR ".join(f"name:{json.dumps(name, ensure_ascii=False)}" for name in batch)
        found: list[dict[str, Any]] = []
        after: str | None = None
        while True:
            nodes, after = asker.page(None, search, after)
            found += [node for node in nodes if node["name"] in batch]
            if after is None:
                break
        lines = [line for node in found for line in _lines(asker, node, stream)]
        there = {node["name"] for node in found}
        yield Look(lines, len(lines), {name: HERE if name in there else GONE for name in batch})


def _lines(asker: Asker, node: dict[str, Any], stream: Stream) -> list[bytes]:
    whole = asker.complete(node)
    return [dump(nested(whole))] if stream.name == "refunds" else [dump(record) for record in flatten(whole)]


def _nodes(asker: Asker, gids: Sequence[str]) -> Iterator[tuple[list[str], list[Any]]]:
    """Batches of ids with their nodes; asking may make batches smaller."""
    left = list(gids)

    def take(data: Mapping[str, Any]) -> list[Any] | None:
        nodes = data.get("nodes")
        return nodes if isinstance(nodes, list) and len(nodes) == len(left[: asker.size]) else None

    while left:
        nodes = asker.ask(lambda: nodes_text(asker.allowed, asker.sizes), lambda: {"ids": left[: asker.size]}, take)
        yield left[: len(nodes)], nodes
        del left[: len(nodes)]


def _through(shop: Shop, stream: Stream, way: Way, numbers: Sequence[str]) -> Iterator[Look]:
    """Stock hangs on the inventory item of a variant, and a variant on its product."""
    for start in range(0, len(numbers), _BATCH):
        batch = numbers[start : start + _BATCH]
        items = _above(shop, way, [f"gid://shopify/{way.kind}/{number}" for number in batch])
        asker = shop.asker(stream.name)
        asker.operation = by_id(asker.operation, way.source)
        lines: list[bytes] = []
        there = set()
        for gids, nodes in _nodes(asker, sorted({gid for gid in items.values() if gid})):
            there |= {gid for gid, node in zip(gids, nodes, strict=True) if node}
            lines += [line for node in nodes if node for line in _lines(asker, node, stream)]
        fates = {number: HERE if items.get(f"gid://shopify/{way.kind}/{number}") in there else GONE for number in batch}
        yield Look(lines, len(lines), fates)


def _above(shop: Shop, way: Way, gids: Sequence[str]) -> dict[str, str | None]:
    """Variant → its inventory item, or its product."""
    field = f"{way.source[0].lower()}{way.source[1:]}"
    text = f"query nodes($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on ProductVariant {{ id {field} {{ id }} }} }} }}"
    nodes = shop.client.ask(text, {"ids": list(gids)}).data.get("nodes")
    if not isinstance(nodes, list) or len(nodes) != len(gids):
        name = shop.context.name
        raise SourceError(f"{name}: a look-up by id was not answered whole.", "Try again.", system=name)
    return {gid: ((node or {}).get(field) or {}).get("id") for gid, node in zip(gids, nodes, strict=True)}


def _whole(shop: Shop, stream: Stream, keys: Sequence[str]) -> Iterator[Look]:
    for chunk in shop.read(stream, Window(None, shop.client.http.host.server_now()), None):
        lines = list(chunk.lines)
        yield Look(lines, len(lines), {})
    yield Look((), 0, dict.fromkeys(keys, GONE))  # what became of a product is told by the product


def _fates_of(shop: Shop, kind: str, lost: Sequence[str]) -> dict[str, Fate]:
    """Why records are not there, as far as the shop tells."""
    if not lost:
        return {}
    deleted, is_whole = _destroyed(shop)
    other = GONE
    if kind == "Order" and ALL_ORDERS not in shop.probe().scopes:
        other = Fate("hidden")
    elif kind == "Customer" and is_whole:
        other = Fate("merged")
    return {gid.rpartition("/")[2]: Fate("deleted") if gid in deleted else other for gid in lost}


def _destroyed(shop: Shop) -> tuple[set[str], bool]:
    """What was deleted lately, and whether all of it came."""
    asker, reading = shop.asker("deletions"), BY_NAME["deletions"]
    since = shop.client.http.host.server_now() - timedelta(days=_DAYS)
    found: set[str] = set()
    pages = read_pages(asker, BY_CREATION, reading.search, None, since=f"{since:%Y-%m-%dT%H:%M:%SZ}")
    for number, (nodes, _) in enumerate(pages, start=1):
        found |= {str(node["subjectId"]) for node in nodes if node.get("subjectId")}
        if number == _PAGES:
            return found, False
    return found, True
