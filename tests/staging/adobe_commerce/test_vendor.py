"""Answers that the vendor prints in its guide stage completely."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from recon.systems.adobe_commerce.streams import landed

Rows = Callable[..., Callable[..., list[dict[str, Any]]]]


@pytest.fixture(scope="session")
def printed(shared: Path) -> list[Any]:
    """Everything that the guide shows, fractions as text."""
    folder = shared / "data" / "adobe_commerce" / "adobe_docs_webapi"
    return [json.loads(path.read_text(encoding="utf-8"), parse_float=str) for path in sorted(folder.glob("rest__*.json"))]


def test_the_order_of_the_guide(shop_rows: Rows, printed: list[Any]) -> None:
    orders = [entry for entry in printed if isinstance(entry, dict) and "increment_id" in entry and "billing_address" in entry]
    assert orders
    table = shop_rows(orders=[landed("orders", order) for order in orders])
    rows = table("orders")
    assert len(rows) == len(orders)
    for row, order in zip(rows, orders, strict=True):
        assert row["total"] == Decimal(str(order["base_grand_total"]))
        parts = row["subtotal"] - row["discount"] + row["shipping"] + row["tax"] + row["duties"] + row["rounding"]
        assert parts == row["total"]
        above = {item["item_id"] for item in order["items"] if "parent_item_id" not in item}
        lines = [line for line in table("order_lines") if line["order_id"] == row["record_id"]]
        assert {int(line["record_id"]) for line in lines} <= above | {item["item_id"] for item in order["items"]}
        assert lines


def test_the_products_of_the_guide(shop_rows: Rows, printed: list[Any]) -> None:
    products = {entry["id"]: entry for entry in printed if isinstance(entry, dict) and "type_id" in entry and "sku" in entry}
    assert len(products) >= 5
    rows = shop_rows(products=[landed("products", entry) for entry in products.values()])("products")
    single = {str(number) for number, entry in products.items() if entry["type_id"] not in {"configurable", "grouped"}}
    assert {row["record_id"] for row in rows} == single
    assert all(row["sku"] for row in rows)
