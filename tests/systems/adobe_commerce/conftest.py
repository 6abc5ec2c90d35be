"""A small shop of every kind of record, served by the stand-in."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from recon.config.settings import Limits
from recon.sandbox.adobe_commerce import Running, Shop, records, serve
from recon.sandbox.tls import Certs
from recon.systems.adobe_commerce import Settings, open_system
from recon.systems.adobe_commerce.extractor import Shop as ShopReader
from recon.systems.base import Chunk, Context, Proof, Window

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
SECRETS = {
    "RECON_TEST_KEY": "consumer-key-0001",
    "RECON_TEST_SECRET": "consumer/secret+0002",
    "RECON_TEST_TOKEN": "access-token-0003",
    "RECON_TEST_TOKEN_SECRET": "token&secret=0004",
    "RECON_TEST_CLIENT": "client-id-0005",
    "RECON_TEST_CLIENT_SECRET": "client-secret-0006",
}
OAUTH = {
    "consumer_key": "env:RECON_TEST_KEY",
    "consumer_secret": "env:RECON_TEST_SECRET",
    "access_token": "env:RECON_TEST_TOKEN",
    "access_token_secret": "env:RECON_TEST_TOKEN_SECRET",
}
SERVICE = {
    "client_id": "env:RECON_TEST_CLIENT",
    "client_secret": "env:RECON_TEST_CLIENT_SECRET",
    "organization_id": "0123@AdobeOrg",
}
SKUS = [f"MUG {k}/ä" if k % 7 == 0 else f"MUG-{k:03}" for k in range(45)]


def money(text: str) -> Decimal:
    return Decimal(text)


def order(number: int) -> dict[str, Any]:
    line = records.item(number * 10, "MUG-001", 2, money("13.505"), product_id=2, tax=money("5.1319"))
    child = records.item(number * 10 + 1, "MUG-001", 2, money("0"), product_id=2, parent=number * 10)
    changed = NOW - timedelta(hours=number % 48 + 1)
    return records.order(
        number,
        [line, child],
        created=NOW - timedelta(days=20, minutes=number),
        updated=changed,
        shipping=money("4.9"),
        customer_id=100 + number % 30 if number % 5 else None,
        email=f"buyer{number}@example.com",
        extension={"payment_additional_info": [{"key": "card", "value": "4111"}], "gift_cards": [{"code": "GIFT-SECRET"}]},
    )


def fill(shop: Shop) -> None:
    born = NOW - timedelta(days=200)
    orders = [order(number) for number in range(1001, 1061)]
    shop.load("orders", orders)
    shop.load("invoices", [records.invoice(n, entry, created=NOW - timedelta(days=19)) for n, entry in enumerate(orders, 1)])
    shop.load(
        "shipments",
        [
            records.shipment(n, 1000 + n, [((1000 + n) * 10, 2, "MUG-001")], created=NOW - timedelta(days=n), tracks=[("DHL", f"T{n}")])
            for n in range(1, 41)
        ],
    )
    shop.load(
        "creditmemos",
        [records.creditmemo(n, 1000 + n, [((1000 + n) * 10, 1, money("13.505"))], created=NOW - timedelta(hours=n)) for n in range(1, 21)],
    )
    shop.load("returns", [_rma(n) for n in range(1, 6)])
    shop.load("customer_groups", [{"id": n, "code": f"Group {n}", "tax_class_id": 3} for n in range(5)])
    shop.load(
        "customers",
        [records.customer(n, f"Ann{n}@Example.com", "Ann", f"Example {n}", created=born, subscribed=n % 2 == 0) for n in range(100, 130)],
    )
    shop.load("products", [records.product(k + 1, sku, f"Mug {k}", money("13.505"), created=born) for k, sku in enumerate(SKUS)])
    shop.load("products", [records.product(90, "SET", "Mugs", None, created=born, kind="configurable", children=(1, 2))])
    shop.load(
        "sources", [{"source_code": code, "name": f"Place {code}", "enabled": code != "old"} for code in ("default", "hamburg", "old")]
    )
    shop.load(
        "source_items",
        [
            {"sku": sku, "source_code": code, "quantity": Decimal(k), "status": 1}
            for code in ("default", "hamburg")
            for k, sku in enumerate(SKUS)
        ],
    )
    shop.load("salable", [{"sku": sku, "website": "base", "qty": Decimal(2 * k - 1), "is_salable": True} for k, sku in enumerate(SKUS)])
    shop.load("base_prices", [{"sku": sku, "store_id": 0, "price": money("13.505")} for sku in SKUS])
    shop.load(
        "special_prices", [{"sku": SKUS[1], "store_id": 0, "price": money("9.5"), "price_from": "2026-11-01 00:00:00", "price_to": ""}]
    )
    shop.load(
        "tier_prices",
        [
            {"sku": sku, "website_id": 0, "customer_group": "Group 2", "quantity": 1, "price": 10, "price_type": "discount"}
            for sku in SKUS[:9]
        ],
    )
    shop.load("companies", [{"id": n, "company_name": f"Example {n} GmbH", "customer_group_id": 2, "status": 1} for n in (7, 8)])
    shop.load("company_credits", [{"id": 3, "company_id": 7, "credit_limit": money("5000.5"), "currency_code": "EUR"}])
    shop.load("shared_catalogs", [{"id": 4, "name": "Dealers", "customer_group_id": 2, "type": 0}])


def _rma(number: int) -> dict[str, Any]:
    return {
        "entity_id": number,
        "increment_id": f"{number:09}",
        "order_id": 1000 + number,
        "order_increment_id": f"{1000 + number:09}",
        "store_id": 1,
        "customer_id": 101,
        "date_requested": records.stamp(NOW - timedelta(days=number)),
        "customer_custom_email": "",
        "status": "closed",
        "items": [],
        "comments": [],
        "tracks": [],
    }


class World:
    """The shop, its servers and readers of it."""

    def __init__(self, shop: Shop, running: Running, certs: Certs) -> None:
        self.shop, self.running, self.certs = shop, running, certs
        self.slept: list[float] = []
        self._open: list[ShopReader] = []
        names = ("RECON_TEST_KEY", "RECON_TEST_SECRET", "RECON_TEST_TOKEN", "RECON_TEST_TOKEN_SECRET")
        shop.add_integration(*(SECRETS[name] for name in names))
        shop.add_client(SECRETS["RECON_TEST_CLIENT"], SECRETS["RECON_TEST_CLIENT_SECRET"], "0123@AdobeOrg")

    def settings(self, **changes: Any) -> Settings:
        ways = {"tenant_id": self.shop.tenant, "ims_url": self.running.ims.url, **SERVICE} if self.shop.service else OAUTH
        given = {"url": self.running.url, "ca_bundle": self.certs.ca_file, "page_size": 20, **ways, **changes}
        return Settings(**{key: value for key, value in given.items() if value is not None})

    def reader(self, limits: Limits | None = None, **changes: Any) -> ShopReader:
        context = Context(name="shop", now=self.shop.now, sleep=self._sleep, limits=limits or Limits())
        found = open_system(self.settings(**changes), context)
        assert isinstance(found, ShopReader)
        self._open.append(found)
        return found

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.shop.advance(seconds)

    def close(self) -> None:
        for reader in self._open:
            reader.close()

    def window(self, since: datetime | None = None) -> Window:
        return Window(since, self.shop.now())

    def requests(self) -> list[dict[str, Any]]:
        path = self.shop.folder / "requests.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


class Landed:
    """What a store would have kept of a stream: lines and the last state, whole chunks only."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.raw: list[bytes] = []
        self.state: dict[str, Any] | None = None
        self.chunks = 0

    def add(self, chunk: Chunk) -> None:
        raw = list(chunk.lines)
        assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in raw)
        assert chunk.rows is None or chunk.rows == len(raw)
        self.raw += raw
        self.lines += [json.loads(line) for line in raw]
        self.state = json.loads(json.dumps(dict(chunk.state)))
        self.chunks += 1

    def table(self) -> list[str]:
        return sorted(json.dumps(line, sort_keys=True) for line in self.lines)


def pour(reader: ShopReader, name: str, window: Window, landed: Landed | None = None, *, stop_after: int | None = None) -> Landed:
    landed = landed or Landed()
    stream = next(stream for stream in reader.streams() if stream.name == name)
    for number, chunk in enumerate(reader.read(stream, window, landed.state), start=1):
        landed.add(chunk)
        if number == stop_after:
            break
    return landed


def prove(reader: ShopReader, name: str, window: Window, landed: Landed) -> Proof:
    stream = next(stream for stream in reader.streams() if stream.name == name)
    return reader.prove(stream, window, len(landed.lines), landed.state)


@pytest.fixture(scope="session")
def adobe_certs(tmp_path_factory: pytest.TempPathFactory) -> Certs:
    return Certs(tmp_path_factory.mktemp("certs"))


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adobe")
    shop = Shop(folder, now=lambda: NOW)
    fill(shop)
    shop.close()
    return folder


@pytest.fixture
def open_world(tmp_path: Path, filled: Path, adobe_certs: Certs, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., World]]:
    """A function that serves a shop of a version or of the cloud service."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    opened: list[World] = []

    def make(**options: Any) -> World:
        folder = tmp_path / f"shop{len(opened)}"
        shutil.copytree(filled, folder)
        shop = Shop(folder, now=lambda: NOW, **options)
        opened.append(World(shop, serve(shop, adobe_certs), adobe_certs))
        return opened[-1]

    yield make
    for world in opened:
        world.close()
        world.running.stop()
        world.shop.close()


@pytest.fixture
def world(open_world: Callable[..., World]) -> World:
    return open_world()


@pytest.fixture
def pour_stream() -> Callable[..., Landed]:
    return pour


@pytest.fixture
def prove_stream() -> Callable[..., Proof]:
    return prove


@pytest.fixture
def known_secrets() -> dict[str, str]:
    return SECRETS
