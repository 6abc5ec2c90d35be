"""Rows of the canonical tables in a few words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def put(model: Any) -> Callable[..., None]:
    """``put("orders", system="shop", record_id="1", …)`` inserts one row; ``external_id`` fills the map of external ids."""

    def insert(table: str, **row: Any) -> None:
        external = row.pop("external_id", None)
        columns = list(row)
        values = ["?"] * len(columns)
        if external is not None:
            columns.append("external_ids")
            values.append("external_ids_of(?)")
            row["external_ids"] = external
        model.execute(f"insert into {table} ({', '.join(columns)}) values ({', '.join(values)})", list(row.values()))

    return insert


@pytest.fixture
def links(model: Any) -> Callable[[str], list[Any]]:
    """Run the matching and list ``shop id → Salesforce id, method, certainty`` with a star on the primary link."""

    def read(table: str) -> list[str]:
        from recon.warehouse import build

        build.match(model)
        query = (
            f"select shop_id, salesforce_id, method, certainty, is_primary from {table} order by shop_id, is_primary desc, salesforce_id"
        )
        return [
            f"{a} → {b} {method} {certainty}{' *' if primary else ''}"
            for a, b, method, certainty, primary in model.execute(query).fetchall()
        ]

    return read
