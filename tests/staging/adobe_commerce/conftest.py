"""Snapshots of a shop made by hand, in the vendor's shape."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

STORE = {
    "id": "store",
    "amounts": "base",
    "websites": [{"id": 1, "code": "base", "name": "Main"}, {"id": 2, "code": "b2b", "name": "Dealers"}],
    "storeViews": [{"id": 1, "code": "default", "name": "Default", "website_id": 1}, {"id": 2, "code": "dealer", "website_id": 2}],
    "storeConfigs": [
        {"id": 1, "code": "default", "website_id": 1, "base_currency_code": "EUR", "timezone": "Europe/Berlin"},
        {"id": 2, "code": "dealer", "website_id": 2, "base_currency_code": "CHF", "timezone": "Europe/Zurich"},
    ],
}


@pytest.fixture
def shop_rows(staged: Callable[..., Any], rows_of: Callable[..., Any]) -> Callable[..., Callable[..., list[dict[str, Any]]]]:
    """A function that stages records by stream and returns a function that asks for the rows of a table."""

    def stage(*, amounts: str = "base", **streams: list[Mapping[str, Any]]) -> Callable[..., list[dict[str, Any]]]:
        rows = {name: json.loads(json.dumps(records, default=str)) for name, records in streams.items()}
        rows["store"] = [{**STORE, "amounts": amounts}]
        con = staged({"name": "shop", "kind": "adobe_commerce", "side": "shop", "currency": "EUR", "streams": rows})

        def table(name: str, order: str = "record_id") -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = rows_of(con, f"select * from {name} order by {order}")
            return found

        return table

    return stage
