"""Two stores of a commerce org over real HTTPS, and extractors that read them without waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from org_stand import NOW, OrgStandBase, OrgWorldBase

from recon.config.settings import Limits
from recon.sandbox.faults import Faults
from recon.sandbox.salesforce import Org, create_app
from recon.sandbox.server import Server
from recon.sandbox.tls import Certs
from recon.systems.b2b_commerce import Settings, doctor, extract
from recon.systems.b2b_commerce.streams import READINGS
from recon.systems.salesforce_api import bulk

SECRET = "commerce-secret-0123456789"


RECORDS: tuple[tuple[str, dict[str, Any], dict[str, str]], ...] = (
    ("Contact", {"LastName": "Kim", "Email": "kim@example.com"}, {"AccountId": "Account"}),
    ("BuyerAccount", {"Name": "Example GmbH", "BuyerStatus": "Active", "IsActive": True}, {"BuyerId": "Account"}),
    ("BuyerGroup", {"Name": "Trade"}, {}),
    ("BuyerGroupMember", {}, {"BuyerGroupId": "BuyerGroup", "BuyerId": "Account"}),
    ("WebStoreBuyerGroup", {}, {"WebStoreId": "WebStore", "BuyerGroupId": "BuyerGroup"}),
    ("Product2", {"Name": "Mug", "StockKeepingUnit": "MUG", "IsActive": True}, {}),
    ("Pricebook2", {"Name": "Trade", "IsActive": True}, {}),
    ("PricebookEntry", {"UnitPrice": "13.50", "IsActive": True, "CurrencyIsoCode": "EUR"},
     {"Pricebook2Id": "Pricebook2", "Product2Id": "Product2"}),
    ("WebStorePricebook", {"IsActive": True}, {"WebStoreId": "WebStore", "Pricebook2Id": "Pricebook2"}),
    ("BuyerGroupPricebook", {"IsActive": True}, {"BuyerGroupId": "BuyerGroup", "Pricebook2Id": "Pricebook2"}),
    ("CommerceEntitlementPolicy", {"Name": "All", "IsActive": True, "CanViewProduct": True, "CanViewPrice": True}, {}),
    ("CommerceEntitlementProduct", {}, {"PolicyId": "CommerceEntitlementPolicy", "ProductId": "Product2"}),
    ("CommerceEntitlementBuyerGroup", {}, {"PolicyId": "CommerceEntitlementPolicy", "BuyerGroupId": "BuyerGroup"}),
    ("ProductCatalog", {"Name": "Kitchen"}, {}),
    ("WebStoreCatalog", {}, {"SalesStoreId": "WebStore", "ProductCatalogId": "ProductCatalog"}),
    ("ProductCategory", {"Name": "Mugs"}, {"CatalogId": "ProductCatalog"}),
    ("ProductCategoryProduct", {}, {"ProductCategoryId": "ProductCategory", "ProductId": "Product2", "CatalogId": "ProductCatalog"}),
    ("ProductAttribute", {}, {"ProductId": "Product2"}),
    ("Location", {"Name": "Berlin"}, {}),
    ("ProductItem", {"QuantityOnHand": 3}, {"Product2Id": "Product2", "LocationId": "Location"}),
    ("OrderItem", {"Quantity": 1, "UnitPrice": "10.00", "TotalLineAmount": "10.00", "TypeCode": "Product"},
     {"OrderId": "Order", "Product2Id": "Product2", "PricebookEntryId": "PricebookEntry"}),
    ("OrderSummary", {"OrderNumber": "S1", "OrderLifeCycleType": "MANAGED", "CurrencyIsoCode": "EUR"}, {"OriginalOrderId": "Order"}),
    ("OrderItemSummary", {"Name": "Mug", "Status": "ORDERED", "Quantity": 1, "QuantityOrdered": 1, "TypeCode": "Product"},
     {"OrderSummaryId": "OrderSummary", "OriginalOrderItemId": "OrderItem", "Product2Id": "Product2"}),
    ("OrderPaymentSummary", {"Method": "Visa", "Type": "CreditCard", "CapturedAmount": "24.90"}, {"OrderSummaryId": "OrderSummary"}),
    ("PaymentGroup", {}, {"SourceObjectId": "Order"}),
    ("PaymentAuthorization", {"Amount": "24.90", "Status": "Processed"}, {"PaymentGroupId": "PaymentGroup"}),
    ("Payment", {"Amount": "24.90", "Status": "Processed", "Type": "Capture"}, {"PaymentGroupId": "PaymentGroup"}),
    ("Refund", {"Amount": "5.10", "Status": "Processed", "Type": "Referenced"}, {"PaymentGroupId": "PaymentGroup"}),
    ("CreditMemo", {"Status": "Posted", "TotalAmount": "5.10"}, {"ReferenceEntityId": "Order"}),
    ("FulfillmentOrder", {"Status": "Fulfilled", "StatusCategory": "CLOSED"}, {"OrderId": "Order", "OrderSummaryId": "OrderSummary"}),
    ("FulfillmentOrderLineItem", {"Quantity": 1, "OriginalQuantity": 1}, {"FulfillmentOrderId": "FulfillmentOrder"}),
    ("Shipment", {"ShipToName": "Kim", "TrackingNumber": "T1"}, {"FulfillmentOrderId": "FulfillmentOrder"}),
    ("ReturnOrder", {"Status": "Approved"}, {"OrderId": "Order", "OrderSummaryId": "OrderSummary"}),
    ("ReturnOrderLineItem", {"QuantityReturned": 1}, {"ReturnOrderId": "ReturnOrder", "OrderItemId": "OrderItem"}),
)  # fmt: skip
"""One record of every object that is read beside orders: object, values, and fields that hold the id of the record of another object."""


class CommerceWorld(OrgWorldBase):
    """The org, its faults, and extractors for it."""

    name = "b2b"

    def settings(self, **changes: Any) -> Settings:
        base = {
            "kind": "b2b_commerce", "url": self.server.url, "ca_bundle": self.certs.ca_file, "client_id": "commerce-app",
            "client_secret": "env:COMMERCE_SECRET",
        }  # fmt: skip
        return Settings.model_validate({**base, **changes})

    def open(self, *, threshold: int = 10**9, **changes: Any) -> Any:
        return self.reader(Limits(read_seconds=5, bulk_threshold=threshold, api_share=1.0), **changes)


@pytest.fixture
def build(tmp_path: Path, certs: Certs, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., CommerceWorld]]:
    """Makes an org, by default with Commerce and Order Management; options are those of the stand-in."""
    worlds: list[CommerceWorld] = []

    def make(**options: Any) -> CommerceWorld:
        monkeypatch.setenv("COMMERCE_SECRET", SECRET)
        features = {"multi_currency": True, "person_accounts": True, "commerce": True, "order_management": True}
        org = Org(tmp_path / f"org{len(worlds)}", now=lambda: NOW, **{**features, **options})
        org.add_client("commerce-app", SECRET, username="integration@acme-demo.example")
        faults = Faults()
        worlds.append(CommerceWorld(org, faults, Server(create_app(org, faults), certs).start(), certs))
        return worlds[-1]

    yield make
    for world in worlds:
        world.close()
        world.server.stop()
        world.org.close()


@pytest.fixture
def world(build: Callable[..., CommerceWorld]) -> CommerceWorld:
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


class CommerceStand(OrgStandBase):
    """The org as the contract of all extractors fills it: one store, its orders, and a record of everything around them."""

    world: CommerceWorld
    secrets = (SECRET,)
    amount = "9007199254740993.12"

    def fill(self, count: int, *, texts: Sequence[str] = (), amount: str = "24.90") -> None:
        self.world.advance(-86_400)
        if texts:
            self.size = 100
            self.heal()
        org = self.world.org
        self.made = {"Account": org.load("Account", [{"Name": "Example GmbH"}])[0]}
        self.made["WebStore"] = org.load("WebStore", [{"Name": "Trade store", "Type": "B2B"}])[0]
        self.orders = org.load("Order", [self.order(n, texts[n - 1] if texts else "a@example.com", amount) for n in range(1, count + 1)])
        org.load("Order", [{"AccountId": self.made["Account"], "Status": "Draft", "EffectiveDate": "2026-11-01"}])  # of nobody's store
        if count:
            self.made["Order"] = self.orders[0]
            for name, values, parents in RECORDS:
                row = {**values, **{field: self.made[parent] for field, parent in parents.items()}}
                self.made[name] = org.load(name, [row])[0]
        self.world.advance(86_400)

    def order(self, number: int, text: str = "a@example.com", amount: str = "24.90") -> dict[str, Any]:
        return {
            "AccountId": self.made["Account"], "SalesStoreId": self.made["WebStore"], "Status": "Draft", "EffectiveDate": "2026-11-01",
            "OrderReferenceNumber": str(number), "GrandTotalAmount": amount, "BillingEmailAddress": text, "CurrencyIsoCode": "EUR",
        }  # fmt: skip

    def number_of(self, line: dict[str, Any]) -> int:
        return int(line["OrderReferenceNumber"])

    def text_of(self, line: dict[str, Any]) -> str | None:
        return str(line["BillingEmailAddress"])

    def forbid(self) -> tuple[str, ...]:
        self.world.org.hide("Contact")
        self.world.org.hide("Order", "GrandTotalAmount")
        return ("Contact", "orders.total")


@pytest.fixture
def stand(build: Callable[..., CommerceWorld]) -> CommerceStand:
    """An org without records, read by REST in pages of five."""
    return CommerceStand(build())


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stores, orders and contacts only: describing all the other objects takes its time, and each is asked for in the same way."""
    chosen = tuple(one for one in READINGS if one.name in {"web_stores", "orders", "contacts"})
    monkeypatch.setattr(extract, "READINGS", chosen)
    monkeypatch.setattr(doctor, "READINGS", chosen)


@pytest.fixture
def bulk_stand(stand: CommerceStand, monkeypatch: pytest.MonkeyPatch) -> CommerceStand:
    """The same org, read by Bulk API 2.0 in results of five."""
    monkeypatch.setattr(bulk, "PAGE", 5)
    stand.threshold = 0
    return stand
