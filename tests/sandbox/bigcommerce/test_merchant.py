"""The demo merchant as a BigCommerce store: nothing of an order is lost on the way into the canonical tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from recon.sandbox.bigcommerce import Store, orders
from recon.sandbox.merchant import bigcommerce, build
from recon.sandbox.merchant.bigcommerce import faithful
from recon.sandbox.merchant.money import euros
from recon.sandbox.merchant.world import World

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def merchant() -> World:
    return build.make_world(7, 400, NOW)


def test_the_same_world_gives_the_same_records(merchant: World) -> None:
    again = build.make_world(7, 400, NOW)
    first, second = (json.dumps(bigcommerce.documents(world), sort_keys=True) for world in (merchant, again))
    assert first == second


def test_orders_mean_the_same_in_the_canonical_tables(
    merchant: World, tmp_path: Path, staged: Callable[..., Any], rows_of: Callable[..., list[dict[str, Any]]]
) -> None:
    store = Store(tmp_path / "store", hash_=bigcommerce.STORE_HASH, now=lambda: NOW)
    bigcommerce.load(store, merchant)
    include = frozenset({"consignments.line_items", "fees"})
    streams = {
        kind: store.listed(kind, "1", [], "id", -1, 0)
        for kind in ("customers", "subscribers", "refunds", "products", "inventory", "channels")
    }
    streams["orders"] = [orders.shown(store, document, include, "") for document in store.listed("orders", "1", [], "id", -1, 0)]
    store.close()
    con = staged({"name": "shop", "kind": "bigcommerce", "currency": "EUR", "streams": streams})
    rows = {row["record_id"]: row for row in rows_of(con, "select * from orders")}
    lines = {row["record_id"]: row for row in rows_of(con, "select * from order_lines")}
    refunds = {row["record_id"]: row for row in rows_of(con, "select * from refunds")}
    assert len(rows) == len(merchant.orders)
    for order in merchant.orders:
        row = rows[order.gid.rsplit("/", 1)[1]]
        parts = row["subtotal"] - row["discount"] + row["shipping"] + row["duties"] + (0 if row["tax_included"] else row["tax"])
        assert parts == row["total"]
        assert row["refunded"] == euros(order.refunded)
        assert (row["status"] == "cancelled") == (order.cancelled is not None)
        assert (row["is_test"], row["is_guest"], row["presentment_currency"]) == (order.test, order.guest, order.presentment)
        for refund in order.refunds:
            assert refunds[refund.gid.rsplit("/", 1)[1]]["money_moved"] is (refund.status == "SUCCESS" and refund.amount > 0)
        for line in order.lines:
            found = lines[line.gid.rsplit("/", 1)[1]]
            assert (found["quantity"], found["sku"]) == (line.sold, line.sku)
        if faithful(order):
            assert (row["total"], row["tax"], row["discount"]) == (euros(order.total), euros(order.tax), euros(order.discount))
    assert sum(faithful(order) for order in merchant.orders) > 350
    assert con.execute("select count(*) from customers where email_consent = 'subscribed'").fetchone()[0] > 50
    stock = {row["record_id"]: row["on_hand"] for row in rows_of(con, "select * from inventory_levels")}
    ids = bigcommerce.record_ids(merchant)
    levels = [level for variant in merchant.catalogue.everything for level in variant.levels]
    assert {ids[level.gid]: Decimal(level.on_hand) for level in levels} == stock
    prices = {row["variant_id"]: row["amount"] for row in rows_of(con, "select * from prices where price_list = 'default'")}
    assert prices == {variant.gid.rsplit("/", 1)[1]: euros(variant.price) for variant in merchant.catalogue.everything}
