"""A snapshot of a part is never taken for everything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from recon.warehouse import build, engine


def test_changes_without_a_full_read_below_them_are_not_complete(
    tmp_path: Path, write_snapshot: Callable[..., Path], shop_order: Callable[..., list[dict[str, Any]]]
) -> None:
    orders = {"rows": shop_order(1001), "window_from": "2026-11-20T00:00:00Z", "entities": ["orders"]}
    locations = {"rows": [{"id": "gid://shopify/Location/1", "name": "Store"}], "window_from": None, "entities": ["locations"]}
    folder = write_snapshot(tmp_path / "s1", {"name": "shop", "streams": {"orders": orders, "locations": locations}}, mode="delta")
    with engine.connect(build.build(folder)) as con:
        rows = con.execute("select entity, complete, reason from coverage where entity in ('orders', 'locations') order by all").fetchall()
    assert rows == [("locations", True, None), ("orders", False, "Of orders only changes since 2026-11-20 00:00 UTC were read.")]
