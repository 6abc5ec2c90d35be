"""The merchant as a B2C Commerce instance: read over HTTPS, staged, and compared with what the generator knows."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from recon.audit.run import audit
from recon.config.load import load_settings
from recon.sandbox.commerce_cloud import Shop, serve
from recon.sandbox.faults import Faults
from recon.sandbox.merchant import commerce_cloud
from recon.sandbox.merchant.build import make_world
from recon.sandbox.merchant.defects import CAUSES, NEAR_MISSES, Defect, plant, reserve
from recon.sandbox.merchant.integration import integrate
from recon.sandbox.merchant.money import euros
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
CLIENT, SECRET = "recon-demo-client", "client-secret-0001"
CONFIG = """
config_version = 1
[systems.shop]
kind = "commerce_cloud"
url = "{url}"
account_url = "{url}"
instance_url = "{url}"
ca_bundle = "{ca}"
tenant_id = "zzxy_prd"
sites = ["Nordhaus"]
client_id = "recon-demo-client"
client_secret = "env:RECON_TEST_SECRET"
impex = "{url}/on/demandware.servlet/webdav/Sites/Impex/src/recon"
default_price_book = "nordhaus-list-eur"
"""


def filled(folder: Path, world: World) -> Shop:
    shop = Shop(folder, now=lambda: NOW)
    commerce_cloud.load(shop, world)
    shop.add_client(CLIENT, SECRET, ocapi=True)
    return shop


@pytest.fixture(scope="module")
def world() -> World:
    made = make_world(7, 300, NOW)
    commerce_cloud.shape(made)
    return made


@pytest.fixture(scope="module", params=["api", "files"])
def warehouse(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, world: World) -> Iterator[Any]:
    """The same instance read by its APIs, and from its export files alone."""
    folder = tmp_path_factory.mktemp("sfcc")
    shop, certs = filled(folder / "shop", world), Certs(folder / "certs")
    with pytest.MonkeyPatch.context() as patch, serve(shop, certs) as running:
        patch.setenv("RECON_TEST_SECRET", SECRET)
        config = folder / "recon.toml"
        text = CONFIG.format(url=running.url, ca=certs.ca_file)
        if request.param == "files":
            text = (
                text[: text.index("url =")] + f'impex = "{shop.files / "Impex" / "src" / "recon"}"\n' + text[text.index("default_price") :]
            )
        config.write_text(text)
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


@pytest.fixture
def audited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[World], set[tuple[str, str, str, str]]]:
    """A function that audits the merchant against its org and gives the keys of the findings."""

    def run(world: World) -> set[tuple[str, str, str, str]]:
        shop, certs = filled(tmp_path / "shop", world), Certs(tmp_path / "certs")
        org = load_org(tmp_path / "salesforce", {name: list(rows.values()) for name, rows in world.org.items()}, lambda: NOW)
        org.add_client(SALESFORCE_CLIENT, "org-secret-0005", username=AUDITOR)
        monkeypatch.setenv("RECON_TEST_SECRET", SECRET)
        secret = tmp_path / "secrets" / "salesforce-client-secret"
        secret.parent.mkdir(mode=0o700)
        secret.write_text("org-secret-0005")
        secret.chmod(0o600)
        with serve(shop, certs) as running, Server(create_app(org, Faults()), certs) as server:
            settings = load_settings(_config(tmp_path, running.url, server.url, certs, org.org_id), settings_models())
            taken = take(settings, now=lambda: NOW, sleep=lambda seconds: None)
        shop.close()
        org.close()
        result = audit(settings, taken.folder, now=lambda: NOW)
        return {(one.rule, one.system, one.record_id or "", one.salesforce_id or "") for one in result.findings}

    return run


def _config(folder: Path, shop_url: str, org_url: str, certs: Certs, org_id: str) -> Path:
    shutil.copyfile(certs.ca_file, folder / "ca.pem")
    urls = {"shop": shop_url, "storage": shop_url, "salesforce": org_url}
    text = settings_text(folder, urls, "unused.myshopify.com", ("unused", SALESFORCE_CLIENT), org_id)
    mine = CONFIG.format(url=shop_url, ca=certs.ca_file).replace("config_version = 1\n", "")
    path = folder / "recon.toml"
    path.write_text(re.sub(r"\[systems\.shop\].*?(?=# --- the org)", mine, text, flags=re.DOTALL))
    return path


def said(defects: tuple[Defect, ...]) -> tuple[Defect, ...]:
    return tuple(one for one in defects if one.__name__ not in commerce_cloud.UNSAID)


def test_an_audit_finds_what_was_planted_and_nothing_else(audited: Callable[[World], Any]) -> None:
    world = make_world(7, 600, NOW)
    commerce_cloud.shape(world)
    integrate(world)
    reserve(world)
    plant(world, said(CAUSES))
    plant(world, said(NEAR_MISSES))
    commerce_cloud.prepare(world)
    found, expected = audited(world), {row.key for row in commerce_cloud.truth(world)}
    assert expected
    assert found == expected


def test_a_healthy_merchant_is_clean(audited: Callable[[World], Any]) -> None:
    world = make_world(7, 200, NOW)
    commerce_cloud.shape(world)
    integrate(world)
    commerce_cloud.prepare(world)
    assert audited(world) == set()
