"""A small shop of every kind of record, served by the stand-in."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from extractor_contract import Stand
from reading import World, digest

from recon.config.settings import Limits
from recon.sandbox.adobe_commerce import Running, Shop, records, serve
from recon.sandbox.adobe_commerce.routes import ALL_RIGHTS
from recon.sandbox.tls import Certs
from recon.systems.adobe_commerce import Settings

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


class ShopWorld(World):
    """The shop, its servers and readers of it."""

    def __init__(self, shop: Shop, running: Running, certs: Certs) -> None:
        super().__init__(shop)
        self.shop, self.running, self.certs, self.faults = shop, running, certs, shop.faults
        names = ("RECON_TEST_KEY", "RECON_TEST_SECRET", "RECON_TEST_TOKEN", "RECON_TEST_TOKEN_SECRET")
        shop.add_integration(*(SECRETS[name] for name in names))
        shop.add_client(SECRETS["RECON_TEST_CLIENT"], SECRETS["RECON_TEST_CLIENT_SECRET"], "0123@AdobeOrg")

    def settings(self, **changes: Any) -> Settings:
        ways = {"tenant_id": self.shop.tenant, "ims_url": self.running.ims.url, **SERVICE} if self.shop.service else OAUTH
        given = {"url": self.running.url, "ca_bundle": self.certs.ca_file, "page_size": 20, **ways, **changes}
        return Settings(**{key: value for key, value in given.items() if value is not None})


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adobe")
    shop = Shop(folder, now=lambda: NOW)
    fill(shop)
    shop.close()
    return folder


@pytest.fixture
def open_world(tmp_path: Path, filled: Path, certs: Certs, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., ShopWorld]]:
    """A function that serves a shop of a version or of the cloud service."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    opened: list[ShopWorld] = []

    def make(*, empty: bool = False, **options: Any) -> ShopWorld:
        folder = tmp_path / f"shop{len(opened)}"
        if not empty:
            shutil.copytree(filled, folder)
        shop = Shop(folder, now=lambda: NOW, **options)
        opened.append(ShopWorld(shop, serve(shop, certs), certs))
        return opened[-1]

    yield make
    for world in opened:
        world.close()
        world.running.stop()
        world.shop.close()


@pytest.fixture
def world(open_world: Callable[..., ShopWorld]) -> ShopWorld:
    return open_world()


@pytest.fixture
def known_secrets() -> dict[str, str]:
    return SECRETS


class ShopStand(Stand):
    """The shop as the contract of all extractors fills it."""

    world: ShopWorld
    lists = r"GET /\S+/V1/orders\?.*sortOrders"
    anything = r"(GET|POST) .*/V1/"
    posts = (r"POST /\S+/V1/products/(base-prices|special-price|tier-prices)-information", "POST /ims/token/v3")
    secrets = tuple(SECRETS.values())

    def reader(self, limits: Limits | None = None) -> Any:
        return self.world.reader(limits, page_size=5)

    def settings(self) -> Settings:
        return self.world.settings(page_size=5)

    def fill(self, count: int, *, texts: Sequence[str] = (), amount: str = "24.90") -> None:
        shop, born = self.world.shop, NOW - timedelta(days=200)
        orders = [self.order(n, texts[n - 1] if texts else "Ann", amount) for n in range(1, count + 1)]
        shop.load("orders", orders)
        if not count:
            return
        when = NOW - timedelta(days=1)
        contact = {"email": "store@example.com", "phone": "040 1234", "contact_name": "Kim"}
        company = {"company_email": "office@example.com", "telephone": "040 1234", "street": ["Am Kai 1"]}
        shop.load("invoices", [records.invoice(1, orders[0], created=when)])
        shop.load("shipments", [records.shipment(1, 1, [(10, 2, "MUG-001")], created=when, tracks=[("DHL", "T1")])])
        shop.load("creditmemos", [records.creditmemo(1, 1, [(10, 1, money("13.505"))], created=when)])
        shop.load("returns", [_rma(1)])
        shop.load("customer_groups", [{"id": n, "code": f"Group {n}", "tax_class_id": 3} for n in range(2)])
        shop.load("customers", [records.customer(n, f"a{n}@example.com", "Ann", "Example", created=born) for n in (100, 101)])
        shop.load("products", [records.product(n, sku, f"Mug {n}", money("13.505"), created=born) for n, sku in enumerate(SKUS[:7], 1)])
        shop.load(
            "sources", [{"source_code": code, "name": f"Place {code}", "enabled": True, **contact} for code in ("default", "hamburg")]
        )
        rows = [{"sku": sku, "source_code": code, "quantity": 5, "status": 1} for code in ("default", "hamburg") for sku in SKUS[:7]]
        shop.load("source_items", rows)
        shop.load("salable", [{"sku": sku, "website": "base", "qty": 5, "is_salable": True} for sku in SKUS[:7]])
        shop.load("base_prices", [{"sku": sku, "store_id": 0, "price": money("13.505")} for sku in SKUS[:7]])
        special = {"sku": SKUS[1], "store_id": 0, "price": money("9.5"), "price_from": "2026-11-01 00:00:00", "price_to": ""}
        shop.load("special_prices", [special])
        tier = {"website_id": 0, "customer_group": "Group 1", "quantity": 1, "price": 10, "price_type": "discount"}
        shop.load("tier_prices", [{"sku": sku, **tier} for sku in SKUS[:3]])
        shop.load("companies", [{"id": 7, "company_name": "Example GmbH", "customer_group_id": 1, "status": 1, **company}])
        shop.load("company_credits", [{"id": 3, "company_id": 7, "credit_limit": money("5000.5"), "currency_code": "EUR"}])
        shop.load("shared_catalogs", [{"id": 4, "name": "Dealers", "customer_group_id": 1, "type": 0}])

    def order(self, number: int, text: str = "Ann", amount: str = "24.90") -> dict[str, Any]:
        old = NOW - timedelta(days=9, minutes=number)
        line = records.item(number * 10, "MUG-001", 2, money("13.505"), product_id=2)
        made = records.order(number, [line], created=old, updated=old, email=f"buyer{number}@example.com")
        return {**made, "customer_firstname": text, "customer_lastname": "Example", "base_grand_total": money(amount)}

    def add(self, number: int) -> None:
        now = records.stamp(self.world.now())
        self.world.shop.load("orders", [{**self.order(number), "created_at": now, "updated_at": now}])

    def touch(self, number: int) -> None:
        self.world.shop.update("orders", number, {"state": "complete"})

    def remove(self, number: int) -> None:
        self.world.shop.delete("orders", number)

    def number_of(self, line: dict[str, Any]) -> int:
        return int(line["entity_id"])

    def text_of(self, line: dict[str, Any]) -> str | None:
        return str(line["customer_firstname"])

    def key(self, stream: str, line: dict[str, Any]) -> Any:
        own = line.get("entity_id") or line.get("id")
        return own if own is not None else tuple(line.get(name) for name in ("sku", "source_code", "website", "store_id"))

    def digest(self) -> str:
        return digest(self.world.folder / "shop.sqlite", ["docs", "prices", "meta", "broken"])

    def forbid(self) -> tuple[str, ...]:
        self.world.shop.rights -= {"Magento_Sales::shipment", "Magento_InventoryApi::source"}
        return ("Magento_Sales::shipment", "Magento_InventoryApi::source")

    def heal(self) -> None:
        super().heal()
        self.world.shop.rights = ALL_RIGHTS
        self.world.shop.add_integration(*list(SECRETS.values())[:4])

    def end_token(self, after: int) -> bool:
        self.plant("GET", "token_expired" if self.world.shop.service else "integration_revoked", after=after)
        return self.world.shop.service

    def lose(self) -> None:
        self.plant("GET .*/orders", "hidden", times=None)


@pytest.fixture
def stand(open_world: Callable[..., ShopWorld]) -> ShopStand:
    """A shop without records, read in pages of five."""
    return ShopStand(open_world(empty=True))


@pytest.fixture
def service_stand(open_world: Callable[..., ShopWorld]) -> ShopStand:
    """The same in the cloud service, which hands out tokens."""
    return ShopStand(open_world(empty=True, service=True))
