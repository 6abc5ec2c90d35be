"""A small WooCommerce site, served by the stand-in, and extractors that read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from extractor_contract import Stand
from reading import World, digest

from recon.config.settings import Limits
from recon.sandbox.tls import Certs
from recon.sandbox.woocommerce import Running, Shop, serve
from recon.systems.woocommerce import Settings

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


class SiteWorld(World):
    """A served site, and readers on its own clock."""

    def __init__(self, shop: Shop, running: Running, certs: Certs, set_env: Callable[[str, str], None]) -> None:
        super().__init__(shop)
        self.shop, self.running, self.faults, self._certs = shop, running, running.faults, certs
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


@pytest.fixture
def empty_world(tmp_path: Path, certs: Certs, monkeypatch: pytest.MonkeyPatch) -> Iterator[SiteWorld]:
    """A site without records."""
    shop = Shop(tmp_path / "woo", now=lambda: NOW)
    with serve(shop, certs) as running:
        found = SiteWorld(shop, running, certs, monkeypatch.setenv)
        yield found
        found.close()
    shop.close()


@pytest.fixture
def world(empty_world: SiteWorld) -> SiteWorld:
    """A site with 230 orders."""
    fill(empty_world.shop)
    return empty_world


class SiteStand(Stand):
    """The site as the contract of all extractors fills it."""

    world: SiteWorld
    lists = r"GET /wp-json/wc/v3/orders\?status=any"
    anything = "GET"
    secrets = (KEY, SECRET)
    refusal: ClassVar[Any] = {
        "code": "woocommerce_rest_cannot_view",
        "message": "Sorry, you cannot list resources.",
        "data": {"status": 401},
    }

    def reader(self, limits: Limits | None = None) -> Any:
        return self.world.reader(limits, page_size=5, look_up=0)

    def settings(self) -> Settings:
        return self.world.settings(page_size=5)

    def fill(self, count: int, *, texts: Sequence[str] = (), amount: str = "24.90") -> None:
        shop = self.world.shop
        shop.load("orders", [self.order(n, texts[n - 1] if texts else "Ann", amount) for n in range(1, count + 1)])
        if count:
            shop.load("orders", [{**self.order(1), "refunds": [{"id": 9001, "reason": "", "total": "-10.00"}]}] if not texts else [])
            shop.load("refunds", [refund(9001, 1)] if not texts else [])
            shop.load("customers", [{"id": n, "email": f"c{n}@example.com", "role": "customer"} for n in range(1, 8)])
            shop.load("products", [{"id": 40, "type": "variable", "name": "Shirt", "variations": [60, 61]}])
            shop.load("variations", [{"id": n, "parent_id": 40, "name": "Size", "price": "19.90"} for n in (60, 61)])
            shop.load("coupons", [{"id": 200, "code": "save10"}])
            shop.load("taxes", [{"id": 1, "country": "DE", "rate": "19.0000"}])

    def order(self, number: int, text: str = "Ann", amount: str = "24.90") -> dict[str, Any]:
        billing = {"email": f"buyer{number}@example.com", "first_name": text}
        return order(number, billing=billing, total=amount)

    def add(self, number: int) -> None:
        now = iso(self.world.now())
        self.world.shop.load("orders", [{**self.order(number), "date_created_gmt": now, "date_modified_gmt": now}])

    def touch(self, number: int) -> None:
        self.world.shop.change("orders", number, customer_note="changed")

    def remove(self, number: int) -> None:
        self.world.shop.delete("orders", number)

    def text_of(self, line: dict[str, Any]) -> str | None:
        return str(line["billing"]["first_name"])

    def digest(self) -> str:
        return digest(self.world.folder / "shop.sqlite", ["docs", "meta", "keys"])

    def forbid(self) -> tuple[str, ...]:
        self.world.shop.add_key(KEY, SECRET, role="customer")
        return ("may not read",)

    def heal(self) -> None:
        super().heal()
        self.world.shop.add_key(KEY, SECRET)

    def end_token(self, after: int) -> bool:
        self.plant("GET", "key_revoked", after=after)
        return False

    def lose(self) -> None:
        self.plant("GET .*/orders$", "hidden", times=None)


@pytest.fixture
def stand(empty_world: SiteWorld) -> SiteStand:
    return SiteStand(empty_world)
