"""A small WooCommerce site, served by the stand-in, and extractors that read it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recon.config.settings import Limits
from recon.sandbox.tls import Certs
from recon.sandbox.woocommerce import Running, Shop, serve
from recon.systems.base import Chunk, Context, Proof, Window
from recon.systems.woocommerce import Settings, open_system
from recon.systems.woocommerce.extractor import Site

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
KEY, SECRET = "ck_0123456789abcdef0123", "cs_fedcba9876543210fedc"


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def order(number: int, **fields: Any) -> dict[str, Any]:
    placed = iso(NOW - timedelta(days=30) + timedelta(minutes=number))
    return {
        "id": number,
        "status": "completed",
        "date_created_gmt": placed,
        "date_modified_gmt": placed,
        "total": "24.90",
        "shipping_total": "4.90",
        "billing": {"email": f"buyer{number}@example.com", "first_name": "Ann"},
        "line_items": [{"id": number * 10, "product_id": 5, "quantity": 2, "sku": "MUG", "subtotal": "20.00", "total": "20.00"}],
        **fields,
    }


def refund(number: int, parent: int) -> dict[str, Any]:
    meta = [{"id": 1, "key": "_refunded_item_id", "value": str(parent * 10)}]
    line = {"id": number * 10, "quantity": -1, "total": "-10.00", "subtotal": "-10.00", "meta_data": meta}
    return {"id": number, "parent_id": parent, "amount": "10.00", "date_created_gmt": iso(NOW - timedelta(days=3)), "line_items": [line]}


def fill(shop: Shop) -> None:
    """230 orders with ids of odd numbers, 12 of them with a refund; 3 in the trash, 2 drafts, 2 in a status of a plugin."""
    orders = [order(1001 + 2 * n) for n in range(230)]
    refunds = []
    for n in range(0, 120, 10):
        number = orders[n]["id"]
        orders[n]["refunds"] = [{"id": number + 1, "reason": "", "total": "-10.00"}]
        refunds.append(refund(number + 1, number))
    for n, status in (
        (7, "trash"),
        (8, "trash"),
        (9, "trash"),
        (17, "checkout-draft"),
        (18, "checkout-draft"),
        (27, "shipped"),
        (28, "shipped"),
    ):
        orders[n]["status"] = status
    shop.set("plugin_statuses", {"shipped": "Shipped"})
    shop.load("orders", orders)
    shop.load("refunds", refunds)
    shop.load(
        "customers", [{"id": n, "email": f"c{n}@example.com", "role": "customer" if n > 3 else "administrator"} for n in range(1, 121)]
    )
    goods = [{"id": 5 + n, "name": f"Mug {n}", "sku": f"MUG-{n}", "price": "10.00", "regular_price": "10.00"} for n in range(20)]
    goods += [{"id": 40 + n, "type": "variable", "name": f"Shirt {n}", "variations": [60 + 3 * n + k for k in range(3)]} for n in range(5)]
    goods.append({"id": 99, "name": "Gone", "status": "trash"})
    shop.load("products", goods)
    shop.load(
        "variations",
        [{"id": 60 + 3 * n + k, "parent_id": 40 + n, "name": f"Size {k}", "price": "19.90"} for n in range(5) for k in range(3)],
    )
    shop.load("coupons", [{"id": 200, "code": "save10"}])
    shop.load("taxes", [{"id": 1, "country": "DE", "rate": "19.0000"}])


class World:
    """A served site, and readers on its own clock: waiting costs no time."""

    def __init__(self, shop: Shop, running: Running, certs: Certs, set_env: Callable[[str, str], None]) -> None:
        self.shop, self.running, self.faults, self._certs = shop, running, running.faults, certs
        self._open: list[Site] = []
        self.slept: list[float] = []
        shop.add_key(KEY, SECRET)
        set_env("RECON_TEST_WOO_KEY", KEY)
        set_env("RECON_TEST_WOO_SECRET", SECRET)

    def settings(self, **changes: Any) -> Settings:
        given = {
            "url": self.running.url,
            "ca_bundle": self._certs.ca_file,
            "consumer_key": "env:RECON_TEST_WOO_KEY",
            "consumer_secret": "env:RECON_TEST_WOO_SECRET",
            **changes,
        }
        return Settings(**given)

    def reader(self, limits: Limits | None = None, **changes: Any) -> Site:
        context = Context(name="shop", now=self.shop.now, sleep=self._sleep, limits=limits or Limits())
        found = open_system(self.settings(**changes), context)
        assert isinstance(found, Site)
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
        """What was asked, from the stand-in's own log."""
        path = self.shop.folder / "requests.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()]


class Landed:
    """What a store would have kept of a stream."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.state: dict[str, Any] | None = None
        self.chunks = 0

    def add(self, chunk: Chunk) -> None:
        raw = list(chunk.lines)
        assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in raw)
        assert chunk.rows is None or chunk.rows == len(raw)
        self.lines += [json.loads(line) for line in raw]
        self.state = json.loads(json.dumps(dict(chunk.state)))
        self.chunks += 1

    @property
    def ids(self) -> list[int]:
        return [line["id"] for line in self.lines]


def pour(reader: Site, name: str, window: Window, landed: Landed | None = None, *, stop_after: int | None = None) -> Landed:
    """Read a stream as the snapshot does; ``stop_after`` chunks the process is killed."""
    landed = landed or Landed()
    stream = next(stream for stream in reader.streams() if stream.name == name)
    for number, chunk in enumerate(reader.read(stream, window, landed.state), start=1):
        landed.add(chunk)
        if number == stop_after:
            break
    return landed


def prove(reader: Site, name: str, window: Window, landed: Landed) -> Proof:
    stream = next(stream for stream in reader.streams() if stream.name == name)
    return reader.prove(stream, window, len(landed.lines), landed.state)


@pytest.fixture(scope="session")
def woo_certs(tmp_path_factory: pytest.TempPathFactory) -> Certs:
    return Certs(tmp_path_factory.mktemp("certs"))


@pytest.fixture
def empty_world(tmp_path: Path, woo_certs: Certs, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A site without records."""
    shop = Shop(tmp_path / "woo", now=lambda: NOW)
    with serve(shop, woo_certs) as running:
        found = World(shop, running, woo_certs, monkeypatch.setenv)
        yield found
        found.close()
    shop.close()


@pytest.fixture
def world(empty_world: World) -> World:
    """A site with 230 orders."""
    fill(empty_world.shop)
    return empty_world


@pytest.fixture
def pour_stream() -> Callable[..., Landed]:
    return pour


@pytest.fixture
def prove_stream() -> Callable[..., Proof]:
    return prove
