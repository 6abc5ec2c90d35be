"""What is asked for against the vendor's own index of the API, and the stand-in's answers against its schemas and a real shop's answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

Pour = Callable[..., Any]


@pytest.fixture(scope="session")
def namespace(shared: Path) -> dict[str, Any]:
    """Routes and parameters of WooCommerce 11.0.1."""
    path = shared / "contracts" / "woocommerce" / "namespace_wc_v3_11.0.1.json"
    return json.loads(path.read_text())["routes"]  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def schemas(shared: Path) -> Callable[[str], dict[str, Any]]:
    """Kind → schema as OPTIONS gives it."""
    folder = shared / "contracts" / "woocommerce" / "options_schemas_11.0.1"
    files = {"variations": "variations", "refunds": "refunds"}
    return lambda kind: json.loads((folder / f"{files.get(kind, kind)}.json").read_text())["schema"]  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def real(shared: Path) -> Callable[..., list[dict[str, Any]]]:
    """Records of a real shop."""
    folder = shared / "data" / "woocommerce_11.0.1"

    def records(*names: str) -> list[dict[str, Any]]:
        return [record for name in names for path in sorted((folder / name).glob("*.json")) for record in json.loads(path.read_text())]

    return records


LISTS = {
    "orders": ("orders", "orders_trash", "orders_checkout_draft"),
    "refunds": ("refunds",),
    "customers": ("customers_role_all",),
    "products": ("products", "products_trash"),
    "variations": ("variations",),
    "coupons": ("coupons",),
    "taxes": ("taxes",),
}


def parameters(namespace: dict[str, Any], path: str) -> dict[str, Any] | None:
    """What GET takes at a path; None where there is no such route."""
    for route, entry in namespace.items():
        if re.fullmatch(re.sub(r"\(\?P<\w+>", "(?:", route), path):
            for endpoint in entry["endpoints"]:
                if "GET" in endpoint["methods"]:
                    return dict(endpoint["args"] or {})
    return None


def allowed(name: str, spec: dict[str, Any], value: str) -> bool:
    """Whether the index lets a parameter have this value."""
    choices = spec.get("enum") or (spec.get("items") or {}).get("enum")
    if choices and value not in choices:
        return False
    if spec.get("type") == "integer":
        return value.isdecimal() and spec.get("minimum", 0) <= int(value) <= spec.get("maximum", 10**9)
    if spec.get("type") == "boolean":
        return value in {"true", "false"}
    return spec.get("format") != "date-time" or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", value) is not None


@pytest.mark.parametrize("version", ["11.0.1", "10.3.0", "9.0.2", "8.9.3", "8.2.0"])
def test_every_request_is_one_that_the_vendor_describes(world: Any, pour_stream: Pour, namespace: dict[str, Any], version: str) -> None:
    world.shop.set("version", version)
    world.shop.set("plugin_statuses", {})  # the index was taken from a site without such a plugin
    reader = world.reader(look_up=3)
    for stream in reader.streams():
        reader.estimate(stream, world.window())
        pour_stream(reader, stream.name, world.window())
        pour_stream(reader, stream.name, world.window(world.shop.now()))
    list(reader.checks())
    asked = [entry for entry in world.requests() if "/wc/v3/" in entry["path"]]
    assert len(asked) > 30
    for entry in asked:
        args = parameters(namespace, entry["path"].removeprefix("/wp-json"))
        assert args is not None, entry["path"]
        for name, values in parse_qs(entry["query"]).items():
            if name != "_fields":  # WordPress' own, for every route
                assert name in args, (entry["path"], name)
                assert allowed(name, args[name], values[-1]), (entry["path"], name, values)


def test_the_stand_ins_routes_and_parameters_are_the_vendors(world: Any, namespace: dict[str, Any]) -> None:
    for route, entry in world.reader().probe.routes.items():
        assert route in namespace, route
        own = entry["endpoints"][0]["args"]
        if own:
            args = parameters(namespace, re.sub(r"\(\?P<\w+>[^)]*\)", "1", route))
            assert args is not None
            assert own.keys() <= args.keys(), route
            for name, spec in own.items():
                for word in ("enum", "default"):
                    if word in spec:
                        assert set(spec[word]) <= set(args[name][word]) if word == "enum" else spec[word] == args[name][word], (route, name)


@pytest.mark.parametrize("kind", list(LISTS))
def test_the_stand_in_serves_a_real_shops_records_as_they_are(
    empty_world: Any, pour_stream: Pour, prove_stream: Pour, real: Callable[..., Any], kind: str
) -> None:
    records = real(*LISTS[kind])
    empty_world.shop.set("time_zone", "America/New_York")
    empty_world.shop.set("plugin_statuses", {"shipped-wp": "Shipped"})
    empty_world.shop.load(kind, records)
    reader = empty_world.reader(look_up=0)
    landed = pour_stream(reader, kind, empty_world.window())
    assert prove_stream(reader, kind, empty_world.window(), landed).complete
    served = {record["id"]: {key: value for key, value in record.items() if key != "_links"} for record in landed.lines}
    assert served == {record["id"]: {key: value for key, value in record.items() if key != "_links"} for record in records}


@pytest.mark.parametrize("kind", list(LISTS))
def test_a_record_made_for_the_stand_in_has_the_fields_and_types_of_the_vendors_schema(
    world: Any, pour_stream: Pour, real: Callable[..., Any], schemas: Callable[[str], dict[str, Any]], kind: str
) -> None:
    landed = pour_stream(world.reader(look_up=0), kind, world.window())
    genuine = real(*LISTS[kind])
    known = schemas(kind)["properties"]
    for record in landed.lines:
        assert record.keys() <= set().union(*genuine), record.keys() - set().union(*genuine)
        assert set.intersection(*(set(entry) for entry in genuine)) <= record.keys()
        for name, value in record.items():
            # the vendor's own answers differ from its schemas here and there: then those count
            seen = {type(entry.get(name)) for entry in genuine}
            assert value is None or type(value) in seen or _is(value, known[name]["type"]), (kind, name, value)


def _is(value: Any, kind: Any) -> bool:
    kinds = kind if isinstance(kind, list) else [kind]
    types: dict[str, Any] = {"string": str, "integer": int, "boolean": bool, "bool": bool, "array": list, "object": dict}
    return any(isinstance(value, types.get(one, str)) for one in kinds)


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [
        ("bad_date", "orders?modified_after=nonsense", 400),
        ("per_page_101", "orders?per_page=101", 400),
        ("not_found", "orders/999999", 404),
        ("no_route", "nothing", 404),
        ("past_end_customers", "customers?per_page=100&page=9", 200),
        ("past_end_orders", "orders?per_page=100&page=99", 200),
    ],
)
def test_edge_answers_are_those_of_a_real_shop(world: Any, shared: Path, name: str, path: str, status: int) -> None:
    import base64

    import requests

    folder = shared / "data" / "woocommerce_11.0.1" / "edge"
    genuine = json.loads((folder / f"{name}.json").read_text())
    token = base64.b64encode(b"ck_0123456789abcdef0123:cs_fedcba9876543210fedc").decode()
    answer = requests.get(
        f"{world.running.url}/wp-json/wc/v3/{path}",
        headers={"Authorization": f"Basic {token}"},
        verify=str(world.settings().ca_bundle),
        timeout=10,
    )
    assert answer.status_code == status
    if isinstance(genuine, dict):
        assert answer.json()["code"] == genuine["code"]
        assert answer.json()["data"].keys() == genuine["data"].keys()
    else:
        assert answer.json() == genuine
        ended = "X-WP-Total: 0" in (folder / f"{name}.headers.txt").read_text()
        assert (answer.headers["X-WP-Total"] == "0") is ended
