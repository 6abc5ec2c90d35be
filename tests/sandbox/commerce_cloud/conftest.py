"""The vendor's specifications, where they are at hand, and a small instance that is asked directly."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from recon.sandbox.commerce_cloud import Running, Shop, records, serve
from recon.sandbox.tls import Certs

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
BORN = NOW - timedelta(days=30)
CLIENT, SECRET = "3f9c2d1e-client", "s3cret/+ with blank"
SCOPES = "SALESFORCE_COMMERCE_API:zzxy_prd sfcc.orders sfcc.products sfcc.catalogs sfcc.customerlists"
TYPES: dict[str, Any] = {
    "string": str, "boolean": bool, "array": list, "object": dict, "integer": int, "number": (int, Decimal),
}  # fmt: skip


@cache
def load(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        return json.loads(text)  # type: ignore[no-any-return]
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # type: ignore[no-any-return]


class Spec:
    """One OpenAPI 3.0 file: just as much of it as these files use."""

    def __init__(self, path: Path) -> None:
        self.root = load(path)

    def follow(self, node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            found: Any = self.root
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node

    def answer(self, method: str, path: str) -> Any:
        """The schema of what an operation answers."""
        content = self.root["paths"][path][method]["responses"]["200"]["content"]["application/json"]
        return content["schema"]

    def wrong(self, schema: Any, value: Any, at: str = "$") -> list[str]:
        """What of a value does not fit a schema."""
        schema = self.follow(schema or {})
        found = [problem for one in schema.get("allOf", []) for problem in self.wrong(one, value, at)]
        kind = schema.get("type", "")
        expected = TYPES.get(kind)
        if expected and (not isinstance(value, expected) or (isinstance(value, bool) and kind != "boolean")):
            return [*found, f"{at} is no {kind}"]
        if "enum" in schema and value not in schema["enum"]:
            found.append(f"{at} is {value!r}")
        if isinstance(value, str) and len(value) > schema.get("maxLength", len(value)):
            found.append(f"{at} is too long")
        if isinstance(value, dict):
            found += self._object(schema, value, at)
        if isinstance(value, list):
            found += [problem for n, item in enumerate(value) for problem in self.wrong(schema.get("items"), item, f"{at}[{n}]")]
        return found

    def _object(self, schema: Any, value: dict[str, Any], at: str) -> list[str]:
        known = schema.get("properties") or {}
        found = [f"{at}.{name} is missing" for name in schema.get("required") or [] if name not in value]
        more = schema.get("additionalProperties")
        # NOTE: files say "no other keys" beside allOf, which then would forbid the keys of the other part
        closed = (more is False and "allOf" not in schema) or (
            isinstance(more, dict) and "prefixed with a `c_`" in more.get("description", "")
        )
        for name, entry in value.items():
            if name in known:
                found += self.wrong(known[name], entry, f"{at}.{name}")
            elif closed and not name.startswith("c_"):
                found.append(f"{at}.{name} is unknown")
        return found


@pytest.fixture(scope="session")
def contract(shared: Path) -> Callable[[str], Spec]:
    """The vendor's file of a name such as ``scapi/orders-oas-1.5.2.yaml``."""
    return lambda name: Spec(shared / "contracts" / "commerce_cloud" / name)


class Asker:
    """Asks the stand-in as a client does."""

    def __init__(self, shop: Shop, running: Running, certs: Certs) -> None:
        self.shop, self.url = shop, running.url
        self.session = requests.Session()
        self.session.verify = str(certs.ca_file)
        self.session.trust_env = False

    def token(self, scope: str | None = SCOPES, auth: tuple[str, str] | None = (CLIENT, SECRET), **form: str) -> requests.Response:
        given = {"grant_type": "client_credentials", **({"scope": scope} if scope else {}), **form}
        return self.session.post(f"{self.url}/dwsso/oauth2/access_token", data=given, auth=auth, timeout=20)

    def sign_in(self, scope: str | None = SCOPES) -> None:
        self.session.headers["Authorization"] = f"Bearer {self.token(scope).json()['access_token']}"

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, self.url + path, timeout=20, **options)

    def admin(self, family: str, path: str, method: str = "GET", **options: Any) -> requests.Response:
        return self.send(method, f"/{family}/v1/organizations/{self.shop.organization}/{path}", **options)

    def orders(self, **query: Any) -> requests.Response:
        return self.admin("checkout/orders", "orders", params={"siteId": "Nordhaus", **query})

    def numbers(self, **query: Any) -> list[str]:
        return [order["orderNo"] for order in self.orders(**query).json()["data"]]

    def search(self, body: Any) -> requests.Response:
        return self.admin("product/products", "product-search", "POST", json=body)


@pytest.fixture(scope="session")
def stand_in_certs(tmp_path_factory: pytest.TempPathFactory) -> Certs:
    return Certs(tmp_path_factory.mktemp("certs"))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path / "instance", now=lambda: NOW)
    shop.add_client(CLIENT, SECRET, ocapi=True)
    fill(shop)
    yield shop
    shop.close()


@pytest.fixture
def ask(shop: Shop, stand_in_certs: Certs) -> Iterator[Asker]:
    """Signed in with all that reads."""
    with serve(shop, stand_in_certs) as running:
        asker = Asker(shop, running, stand_in_certs)
        asker.sign_in()
        yield asker


def fill(shop: Shop) -> None:
    """Twelve orders of a day each, some unplaced ones, three products with stock and prices, four customers."""
    shop.load("orders", (_order(n) for n in range(1, 13)))
    shop.load("orders", [_order(90, status="created"), _order(91, status="failed")])
    shop.load("catalogs", [{"id": "master", "name": {"default": "Everything"}, "online": True}])
    goods = [records.product(f"MUG-{n}", f"Blue mug {n}", created=BORN + timedelta(days=n), price=Decimal("12.50")) for n in range(3)]
    shop.load("products", [*goods, records.product("MUGS", "Mugs", created=BORN, kind="master", variants=["MUG-0", "MUG-1"])])
    shop.load("customer_lists", [{"id": "Nordhaus"}])
    home = {**records.address("Ida", "Brandt", "Lindenweg 1", "Berlin", "10115", "DE"), "phone": "+49 30 23125001"}
    shop.load(
        "customers",
        [
            records.customer(
                f"{n:08}", "Nordhaus", "Ida", f"Brandt {n}", f"ida{n}@example.com", created=BORN, addresses=[home], c_loyalty=f"L{n}"
            )
            for n in range(1, 5)
        ],
    )
    shop.load("inventory_lists", [{"id": "inventory-eu", "description": "Berlin", "default_in_stock": False}])
    stocks = [records.stock(f"MUG-{n}", "inventory-eu", 100 + n, reset=BORN, turnover=n, on_order=2) for n in range(2)]
    shop.load("inventory_records", [*stocks, records.stock("VOUCHER", "inventory-eu", None, reset=BORN)])
    shop.load("price_books", [records.price_book("list-eur", "EUR", {"MUG-0": Decimal("12.50"), "MUG-1": Decimal("13.00")})])


def _order(n: int, **more: Any) -> dict[str, Any]:
    gross = n % 2 == 1
    rate = Decimal("0.19")
    items = [
        records.item(1, "MUG-0", 2, Decimal("12.50"), gross=gross, rate=rate, discount=Decimal("2.50"), coupon="TEN"),
        records.item(2, "MUG-1", 1, Decimal("13.00"), gross=gross, rate=rate),
    ]
    freight = [records.shipping(Decimal("4.90"), Decimal("0.78"), gross=gross, rate=rate)]
    created = BORN + timedelta(days=n)
    return records.order(
        f"{n:08}", "Nordhaus", items, freight=freight, gross=gross, number=n, created=created, modified=created + timedelta(hours=3),
        c_fraudScore="low", **more,
    )  # fmt: skip
