"""The merchant as a WooCommerce site: its records are what the stand-in takes, add up, and mean what the neutral orders meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from recon.sandbox.merchant.build import make_world
from recon.sandbox.merchant.ids import tail
from recon.sandbox.merchant.money import euros
from recon.sandbox.merchant.woocommerce import CURRENCY, TIME_ZONE, documents, faithful
from recon.sandbox.merchant.world import World
from recon.sandbox.woocommerce import Shop


@pytest.fixture(scope="module")
def merchant_world(now: datetime) -> World:
    return make_world(7, 600, now)


@pytest.fixture(scope="module")
def loaded(merchant_world: World, tmp_path_factory: pytest.TempPathFactory, now: datetime) -> Iterator[Shop]:
    shop = Shop(tmp_path_factory.mktemp("woo"), now=lambda: now, currency=CURRENCY, time_zone=TIME_ZONE, tax_included=True)
    for kind, records in documents(merchant_world).items():
        shop.load(kind, records)
    yield shop
    shop.close()


def all_of(shop: Shop, kind: str) -> list[dict[str, Any]]:
    return shop.listed(kind, "true", [], "id", 10**6, 0)


def test_ids_are_those_of_the_neutral_records_and_unique(merchant_world: World, loaded: Shop) -> None:
    made = documents(merchant_world)
    for kind, records in made.items():
        assert len({record["id"] for record in records}) == len(records), kind
    assert {record["id"] for record in all_of(loaded, "orders")} == {int(tail(order.gid)) for order in merchant_world.orders}
    assert made == documents(merchant_world)


def test_every_order_adds_up_and_keeps_its_total(merchant_world: World, loaded: Shop) -> None:
    kept = {int(tail(order.gid)): order for order in merchant_world.orders}
    same = 0
    for record in all_of(loaded, "orders"):
        parts = [Decimal(entry["total"]) for entry in (*record["line_items"], *record["fee_lines"])]
        assert sum(parts) + Decimal(record["shipping_total"]) + Decimal(record["total_tax"]) == Decimal(record["total"])
        order = kept[record["id"]]
        if faithful(order):
            same += 1
            assert Decimal(record["total"]) == euros(order.total), order.name
            assert sum(Decimal(entry["total"]) for entry in record["refunds"]) == -euros(order.refunded)
    assert same > 0.75 * len(kept)


def test_it_stages_with_the_same_meaning(merchant_world: World, staged: Callable[..., Any], rows_of: Callable[..., Any]) -> None:
    con = staged({"name": "shop", "kind": "woocommerce", "currency": "EUR", "streams": documents(merchant_world)})
    found = {row["record_id"]: row for row in rows_of(con, "from orders")}
    for order in filter(faithful, merchant_world.orders):
        row = found[tail(order.gid)]
        assert (row["total"], row["refunded"]) == (euros(order.total), euros(order.refunded))
        assert row["status"] == ("cancelled" if order.cancelled else "completed" if order.closed else "open")
        assert row["placed_at"].replace(tzinfo=order.placed.tzinfo) == order.placed
        parts = row["subtotal"] - row["discount"] + row["shipping"] + row["tax"] + row["duties"] + row["tip"] + row["rounding"]
        assert parts == row["total"]
        assert row["is_guest"] == order.guest
    sold = {row["record_id"]: row for row in rows_of(con, "from order_lines")}
    for order in filter(faithful, merchant_world.orders):
        for line in order.lines:
            row = sold[tail(line.gid)]
            assert row["current_quantity"] + row["refunded_quantity"] == line.sold
            assert row["variant_id"] == (tail(line.variant.gid) if line.variant else None)
    variants = {row["record_id"] for row in rows_of(con, "from products")}
    assert variants == {tail(variant.gid) for variant in merchant_world.catalogue.everything}


def test_a_restart_finds_the_records_again(tmp_path: Path, merchant_world: World, now: datetime) -> None:
    first = Shop(tmp_path / "woo", now=lambda: now, currency=CURRENCY)
    first.load("customers", documents(merchant_world)["customers"])
    count = first.count("customers", "true", [])
    first.close()
    again = Shop(tmp_path / "woo", now=lambda: now)
    assert (again.count("customers", "true", []), again.get("currency")) == (count, CURRENCY)
    again.close()
