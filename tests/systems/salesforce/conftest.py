"""A stand-in org over real HTTPS, and an extractor that reads it without waiting."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from recon.config.settings import Limits
from recon.sandbox.faults import Faults
from recon.sandbox.salesforce import Org, create_app
from recon.sandbox.salesforce.schema import FieldSpec
from recon.sandbox.server import Server
from recon.sandbox.tls import Certs
from recon.systems.base import Chunk, Context, Proof, Window
from recon.systems.salesforce import Settings
from recon.systems.salesforce.extract import SalesforceExtractor

SECRET = "client-secret-0123456789"
NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
AWKWARD = [
    "Zoë O'Hara",
    'a "quoted" name',
    "two\nlines",
    "a,b;c",
    "line\u2028separator",
    "\U0001f469\u200d\U0001f4bb",
    "=1+1",
    "x\r\ny",
    " edge ",
    "\\n",
]

MAPPING: dict[str, Any] = {
    "customers": [
        {
            "object": "Account", "kind": "person_account", "where_field": "IsPersonAccount", "where_values": ["true"],
            "fields": {"external_id": "Shopify_Customer_Id__c", "email": "PersonEmail", "first_name": "FirstName", "last_name": "LastName"},
        },
        {
            "object": "Contact", "kind": "contact", "where_field": "IsPersonAccount", "where_values": ["false"],
            "fields": {"external_id": "Shopify_Customer_Id__c", "email": "Email"},
        },
    ],
    "orders": {
        "object": "Order",
        "fields": {
            "external_id": "shopify_order_id__c", "customer_id": "AccountId", "status": "Status", "total": "Shop_Total__c",
            "placed_at": "Placed_At__c", "is_test": "Is_Test__c",
        },
    },
    "order_lines": {
        "object": "OrderItem",
        "fields": {"sku": "Product2.StockKeepingUnit", "quantity": "Quantity", "unit_price": "UnitPrice"},
    },
    "products": {"object": "Product2", "fields": {"sku": "StockKeepingUnit", "title": "Name"}},
    "prices": {"object": "PricebookEntry", "fields": {"price_list": "Pricebook2.Name", "amount": "UnitPrice"}},
    "locations": {"object": "Location", "fields": {"name": "Name"}},
    "inventory_levels": {"object": "ProductItem", "fields": {"on_hand": "QuantityOnHand"}},
    "refunds": {
        "object": "Order_Refund__c",
        "fields": {"external_id": "Shopify_Refund_Id__c", "order_id": "Order__c", "amount": "Amount__c"},
    },
}  # fmt: skip


@dataclass
class Reading:
    """What came out of one stream."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    states: list[Mapping[str, Any]] = field(default_factory=list)
    stored: list[int] = field(default_factory=list)
    """rows stored after each chunk"""
    formats: set[str] = field(default_factory=set)
    raw: bytes = b""

    @property
    def ids(self) -> list[str]:
        return [row["Id"] for row in self.rows]

    def add(self, chunk: Chunk) -> None:
        data = b"".join(chunk.lines)
        found = (
            list(csv.DictReader(io.StringIO(data.decode(), newline="")))
            if chunk.format == "csv"
            else [json.loads(x) for x in data.splitlines()]
        )
        assert chunk.rows is None or chunk.rows == len(found)
        self.raw += data
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
        self.opened: list[SalesforceExtractor] = []
        self.shift = timedelta()

    def settings(self, **changes: Any) -> Settings:
        base = {
            "kind": "salesforce", "url": self.server.url, "ca_bundle": self.certs.ca_file, "client_id": "recon-app",
            "client_secret": "env:SF_SECRET", "mapping": MAPPING,
        }  # fmt: skip
        return Settings.model_validate({key: value for key, value in {**base, **changes}.items() if value is not None})

    def open(self, *, threshold: int = 10**9, settings: Mapping[str, Any] | None = None, **limits: Any) -> SalesforceExtractor:
        bounds = Limits(**{"read_seconds": 5, "bulk_threshold": threshold, "api_share": 1.0, **limits})
        context = Context(name="salesforce", now=lambda: NOW + self.shift, sleep=self.waits.append, limits=bounds)
        self.opened.append(SalesforceExtractor(self.settings(**(settings or {})), context))
        return self.opened[-1]

    def read(
        self,
        extractor: SalesforceExtractor,
        name: str,
        *,
        since: datetime | None = None,
        state: Mapping[str, Any] | None = None,
        chunks: int | None = None,
    ) -> Reading:
        stream = next(one for one in extractor.streams() if one.name == name)
        reading = Reading()
        for chunk in extractor.read(stream, Window(since, NOW), state):
            reading.add(chunk)
            if chunks is not None and len(reading.states) >= chunks:
                break
        return reading

    def prove(
        self, extractor: SalesforceExtractor, name: str, reading: Reading, *, since: datetime | None = None, rows: int | None = None
    ) -> Proof:
        stream = next(one for one in extractor.streams() if one.name == name)
        state = reading.states[-1] if reading.states else None
        return extractor.prove(stream, Window(since, NOW), len(reading.rows) if rows is None else rows, state)

    def requests(self) -> list[dict[str, Any]]:
        return list(self.org.log.list())


@pytest.fixture(scope="session")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Certs:
    return Certs(tmp_path_factory.mktemp("certs"))


@pytest.fixture(scope="session")
def key_pair() -> tuple[str, str]:
    """Private and public key, PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@pytest.fixture
def build(tmp_path: Path, certs: Certs, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., World]]:
    """Makes an org with the merchant's own fields; options are those of the stand-in."""
    worlds: list[World] = []

    def make(**options: Any) -> World:
        monkeypatch.setenv("SF_SECRET", SECRET)
        org = Org(tmp_path / f"org{len(worlds)}", now=lambda: NOW, **{"multi_currency": True, "person_accounts": True, **options})
        for name in ("Account", "Contact"):
            org.define(name, [FieldSpec("Shopify_Customer_Id__c", "text", length=32, external_id=True, unique=True)])
        org.define(
            "Order",
            [
                FieldSpec("Shopify_Order_Id__c", "text", length=32, external_id=True, unique=True),
                FieldSpec("Shop_Total__c", "number", precision=18, scale=3),
                FieldSpec("Placed_At__c", "datetime"),
                FieldSpec("Is_Test__c", "checkbox"),
            ],
        )
        org.define(
            "Order_Refund__c",
            [
                FieldSpec("Shopify_Refund_Id__c", "text", length=32),
                FieldSpec("Order__c", "lookup", reference_to=("Order",), relationship="Order__r"),
                FieldSpec("Amount__c", "number", precision=18, scale=2),
            ],
        )
        org.add_client("recon-app", SECRET, username="integration@acme-demo.example")
        faults = Faults()
        server = Server(create_app(org, faults), certs).start()
        worlds.append(World(org, faults, server, certs))
        return worlds[-1]

    yield make
    for world in worlds:
        for extractor in world.opened:
            extractor.close()
        world.server.stop()
        world.org.close()


@pytest.fixture
def world(build: Callable[..., World]) -> World:
    """An org with 60 orders, of which 25 were loaded in the same second, and everything around them."""
    made = build()
    fill(made.org)
    return made


def stamp(minutes: float) -> str:
    return (NOW - timedelta(days=1) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def fill(org: Org, orders: int = 60) -> None:
    people = [
        {"LastName": AWKWARD[n % 10], "FirstName": f"Ann {n}", "IsPersonAccount": True, "PersonEmail": f"ann{n}@example.com"}
        for n in range(12)
    ]
    accounts = org.load("Account", [{**one, "SystemModstamp": stamp(n), "Shopify_Customer_Id__c": str(n)} for n, one in enumerate(people)])
    products = org.load("Product2", [{"Name": f"Mug {n}", "StockKeepingUnit": f"MUG-{n}", "IsActive": True} for n in range(3)])
    book = org.load("Pricebook2", [{"Name": "Shopify Price Book", "IsActive": True}])[0]
    entries = org.load(
        "PricebookEntry",
        [{"Pricebook2Id": book, "Product2Id": one, "UnitPrice": "13.50", "IsActive": True, "CurrencyIsoCode": "EUR"} for one in products],
    )
    made = org.load(
        "Order",
        [
            {
                "AccountId": accounts[n % 12], "Status": "Draft", "EffectiveDate": "2026-11-01", "Pricebook2Id": book,
                "Shopify_Order_Id__c": str(9000 + n), "Shop_Total__c": f"{n}.005", "Placed_At__c": stamp(n), "Is_Test__c": n % 7 == 0,
                "CreatedDate": stamp(0),
                "SystemModstamp": stamp(10 if 20 <= n < 45 else n / 2), "CurrencyIsoCode": "EUR", "IsDeleted": n == 33,
            }
            for n in range(orders)
        ],
    )  # fmt: skip
    org.load(
        "OrderItem",
        [
            {"OrderId": one, "Product2Id": products[n % 3], "PricebookEntryId": entries[n % 3], "Quantity": 2, "UnitPrice": "13.50"}
            for n, one in enumerate(made[:20])
        ],
    )
    org.load("Order_Refund__c", [{"Order__c": made[0], "Amount__c": "5.10", "Shopify_Refund_Id__c": "77"}])
