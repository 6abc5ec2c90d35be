"""The merchant as a B2C Commerce instance: read over HTTPS, staged, and compared with what the generator knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from recon.audit.run import audit
from recon.config.load import load_settings
from recon.sandbox.commerce_cloud import Shop, serve
from recon.sandbox.merchant import commerce_cloud
from recon.sandbox.merchant.build import make_world
from recon.sandbox.merchant.doors import quoted
from recon.sandbox.merchant.money import euros
from recon.sandbox.merchant.stage import Stage
from recon.sandbox.merchant.world import World
from recon.sandbox.tls import Certs
from recon.snapshot.run import take
from recon.systems.registry import settings_models
from recon.warehouse import build, engine

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
SECRET = "client-secret-0001"
HEAD = 'config_version = 1\n[systems.shop]\nkind = "commerce_cloud"\n'
Key = tuple[str, str, str, str]


def filled(folder: Path, world: World) -> Shop:
    shop = Shop(folder, now=lambda: NOW)
    commerce_cloud.load(shop, world)
    shop.add_client(commerce_cloud.CLIENT, SECRET, ocapi=True)
    return shop


@pytest.fixture(scope="module")
def world() -> World:
    made = make_world(7, 200, NOW)
    commerce_cloud.shape(made)
    return made


@pytest.fixture(scope="module", params=["api", "files"])
def warehouse(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, world: World) -> Iterator[Any]:
    """The same instance read by its APIs, and from its export files alone."""
    folder = tmp_path_factory.mktemp("sfcc")
    shop, certs = filled(folder / "shop", world), Certs(folder / "certs")
    with pytest.MonkeyPatch.context() as patch, serve(shop, certs) as running:
        patch.setenv("SFCC_TEST_SECRET", SECRET)
        config = folder / "recon.toml"
        text = commerce_cloud.settings(running.url, quoted(str(certs.ca_file)), quoted("env:SFCC_TEST_SECRET"), shop.tenant)
        if request.param == "files":
            exports = shop.files / "Impex" / "src" / commerce_cloud.FOLDER
            text = f"impex = {quoted(str(exports))}\ndefault_price_book = {quoted(commerce_cloud.LIST_PRICES)}\n"
        config.write_text(HEAD + text)
        taken = take(load_settings(config, settings_models()), now=lambda: NOW, sleep=lambda seconds: None)
    assert [stream.name for system in taken.manifest.systems for stream in system.streams if not stream.complete] == []
    shop.close()
    with engine.connect(build.build(Path(taken.folder), memory="1GB")) as con:
        yield con


def test_orders(warehouse: Any, world: World) -> None:
    expected = {
        (
            commerce_cloud.number_of("Order", order.gid),
            euros(order.total),
            "cancelled" if order.cancelled else "completed" if order.closed else "open",
            order.placed.replace(tzinfo=None),
            order.guest or order.buyer.gid is None or order.buyer.redacted or order.buyer.merged,
        )
        for order in world.orders
    }
    assert set(warehouse.execute("select record_id, total, status, placed_at, is_guest from orders").fetchall()) == expected


def test_the_parts_of_every_order_add_up(warehouse: Any) -> None:
    wrong = warehouse.execute(
        "select count(*) from orders "
        "where abs(subtotal - discount + shipping + if(tax_included, 0, tax) + duties + tip + rounding - total) > 0.001"
    ).fetchone()
    assert wrong == (0,)


def test_every_line_comes_once_with_what_was_sold(warehouse: Any, world: World) -> None:
    ids = commerce_cloud.record_ids(world)
    expected = {
        (ids[line.gid], ids[line.variant.gid] if line.variant else None, Decimal(line.sold))
        for order in world.orders
        for line in order.lines
    }
    found = warehouse.execute("select record_id, variant_id, quantity from order_lines").fetchall()
    assert len(found) == len(expected)
    assert {(line, variant, quantity) for line, variant, quantity in found if variant in ids.values()} == {
        one for one in expected if one[1] is not None
    }


def test_customers(warehouse: Any, world: World) -> None:
    expected = {
        (commerce_cloud.number_of("Customer", one.gid), one.email, one.last)
        for one in world.people.customers
        if one.gid and not (one.merged or one.redacted)
    }
    found = warehouse.execute("select record_id, email, last_name from customers where not coalesce(is_guest, false)").fetchall()
    assert set(found) == expected


def test_stock_and_prices(warehouse: Any, world: World) -> None:
    ids = commerce_cloud.record_ids(world)
    expected = {
        (ids[level.gid], ids[variant.gid], Decimal(level.on_hand), Decimal(level.committed))
        for variant in world.catalogue.everything
        for level in variant.levels
        if level.active
    }
    found = warehouse.execute(
        "select record_id, variant_id, on_hand, committed from inventory_levels where not coalesce(is_infinite, false)"
    ).fetchall()
    assert set(found) == expected
    prices = {(ids[one.gid], euros(one.price)) for one in world.catalogue.everything}
    assert set(warehouse.execute("select variant_id, amount from prices where price_list = 'default'").fetchall()) == prices
    count = sum(one.wholesale is not None for one in world.catalogue.variants)
    assert warehouse.execute("select count(*) from prices where price_list = 'Wholesale EU'").fetchone() == (count,)


# -- against Salesforce -----------------------------------------------------------------------------------------------


def audited(folder: Path, *, orders: int, defects: bool) -> tuple[set[Key], set[Key], dict[str, str]]:
    """Keys of what an audit of the merchant finds, keys of what was planted, and the rules that did not run with the reason why."""
    with Stage(folder, platforms=["commerce_cloud"], orders=orders, defects=defects, now=lambda: NOW) as stage:
        settings = load_settings(stage.config, settings_models())
        taken = take(settings, now=lambda: NOW, sleep=lambda seconds: None)
        log = (stage.folder / commerce_cloud.SYSTEM / "requests.jsonl").read_text(encoding="utf-8")
    assert stage.merchant is not None
    sent = {(line["method"], line["path"]) for line in map(json.loads, log.splitlines())}
    assert {method for method, _ in sent} == {"GET", "POST", "PROPFIND"}
    assert {path for method, path in sent if method == "POST"} == {
        "/dwsso/oauth2/access_token", "/product/products/v1/organizations/f_ecom_zzxy_prd/product-search",
    }  # fmt: skip
    result = audit(settings, taken.folder, now=lambda: NOW)
    found = {(one.rule, one.system, one.record_id or "", one.salesforce_id or "") for one in result.findings}
    idle = {rule.id: str(rule.reason) for rule in result.rules if rule.state not in {"findings", "clean"}}
    return found, {row.key for row in stage.merchant.truth}, idle


def test_an_audit_finds_what_was_planted_and_nothing_else(tmp_path: Path) -> None:
    found, expected, idle = audited(tmp_path, orders=600, defects=True)
    assert len(expected) > 100
    assert found == expected
    # what the platform does not have, and the audit says so; a single shop follows nobody's stock and prices
    lacking = {rule: reason.split(" of sfcc ")[0] for rule, reason in idle.items() if " not there (" in reason}
    assert set(lacking.values()) == {
        "companies",
        "customers.email_consent",
        "orders.authorized",
        "prices.held_since",
        "refunds",
        "returns",
        "subscriptions",
    }
    assert lacking["refund.missing_in_salesforce"] == lacking["refund.exceeds_paid"] == "refunds"
    assert set(idle) - set(lacking) == {"inventory.shop_drift", "inventory.shop_phantom", "price.shop_drift"}


def test_a_healthy_merchant_is_clean(tmp_path: Path) -> None:
    found, expected, _ = audited(tmp_path, orders=300, defects=False)
    assert (found, expected) == (set(), set())
