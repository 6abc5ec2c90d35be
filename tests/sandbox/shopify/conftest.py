"""A small store with one of everything, served over HTTPS, and a client that talks to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from recon.sandbox.shopify import Running, Shop, serve
from recon.sandbox.tls import Certs

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
TOKEN = "stand-in-token"

Document = dict[str, Any]


def gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


def money(amount: str, presentment: str | None = None, currency: str = "EUR") -> Document:
    return {
        "shopMoney": {"amount": amount, "currencyCode": "EUR"},
        "presentmentMoney": {"amount": presentment or amount, "currencyCode": currency},
    }


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def make_customer(number: int) -> Document:
    return {
        "id": gid("Customer", number),
        "createdAt": "2025-01-02T10:00:00Z",
        "updatedAt": stamp(NOW - timedelta(days=number)),
        "firstName": "Ada",
        "lastName": f"Number {number}",
        "state": "ENABLED",
        "tags": ["vip"] if number % 2 else [],
        "numberOfOrders": "1",
        "amountSpent": {"amount": "13.5", "currencyCode": "EUR"},
        "defaultEmailAddress": {
            "emailAddress": f"ada{number}@example.com",
            "marketingState": "SUBSCRIBED",
            "marketingOptInLevel": "CONFIRMED_OPT_IN",
            "marketingUpdatedAt": "2025-02-02T10:00:00Z",
        },
        "defaultPhoneNumber": {
            "phoneNumber": "+493012345",
            "smsMarketingConsent": {"state": "UNSUBSCRIBED", "updatedAt": "2025-02-02T10:00:00Z"},
        },
        "addressesV2": [
            {
                "id": gid("MailingAddress", number),
                "name": "Ada",
                "address1": "Lindenweg 3",
                "city": "Köln",
                "countryCodeV2": "DE",
                "zip": "50667",
            }
        ],
    }


def make_line(number: int, position: int) -> Document:
    return {
        "id": gid("LineItem", number * 10 + position),
        "title": "Tasse / groß",
        "sku": f"SKU-{position}",
        "quantity": position,
        "variant": {"id": gid("ProductVariant", 100 + position)},
        "product": {"id": gid("Product", 1)},
        "originalUnitPriceSet": money("4.5", "9.0", "USD"),
        "originalTotalSet": money("13.50"),
        "discountAllocations": [
            {
                "allocatedAmountSet": money("1.0"),
                "discountApplication": {"__typename": "DiscountCodeApplication", "index": 0, "targetType": "LINE_ITEM"},
            }
        ],
        "taxLines": [{"title": "VAT", "rate": 0.19, "priceSet": money("2.16")}],
    }


def make_order(number: int, created: datetime | None = None) -> Document:
    born = created or NOW - timedelta(hours=number)
    order, line, tax = gid("Order", number), gid("LineItem", number * 10 + 1), gid("OrderTransaction", number * 10)
    return {
        "id": order,
        "name": f"#{1000 + number}",
        "createdAt": stamp(born),
        "updatedAt": stamp(born + timedelta(minutes=30)),
        "email": f"ada{number}@example.com",
        "currencyCode": "EUR",
        "presentmentCurrencyCode": "USD",
        "displayFinancialStatus": "PAID" if number % 2 else "PARTIALLY_REFUNDED",
        "displayFulfillmentStatus": "FULFILLED",
        "returnStatus": "RETURNED" if number % 6 == 0 else "NO_RETURN",
        "test": number % 5 == 0,
        "tags": ["web", "gift"],
        "customer": {"id": gid("Customer", 1 + number % 3)},
        "originalTotalPriceSet": money("13.5", "27.0", "USD"),
        "totalPriceSet": money("13.5"),
        "taxLines": [{"title": "VAT", "rate": 0.19, "priceSet": money("2.16")}],
        "shippingAddress": {"name": "Ada", "address1": "Lindenweg 3", "city": "Köln", "countryCodeV2": "DE", "zip": "50667"},
        "lineItems": [make_line(number, 1), make_line(number, 2)],
        "shippingLines": [
            {"id": gid("ShippingLine", number * 10), "title": "DHL", "originalPriceSet": money("4.9")},
            {"id": gid("ShippingLine", number * 10 + 1), "title": "Express", "originalPriceSet": money("9.9"), "isRemoved": True},
        ],
        "transactions": [
            {"id": tax, "kind": "SALE", "status": "SUCCESS", "gateway": "bogus", "amountSet": money("13.5"), "processedAt": stamp(born)}
        ],
        "fulfillments": [
            {"id": gid("Fulfillment", number), "status": "SUCCESS", "createdAt": stamp(born), "location": {"id": gid("Location", 1)}}
        ],
        "refunds": [
            {
                "id": gid("Refund", number),
                "createdAt": stamp(born + timedelta(minutes=20)),
                "totalRefundedSet": money("4.5"),
                "refundLineItems": [{"lineItem": {"id": line}, "quantity": 1, "restockType": "RETURN", "subtotalSet": money("4.5")}],
                "transactions": [
                    {"id": gid("OrderTransaction", number * 10 + 1), "kind": "REFUND", "status": "SUCCESS", "amountSet": money("4.5")}
                ],
            }
        ],
        "returns": [
            {
                "id": gid("Return", number),
                "name": f"#{1000 + number}-R1",
                "status": "CLOSED",
                "returnLineItems": [
                    {
                        "id": gid("ReturnLineItem", number),
                        "quantity": 1,
                        "fulfillmentLineItem": {"id": gid("FulfillmentLineItem", number), "lineItem": {"id": line}},
                    }
                ],
            }
        ],
    }


def make_product(number: int) -> Document:
    return {
        "id": gid("Product", number),
        "title": f"Tasse {number}",
        "createdAt": "2025-01-01T00:00:00Z",
        "updatedAt": stamp(NOW - timedelta(days=number)),
        "variants": [
            {
                "id": gid("ProductVariant", number * 100 + position),
                "sku": f"SKU-{position}",
                "price": "4.5",
                "inventoryItem": {"id": gid("InventoryItem", number * 100 + position)},
            }
            for position in (1, 2)
        ],
    }


def make_item(number: int) -> Document:
    return {
        "id": gid("InventoryItem", number),
        "sku": f"SKU-{number % 100}",
        "createdAt": "2025-01-01T00:00:00Z",
        "inventoryLevels": [
            {
                "id": f"gid://shopify/InventoryLevel/{number}{place}?inventory_item_id={number}",
                "location": {"id": gid("Location", place)},
                "isActive": place == 1,
                "updatedAt": stamp(NOW),
                "quantities": [{"name": "available", "quantity": 3 - place}, {"name": "on_hand", "quantity": 5}],
            }
            for place in (1, 2)
        ],
    }


def fill(shop: Shop, orders: int = 12) -> None:
    """One of everything."""
    shop.load("locations", [{"id": gid("Location", 1), "name": "Köln"}, {"id": gid("Location", 2), "name": "Alt", "isActive": False}])
    shop.load("customers", [make_customer(number) for number in (1, 2, 3)])
    shop.load("products", [make_product(number) for number in (1, 2)])
    shop.load("inventory_items", [make_item(number) for number in (101, 102, 201, 202)])
    shop.load("orders", [make_order(number) for number in range(1, orders + 1)])
    shop.load(
        "price_lists",
        [
            {
                "id": gid("PriceList", 1),
                "name": "Wholesale",
                "currency": "EUR",
                "catalog": {
                    "__typename": "CompanyLocationCatalog",
                    "id": gid("CompanyLocationCatalog", 1),
                    "title": "B2B",
                    "status": "ACTIVE",
                },
                "parent": {"adjustment": {"type": "PERCENTAGE_DECREASE", "value": 10.0}},
                "prices": [
                    {
                        "variant": {"id": gid("ProductVariant", 101)},
                        "originType": "FIXED",
                        "price": {"amount": "3.9", "currencyCode": "EUR"},
                        "quantityPriceBreaks": [
                            {"id": gid("QuantityPriceBreak", 1), "minimumQuantity": 10, "price": {"amount": "3.5", "currencyCode": "EUR"}}
                        ],
                    },
                    {
                        "variant": {"id": gid("ProductVariant", 102)},
                        "originType": "RELATIVE",
                        "price": {"amount": "4.05", "currencyCode": "EUR"},
                    },
                ],
            }
        ],
    )
    shop.load(
        "companies",
        [
            {
                "id": gid("Company", 1),
                "name": "Beispiel GmbH",
                "externalId": "B-1",
                "createdAt": "2025-01-01T00:00:00Z",
                "locations": [
                    {
                        "id": gid("CompanyLocation", 1),
                        "name": "Zentrale",
                        "billingAddress": {"address1": "Weg 1", "companyName": "Beispiel GmbH", "countryCode": "DE", "city": "Bonn"},
                    }
                ],
                "contacts": [{"id": gid("CompanyContact", 1), "isMainContact": True, "customer": {"id": gid("Customer", 1)}}],
            }
        ],
    )
    shop.load(
        "fulfillment_orders",
        [
            {
                "id": gid("FulfillmentOrder", number),
                "orderId": gid("Order", number),
                "status": "CLOSED" if number % 2 else "OPEN",
                "createdAt": stamp(NOW),
                "assignedLocation": {"name": "Köln", "countryCode": "DE", "location": {"id": gid("Location", 1)}},
                "lineItems": [
                    {
                        "id": gid("FulfillmentOrderLineItem", number),
                        "totalQuantity": 1,
                        "lineItem": {"id": gid("LineItem", number * 10 + 1)},
                    }
                ],
                "fulfillments": [
                    {
                        "id": gid("Fulfillment", number),
                        "status": "SUCCESS",
                        "createdAt": stamp(NOW),
                        "trackingInfo": [{"company": "DHL", "number": "00340", "url": "https://example.com/t/00340"}],
                        "fulfillmentLineItems": [
                            {"id": gid("FulfillmentLineItem", number), "quantity": 1, "lineItem": {"id": gid("LineItem", number * 10 + 1)}}
                        ],
                    }
                ],
            }
            for number in (1, 2)
        ],
    )


class Client:
    """Speaks to the stand-in as any client would: HTTPS, JSON, a token in its header."""

    def __init__(self, running: Running, certs: Certs, token: str = TOKEN, version: str = "2026-07") -> None:
        self.running = running
        self.shop = running.shop
        self.faults = running.faults
        self.token = token
        self.version = version
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(certs.ca_file)

    def post(self, query: str, variables: Document | None = None, *, version: str | None = None) -> requests.Response:
        url = f"{self.running.url}/admin/api/{version or self.version}/graphql.json"
        return self.session.post(
            url, json={"query": query, "variables": variables}, headers={"X-Shopify-Access-Token": self.token}, timeout=30
        )

    def ask(self, query: str, variables: Document | None = None, *, version: str | None = None) -> Document:
        answer = self.post(query, variables, version=version)
        assert answer.status_code == 200, answer.text
        body: Document = answer.json()
        return body

    def data(self, query: str, variables: Document | None = None, *, version: str | None = None) -> Any:
        body = self.ask(query, variables, version=version)
        assert "errors" not in body, body["errors"]
        return body["data"]

    def run_bulk(self, query: str, *, grouped: bool = False) -> Document:
        """Run a bulk query and poll it to its end."""
        mutation = (
            "mutation($q: String!, $g: Boolean!) { bulkOperationRunQuery(query: $q, groupObjects: $g) "
            "{ bulkOperation { id status } userErrors { code field message } } }"
        )
        payload = self.data(mutation, {"q": query, "g": grouped})["bulkOperationRunQuery"]
        assert payload["userErrors"] == []
        return self.finish(payload["bulkOperation"]["id"])

    def poll(self, number: str) -> Document:
        fields = "id status type errorCode createdAt completedAt objectCount rootObjectCount fileSize url partialDataUrl query"
        operation: Document = self.data(f"query($id: ID!) {{ bulkOperation(id: $id) {{ {fields} }} }}", {"id": number})["bulkOperation"]
        return operation

    def finish(self, number: str) -> Document:
        for _ in range(20):
            operation = self.poll(number)
            if operation["status"] not in {"CREATED", "RUNNING", "CANCELING"}:
                return operation
        raise AssertionError("the operation does not finish")

    def download(self, url: str, **headers: str) -> requests.Response:
        return self.session.get(url, headers=headers, timeout=30)

    def lines(self, operation: Document) -> list[Document]:
        body = self.download(operation["url"]).content
        return [json.loads(line) for line in body.splitlines()]


@pytest.fixture(scope="session")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Certs:
    return Certs(tmp_path_factory.mktemp("certs"))


@pytest.fixture
def open_shop(tmp_path: Path) -> Iterator[Callable[..., Shop]]:
    """Makes shops on a folder below tmp_path and closes them."""
    made: list[Shop] = []

    def make(name: str = "shop", **options: Any) -> Shop:
        shop = Shop(tmp_path / name, now=lambda: NOW, **options)
        made.append(shop)
        return shop

    yield make
    for shop in made:
        shop.close()


@pytest.fixture
def shop(open_shop: Callable[..., Shop]) -> Shop:
    shop: Shop = open_shop()
    shop.static_token(TOKEN)
    fill(shop)
    return shop


@pytest.fixture
def connect(certs: Certs) -> Iterator[Callable[[Shop], Client]]:
    """Serves shops and gives a client for each."""
    clients: list[Client] = []

    def connected(shop: Shop) -> Client:
        client = Client(serve(shop, certs), certs)
        clients.append(client)
        return client

    yield connected
    for client in clients:
        client.session.close()
        client.running.stop()


@pytest.fixture
def client(shop: Shop, connect: Callable[[Shop], Client]) -> Client:
    return connect(shop)


class Make:
    """Documents for tests that load their own."""

    now = NOW
    token = TOKEN
    gid = staticmethod(gid)
    money = staticmethod(money)
    order = staticmethod(make_order)
    customer = staticmethod(make_customer)
    product = staticmethod(make_product)
    item = staticmethod(make_item)
    stamp = staticmethod(stamp)


@pytest.fixture
def make() -> Make:
    return Make()
