"""Relay connections: windows over lists, cursors, and the vendor's words for wrong windows."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from graphql import GraphQLError, get_nullable_type

from recon.sandbox.shopify.resolvers import Obj

MAX_PAGE = 250
WALK_LIMIT = 25_000
"""A list cannot be paged through beyond this many objects."""

Document = dict[str, Any]


def window(args: Document) -> tuple[int, bool]:
    """Size of the page and whether it is counted from the end; raises BAD_REQUEST as the API does."""
    first, last = args.get("first"), args.get("last")
    if first is None and last is None:
        raise GraphQLError("you must provide one of first or last", extensions={"code": "BAD_REQUEST"})
    if first is not None and last is not None:
        raise GraphQLError("providing both first and last is not supported", extensions={"code": "BAD_REQUEST"})
    size = int(first if first is not None else last or 0)
    if size < 0 or size > MAX_PAGE:
        name = "first" if first is not None else "last"
        raise GraphQLError(f"{name} must be between 0 and {MAX_PAGE}", extensions={"code": "BAD_REQUEST"})
    return size, first is None


def encode(number: int, value: Any, walked: int) -> str:
    """A cursor: position in the order, and how many objects were walked to it."""
    return base64.b64encode(json.dumps({"last_id": number, "last_value": value, "walked": walked}, separators=(",", ":")).encode()).decode()


def decode(cursor: str) -> tuple[int, Any, int]:
    """Raises BAD_REQUEST for text that is no cursor."""
    try:
        entry = json.loads(base64.b64decode(cursor, validate=True))
        return int(entry["last_id"]), entry["last_value"], int(entry.get("walked", 0))
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise GraphQLError("Invalid cursor for current pagination sort.", extensions={"code": "BAD_REQUEST"}) from None


def page_of(items: list[Obj], connection: Any, args: Document) -> Obj:
    """A window over nodes that are all at hand."""
    size, backward = window(args)
    if args.get("reverse"):
        items = items[::-1]
    start, end = 0, len(items)
    if args.get("after"):
        start = decode(args["after"])[0] + 1
    if args.get("before"):
        end = min(end, decode(args["before"])[0])
    start = min(start, end)
    stop = end
    if backward:
        start = max(start, end - size)
    else:
        stop = min(end, start + size)
    cursors = [encode(position, position, 0) for position in range(start, stop)]
    return connection_of(connection, items[start:stop], cursors, more=stop < len(items), before=start > 0)


def connection_of(connection: Any, nodes: list[Obj], cursors: list[str], *, more: bool, before: bool) -> Obj:
    """The connection object of a page."""
    name = get_nullable_type(connection).name
    edge = name.removesuffix("Connection") + "Edge"
    info = {
        "hasNextPage": more,
        "hasPreviousPage": before,
        "startCursor": cursors[0] if cursors else None,
        "endCursor": cursors[-1] if cursors else None,
    }
    edges = [Obj(edge, {"cursor": cursor, "node": node}) for cursor, node in zip(cursors, nodes, strict=True)]
    return Obj(name, {"nodes": nodes, "edges": edges, "pageInfo": Obj("PageInfo", info)})
