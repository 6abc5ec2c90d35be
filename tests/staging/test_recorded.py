"""Answers that real shops gave: every order, customer, product and inventory item in them stages, and orders add up.

The recordings select few fields each. What the landed shape needs is filled in here and nowhere else: connections become child lines,
ids are made unique (one order is recorded at several moments, and not every query asked for them), and an order that was never edited has its total as original total.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

Node = dict[str, Any]
CHILDREN = {
    "Order": ("lineItems", "shippingLines"),
    "Customer": ("addressesV2",),
    "Product": ("variants",),
    "InventoryItem": ("inventoryLevels",),
}
STREAMS = {"Order": "orders", "Customer": "customers", "Product": "products", "InventoryItem": "inventory"}
SKIPPED = "metafields", "metafieldsReverse", "addressesV2Reverse", "orders", "ordersFiltered", "lastOrder"

DOES_NOT_ADD_UP: dict[str, str] = {}
"""recording and order → why its parts differ from its total; empty: all of them add up"""


def nodes(value: Any) -> Iterator[Node]:
    if isinstance(value, dict):
        kind = str(value.get("id", "")).removeprefix("gid://shopify/").partition("/")[0]
        if kind in STREAMS and str(value["id"]).startswith("gid://shopify/"):
            yield value
        for child in value.values():
            yield from nodes(child)
    elif isinstance(value, list):
        for child in value:
            yield from nodes(child)


def listed(connection: Any) -> list[Node]:
    if isinstance(connection, list):
        return connection
    if not isinstance(connection, dict):
        return []
    return [edge["node"] for edge in connection.get("edges", [])] or list(connection.get("nodes", []))


def landed(node: Node, number: int) -> list[Node]:
    """JSON lines of one record, numbered anew."""
    kind = node["id"].split("/")[3]
    gid = f"gid://shopify/{kind}/{number}"
    children = [
        {**child, "id": f"gid://shopify/{singular}/{number}{position:03}", "__parentId": gid}
        for key, singular in zip(CHILDREN[kind], singulars(kind), strict=True)
        for position, child in enumerate(listed(node.get(key)))
    ]
    root = {key: value for key, value in node.items() if key not in CHILDREN[kind] and key not in SKIPPED}
    root |= {"id": gid, "updatedAt": node.get("updatedAt") or "2026-07-01T00:00:00Z", "name": node.get("name") or f"#{number}"}
    for key, singular in (("fulfillments", "Fulfillment"), ("transactions", "OrderTransaction")):
        root[key] = [{**entry, "id": f"gid://shopify/{singular}/{number}{n}"} for n, entry in enumerate(listed(root.get(key)))]
    if kind == "Order":
        root.setdefault("originalTotalPriceSet", node.get("totalPriceSet"))
        root.setdefault("taxesIncluded", False)
    return [root, *children]


def singulars(kind: str) -> tuple[str, ...]:
    return {
        "Order": ("LineItem", "ShippingLine"),
        "Customer": ("MailingAddress",),
        "Product": ("ProductVariant",),
        "InventoryItem": ("InventoryLevel",),
    }[kind]


@pytest.fixture(scope="module")
def recorded(shared: Path) -> dict[str, list[tuple[str, Node]]]:
    found: dict[str, list[tuple[str, Node]]] = {kind: [] for kind in STREAMS}
    for file in sorted((shared / "contracts" / "shopify" / "recorded").glob("*.json")):
        for node in nodes(json.loads(file.read_text(encoding="utf-8"))):
            found[node["id"].split("/")[3]].append((f"{file.stem} {node['id']}", node))
    return found


def test_every_recorded_record_stages_and_none_is_lost(staged: Callable[..., Any], recorded: dict[str, list[tuple[str, Node]]]) -> None:
    streams = {
        STREAMS[kind]: [row for n, (_, node) in enumerate(found, 1001) for row in landed(node, n)] for kind, found in recorded.items()
    }
    con = staged({"name": "shop", "currency": "CAD", "streams": streams})

    def count(table: str) -> int:
        return int(con.execute(f"select count(*) from {table}").fetchone()[0])

    assert {kind: len(found) for kind, found in recorded.items()} == {"Order": 180, "Customer": 60, "Product": 2, "InventoryItem": 12}
    assert count("orders") == 180
    assert count("payments") == sum(len(row["transactions"]) for row in streams["orders"] if "__parentId" not in row) == 12
    assert count("customers") == 60
    assert count("order_lines") == sum(1 for row in streams["orders"] if row["id"].startswith("gid://shopify/LineItem/"))
    assert count("products") == sum(1 for row in streams["products"] if "__parentId" in row)
    assert count("inventory_levels") == sum(1 for row in streams["inventory"] if "__parentId" in row)


def test_recorded_orders_add_up(
    staged: Callable[..., Any], recorded: dict[str, list[tuple[str, Node]]], rows_of: Callable[..., list[Node]]
) -> None:
    complete = [(where, node) for where, node in recorded["Order"] if node.get("subtotalPriceSet") and node.get("totalPriceSet")]
    names = {str(number): where for number, (where, _) in enumerate(complete, 1001)}
    rows = [row for number, (_, node) in enumerate(complete, 1001) for row in landed(node, number)]
    con = staged({"name": "shop", "currency": "CAD", "streams": {"orders": rows}})
    query = """
        select
          o.record_id, o.total, o.tax_included, coalesce(o.shipping, 0) as shipping,
          o.subtotal - o.discount + coalesce(o.shipping, 0) + if(o.tax_included, 0, o.tax) + o.duties + o.tip + o.rounding as parts,
          minor_unit(o.currency) * (1 + (select count(*) from order_lines as l where l.order_id = o.record_id)) as tolerance
        from orders as o
    """
    wrong = [
        (names[row["record_id"]], row["total"], row["parts"])
        for row in rows_of(con, query)
        if abs(Decimal(row["total"]) - Decimal(row["parts"] or 0)) > row["tolerance"] and names[row["record_id"]] not in DOES_NOT_ADD_UP
    ]
    assert wrong == []
    assert len(rows) > len(complete) >= 10


def test_a_recorded_order_in_two_currencies_keeps_both_sides(
    staged: Callable[..., Any], recorded: dict[str, list[tuple[str, Node]]], rows_of: Callable[..., list[Node]]
) -> None:
    node = next(node for where, node in recorded["Order"] if "money-bag-presentment" in where and node.get("totalPriceSet"))
    con = staged({"name": "shop", "currency": "CAD", "streams": {"orders": landed(node, 1001)}})
    found = rows_of(con, "select total, presentment_total from orders")[0]
    assert (found["total"], found["presentment_total"]) == (Decimal("13.5"), Decimal("9.0"))


def test_a_recorded_bulk_result_is_read_as_it_is(staged: Callable[..., Any], shared: Path) -> None:
    text = (shared / "contracts" / "shopify" / "recorded" / "bulk_jsonl_with_parentid.extract.json").read_text(encoding="utf-8")
    body = json.loads(text)["run"]["result"]["body"]
    con = staged({"name": "shop", "streams": {"products.jsonl": body.encode()}})
    found = con.execute("select record_id, product_id, sku, title from products order by line").fetchall()
    # NOTE: that query asked for media and metafields too; ours does not, so only the variant is one of our children.
    assert found[0] == (
        "51487966167346",
        "10243914727730",
        "bulk-variant-bulk-root-mrrsb7hi-1xi0i",
        "Bulk root count bulk-root-mrrsb7hi-1xi0i",
    )
