"""Every request that reading sends is one of the vendor's contract."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from recon.systems.commerce_cloud.streams import ORDERS, PRODUCTS

Pour = Callable[..., Any]
ALL = ["orders", "products", "inventory_lists", "inventory", "customers_xml", "pricebooks_xml"]
FRONTS = {
    "/checkout/orders/v1": "scapi/orders-oas-1.5.2.yaml",
    "/product/products/v1": "scapi/products-oas-1.2.0.yaml",
    "/s/-/dw/data/v25_6": "ocapi/data-api.json",
}
TOKENS = "/dwsso/oauth2/access_token"


class Spec:
    """As much of an OpenAPI file as requests need."""

    def __init__(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        self.root = json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))

    def follow(self, node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            found: Any = self.root
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node

    def operation(self, method: str, path: str) -> Any:
        for template, operations in self.root["paths"].items():
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
            if re.fullmatch(pattern, path) and method.lower() in operations:
                return operations[method.lower()]
        return None

    def problems(self, method: str, path: str, query: str, body: bytes | None) -> list[str]:
        """What of a request the contract does not know."""
        operation = self.operation(method, path)
        if operation is None:
            return [f"{method} {path} is no operation"]
        known = {entry["name"]: entry for entry in map(self.follow, operation.get("parameters", [])) if entry["in"] == "query"}
        sent = {name: values[-1] for name, values in parse_qs(query).items()}
        found = [f"{name} is no parameter" for name in sent if name not in known]
        found += [f"{name} is missing" for name, entry in known.items() if entry.get("required") and name not in sent]
        for name, value in sent.items():
            found += self._value(self.follow(known.get(name, {}).get("schema", {})), value, name)
        if body:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            found += self.wrong(schema, json.loads(body), "body")
        return found

    def _value(self, schema: Any, value: str, name: str) -> list[str]:
        if "enum" in schema and value not in schema["enum"]:
            return [f"{name} is {value}"]
        if schema.get("type") == "integer" and not (schema.get("minimum", 0) <= int(value) <= schema.get("maximum", 10**9)):
            return [f"{name} is {value}"]
        if schema.get("format") == "date-time" and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value):
            return [f"{name} is {value}"]
        return []

    def properties(self, schema: Any) -> dict[str, Any]:
        schema = self.follow(schema)
        found = dict(schema.get("properties", {}))
        for part in schema.get("allOf", []):
            found |= self.properties(part)
        return found

    def wrong(self, schema: Any, value: Any, at: str) -> list[str]:
        schema = self.follow(schema)
        if isinstance(value, dict):
            known = self.properties(schema)
            found = [f"{at}.{name} is unknown" for name in value if known and name not in known]
            return found + [problem for name in value if name in known for problem in self.wrong(known[name], value[name], f"{at}.{name}")]
        if isinstance(value, list):
            return [problem for n, entry in enumerate(value) for problem in self.wrong(schema.get("items", {}), entry, f"{at}[{n}]")]
        if "enum" in schema and value not in schema["enum"]:
            return [f"{at} is {value}"]
        return []


def test_requests_fit_the_contract(world: Any, pour_stream: Pour, prove_stream: Pour, shared: Path) -> None:
    specs = {front: Spec(shared / "contracts" / "commerce_cloud" / name) for front, name in FRONTS.items()}
    reader = world.reader(catalogs=("master",))
    seen: list[tuple[str, str, bytes | None]] = []
    for session in (reader.client.api, reader.client.instance):
        assert session is not None
        send = session.send

        def spy(request: Any, send: Any = send, **more: Any) -> Any:
            body = request.body.encode() if isinstance(request.body, str) else request.body
            seen.append((request.method, request.url, body))
            return send(request, **more)

        session.send = spy
    for name in ALL:
        for window in (world.window(), world.window(world.shop.now() - timedelta(hours=50))):
            prove_stream(reader, name, window, pour_stream(reader, name, window))
    list(reader.checks())
    for stream, keys in ((ORDERS, ["00000001"]), (PRODUCTS, ["MUG-1", "no such product"])):
        list(reader.reread(stream, "id", keys))
    assert len(seen) > 30
    used = set()
    for method, url, body in seen:
        parts = urlsplit(url)
        front = next(front for front in FRONTS if parts.path.startswith(front + "/"))
        used.add(front)
        assert specs[front].problems(method, parts.path.removeprefix(front), parts.query, body) == [], url
    assert used == set(FRONTS)
    assert {entry["status"] for entry in world.requests()} == {200, 207, 404}, "404: the order is asked for at both sites"


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("GET", "/organizations/f/orders", "siteId=a&limit=201", None),
        ("GET", "/organizations/f/orders", "limit=20", None),
        ("GET", "/organizations/f/orders", "siteId=a&sortBy=number", None),
        ("GET", "/organizations/f/invoices", "", None),
    ],
)
def test_the_judge_sees_what_is_wrong(shared: Path, method: str, path: str, query: str, body: bytes | None) -> None:
    spec = Spec(shared / "contracts" / "commerce_cloud" / "scapi/orders-oas-1.5.2.yaml")
    assert spec.problems(method, path, query, body)
