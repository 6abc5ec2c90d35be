"""The merchant as stores of a commerce org: read over HTTPS, staged, and compared with what the generator knows."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from recon.audit.result import AuditResult
from recon.audit.run import audit
from recon.config.load import load_settings
from recon.sandbox.faults import Faults
from recon.sandbox.merchant import b2b_commerce
from recon.sandbox.merchant.build import live, make_world
from recon.sandbox.merchant.defects import plant
from recon.sandbox.merchant.org import load_org
from recon.sandbox.merchant.settings_file import settings_text
from recon.sandbox.merchant.stage import AUDITOR, SALESFORCE_CLIENT
from recon.sandbox.merchant.world import World
from recon.sandbox.salesforce.app import create_app
from recon.sandbox.server import Server
from recon.sandbox.tls import Certs
from recon.snapshot.run import take
from recon.systems.registry import settings_models
from recon.warehouse import build, engine

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
CONFIG = """
config_version = 1
[systems.shop]
kind = "b2b_commerce"
url = "{url}"
ca_bundle = "{ca}"
client_id = "commerce-app"
client_secret = "env:RECON_TEST_COMMERCE"
"""


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(7, 300, NOW)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory, world: World) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("commerce")
    org = b2b_commerce.make(folder / "shop", world, lambda: NOW)
    org.add_client("commerce-app", "commerce-secret-0001", username=AUDITOR)
    certs = Certs(folder / "certs")
    with pytest.MonkeyPatch.context() as patch, Server(create_app(org, Faults()), certs) as running:
        patch.setenv("RECON_TEST_COMMERCE", "commerce-secret-0001")
        config = folder / "recon.toml"
        config.write_text(CONFIG.format(url=running.url, ca=certs.ca_file))
        taken = take(load_settings(config, settings_models()), now=lambda: NOW, sleep=lambda seconds: None)
    assert all(stream.complete for system in taken.manifest.systems for stream in system.streams)
    assert {entry["method"] for entry in org.log.list()} == {"GET", "POST"}
    assert org.effects() == []
    org.close()
    with engine.connect(build.build(Path(taken.folder), memory="1GB")) as con:
        yield con


def test_orders_and_no_change_orders(warehouse: Any, world: World) -> None:
    expected = {
        (b2b_commerce.record_id(order.gid), str(order.number), *(Decimal(cents).scaleb(-2) for cents in amounts(order)))
        for order in world.orders
    }
    found = warehouse.execute("select record_id, number_key, total, current_total, refunded from orders").fetchall()
    assert set(found) == expected and len(found) == len(expected)


def amounts(order: Any) -> tuple[int, int, int]:
    return order.total, order.current_total, order.refunded


def test_managed_orders_are_marked(warehouse: Any, world: World) -> None:
    found = dict(warehouse.execute("select record_id, is_managed from orders").fetchall())
    assert found == {b2b_commerce.record_id(order.gid): order.source != "pos" for order in world.orders}


def test_the_parts_of_every_order_add_up(warehouse: Any) -> None:
    wrong = warehouse.execute(
        "select count(*) from orders where abs(subtotal - discount + shipping + tax + duties + tip + rounding - total) > 0"
    ).fetchone()
    assert wrong == (0,)


def test_states(warehouse: Any, world: World) -> None:
    expected = {
        (
            b2b_commerce.record_id(order.gid),
            "cancelled" if order.cancelled else "completed" if order.closed else "open",
            bool(order.later_value) and not order.cancelled,
        )
        for order in world.orders
    }
    found = warehouse.execute("select record_id, status, is_edited and current_total + refunded <> total from orders").fetchall()
    assert {one[:2] for one in found} == {one[:2] for one in expected}


def test_every_line_comes_once_with_what_was_sold(warehouse: Any, world: World) -> None:
    expected = {
        (b2b_commerce.record_id(line.gid), Decimal(line.quantity), Decimal(line.sold), Decimal(line.shipped))
        for order in world.orders
        if not order.cancelled
        for line in order.lines
    }
    found = warehouse.execute(
        "select l.record_id, l.quantity, l.current_quantity + l.refunded_quantity, l.fulfilled_quantity from order_lines as l "
        "join orders as o on l.order_id = o.record_id where o.status <> 'cancelled'"
    ).fetchall()
    assert len(found) == len(expected)
    assert set(found) == expected


def test_refunds_returns_and_shipments(warehouse: Any, world: World) -> None:
    moved = {
        (b2b_commerce.record_id(refund.gid), b2b_commerce.record_id(order.gid), Decimal(refund.amount).scaleb(-2))
        for order in world.orders
        for refund in order.refunds
        if refund.moved
    }
    assert moved and set(warehouse.execute("select record_id, order_id, amount from refunds where money_moved").fetchall()) == moved
    sent = {
        (b2b_commerce.record_id(one.gid), b2b_commerce.record_id(order.gid), "cancelled" if one.cancelled else "success", one.tracking)
        for order in world.orders
        for one in order.shipments
    }
    assert set(warehouse.execute("select record_id, order_id, status, tracking_number from fulfillments").fetchall()) == sent
    lines = {
        (b2b_commerce.record_id(one.gid), b2b_commerce.record_id(line.gid), Decimal(units))
        for order in world.orders
        for one in order.shipments
        for _, line, units in one.lines
    }
    assert set(warehouse.execute("select fulfillment_id, line_id, quantity from fulfillment_lines").fetchall()) == lines
    back = {
        (b2b_commerce.record_id(one.gid), b2b_commerce.record_id(order.gid), "closed" if one.closed else "open", bool(one.exchanged))
        for order in world.orders
        for one in order.returns
    }
    assert back and set(warehouse.execute("select record_id, order_id, status, is_exchange from returns").fetchall()) == back


def test_buyers_and_companies(warehouse: Any, world: World) -> None:
    expected = {
        (b2b_commerce.record_id(one.gid, business=one.company is not None), one.email)
        for one in world.people.customers
        if one.gid and not one.merged and not one.redacted
    }
    assert set(warehouse.execute("select record_id, email from customers").fetchall()) == expected
    companies = {(company.name, "Wholesale EU", Decimal(5000)) for company in world.people.companies}
    assert set(warehouse.execute("select name, price_list, credit_limit from companies").fetchall()) == companies


def test_stock_and_prices(warehouse: Any, world: World) -> None:
    expected = {
        (b2b_commerce.record_id(level.gid), b2b_commerce.record_id(variant.gid), Decimal(level.on_hand))
        for variant in world.catalogue.everything
        for level in variant.levels
        if level.active
    }
    found = warehouse.execute("select record_id, variant_id, on_hand from inventory_levels").fetchall()
    assert set(found) == expected
    prices = {(b2b_commerce.record_id(one.gid), Decimal(one.price).scaleb(-2)) for one in world.catalogue.everything}
    assert set(warehouse.execute("select variant_id, amount from prices where price_list = 'default'").fetchall()) == prices
    count = sum(one.wholesale is not None for one in world.catalogue.variants)
    assert warehouse.execute("select count(*) from prices where price_list = 'Wholesale EU'").fetchone() == (count,)
    assert warehouse.execute("select count(*) from prices where price_list = 'Clearance 2019'").fetchone() == (0,)


# -- against Salesforce -----------------------------------------------------------------------------------------------


def test_an_audit_finds_what_was_planted_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(7, 600, NOW)
    b2b_commerce.shape(world)
    live(world, defects=True, unsaid=b2b_commerce.UNSAID)
    plant(world, b2b_commerce.CAUSES, b2b_commerce.UNSAID)
    result = audited(tmp_path, monkeypatch, world)
    found = {(one.rule, one.system, one.record_id or "", one.salesforce_id or "") for one in result.findings}
    expected = {row.key for row in b2b_commerce.truth(world)}
    assert expected
    assert found == expected


def test_a_healthy_merchant_is_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(8, 400, NOW)
    b2b_commerce.shape(world)
    live(world, defects=False, unsaid=b2b_commerce.UNSAID)
    result = audited(tmp_path, monkeypatch, world)
    assert [one.message for one in result.findings] == []
    assert {outcome.id: outcome.reason for outcome in result.rules if outcome.state in {"error", "not_run"}} == {}


def test_stores_of_the_audited_org_are_linked_by_their_own_ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shop's order is the Salesforce record itself; a change order is neither an order of the shop nor a second copy."""
    world = make_world(9, 300, NOW)
    org = b2b_commerce.make(tmp_path / "org", world, lambda: NOW)
    org.add_client("commerce-app", "commerce-secret-0001", username=AUDITOR)
    monkeypatch.setenv("RECON_TEST_COMMERCE", "commerce-secret-0001")
    certs = Certs(tmp_path / "certs")
    with Server(create_app(org, Faults()), certs) as running:
        text = CONFIG.format(url=running.url, ca=certs.ca_file)
        same = text.split("[systems.shop]")[1].replace("b2b_commerce", "salesforce")
        (tmp_path / "recon.toml").write_text(f'{text}\n[systems.salesforce]{same}mapping = {{ preset = "order-management" }}\n')
        settings = load_settings(tmp_path / "recon.toml", settings_models())
        taken = take(settings, now=lambda: NOW, sleep=lambda seconds: None)
    org.close()
    result = audit(settings, taken.folder, now=lambda: NOW)
    assert [one.message for one in result.findings] == []
    with engine.connect(Path(taken.folder) / "warehouse.duckdb") as con:
        links = con.execute(
            "select count(*), bool_and(shop_id = salesforce_id), bool_and(certainty = 'certain') from order_links"
        ).fetchone()
        assert links == (len(world.orders), True, True)
        lines = con.execute("select count(*), bool_and(shop_id = salesforce_id) from line_links").fetchone()
        assert lines == (sum(len(order.lines) for order in world.orders), True)
        products = con.execute("select bool_and(shop_id = salesforce_id) from product_links").fetchone()
        assert products == (True,)
        managed = "select count(*) from orders where system = ? and is_managed"
        assert con.execute(managed, ["salesforce"]).fetchone() == con.execute(managed, ["shop"]).fetchone()
        changes = sum(any(line.later or line.removed for line in order.lines) for order in world.orders)
        found = con.execute("select count(*) from orders where system = 'salesforce' and original_order_id is not null").fetchone()
        assert found == (changes,) and changes


def audited(folder: Path, monkeypatch: pytest.MonkeyPatch, world: World) -> AuditResult:
    b2b_commerce.prepare(world)
    shop = b2b_commerce.make(folder / "shop", world, lambda: NOW)
    shop.add_client("commerce-app", "commerce-secret-0001", username=AUDITOR)
    org = load_org(folder / "salesforce", {name: list(rows.values()) for name, rows in world.org.items()}, lambda: NOW)
    org.add_client(SALESFORCE_CLIENT, "org-secret-0005", username=AUDITOR)
    monkeypatch.setenv("RECON_TEST_COMMERCE", "commerce-secret-0001")
    secret = folder / "secrets" / "salesforce-client-secret"
    secret.parent.mkdir(mode=0o700)
    secret.write_text("org-secret-0005")
    secret.chmod(0o600)
    certs = Certs(folder / "certs")
    with Server(create_app(shop, Faults()), certs) as running, Server(create_app(org, Faults()), certs) as server:
        settings = load_settings(_config(folder, running.url, server.url, certs, org.org_id), settings_models())
        taken = take(settings, now=lambda: NOW, sleep=lambda seconds: None)
    shop.close()
    org.close()
    return audit(settings, taken.folder, now=lambda: NOW)


def _config(folder: Path, shop_url: str, org_url: str, certs: Certs, org_id: str) -> Path:
    shutil.copyfile(certs.ca_file, folder / "ca.pem")
    urls = {"shop": shop_url, "storage": shop_url, "salesforce": org_url}
    text = settings_text(folder, urls, "unused.myshopify.com", ("unused", SALESFORCE_CLIENT), org_id)
    mine = CONFIG.format(url=shop_url, ca=certs.ca_file).replace("config_version = 1\n", "")
    path = folder / "recon.toml"
    path.write_text(re.sub(r"\[systems\.shop\].*?(?=# --- the org)", mine, text, flags=re.DOTALL))
    return path
