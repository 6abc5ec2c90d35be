"""A small store, served, and what reads it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recon.config.settings import Limits
from recon.sandbox.bigcommerce import Store, create_app
from recon.sandbox.bigcommerce import documents as docs
from recon.sandbox.server import Server
from recon.sandbox.tls import Certs
from recon.systems.base import Chunk, Context, Proof, Window
from recon.systems.bigcommerce import Settings, extractor, open_system, streams
from recon.systems.bigcommerce.extractor import Store as Reader

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
TOKEN = "bc-token-0123456789abcdef"
ORDERS = range(101, 141)


def when(age_hours: float) -> datetime:
    return NOW - timedelta(hours=age_hours)


def order(number: int, lines: int = 2) -> dict[str, Any]:
    age = (number - 100) * 5.0
    billing = docs.address("Ida", "Brandt", "Lindenweg 1", "Berlin", "10115", "DE", email=f"buyer{number}@example.com")
    items = [docs.line(number * 1000 + n, number, f"MUG-{n}", 2, "10.08", "12.00", tax="3.83") for n in range(lines)]
    return docs.order(
        number, when(age + 1), when(age), lines=items, billing=billing, tax_included=True, shipping_ex="4.20", shipping_inc="5.00",
        tax="8.46", customer_id=number % 7, status=0 if number == 140 else 11, fee="1.25" if number % 5 == 0 else 0,
    )  # fmt: skip


def customer(number: int) -> dict[str, Any]:
    addresses = [
        docs.customer_address(number * 100 + n, number, "Ida", "Brandt", f"Lindenweg {n}", "Berlin", "10115", "DE")
        for n in range(14 if number == 5 else 10 if number == 6 else 1)
    ]
    return docs.customer(number, f"c{number}@example.com", "Ida", "Brandt", when(900), when(number * 4), addresses=addresses)


def fill(store: Store) -> None:
    store.load("orders", [order(number, lines=63 if number == 103 else 2) for number in ORDERS])
    store.load("orders", [{**order(150), "is_deleted": True}])
    store.load("refunds", [docs.refund(900 + n, 101 + n, when(n * 6), "12.00", items=[("PRODUCT", 1, 1, "12.00")]) for n in range(12)])
    store.load("shipments", [docs.shipment(700 + n, 101 + n, when(n), [((101 + n) * 1000, 2)]) for n in range(9)])
    for n in range(9):
        store.change("orders", 101 + n, items_shipped=2)
    store.load("transactions", [docs.transaction(800 + n, 101 + n, when(n), "29.00") for n in range(30)])
    store.load("customers", [customer(number) for number in range(1, 31)])
    store.load("subscribers", [docs.subscriber(n, f"c{n}@example.com", when(900), when(n), subscribed=n % 3 > 0) for n in range(1, 16)])
    products = [
        docs.product(
            n,
            f"Mug {n}",
            "12.00",
            when(500),
            when(n),
            variants=[docs.variant(n * 100 + k, n, f"M-{n}-{k}", None, "Blue") for k in range(3)],
        )
        for n in range(1, 21)
    ]
    store.load("products", products)
    store.load("inventory", [docs.inventory_item(n * 100, n, f"M-{n}-0", [docs.level(1, 9, 7, 2)]) for n in range(1, 21)])
    store.load("locations", [docs.location(1, "Berlin", when(900)), docs.location(2, "Hamburg", when(900))])
    store.load("price_lists", [docs.price_list(3, "Wholesale", when(900)), docs.price_list(4, "Outlet", when(900))])
    store.load("price_records", [docs.price_record(3, n * 100, n, f"M-{n}-0", "8.50", when(90)) for n in range(1, 16)])
    store.load("price_records", [docs.price_record(4, n * 100, n, f"M-{n}-0", "7.50", when(90), "usd") for n in range(1, 6)])
    store.load("channels", [docs.channel(1, "Storefront", when(900)), docs.channel(2, "Outlet shop", when(900))])
    store.load("companies", [docs.company(n, f"Company {n}", when(900), when(100 - n)) for n in range(1, 13)])


class World:
    """The store, its server, and readers whose waiting takes no time."""

    def __init__(self, store: Store, server: Server, certs: Certs) -> None:
        self.store, self.server, self.certs = store, server, certs
        self.waited: list[float] = []
        self.readers: list[Reader] = []

    def reader(self, **settings: Any) -> Reader:
        limits = settings.pop("limits", Limits(attempts=4))
        given = {
            "store": self.store.hash, "token": "env:BC_TOKEN", "url": self.server.url, "b2b_url": self.server.url, "b2b": True,
            "ca_bundle": self.certs.ca_file, "per_order": ("shipments", "transactions"), **settings,
        }  # fmt: skip
        found = open_system(Settings(**given), Context(name="shop", now=self.store.now, sleep=self._sleep, limits=limits))
        assert isinstance(found, Reader)
        self.readers.append(found)
        return found

    def _sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.store.skip(seconds)

    def window(self, since: datetime | None = None) -> Window:
        return Window(since, self.store.now())

    def requests(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.store.folder / "requests.jsonl").read_text().splitlines()]


class Landed:
    """What the snapshot would have kept of a stream: lines and the last state, whole chunks only."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        self.lines: list[dict[str, Any]] = []
        self.state: dict[str, Any] | None = None
        self.chunks = 0

    def add(self, chunk: Chunk) -> None:
        raw = list(chunk.lines)
        assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in raw)
        assert chunk.rows == len(raw)
        self.raw += raw
        self.lines += [json.loads(line) for line in raw]
        self.state = json.loads(json.dumps(dict(chunk.state)))
        self.chunks += 1

    @property
    def ids(self) -> list[Any]:
        return [line["id"] for line in self.lines]

    def table(self) -> set[bytes]:
        return set(self.raw)


def pour(reader: Reader, name: str, window: Window, landed: Landed | None = None, *, stop_after: int | None = None) -> Landed:
    """Read a stream as the snapshot does; after ``stop_after`` chunks the process is killed."""
    landed = landed or Landed()
    stream = next(stream for stream in reader.streams() if stream.name == name)
    for number, chunk in enumerate(reader.read(stream, window, landed.state), start=1):
        landed.add(chunk)
        if number == stop_after:
            break
    return landed


def prove(reader: Reader, name: str, window: Window, landed: Landed) -> Proof:
    stream = next(stream for stream in reader.streams() if stream.name == name)
    return reader.prove(stream, window, len(landed.lines), landed.state)


@pytest.fixture(scope="session")
def store_certs(tmp_path_factory: pytest.TempPathFactory) -> Certs:
    return Certs(tmp_path_factory.mktemp("certs"))


@pytest.fixture(scope="session")
def filled_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    store = Store(folder, now=lambda: NOW)
    store.add_token(TOKEN)
    fill(store)
    store.close()
    return folder


@pytest.fixture
def world(tmp_path: Path, filled_store: Path, store_certs: Certs, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A store with 40 orders and whatever belongs to them, served over HTTPS."""
    monkeypatch.setenv("BC_TOKEN", TOKEN)
    shutil.copytree(filled_store, tmp_path / "store")
    store = Store(tmp_path / "store", now=lambda: NOW)
    with Server(create_app(store), store_certs) as server:
        found = World(store, server, store_certs)
        yield found
        for reader in found.readers:
            reader.close()
    store.close()


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """All lists in pages of seven, so that a small store has several."""
    smaller = {name: replace(reading, page=7) for name, reading in streams.BY_NAME.items()}
    monkeypatch.setattr(streams, "BY_NAME", smaller)
    monkeypatch.setattr(extractor, "BY_NAME", smaller)


@pytest.fixture
def pour_stream() -> Callable[..., Landed]:
    return pour


@pytest.fixture
def prove_stream() -> Callable[..., Proof]:
    return prove
