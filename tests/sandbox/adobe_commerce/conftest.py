"""The vendor's contract, and a small stand-in that is asked directly."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from recon.sandbox.adobe_commerce import Shop, records, serve
from recon.sandbox.tls import Certs
from recon.systems import oauth1

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
CREDENTIALS = oauth1.Credentials("key", "secret/+", "token", "token&secret")
VERSIONS = ("2.4.6", "2.4.9", "accs")


class Contract:
    """Swagger 2.0 of one version."""

    def __init__(self, path: Path) -> None:
        data = json.loads(path.read_text(encoding="utf-8"))
        self.paths: dict[str, Any] = data["paths"]
        self.definitions: dict[str, Any] = data["definitions"]

    def operation(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        """The template and operation of a path such as ``/V1/orders``."""
        parts = path.split("/")
        for template, operations in sorted(self.paths.items(), key=lambda entry: entry[0].count("{")):
            named = template.split("/")
            fits = len(named) == len(parts) and all(a == b or a.startswith("{") for a, b in zip(named, parts, strict=True))
            if fits and method.lower() in operations:
                return template, operations[method.lower()]
        return None

    def problems(self, value: Any, schema: dict[str, Any], place: str = "") -> Iterator[str]:
        """Where a value is not what the schema says."""
        if "$ref" in schema:
            yield from self.problems(value, self.definitions[schema["$ref"].rpartition("/")[2]], place)
            return
        kind = schema.get("type")
        if value is None:
            return
        if kind == "array":
            if not isinstance(value, list):
                yield f"{place}: no list"
                return
            for entry in value:
                yield from self.problems(entry, schema.get("items", {}), f"{place}[]")
        elif kind == "object" or "properties" in schema:
            yield from self._object(value, schema, place)
        elif kind in _TYPES and (not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
            yield f"{place}: {type(value).__name__} where {kind} is due"

    def _object(self, value: Any, schema: dict[str, Any], place: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{place}: no object"
            return
        known = schema.get("properties", {})
        if known:
            yield from (f"{place}.{name}: unknown" for name in value.keys() - known.keys())
        yield from (f"{place}.{name}: missing" for name in schema.get("required", ()) if name not in value)
        for name, entry in value.items():
            yield from self.problems(entry, known.get(name, {}), f"{place}.{name}")


_TYPES: dict[str, Any] = {"integer": int, "number": (int, Decimal), "string": str, "boolean": bool}


@pytest.fixture(scope="session")
def contract(shared: Path) -> Callable[[str], Contract]:
    return lambda version: Contract(shared / "contracts" / "adobe_commerce" / f"subset_read_{version}.json")


class Asker:
    """Asks the stand-in as an integration does."""

    def __init__(self, shop: Shop, url: str, certs: Certs) -> None:
        self.shop, self.url = shop, url
        self.session = requests.Session()
        self.session.verify = str(certs.ca_file)
        self.session.trust_env = False

    def send(
        self, path: str, query: dict[str, str] | None = None, *, method: str = "GET", signed: dict[str, Any] | None = None, **options: Any
    ) -> requests.Response:
        address = f"{self.url}/rest/all/V1/{path}"
        if query:
            address += "?" + oauth1.encode_query(list(query.items()))
        credentials = (signed or {}).pop("credentials", CREDENTIALS)
        given = {"timestamp": int(NOW.timestamp()), **(signed or {})}
        headers = {"Authorization": oauth1.authorization(credentials, method, address, **given), **options.pop("headers", {})}
        return self.session.request(method, address, headers=headers, timeout=20, **options)

    def get(self, path: str, query: dict[str, str] | None = None) -> Any:
        return json.loads(self.send(path, query).content, parse_float=Decimal)


def criteria(*filters: tuple[str, str, str], sort: str = "", size: int | None = None, page: int | None = None) -> dict[str, str]:
    query = {}
    for number, (field, condition, value) in enumerate(filters):
        place = f"searchCriteria[filter_groups][{number}][filters][0]"
        query |= {f"{place}[field]": field, f"{place}[value]": value, f"{place}[condition_type]": condition}
    if sort:
        query |= {"searchCriteria[sortOrders][0][field]": sort, "searchCriteria[sortOrders][0][direction]": "ASC"}
    if size is not None:
        query["searchCriteria[pageSize]"] = str(size)
    if page is not None:
        query["searchCriteria[currentPage]"] = str(page)
    return query


@pytest.fixture
def search() -> Callable[..., dict[str, str]]:
    return criteria


@pytest.fixture
def credentials() -> oauth1.Credentials:
    return CREDENTIALS


@pytest.fixture(scope="session")
def stand_in_certs(tmp_path_factory: pytest.TempPathFactory) -> Certs:
    return Certs(tmp_path_factory.mktemp("certs"))


@pytest.fixture
def open_shop(tmp_path: Path, stand_in_certs: Certs) -> Iterator[Callable[..., Asker]]:
    """A function that serves a shop with ten of everything."""
    opened: list[tuple[Shop, Any]] = []

    def make(**options: Any) -> Asker:
        shop = Shop(tmp_path / f"shop{len(opened)}", now=lambda: NOW, **options)
        shop.add_integration(CREDENTIALS.consumer_key, CREDENTIALS.consumer_secret, CREDENTIALS.token, CREDENTIALS.token_secret)
        fill(shop)
        running = serve(shop, stand_in_certs)
        opened.append((shop, running))
        return Asker(shop, running.url, stand_in_certs)

    yield make
    for shop, running in opened:
        running.stop()
        shop.close()


@pytest.fixture
def shop(open_shop: Callable[..., Asker]) -> Asker:
    return open_shop()


def fill(shop: Shop) -> None:
    born = datetime(2026, 1, 1, 8, 0, tzinfo=UTC)
    price = Decimal("13.505")
    orders = [
        records.order(
            n,
            [
                records.item(n * 10, "A", 2, price, product_id=1, kind="configurable", tax=Decimal("5.13")),
                records.item(n * 10 + 1, "A", 2, Decimal(0), product_id=2, parent=n * 10),
            ],
            created=born,
            customer_id=n if n % 2 else None,
            email=f"b{n}@example.com",
            rate=Decimal("1.1"),
            order_currency="USD",
            extension={"company_order_attributes": {"company_id": 7, "company_name": "Example"}} if n == 3 else None,
        )
        for n in range(1, 11)
    ]
    shop.load("orders", orders)
    shop.load("invoices", [records.invoice(n, entry, created=born) for n, entry in enumerate(orders, 1)])
    shop.load("shipments", [records.shipment(n, n, [(n * 10, 2, "A")], created=born, tracks=[("DHL", f"T{n}")]) for n in range(1, 11)])
    shop.load("creditmemos", [records.creditmemo(n, n, [(n * 10, 1, price)], created=born) for n in range(1, 11)])
    shop.load("customer_groups", [{"id": n, "code": f"Group {n}", "tax_class_id": 3, "tax_class_name": "Retail"} for n in range(4)])
    home = {"street": ["Am Kai 1"], "city": "Hamburg", "postcode": "20457", "country_id": "DE", "telephone": "1"}
    shop.load(
        "customers",
        [records.customer(n, f"b{n}@example.com", "Ann", "Example", created=born, subscribed=True, places=[home]) for n in range(1, 11)],
    )
    shop.load("products", [records.product(n, f"SKU {n}/x", f"Mug {n}", price, created=born) for n in range(1, 11)])
    shop.load("products", [records.product(20, "SET", "Set", None, created=born, kind="configurable", children=(1, 2))])
    shop.load(
        "sources",
        [{"source_code": code, "name": code, "enabled": True, "country_id": "DE", "postcode": "1"} for code in ("default", "two")],
    )
    shop.load("source_items", [{"sku": f"SKU {n}/x", "source_code": "default", "quantity": Decimal(n), "status": 1} for n in range(1, 11)])
    shop.load("salable", [{"sku": f"SKU {n}/x", "website": "base", "qty": Decimal(n), "is_salable": True} for n in range(1, 11)])
    shop.load("base_prices", [{"sku": f"SKU {n}/x", "store_id": 0, "price": price} for n in range(1, 11)])
    shop.load("special_prices", [{"sku": "SKU 1/x", "store_id": 0, "price": price, "price_from": "2026-11-01 00:00:00", "price_to": None}])
    tier = {"website_id": 0, "customer_group": "Group 1", "quantity": 1, "price": Decimal(10), "price_type": "discount"}
    shop.load("tier_prices", [{"sku": "SKU 1/x", **tier}])
