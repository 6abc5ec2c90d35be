"""A small store, served, and what reads it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from extractor_contract import Stand
from reading import World, digest

from recon.config.settings import Limits
from recon.sandbox.bigcommerce import ALL_SCOPES, Store, create_app
from recon.sandbox.bigcommerce import documents as docs
from recon.sandbox.server import Server
from recon.sandbox.tls import Certs
from recon.systems.bigcommerce import Settings, extractor, streams

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


class StoreWorld(World):
    """The store, its server, and readers whose waiting takes no time."""

    def __init__(self, store: Store, server: Server, certs: Certs) -> None:
        super().__init__(store)
        self.store, self.server, self.certs, self.faults = store, server, certs, store.faults

    def settings(self, **changes: Any) -> Settings:
        given = {
            "store": self.store.hash, "token": "env:BC_TOKEN", "url": self.server.url, "b2b_url": self.server.url, "b2b": True,
            "ca_bundle": self.certs.ca_file, "per_order": ("shipments", "transactions"), **changes,
        }  # fmt: skip
        return Settings(**given)

    def limits(self) -> Limits:
        return Limits(attempts=4)

    def sleep(self, seconds: float) -> None:
        """Waiting counts for the quota only: the clock of the records stands still, so that tests can name times."""
        self.slept.append(seconds)
        self.store.skip(seconds)

    def advance(self, seconds: float) -> None:
        self.store.skip(seconds)
        self.store.clock.offset_seconds += seconds


@pytest.fixture(scope="session")
def filled_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    store = Store(folder, now=lambda: NOW)
    store.add_token(TOKEN)
    fill(store)
    store.close()
    return folder


def served(folder: Path, certs: Certs) -> Iterator[StoreWorld]:
    store = Store(folder, now=lambda: NOW)
    store.add_token(TOKEN)
    with Server(create_app(store), certs) as server:
        found = StoreWorld(store, server, certs)
        yield found
        found.close()
    store.close()


@pytest.fixture
def world(tmp_path: Path, filled_store: Path, certs: Certs, monkeypatch: pytest.MonkeyPatch) -> Iterator[StoreWorld]:
    """A store with 40 orders and whatever belongs to them, served over HTTPS."""
    monkeypatch.setenv("BC_TOKEN", TOKEN)
    shutil.copytree(filled_store, tmp_path / "store")
    yield from served(tmp_path / "store", certs)


def paged(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    smaller = {name: replace(reading, page=size) for name, reading in streams.BY_NAME.items()}
    monkeypatch.setattr(streams, "BY_NAME", smaller)
    monkeypatch.setattr(extractor, "BY_NAME", smaller)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """All lists in pages of seven, so that a small store has several."""
    paged(monkeypatch, 7)


class StoreStand(Stand):
    """The store as the contract of all extractors fills it."""

    world: StoreWorld
    lists = r"GET /stores/\w+/v2/orders\?.*is_deleted=false|GET /stores/\w+/v2/orders\?(?!.*is_deleted)"
    anything = "GET"
    secrets = (TOKEN,)

    def fill(self, count: int, *, texts: Sequence[str] = (), amount: str = "24.90") -> None:
        store = self.world.store
        store.load("orders", [self.order(n, texts[n - 1] if texts else "Ida", amount) for n in range(1, count + 1)])
        if not count:
            return
        if not texts:
            store.load("refunds", [docs.refund(900 + n, n, when(n), "12.00", items=[("PRODUCT", 1, 1, "12.00")]) for n in (1, 2)[:count]])
            store.load("shipments", [docs.shipment(700, 1, when(3), [(1001, 2)])])
            store.change("orders", 1, items_shipped=2)
            store.load("transactions", [docs.transaction(800, 1, when(3), "29.00")])
        store.load("customers", [customer(n) for n in (1, 2, 3)])
        store.load("subscribers", [docs.subscriber(n, f"c{n}@example.com", when(900), when(n), subscribed=n > 1) for n in (1, 2, 3)])
        variants = [docs.variant(100 + k, 1, f"M-{k}", None, "Blue") for k in range(3)]
        store.load("products", [docs.product(n, f"Mug {n}", "12.00", when(500), when(n), variants=variants) for n in (1, 2)])
        store.load("inventory", [docs.inventory_item(100 + n, 1, f"M-{n}", [docs.level(1, 9, 7, 2)]) for n in range(2)])
        store.load("locations", [docs.location(1, "Berlin", when(900))])
        store.load("price_lists", [docs.price_list(3, "Wholesale", when(900))])
        store.load("price_records", [docs.price_record(3, 100 + n, 1, f"M-{n}", "8.50", when(90)) for n in range(2)])
        store.load("channels", [docs.channel(1, "Storefront", when(900))])
        store.load("companies", [docs.company(n, f"Company {n}", when(900), when(100 - n)) for n in (1, 2)])

    def order(self, number: int, text: str = "Ida", amount: str = "24.90", at: datetime | None = None) -> dict[str, Any]:
        billing = docs.address(text, "Brandt", "Lindenweg 1", "Berlin", "10115", "DE", email=f"buyer{number}@example.com")
        items = [docs.line(number * 1000 + 1, number, "MUG", 2, "10.08", "12.00", tax="3.83")]
        made = at or NOW - timedelta(days=9, minutes=number)
        return docs.order(
            number, made, made, lines=items, billing=billing, tax_included=True, shipping_ex=0, shipping_inc=0, tax="3.83"
        ) | {"total_inc_tax": amount}

    def add(self, number: int) -> None:
        self.world.store.load("orders", [self.order(number, at=self.world.now())])

    def touch(self, number: int) -> None:
        self.world.store.change("orders", number, staff_notes="changed", date_modified=docs.rfc2822(self.world.now()))

    def remove(self, number: int) -> None:
        self.world.store.delete("orders", number)

    def text_of(self, line: dict[str, Any]) -> str | None:
        return str(line["billing_address"]["first_name"])

    def key(self, stream: str, line: dict[str, Any]) -> Any:
        own = line.get("id") or line.get("companyId") or line.get("identity", {}).get("variant_id")
        return own or (line["price_list_id"], line["variant_id"])

    def digest(self) -> str:
        return digest(self.world.folder / "store.sqlite", ["records", "meta", "tokens"])

    def forbid(self) -> tuple[str, ...]:
        self.world.store.add_token(TOKEN, set(ALL_SCOPES) - {"store_inventory_read_only", "store_locations_read_only"})
        return ("store_inventory_read_only", "store_locations_read_only")

    def heal(self) -> None:
        super().heal()
        self.world.store.add_token(TOKEN)

    def end_token(self, after: int) -> bool:
        self.plant("GET", "token_revoked", after=after)
        return False

    def lose(self) -> None:
        self.plant("GET .*/v2/orders", "hidden", times=None)


@pytest.fixture
def stand(tmp_path: Path, certs: Certs, monkeypatch: pytest.MonkeyPatch) -> Iterator[StoreStand]:
    """A store without records, read in pages of five."""
    monkeypatch.setenv("BC_TOKEN", TOKEN)
    paged(monkeypatch, 5)
    for world in served(tmp_path / "store", certs):
        yield StoreStand(world)
