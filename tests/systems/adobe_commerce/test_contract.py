"""Every request that reading sends is one of the vendor's contract."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from recon.sandbox.adobe_commerce import records


def known_parameters(contract: dict[str, Any], method: str, path: str) -> set[str] | None:
    """Query parameters of the operation behind a path; None where there is none."""
    for template, operations in contract["paths"].items():
        pattern = re.sub(r"\\?\{\w+\\?\}", "[^/]+", re.escape(template).replace(r"\{", "{").replace(r"\}", "}"))
        if re.fullmatch(pattern, path) and method.lower() in operations:
            return {entry["name"] for entry in operations[method.lower()].get("parameters", []) if entry["in"] == "query"}
    return None


@pytest.mark.parametrize(("version", "service"), [("2.4.6", False), ("2.4.9", False), ("accs", True)])
def test_requests_fit_the_contract(
    open_world: Callable[..., Any], pour_stream: Any, prove_stream: Any, shared: Path, version: str, service: bool
) -> None:
    file = shared / "contracts" / "adobe_commerce" / f"subset_read_{version}.json"
    contract = json.loads(file.read_text(encoding="utf-8"))
    world = open_world(service=service)
    reader = world.reader(stores=("default",))
    for stream in reader.streams():
        for window in (world.window(), world.window(world.shop.now() - timedelta(hours=5))):
            prove_stream(reader, stream.name, window, pour_stream(reader, stream.name, window))
    world.shop.modules = frozenset()
    world.shop.load("stock_items", [records.stock_item(1, "MUG-001", Decimal(1))])
    without_sources = world.reader(stock_by_sku=True)
    pour_stream(without_sources, "stock_items", world.window())
    assert any("/stockItems/" in entry["path"] for entry in world.requests())
    for entry in world.requests():
        path = "/V1/" + entry["path"].partition("/V1/")[2]
        path = re.sub(r"^(/V1/stockItems/).+", r"\1sku", path)  # the log shows addresses decoded
        known = known_parameters(contract, entry["method"], path)
        assert known is not None, entry
        sent = {re.sub(r"\[(filterGroups|sortOrders)\]\[\d+\]", r"[\1][0]", name) for name, _ in parse_qsl(entry["query"])}
        assert sent - {"fields"} <= known, entry
