"""The vendor's schemas, where they are at hand, and a served stand-in shop."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from extractor_contract import Stand
from graphql import GraphQLSchema, build_client_schema
from reading import World, digest

from recon.config.settings import Limits
from recon.sandbox.shopify import Running, Shop, serve
from recon.sandbox.tls import Certs
from recon.systems.shopify import Settings, streams


@cache
def _introspection(path: Path) -> dict[str, Any]:
    data = json.loads(gzip.decompress(path.read_bytes()))
    return data.get("data", data)  # type: ignore[no-any-return]


@cache
def _schema(path: Path) -> GraphQLSchema:
    return build_client_schema(_introspection(path), assume_valid=True)  # type: ignore[arg-type]


def _path(shared: Path, version: str) -> Path:
    return shared / "contracts" / "shopify" / f"admin_{version}.json.gz"


@pytest.fixture(scope="session")
def vendor_schema(shared: Path) -> Callable[[str], GraphQLSchema]:
    """Version → schema as the vendor publishes it."""
    return lambda version: _schema(_path(shared, version))


@pytest.fixture(scope="session")
def vendor_types(shared: Path) -> Callable[[str], dict[str, dict[str, Any]]]:
    """Version → type name → introspection with the vendor's own keys (requiredAccess, isProtected)."""
    return lambda version: {entry["name"]: entry for entry in _introspection(_path(shared, version))["__schema"]["types"]}


@pytest.fixture(scope="session")
def recorded(shared: Path) -> Path:
    """Answers of real development shops."""
    return shared / "contracts" / "shopify" / "recorded"


# -- a small shop ---------------------------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
DOMAIN = "acme-demo.myshopify.com"
CLIENT_SECRET, STATIC_TOKEN = "secret-of-client-1", "shpat_0123456789abcdef"


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def money(amount: str) -> dict[str, Any]:
    return {
        "shopMoney": {"amount": amount, "currencyCode": "EUR"},
        "presentmentMoney": {"amount": amount, "currencyCode": "EUR"},
    }


def gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


def order(number: int, *, lines: int = 2, age_days: float = 20, refunded: bool = False, returned: bool = False) -> dict[str, Any]:
    placed = iso(NOW - timedelta(days=age_days, minutes=number))
    line_items = [
        {
            "id": gid("LineItem", number * 1000 + k),
            "title": f"Mug {k}",
            "sku": f"MUG-{k}",
            "quantity": 2,
            "currentQuantity": 1 if refunded and k == 0 else 2,
            "originalUnitPriceSet": money("13.5"),
            "variant": {"id": gid("ProductVariant", 5000 + k % 60)},
            "product": {"id": gid("Product", 50)},
            "taxLines": [{"title": "VAT", "rate": 0.19, "priceSet": money("4.31")}],
        }
        for k in range(lines)
    ]
    refunds = [
        {
            "id": gid("Refund", number * 10 + n),
            "createdAt": placed,
            "updatedAt": placed,
            "totalRefundedSet": money("13.5"),
            "refundLineItems": [
                {
                    "id": gid("RefundLineItem", number * 1000 + n * 100 + k),
                    "quantity": 1,
                    "restockType": "RETURN",
                    "lineItem": {"id": line_items[k % lines]["id"]},
                    "subtotalSet": money("13.5"),
                    "priceSet": money("13.5"),
                    "totalTaxSet": money("2.16"),
                }
                for k in range(45 if number % 2 else 1)
            ],
            "transactions": [
                {"id": gid("OrderTransaction", number * 10 + 5 + n), "kind": "REFUND", "status": "SUCCESS", "amountSet": money("13.5")}
            ],
        }
        for n in range(2 if refunded else 0)
    ]
    returns = [
        {
            "id": gid("Return", number * 10 + n),
            "name": f"#{number}-R{n}",
            "status": "CLOSED",
            "createdAt": placed,
            "returnLineItems": [
                {
                    "__typename": "ReturnLineItem",
                    "id": gid("ReturnLineItem", number * 1000 + n * 100 + k),
                    "quantity": 1,
                    "fulfillmentLineItem": {"id": gid("FulfillmentLineItem", number * 1000), "lineItem": {"id": line_items[0]["id"]}},
                }
                for k in range(25 if n == 0 else 1)
            ],
        }
        for n in range(5 if returned else 0)
    ]
    return {
        "id": gid("Order", number),
        "name": f"#{number}",
        "createdAt": placed,
        "processedAt": placed,
        "updatedAt": iso(NOW - timedelta(hours=number % 48 + 1)),
        "email": f"buyer{number}@example.com",
        "currencyCode": "EUR",
        "customer": {"id": gid("Customer", 100 + number % 30)},
        "displayFinancialStatus": "PARTIALLY_REFUNDED" if refunded else "PAID",
        "returnStatus": "RETURNED" if returned else "NO_RETURN",
        "originalTotalPriceSet": money(f"{27 * lines}.0"),
        "totalTaxSet": money("4.31"),
        "lineItems": line_items,
        "totalCashRoundingAdjustment": {},
        "shippingLines": [{"id": gid("ShippingLine", number), "title": "Post", "originalPriceSet": money("4.9")}],
        "refunds": refunds,
        "returns": returns,
        "transactions": [{"id": gid("OrderTransaction", number * 10), "kind": "SALE", "status": "SUCCESS", "amountSet": money("27.0")}],
    }


def customer(number: int) -> dict[str, Any]:
    return {
        "id": gid("Customer", number),
        "firstName": "Ann",
        "lastName": f"Example {number}",
        "createdAt": iso(NOW - timedelta(days=100)),
        "updatedAt": iso(NOW - timedelta(hours=number)),
        "defaultEmailAddress": {"emailAddress": f"ann{number}@example.com", "marketingState": "SUBSCRIBED"},
        "addressesV2": [
            {"id": gid("MailingAddress", number * 10 + k), "city": "Köln", "zip": "50667"} for k in range(8 if number % 7 == 0 else 1)
        ],
    }


def product() -> dict[str, Any]:
    created = iso(NOW - timedelta(days=200))
    return {
        "id": gid("Product", 50),
        "title": "Mug",
        "createdAt": created,
        "updatedAt": created,
        "variantsCount": {"count": 120, "precision": "EXACT"},
        "variants": [
            {
                "id": gid("ProductVariant", 5000 + k),
                "sku": f"MUG-{k}",
                "price": "13.5",
                "inventoryItem": {"id": gid("InventoryItem", 6000 + k)},
            }
            for k in range(120)
        ],
    }


def inventory_item(k: int) -> dict[str, Any]:
    return {
        "id": gid("InventoryItem", 6000 + k),
        "sku": f"MUG-{k}",
        "createdAt": iso(NOW - timedelta(days=200)),
        "inventoryLevels": [
            {
                "id": f"gid://shopify/InventoryLevel/{70 + place}?inventory_item_id={6000 + k}",
                "location": {"id": gid("Location", 70 + place)},
                "quantities": [{"name": "available", "quantity": k - 3}, {"name": "on_hand", "quantity": k}],
            }
            for place in range(12 if k == 0 else 2)
        ],
    }


def fulfillment_order(number: int) -> dict[str, Any]:
    lines = [gid("LineItem", number * 1000 + k) for k in range(2)]
    made = iso(NOW - timedelta(hours=number % 48 + 1))
    return {
        "id": gid("FulfillmentOrder", number),
        "orderId": gid("Order", number),
        "status": "CLOSED",
        "createdAt": made,
        "updatedAt": made,
        "lineItems": [
            {"id": gid("FulfillmentOrderLineItem", number * 1000 + k), "lineItem": {"id": line}, "totalQuantity": 2}
            for k, line in enumerate(lines)
        ],
        "fulfillments": [
            {
                "id": gid("Fulfillment", number * 10 + n),
                "status": "SUCCESS",
                "createdAt": made,
                "updatedAt": made,
                "trackingInfo": [{"company": "Post", "number": f"T{number}"}],
                "fulfillmentLineItems": [
                    {"id": gid("FulfillmentLineItem", number * 1000 + n * 100 + k), "lineItem": {"id": line}, "quantity": 1}
                    for k, line in enumerate(lines)
                ],
            }
            for n in range(4 if number % 10 == 0 else 1)
        ],
    }


def company() -> dict[str, Any]:
    made = iso(NOW - timedelta(days=90))
    return {
        "id": gid("Company", 9),
        "name": "Example GmbH",
        "externalId": "K-9",
        "createdAt": made,
        "updatedAt": made,
        "locationsCount": {"count": 12, "precision": "EXACT"},
        "contactsCount": {"count": 1, "precision": "EXACT"},
        "locations": [{"id": gid("CompanyLocation", 900 + k), "name": f"Branch {k}"} for k in range(12)],
        "contacts": [{"id": gid("CompanyContact", 950), "customer": {"id": gid("Customer", 101)}}],
    }


def price_list() -> dict[str, Any]:
    return {
        "id": gid("PriceList", 3),
        "name": "Dealers",
        "currency": "EUR",
        "prices": [
            {"variant": {"id": gid("ProductVariant", 5000 + k)}, "price": {"amount": "11.0", "currencyCode": "EUR"}, "originType": "FIXED"}
            for k in range(60)
        ],
    }


def fill(shop: Shop) -> None:
    """About 60 records of each kind that matters, some with more children than one page brings."""
    shop.load(
        "locations", [{"id": gid("Location", 70 + k), "name": f"Place {k}", "createdAt": iso(NOW - timedelta(days=300))} for k in range(12)]
    )
    shop.load("customers", [customer(number) for number in range(100, 130)])
    shop.load("products", [product()])
    shop.load("inventory_items", [inventory_item(k) for k in range(60)])
    orders = [
        order(
            number,
            lines=45 if number == 1003 else 2,
            refunded=number % 6 == 1,
            returned=number % 10 == 2,
            age_days=100 if number < 1010 else 20,
        )
        for number in range(1000, 1060)
    ]
    shop.load("orders", orders)
    shop.load("fulfillment_orders", [fulfillment_order(number) for number in range(1000, 1060)])
    shop.load("companies", [company()])
    shop.load("price_lists", [price_list()])
    shop.load("orders", [order(999)])
    shop.delete("orders", gid("Order", 999))


class ShopWorld(World):
    """A served shop, and extractors that read it on its own clock."""

    def __init__(self, shop: Shop, running: Running, certs: Certs, set_env: Callable[[str, str], None]) -> None:
        super().__init__(shop)
        self.shop, self.running, self.faults, self._certs = shop, running, running.faults, certs
        shop.add_client("client-1", CLIENT_SECRET)
        set_env("RECON_TEST_SHOP_SECRET", CLIENT_SECRET)
        set_env("RECON_TEST_SHOP_TOKEN", shop.static_token(STATIC_TOKEN))

    def settings(self, **changes: Any) -> Settings:
        given = {
            "shop": DOMAIN,
            "url": self.running.url,
            "ca_bundle": self._certs.ca_file,
            "client_id": "client-1",
            "client_secret": "env:RECON_TEST_SHOP_SECRET",
            "result_hosts": ("localhost",),
            **changes,
        }
        return Settings(**{key: value for key, value in given.items() if value is not None})


@pytest.fixture(scope="session")
def filled_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    shop = Shop(folder, domain=DOMAIN, now=lambda: NOW)
    fill(shop)
    shop.close()
    return folder


def served(folder: Path, certs: Certs, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShopWorld]:
    shop = Shop(folder, domain=DOMAIN, now=lambda: NOW)
    with serve(shop, certs) as running:
        found = ShopWorld(shop, running, certs, monkeypatch.setenv)
        yield found
        found.close()
    shop.close()


@pytest.fixture
def world(tmp_path: Path, filled_folder: Path, certs: Certs, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShopWorld]:
    """A shop with about 60 orders, served over HTTPS."""
    shutil.copytree(filled_folder, tmp_path / "shop")
    yield from served(tmp_path / "shop", certs, monkeypatch)


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Reads a stream in another way than it is declared: smaller pages, other counts."""

    def change(name: str, **values: Any) -> None:
        reading = replace(streams.BY_NAME[name], **values)
        monkeypatch.setattr(streams, "BY_NAME", {**streams.BY_NAME, name: reading})
        monkeypatch.setattr("recon.systems.shopify.extractor.BY_NAME", {**streams.BY_NAME, name: reading})

    return change


class ShopStand(Stand):
    """The shop as the contract of all extractors fills it."""

    world: ShopWorld
    lists = r"POST /admin/api/"
    anything = r"POST /admin/api/"
    posts = (r"POST /admin/api/[\d-]+/graphql\.json", "POST /admin/oauth/access_token")
    secrets = (CLIENT_SECRET, STATIC_TOKEN)

    def __init__(self, world: ShopWorld, way: str, paged: Callable[[int], None]) -> None:
        super().__init__(world)
        self.way, self.paged = way, paged
        paged(5)

    def reader(self, limits: Limits | None = None) -> Any:
        return self.world.reader(limits, full_read=self.way)

    def settings(self) -> Settings:
        return self.world.settings(full_read=self.way)

    def fill(self, count: int, *, texts: Sequence[str] = (), amount: str = "24.90") -> None:
        shop = self.world.shop
        if texts:
            self.paged(100)
        orders = [self.order(n, texts[n - 1] if texts else "Ann", amount) for n in range(1, count + 1)]
        shop.load("orders", orders)
        if not count:
            return
        shop.load(
            "locations",
            [{"id": gid("Location", 70 + k), "name": f"Place {k}", "createdAt": iso(NOW - timedelta(days=300))} for k in range(2)],
        )
        where = {"address1": "Am Kai 1", "zip": "20457"}
        place = {"id": gid("CompanyLocation", 900), "name": "Port", "phone": "+49", "billingAddress": where, "shippingAddress": where}
        shop.load("customers", [{**customer(n), "defaultPhoneNumber": {"phoneNumber": "+49401234"}} for n in (100, 101)])
        shop.load("products", [{**product(), "variants": product()["variants"][:3], "variantsCount": {"count": 3, "precision": "EXACT"}}])
        shop.load("inventory_items", [inventory_item(k) for k in (1, 2)])
        shop.load("fulfillment_orders", [fulfillment_order(1)])
        shop.load("companies", [{**company(), "locations": [place], "locationsCount": {"count": 1, "precision": "EXACT"}}])
        shop.load("price_lists", [price_list()])
        shop.load("orders", [order(9999)])
        shop.delete("orders", gid("Order", 9999))

    def order(self, number: int, text: str = "Ann", amount: str = "24.90") -> dict[str, Any]:
        made = order(number, refunded=number == 2, returned=number == 3)
        made["returns"] = made["returns"][1:2]
        where = {"name": text, "address1": "Am Kai 1", "zip": "20457", "phone": "+49401234"}
        addresses = {"billingAddress": where, "shippingAddress": where, "phone": "+49401234"}
        return {**made, **addresses, "originalTotalPriceSet": money(amount), "updatedAt": made["createdAt"]}

    def add(self, number: int) -> None:
        now = iso(self.world.now())
        self.world.shop.load("orders", [{**self.order(number), "createdAt": now, "processedAt": now, "updatedAt": now}])

    def touch(self, number: int) -> None:
        self.world.shop.update("orders", gid("Order", number), {"tags": ["changed"]})

    def remove(self, number: int) -> None:
        self.world.shop.delete("orders", gid("Order", number))

    def number_of(self, line: dict[str, Any]) -> int:
        return int(line["id"].rpartition("/")[2])

    def text_of(self, line: dict[str, Any]) -> str | None:
        return str(line["billingAddress"]["name"])

    def has(self, line: dict[str, Any], path: str) -> bool:
        """Children are lines of their own."""
        front, _, rest = path.partition(".")
        return super().has(line, rest if front in {"addressesV2", "locations"} and "__parentId" in line else path)

    def digest(self) -> str:
        own = "where kind <> 'bulk_operations'"
        return digest(self.world.folder / "shop.sqlite", [f"docs {own}", f"idx {own}", "refs", "tombs", "clients"])

    def wrote(self) -> list[Any]:
        allowed = ("query", ["bulkOperationRunQuery"])
        return [entry for entry in self.world.shop.operations() if entry["kind"] != "query" and entry["fields"] != allowed[1]]

    def forbid(self) -> tuple[str, ...]:
        self.world.shop.scopes = [scope for scope in self.world.shop.scopes if scope not in {"read_customers", "read_returns"}]
        return ("read_customers", "read_returns")

    def end_token(self, after: int) -> bool:
        self.plant(self.anything, "token_expired", after=after)
        return True

    def lose(self) -> None:
        if self.way == "bulk":
            self.plant("bulk_lost_rows", "bulk_lost_rows", times=None, every=5)
        else:
            self.plant("hidden", "hidden", times=None)


@pytest.fixture
def stand(tmp_path: Path, certs: Certs, changed: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Iterator[ShopStand]:
    """A shop without records, read in pages of five."""
    monkeypatch.setattr("recon.systems.shopify.extractor._NODES", 5)

    def paged(size: int) -> None:
        for name in streams.BY_NAME:
            changed(name, page=size)

    for world in served(tmp_path / "shop", certs, monkeypatch):
        yield ShopStand(world, "pages", paged)


@pytest.fixture
def bulk_stand(stand: ShopStand) -> ShopStand:
    """The same shop, read by bulk operations."""
    stand.way = "bulk"
    return stand
