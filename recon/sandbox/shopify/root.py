"""The fields of QueryRoot and Mutation: lists over the index, reads by id, counts, facts of the shop, bulk operations."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo

from recon.sandbox.shopify.lists import COUNTS, LISTS, SORT_SQL, Listing
from recon.sandbox.shopify.paging import WALK_LIMIT, connection_of, decode, encode, window
from recon.sandbox.shopify.resolvers import QUANTITY_NAMES, Obj, Reader
from recon.sandbox.shopify.schema import FieldFacts
from recon.sandbox.shopify.search import BadTimestampError, Compiler

Document = dict[str, Any]

MAX_IDS = 250


def resolve_root(reader: Reader, facts: FieldFacts, args: Document, info: GraphQLResolveInfo[Any], customer: Obj | None = None) -> Any:
    """The value of a root field; ``customer`` makes it the list of one customer's orders."""
    name = facts.name
    if customer is not None or name in LISTS:
        return _list(reader, facts, args, info, customer)
    if name in COUNTS:
        return _count(reader, facts, args, list(info.path.as_list()))
    if name == "nodes":
        if len(args["ids"]) > MAX_IDS:
            message = f"The input array size of {len(args['ids'])} is greater than the maximum allowed of {MAX_IDS}."
            raise GraphQLError(message, extensions={"code": "MAX_INPUT_SIZE_EXCEEDED"})
        return [_node_or_error(reader, gid) for gid in args["ids"]]
    if name == "node":
        return _node(reader, args["id"])
    if facts.owner == "Mutation":
        run = reader.shop.bulk.run if name == "bulkOperationRunQuery" else reader.shop.bulk.cancel
        return _payload(run(reader, **args), facts)
    if name in _FACTS:
        return _FACTS[name](reader)
    return _by_id(reader, facts, args)


def _payload(result: Document, facts: FieldFacts) -> Obj:
    kind = "BulkOperationUserError" if facts.name == "bulkOperationRunQuery" else "UserError"
    operation = result["bulkOperation"]
    return Obj(
        facts.target,
        {
            "bulkOperation": Obj("BulkOperation", operation) if operation is not None else None,
            "userErrors": [Obj(kind, error) for error in result["userErrors"]],
        },
    )


def _node(reader: Reader, gid: str) -> Obj | None:
    kind = gid.split("/")[3] if gid.count("/") >= 4 else ""
    if kind == "BulkOperation":
        return _operation(reader, gid)
    known = reader.schema.fields.get(kind)
    if known is None:
        return None
    found = reader.lookup(gid)
    if found is not None:
        access = reader.schema.fields["QueryRoot"].get(kind[0].lower() + kind[1:])
        if access is not None:
            reader.grant.check(access)
    return found


def _node_or_error(reader: Reader, gid: str) -> Obj | GraphQLError | None:
    """One of several nodes: a refused one is null with an error, the others are answered."""
    try:
        return _node(reader, gid)
    except GraphQLError as error:
        return error


def _operation(reader: Reader, gid: str) -> Obj | None:
    operation = reader.shop.bulk.read(gid)
    return Obj("BulkOperation", operation) if operation is not None else None


def _by_id(reader: Reader, facts: FieldFacts, args: Document) -> Obj | None:
    gid = args.get("id")
    if gid is None and facts.name == "location":
        rows = reader.store.listed("locations", "1", [], "idx.num", 1)
        return reader.root("locations", rows[0][4]) if rows else None
    if not str(gid).startswith(f"gid://shopify/{facts.target}/"):
        raise GraphQLError(f"Invalid id: {gid}", extensions={"code": "RESOURCE_NOT_FOUND"})
    return _operation(reader, str(gid)) if facts.target == "BulkOperation" else reader.lookup(str(gid))


# -- lists ----------------------------------------------------------------------------------------------------------------


def condition(
    reader: Reader, listing: Listing, args: Document, path: list[Any] | None, customer: Obj | None = None
) -> tuple[str, list[Any]]:
    """The rows of the index that a list shows: its search, its switches, and what the app may see."""
    clauses, values = ["1"], []
    if args.get("query"):
        compiler = Compiler(listing.filters, reader.shop.zone, reader.shop.now(), words=listing.words, strict_times=listing.strict_times)
        try:
            found = compiler.compile(args["query"])
        except BadTimestampError as error:
            message = f"Invalid timestamp for query filter `{error.args[0]}`."
            raise GraphQLError(message, extensions={"code": "BAD_REQUEST"}) from None
        clauses.append(found.sql)
        values += found.values
        if found.warnings and path is not None:
            reader.search.append({"path": path, "query": args["query"], "parsed": found.parsed, "warnings": found.warnings})
    for sql, some in _switches(reader, listing.kind, args):
        clauses.append(sql)
        values += some
    if customer is not None:
        clauses.append("idx.root in (select target from refs where name = 'customer.orders' and source = ?)")
        values.append(customer.doc["id"])
    return " and ".join(clauses), values


def _switches(reader: Reader, kind: str, args: Document) -> list[tuple[str, list[Any]]]:
    status = "json_extract(idx.facets, '$.status')"
    found: list[tuple[str, list[Any]]] = []
    if kind == "orders" and (since := reader.grant.orders_since) is not None:
        found.append(("idx.created_at >= ?", [since]))
    if kind == "fulfillment_orders":
        if not reader.grant.own_fulfillments:
            found.append(("0", []))
        if not args.get("includeClosed"):
            found.append((f"{status} not in ('closed', 'cancelled')", []))
    if kind == "locations" and "includeInactive" in args and not args["includeInactive"]:
        found.append(("json_extract(idx.facets, '$.active') = 'true'", []))
    if kind == "locations" and "includeLegacy" in args and not args["includeLegacy"]:
        found.append(("json_extract(idx.facets, '$.legacy') = 0", []))
    if kind == "events":
        found.append(("idx.created_at >= ?", [_text(reader.shop.now() - timedelta(days=365))]))
    if kind != "bulk_operations" and (stale := reader.shop.fault("stale_search", kind)) is not None:
        found.append(("idx.updated_at <= ?", [_text(reader.shop.now() - timedelta(minutes=float(stale.args.get("minutes", 10))))]))
    return found


def _text(moment: Any) -> str:
    return str(moment.strftime("%Y-%m-%dT%H:%M:%SZ"))


def _list(reader: Reader, facts: FieldFacts, args: Document, info: GraphQLResolveInfo[Any], customer: Obj | None) -> Obj:
    size, backward = window(args)
    listing = LISTS["orders"] if customer is not None else LISTS[facts.name]
    if listing.kind == "bulk_operations":
        reader.shop.bulk.advance()
    where, values = condition(reader, listing, args, list(info.path.as_list()), customer)
    order = SORT_SQL[args.get("sortKey") or listing.sort]
    down = bool(args.get("reverse")) != backward
    sign = "<" if down else ">"
    walked = 0
    for cursor, compare in (
        (args.get("after"), sign if not backward else _flip(sign)),
        (args.get("before"), _flip(sign) if not backward else sign),
    ):
        if cursor:
            number, value, walked = decode(cursor)
            where += f" and ({order}, idx.num) {compare} (?, ?)"
            values += [value, number]
    rows = reader.store.listed(listing.kind, where, values, order, size + 1, down=down)
    return _page(reader, listing.kind, rows, info, args, walked=walked, backward=backward)


def _flip(sign: str) -> str:
    return "<" if sign == ">" else ">"


def _page(reader: Reader, kind: str, rows: list[Any], info: GraphQLResolveInfo[Any], args: Document, *, walked: int, backward: bool) -> Obj:
    size, _ = window(args)
    more = len(rows) > size
    rows = rows[:size][:: -1 if backward else 1]
    if len(rows) > 1 and reader.shop.fault("hidden", info.field_name) is not None:
        del rows[len(rows) // 2]
    nodes, cursors = [], []
    for position, (gid, number, value, root, document) in enumerate(rows, 1):
        node = reader.listed(kind, gid, root, document)
        if node is not None:
            nodes.append(node)
            cursors.append(encode(number, value, walked + position))
    limit = min(reader.shop.walk_limit, WALK_LIMIT)
    if walked + len(rows) >= limit:
        more = False
    ahead, behind = (bool(args.get("before")), more) if backward else (more, bool(args.get("after")))
    page = connection_of(info.return_type, nodes, cursors, more=ahead, before=behind)
    if args.get("after") and reader.shop.fault("loop_cursor", info.field_name) is not None:
        page.doc["pageInfo"].doc.update(hasNextPage=True, endCursor=args["after"])
    return page


def _count(reader: Reader, facts: FieldFacts, args: Document, path: list[Any]) -> Document:
    listing = COUNTS[facts.name]
    # counts of locations and fulfillment orders have no switches: they count what the lists show by default
    where, values = condition(reader, listing, args, path)
    count = reader.store.count(listing.kind, where, values)
    limit = args.get("limit", None if facts.name == "eventsCount" else 10_000)
    over = limit is not None and count > limit
    return Obj("Count", {"count": limit if over else count, "precision": "AT_LEAST" if over else "EXACT"})  # type: ignore[return-value]


# -- facts of shop and app ------------------------------------------------------------------------------------------------


def _installation(reader: Reader) -> Obj:
    scopes = [Obj("AccessScope", {"handle": scope, "description": scope.replace("_", " ")}) for scope in sorted(reader.grant.scopes)]
    app = Obj("App", {"id": "gid://shopify/App/1", "handle": "recon", "title": "recon"})
    return Obj("AppInstallation", {"id": "gid://shopify/AppInstallation/1", "accessScopes": scopes, "app": app})


def _versions(reader: Reader) -> list[Obj]:
    return [
        Obj("ApiVersion", {"handle": handle, "displayName": handle.title(), "supported": handle != "unstable"})
        for handle in (*reader.shop.versions, "unstable")
    ]


def _quantity_names(reader: Reader) -> Obj:
    names = [
        Obj(
            "InventoryQuantityName",
            {
                "name": name,
                "displayName": name.replace("_", " ").capitalize(),
                "isInUse": True,
                "belongsTo": list(parents),
                "comprises": [part for part, wholes in QUANTITY_NAMES.items() if name in wholes],
            },
        )
        for name, parents in QUANTITY_NAMES.items()
    ]
    return Obj("InventoryProperties", {"quantityNames": names})


_FACTS = {
    "shop": lambda reader: Obj("Shop", reader.shop.facts()),
    "currentAppInstallation": _installation,
    "publicApiVersions": _versions,
    "inventoryProperties": _quantity_names,
}
