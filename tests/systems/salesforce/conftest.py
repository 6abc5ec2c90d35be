"""A stand-in org over real HTTPS, and an extractor that reads it without waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from org_stand import NOW, OrgStandBase, OrgWorldBase

from recon.config.settings import Limits
from recon.sandbox.faults import Faults
from recon.sandbox.salesforce import Org, create_app
from recon.sandbox.salesforce.schema import FieldSpec
from recon.sandbox.server import Server
from recon.sandbox.tls import Certs
from recon.systems.salesforce import Settings
from recon.systems.salesforce_api import bulk

SECRET = "client-secret-0123456789"
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


class OrgWorld(OrgWorldBase):
    """The org, its faults, and extractors for it."""

    name = "salesforce"

    def __init__(self, org: Org, faults: Faults, server: Server, certs: Certs) -> None:
        super().__init__(org, faults, server, certs)
        self.shift = timedelta()
        """by which the clock of this machine is wrong"""

    def settings(self, **changes: Any) -> Settings:
        base = {
            "kind": "salesforce", "url": self.server.url, "ca_bundle": self.certs.ca_file, "client_id": "recon-app",
            "client_secret": "env:SF_SECRET", "mapping": MAPPING,
        }  # fmt: skip
        return Settings.model_validate({key: value for key, value in {**base, **changes}.items() if value is not None})

    def now(self) -> datetime:
        return super().now() + self.shift

    def open(self, *, threshold: int = 10**9, settings: Mapping[str, Any] | None = None, **limits: Any) -> Any:
        return self.reader(Limits(**{"read_seconds": 5, "bulk_threshold": threshold, "api_share": 1.0, **limits}), **(settings or {}))


@pytest.fixture(scope="session")
def key_pair() -> tuple[str, str]:
    """Private and public key, PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@pytest.fixture
def build(tmp_path: Path, certs: Certs, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., OrgWorld]]:
    """Makes an org with the merchant's own fields; options are those of the stand-in."""
    worlds: list[OrgWorld] = []

    def make(**options: Any) -> OrgWorld:
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
                FieldSpec("Buyer_Email__c", "text", length=255),
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
        worlds.append(OrgWorld(org, faults, server, certs))
        return worlds[-1]

    yield make
    for world in worlds:
        world.close()
        world.server.stop()
        world.org.close()


@pytest.fixture
def world(build: Callable[..., OrgWorld]) -> OrgWorld:
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


class OrgStand(OrgStandBase):
    """The org as the contract of all extractors fills it."""

    world: OrgWorld
    main = "order"
    secrets = (SECRET,)

    def more(self) -> dict[str, Any]:
        fields = {**MAPPING["orders"]["fields"], "email": "Buyer_Email__c"}
        return {"mapping": {**MAPPING, "orders": {"object": "Order", "fields": fields}}, "org_id": self.world.org.org_id}

    def fill(self, count: int, *, texts: Sequence[str] = (), amount: str = "24.90") -> None:
        self.world.advance(-86_400)
        if texts:
            self.size = 100
            self.heal()
        org = self.world.org
        person = {"LastName": "Example", "FirstName": "Ann", "IsPersonAccount": True, "PersonEmail": "ann@example.com"}
        self.account = org.load("Account", [person])[0]
        self.orders = org.load("Order", [self.order(n, texts[n - 1] if texts else "a@example.com", amount) for n in range(1, count + 1)])
        if count:
            self.around(org)
        self.world.advance(86_400)

    def around(self, org: Org) -> None:
        """A record of every other object, and a change for every history."""
        business = org.load("Account", [{"Name": "Example GmbH"}])[0]
        contact = org.load("Contact", [{"LastName": "Kim", "Email": "kim@example.com", "AccountId": business}])[0]
        item = org.load("Product2", [{"Name": "Mug", "StockKeepingUnit": "MUG", "IsActive": True}])[0]
        price = {"Pricebook2Id": org.standard_pricebook_id, "Product2Id": item, "UnitPrice": "13.50", "IsActive": True}
        entry = org.load("PricebookEntry", [{**price, "CurrencyIsoCode": "EUR"}])[0]
        line = {"OrderId": self.orders[0], "Product2Id": item, "PricebookEntryId": entry, "Quantity": 2, "UnitPrice": "13.50"}
        item_line = org.load("OrderItem", [line])[0]
        place = org.load("Location", [{"Name": "Berlin"}])[0]
        org.load("ProductItem", [{"Product2Id": item, "LocationId": place, "QuantityOnHand": 3}])
        refund = org.load("Order_Refund__c", [{"Order__c": self.orders[0], "Amount__c": "5.10", "Shopify_Refund_Id__c": "77"}])[0]
        parents = {
            "Order": self.orders[0],
            "Account": business,
            "Contact": contact,
            "Product2": item,
            "OrderItem": item_line,
            "PricebookEntry": entry,
            "Order_Refund__c": refund,
        }
        for name, parent in parents.items():
            history = org.history_of(name)
            if history is not None:
                key = "ParentId" if name.endswith("__c") else f"{name}Id"
                org.load(history, [{key: parent, "Field": "Name", "OldValue": "a@example.com", "NewValue": "b@example.com"}])

    def order(self, number: int, text: str = "a@example.com", amount: str = "24.90") -> dict[str, Any]:
        return {
            "AccountId": self.account, "Status": "Draft", "EffectiveDate": "2026-11-01", "Shopify_Order_Id__c": str(number),
            "Shop_Total__c": amount, "Buyer_Email__c": text, "CurrencyIsoCode": "EUR",
        }  # fmt: skip

    def number_of(self, line: dict[str, Any]) -> int:
        return int(line["Shopify_Order_Id__c"])

    def text_of(self, line: dict[str, Any]) -> str | None:
        return str(line["Buyer_Email__c"])

    def forbid(self) -> tuple[str, ...]:
        self.world.org.hide("Order_Refund__c")
        self.world.org.hide("Order", "Shop_Total__c")
        return ("Order_Refund__c", "Shop_Total__c")


@pytest.fixture
def stand(build: Callable[..., OrgWorld]) -> OrgStand:
    """An org without records, read by REST in pages of five."""
    return OrgStand(build())


@pytest.fixture
def bulk_stand(stand: OrgStand, monkeypatch: pytest.MonkeyPatch) -> OrgStand:
    """The same org, read by Bulk API 2.0 in results of five."""
    monkeypatch.setattr(bulk, "PAGE", 5)
    stand.threshold = 0
    return stand
