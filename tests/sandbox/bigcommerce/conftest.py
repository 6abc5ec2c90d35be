"""The vendor's OpenAPI files, where they are at hand, and a small check of requests and answers against them."""

from __future__ import annotations

import re
import ssl
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from recon.sandbox.bigcommerce import Store, create_app
from recon.sandbox.bigcommerce import documents as docs
from recon.sandbox.server import Server
from recon.sandbox.tls import Certs

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
TOKEN = "bc-token-0123456789abcdef"
TYPES: dict[str, Any] = {
    "string": str, "boolean": bool, "array": list, "object": dict, "integer": int, "number": (int, float),
}  # fmt: skip


@cache
def load(path: Path) -> dict[str, Any]:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # type: ignore[no-any-return]


class Spec:
    """One OpenAPI 3.0 file: just as much of it as these files use."""

    def __init__(self, path: Path) -> None:
        self.root = load(path)

    def follow(self, node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            found: Any = self.root
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            node = found
        return node

    def operation(self, path: str) -> dict[str, Any]:
        """The GET of a path with numbers in it."""
        for template, entry in self.root["paths"].items():
            pattern = re.sub(r"\{[^}]+\}", "[0-9]+", template)
            if "get" in entry and re.fullmatch(pattern, path):
                return {**entry["get"], "parameters": [*entry.get("parameters", []), *entry["get"].get("parameters", [])]}
        raise AssertionError(f"the vendor knows no GET {path}")

    def wrong(self, schema: Any, value: Any, at: str = "$") -> list[str]:
        """What of a value does not fit a schema."""
        schema = self.follow(schema or {})
        if value is None:
            # many fields are null by what the file says in words, though not by its types
            allowed = schema.get("nullable") or not schema.get("type") or "null" in schema.get("description", "")
            return [] if allowed else [f"{at} is null"]
        found = [
            f"{at} fits none of its forms"
            for kind in ("oneOf", "anyOf")
            if kind in schema and all(self.wrong(one, value, at) for one in schema[kind])
        ]
        for one in schema.get("allOf", []):
            found += self.wrong(one, value, at)
        expected = TYPES.get(schema.get("type", ""))
        if expected and (not isinstance(value, expected) or (isinstance(value, bool) and schema["type"] != "boolean")):
            return [*found, f"{at} is no {schema['type']}"]
        if "enum" in schema and value not in schema["enum"]:
            found.append(f"{at} is {value!r}")
        if isinstance(value, dict):
            found += [f"{at}.{name} is missing" for name in schema.get("required") or [] if name not in value]
            for name, one in (schema.get("properties") or {}).items():
                if name in value:
                    found += self.wrong(one, value[name], f"{at}.{name}")
        if isinstance(value, list):
            for n, item in enumerate(value):
                found += self.wrong(schema.get("items"), item, f"{at}[{n}]")
        return found

    def known(self, schema: Any, place: str) -> bool:
        """Whether a schema has a property at a dotted place; ``[]`` stands for the items of a list."""
        schema = self.follow(schema or {})
        if not place:
            return True
        head, _, rest = place.partition(".")
        if any(self.known(one, place) for kind in ("allOf", "oneOf", "anyOf") for one in schema.get(kind, [])):
            return True
        if head == "[]":
            return "items" in schema and self.known(schema["items"], rest)
        return head in (schema.get("properties") or {}) and self.known(schema["properties"][head], rest)


FILES = {
    r"/v2/orders.*": "orders.v2.oas2", r"/v2/(store|time)": "store_information.v2", r"/v3/orders/.*": "orders.v3",
    r"/v3/customers/subscribers": "subscribers.v3", r"/v3/customers.*": "customers.v3",
    r"/v3/catalog/products/\d+/variants": "product-variants_catalog.v3",
    r"/v3/catalog/.*": "products_catalog.v3", r"/v3/inventory/items": "inventory.v3", r"/v3/inventory/locations": "locations.v3",
    r"/v3/pricelists.*": "price_lists.v3", r"/v3/channels": "channels.v3",
}  # fmt: skip


@pytest.fixture(scope="session")
def spec_of(shared: Path) -> Callable[[str], tuple[Spec, str]]:
    """Path → the vendor's file for it, and the path inside that file."""

    def find(path: str) -> tuple[Spec, str]:
        for pattern, name in FILES.items():
            if re.fullmatch(pattern, path):
                return Spec(shared / "contracts" / "bigcommerce" / f"{name}.yml"), path[3:]
        raise AssertionError(path)

    return find


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """One of everything."""
    store = Store(tmp_path / "store", now=lambda: NOW)
    store.add_token(TOKEN)
    born, moved = NOW - timedelta(days=9), NOW - timedelta(days=2)
    billing = docs.address("Ida", "Brandt", "Lindenweg 1", "Berlin", "10115", "DE", email="ida@example.com")
    lines = [docs.line(5001 + n, 101, f"MUG-{n}", 2, "10.08", "12.00", tax="3.83", discount="1.00") for n in range(55)]
    lines += [docs.line(5901, 101, "PDF", 1, "5", "5", type="digital"), docs.line(5902, 101, "GIFT", 1, "25", "25", type="giftcertificate")]
    store.load("orders", [docs.order(101, born, moved, lines=lines, billing=billing, tax_included=True, fee="1.50")])
    store.load("orders", [docs.order(102, born, moved, lines=lines[:1], billing=billing, tax_included=False)])
    store.load("orders", [docs.order(103, born, moved, lines=lines[:1], billing=billing, tax_included=False, is_deleted=True)])
    store.load("refunds", [docs.refund(9, 101, moved, "12.00", items=[("PRODUCT", 5001, 1, "12.00")], tax="1.92")])
    store.load("shipments", [docs.shipment(7, 101, moved, [(5001, 2)])])
    store.load("transactions", [docs.transaction(8, 101, born, "29.00")])
    addresses = [docs.customer_address(400 + n, 4, "Ida", "Brandt", f"Lindenweg {n}", "Berlin", "10115", "DE") for n in range(12)]
    store.load("customers", [docs.customer(4, "ida@example.com", "Ida", "Brandt", born, moved, addresses=addresses)])
    store.load("customers", [docs.customer(5, "ben@example.com", "Ben", "Adler", born, moved)])
    store.load("subscribers", [docs.subscriber(6, "ida@example.com", born, moved, subscribed=True)])
    variants = [docs.variant(77, 20, "MUG-0", None, "Blue"), docs.variant(78, 20, "MUG-1", "13.50", "Red")]
    store.load("products", [docs.product(20, "Mug", "12.00", born, moved, variants=variants)])
    store.load("inventory", [docs.inventory_item(77, 20, "MUG-0", [docs.level(1, 9, 7, 2)])])
    store.load("locations", [docs.location(1, "Berlin", born)])
    store.load("price_lists", [docs.price_list(3, "Wholesale", born)])
    tiers = [{"quantity_min": 10, "quantity_max": None, "type": "price", "amount": 7.5}]
    store.load("price_records", [docs.price_record(3, 77, 20, "MUG-0", "8.50", born, tiers=tiers)])
    store.load("channels", [docs.channel(1, "Storefront", born)])
    store.load("companies", [docs.company(1, "Company", born, moved)])
    yield store
    store.close()


@pytest.fixture(scope="session")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Certs:
    return Certs(tmp_path_factory.mktemp("certs"))


@pytest.fixture
def served(store: Store, certs: Certs) -> Iterator[Server]:
    with Server(create_app(store), certs) as server:
        yield server


@pytest.fixture
def ask(served: Server, store: Store, certs: Certs) -> Callable[..., tuple[int, dict[str, str], bytes]]:
    """A GET as any client would send it: (status, headers with lower-case names, body)."""

    def get(path: str, *, method: str = "GET", **headers: str | None) -> tuple[int, dict[str, str], bytes]:
        given = {"X-Auth-Token": TOKEN, "Accept": "application/json", "Content-Type": "application/json"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}  # type: ignore[misc]
        address = served.url + (path if path.startswith("/api/") else f"/stores/{store.hash}{path}")
        request = urllib.request.Request(address, method=method, headers={k: v for k, v in given.items() if v is not None})
        context: ssl.SSLContext = certs.client_context()
        try:
            with urllib.request.urlopen(request, context=context) as answer:
                return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()

    return get
