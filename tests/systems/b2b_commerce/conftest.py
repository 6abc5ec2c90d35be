"""Two stores of a commerce org over real HTTPS, and extractors that read them without waiting."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recon.config.settings import Limits
from recon.sandbox.faults import Faults
from recon.sandbox.salesforce import Org, create_app
from recon.sandbox.server import Server
from recon.sandbox.tls import Certs
from recon.systems.b2b_commerce import Settings
from recon.systems.b2b_commerce.extract import CommerceExtractor
from recon.systems.base import Chunk, Context, Proof, Window

SECRET = "commerce-secret-0123456789"
NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


class Landed:
    """Lines and the last state of a stream, whole chunks only; a stop after a chunk is a killed process."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.states: list[dict[str, Any]] = []
        self.stored: list[int] = []
        self.formats: set[str] = set()

    @property
    def ids(self) -> list[str]:
        return [row["Id"] for row in self.rows]

    def add(self, chunk: Chunk) -> None:
        data = b"".join(chunk.lines)
        is_csv = chunk.format == "csv"
        found = list(csv.DictReader(io.StringIO(data.decode(), newline=""))) if is_csv else [json.loads(line) for line in data.splitlines()]
        assert chunk.rows is None or chunk.rows == len(found)
        self.rows += found
        self.states.append(json.loads(json.dumps(dict(chunk.state))))
        self.stored.append(len(self.rows))
        if found:
            self.formats.add(chunk.format)


class World:
    """The org, its faults, and extractors for it."""

    def __init__(self, org: Org, faults: Faults, server: Server, certs: Certs) -> None:
        self.org, self.faults, self.server, self.certs = org, faults, server, certs
        self.waits: list[float] = []
        self.opened: list[CommerceExtractor] = []

    def settings(self, **changes: Any) -> Settings:
        base = {
            "kind": "b2b_commerce", "url": self.server.url, "ca_bundle": self.certs.ca_file, "client_id": "commerce-app",
            "client_secret": "env:COMMERCE_SECRET",
        }  # fmt: skip
        return Settings.model_validate({**base, **changes})

    def open(self, *, threshold: int = 10**9, **changes: Any) -> CommerceExtractor:
        limits = Limits(read_seconds=5, bulk_threshold=threshold, api_share=1.0)
        context = Context(name="b2b", now=lambda: NOW, sleep=self.waits.append, limits=limits)
        self.opened.append(CommerceExtractor(self.settings(**changes), context))
        return self.opened[-1]

    def read(
        self,
        reader: CommerceExtractor,
        name: str,
        *,
        since: datetime | None = None,
        state: Mapping[str, Any] | None = None,
        chunks: int | None = None,
    ) -> Landed:
        stream = next(one for one in reader.streams() if one.name == name)
        landed = Landed()
        for chunk in reader.read(stream, Window(since, NOW), state):
            landed.add(chunk)
            if chunks is not None and len(landed.states) >= chunks:
                break
        return landed

    def prove(self, reader: CommerceExtractor, name: str, landed: Landed, *, since: datetime | None = None) -> Proof:
        stream = next(one for one in reader.streams() if one.name == name)
        return reader.prove(stream, Window(since, NOW), len(landed.rows), landed.states[-1] if landed.states else None)

    def requests(self) -> list[dict[str, Any]]:
        return list(self.org.log.list())


@pytest.fixture(scope="session")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Certs:
    return Certs(tmp_path_factory.mktemp("certs"))


@pytest.fixture
def build(tmp_path: Path, certs: Certs, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., World]]:
    """Makes an org, by default with Commerce and Order Management; options are those of the stand-in."""
    worlds: list[World] = []

    def make(**options: Any) -> World:
        monkeypatch.setenv("COMMERCE_SECRET", SECRET)
        features = {"multi_currency": True, "person_accounts": True, "commerce": True, "order_management": True}
        org = Org(tmp_path / f"org{len(worlds)}", now=lambda: NOW, **{**features, **options})
        org.add_client("commerce-app", SECRET, username="integration@acme-demo.example")
        faults = Faults()
        worlds.append(World(org, faults, Server(create_app(org, faults), certs).start(), certs))
        return worlds[-1]

    yield make
    for world in worlds:
        for reader in world.opened:
            reader.close()
        world.server.stop()
        world.org.close()


@pytest.fixture
def world(build: Callable[..., World]) -> World:
    """Two stores with 30 and 10 orders, of which 15 were loaded in the same second, and 5 orders of nobody's store."""
    made = build()
    fill(made.org)
    return made


def stamp(minutes: float) -> str:
    return (NOW - timedelta(days=1) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def fill(org: Org) -> None:
    stores = org.load("WebStore", [{"Name": "Retail", "Type": "B2C"}, {"Name": "Wholesale", "Type": "B2B"}])
    account = org.load("Account", [{"Name": "Papier Peters"}])[0]
    contact = org.load("Contact", [{"AccountId": account, "LastName": 'Zoë "O\'Hara"\nx', "Email": "zoe@example.com"}])[0]
    org.load("BuyerAccount", [{"BuyerId": account, "Name": "Papier Peters", "IsActive": True, "BuyerStatus": "Active"}])
    product = org.load("Product2", [{"Name": "Mug", "StockKeepingUnit": "MUG", "IsActive": True}])[0]
    orders = org.load(
        "Order",
        [
            {
                "AccountId": account, "BillToContactId": contact, "Status": "Activated", "EffectiveDate": "2026-11-01",
                "OrderedDate": stamp(n), "SalesStoreId": None if n >= 40 else stores[n >= 30], "TotalTaxAmount": "1.90",
                "GrandTotalAmount": "11.90", "CurrencyIsoCode": "EUR", "SystemModstamp": stamp(5 if 10 <= n < 25 else n),
                "IsDeleted": n == 7,
            }
            for n in range(45)
        ],
    )  # fmt: skip
    items = org.load(
        "OrderItem",
        [
            {"OrderId": one, "Product2Id": product, "Quantity": 1, "UnitPrice": "10.00", "TotalLineAmount": "10.00", "TypeCode": "Product"}
            for one in orders
        ],
    )
    summaries = org.load(
        "OrderSummary",
        [
            {"OrderNumber": f"S{n}", "OriginalOrderId": one, "OrderLifeCycleType": "MANAGED" if n % 2 else "UNMANAGED",
             "GrandTotalAmount": "11.90", "CurrencyIsoCode": "EUR"}
            for n, one in enumerate(orders)
        ],
    )  # fmt: skip
    org.load(
        "OrderItemSummary",
        [
            {"OrderSummaryId": summary, "OriginalOrderItemId": item, "Product2Id": product, "Quantity": 1, "QuantityOrdered": 1,
             "QuantityCanceled": 0, "QuantityReturned": 0, "QuantityReturnInitiated": 0, "QuantityAllocated": 0, "QuantityFulfilled": 0,
             "Status": "ORDERED", "TypeCode": "Product", "Name": "Mug"}
            for summary, item in zip(summaries, items, strict=True)
        ],
    )  # fmt: skip
