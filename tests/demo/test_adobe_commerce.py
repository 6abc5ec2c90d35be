"""The merchant as an Adobe Commerce shop: read over HTTPS, staged, and compared with what the generator knows."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from recon.audit.run import audit
from recon.config.load import load_settings
from recon.sandbox.adobe_commerce import Shop, serve
from recon.sandbox.faults import Faults
from recon.sandbox.merchant import adobe_commerce
from recon.sandbox.merchant.build import live, make_world
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
kind = "adobe_commerce"
url = "{url}"
ca_bundle = "{ca}"
consumer_key = "env:RECON_TEST_A"
consumer_secret = "env:RECON_TEST_B"
access_token = "env:RECON_TEST_C"
access_token_secret = "env:RECON_TEST_D"
page_size = 300
"""


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(7, 300, NOW)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory, world: World) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("adobe")
    shop = Shop(folder / "shop", now=lambda: NOW)
    adobe_commerce.load(shop, world)
    shop.add_integration("key-0001", "secret-0002", "token-0003", "token-secret-0004")
    certs = Certs(folder / "certs")
    with pytest.MonkeyPatch.context() as patch, serve(shop, certs) as running:
        for name, value in zip("ABCD", ("key-0001", "secret-0002", "token-0003", "token-secret-0004"), strict=True):
            patch.setenv(f"RECON_TEST_{name}", value)
        config = folder / "recon.toml"
        config.write_text(CONFIG.format(url=running.url, ca=certs.ca_file))
        taken = take(load_settings(config, settings_models()), now=lambda: NOW, sleep=lambda seconds: None)
    assert all(stream.complete for system in taken.manifest.systems for stream in system.streams)
    shop.close()
    with engine.connect(build.build(Path(taken.folder), memory="1GB")) as con:
        yield con


def test_orders(warehouse: Any, world: World) -> None:
    expected = {
        (str(adobe_commerce.number(order.gid)), str(order.number), Decimal(order.total).scaleb(-2), Decimal(order.refunded).scaleb(-2))
        for order in world.orders
        if not order.test
    }
    assert set(warehouse.execute("select record_id, number_key, total, refunded from orders").fetchall()) == expected


def test_the_parts_of_every_order_add_up(warehouse: Any) -> None:
    wrong = warehouse.execute(
        "select count(*) from orders where abs(subtotal - discount + shipping + tax + duties + tip + rounding - total) > 0.001"
    ).fetchone()
    assert wrong == (0,)


def test_every_line_comes_once_with_what_was_sold(warehouse: Any, world: World) -> None:
    expected = {
        (str(adobe_commerce.number(line.gid)), Decimal(line.sold))
        for order in world.orders
        if not order.test and not order.cancelled
        for line in order.lines
    }
    found = warehouse.execute(
        "select l.record_id, l.current_quantity + l.refunded_quantity from order_lines as l "
        "join orders as o on l.order_id = o.record_id where o.status <> 'cancelled'"
    ).fetchall()
    assert len(found) == len(expected)
    assert set(found) == expected


def test_refunds(warehouse: Any, world: World) -> None:
    expected = {
        (str(adobe_commerce.number(refund.gid)), Decimal(refund.amount).scaleb(-2))
        for order in world.orders
        if not order.test
        for refund in order.refunds
        if refund.moved
    }
    assert expected
    assert set(warehouse.execute("select record_id, amount from refunds where money_moved").fetchall()) == expected


def test_stock_and_prices(warehouse: Any, world: World) -> None:
    names = adobe_commerce.record_ids(world)
    expected = {
        (names[level.gid], str(adobe_commerce.number(variant.gid)), Decimal(level.on_hand))
        for variant in world.catalogue.everything
        for level in variant.levels
        if level.active
    }
    found = warehouse.execute("select record_id, variant_id, on_hand from inventory_levels where on_hand is not null").fetchall()
    assert set(found) == expected
    prices = {(str(adobe_commerce.number(one.gid)), Decimal(one.price).scaleb(-2)) for one in world.catalogue.everything}
    assert set(warehouse.execute("select variant_id, amount from prices where price_list = 'default'").fetchall()) == prices
    count = sum(one.wholesale is not None for one in world.catalogue.variants)
    assert warehouse.execute("select count(*) from prices where price_list = 'Wholesale EU'").fetchone() == (count,)


# -- against Salesforce -----------------------------------------------------------------------------------------------


def test_an_audit_finds_what_was_planted_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(7, 600, NOW)
    adobe_commerce.shape(world)
    live(world, defects=True, unsaid=adobe_commerce.UNSAID)
    adobe_commerce.prepare(world)
    shop = Shop(tmp_path / "shop", now=lambda: NOW)
    adobe_commerce.load(shop, world)
    shop.add_integration("key-0001", "secret-0002", "token-0003", "token-secret-0004")
    org = load_org(tmp_path / "salesforce", {name: list(rows.values()) for name, rows in world.org.items()}, lambda: NOW)
    org.add_client(SALESFORCE_CLIENT, "org-secret-0005", username=AUDITOR)
    for name, value in zip("ABCD", ("key-0001", "secret-0002", "token-0003", "token-secret-0004"), strict=True):
        monkeypatch.setenv(f"RECON_TEST_{name}", value)
    secret = tmp_path / "secrets" / "salesforce-client-secret"
    secret.parent.mkdir(mode=0o700)
    secret.write_text("org-secret-0005")
    secret.chmod(0o600)
    certs = Certs(tmp_path / "certs")
    with serve(shop, certs) as running, Server(create_app(org, Faults()), certs) as server:
        settings = load_settings(_config(tmp_path, running.url, server.url, certs, org.org_id), settings_models())
        taken = take(settings, now=lambda: NOW, sleep=lambda seconds: None)
    shop.close()
    org.close()
    result = audit(settings, taken.folder, now=lambda: NOW)
    found = {(one.rule, one.system, one.record_id or "", one.salesforce_id or "") for one in result.findings}
    expected = {row.key for row in adobe_commerce.truth(world)}
    assert expected
    assert found == expected


def _config(folder: Path, shop_url: str, org_url: str, certs: Certs, org_id: str) -> Path:
    shutil.copyfile(certs.ca_file, folder / "ca.pem")
    urls = {"shop": shop_url, "storage": shop_url, "salesforce": org_url}
    text = settings_text(folder, urls, "unused.myshopify.com", ("unused", SALESFORCE_CLIENT), org_id)
    mine = CONFIG.format(url=shop_url, ca=certs.ca_file).replace("config_version = 1\n", "")
    path = folder / "recon.toml"
    path.write_text(re.sub(r"\[systems\.shop\].*?(?=# --- the org)", mine, text, flags=re.DOTALL))
    return path
