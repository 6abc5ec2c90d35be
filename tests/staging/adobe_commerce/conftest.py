"""Snapshots of a shop made by hand, in the vendor's shape."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from recon.warehouse import build, engine, raw

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


@pytest.fixture(scope="session")
def one_model() -> Iterator[Any]:
    """A model in memory that all cases share: making it takes longer than filling it."""
    with engine.connect(None, locked=False, threads=1) as con:
        build.create_model(con)
        con.execute("attach ':memory:' as mapped")
        yield con


@pytest.fixture
def shop_rows(
    one_model: Any, tmp_path: Path, write_snapshot: Callable[..., Path], rows_of: Callable[..., Any]
) -> Callable[..., Callable[..., list[dict[str, Any]]]]:
    """A function that stages records by stream and returns a function that asks for the rows of a table."""

    def stage(*, amounts: str = "base", **streams: list[Mapping[str, Any]]) -> Callable[..., list[dict[str, Any]]]:
        rows = {name: json.loads(json.dumps(records, default=str)) for name, records in streams.items()}
        rows["store"] = [{**STORE, "amounts": amounts}]
        system = {"name": "shop", "kind": "adobe_commerce", "side": "shop", "currency": "EUR", "streams": rows}
        links = raw.chain(write_snapshot(tmp_path / f"snapshot-{len(list(tmp_path.iterdir()))}", system))
        for table in build.tables():
            one_model.execute(f"delete from {table}")
        one_model.execute("attach ':memory:' as raw")
        try:
            build._stage_system(one_model, links, links[-1][1].systems[0], None)
        finally:
            one_model.execute("detach raw")

        def table(name: str, order: str = "record_id") -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = rows_of(one_model, f"select * from {name} order by {order}")
            return found

        return table

    return stage
