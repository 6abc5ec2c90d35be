"""Matching of a million orders a side, where the engine makes other plans than on a handful of rows."""

from __future__ import annotations

import threading
from pathlib import Path

from recon.warehouse.build import create_model, match
from recon.warehouse.engine import connect

MANY = 1_000_000
PATIENCE = 240
"""Seconds; it takes five."""


def test_a_million_orders_are_matched(tmp_path: Path) -> None:
    with connect(tmp_path / "warehouse.duckdb", read_only=False, locked=False) as con:
        create_model(con)
        for name, kind, side in (("shop", "shopify", "shop"), ("salesforce", "salesforce", "salesforce")):
            con.execute("insert into systems by name select $1 as system, $2 as kind, $3 as side, 'EUR' as currency", [name, kind, side])
        row = f"i::varchar as number_key, 'EUR' as currency, 20 as total, 'a' || i || '@a.example' as email_key from range({MANY}) as r (i)"
        con.execute(f"insert into orders by name select 'shop' as system, (7000000 + i)::varchar as record_id, {row}")
        ids = "map {'external_id': (7000000 + i)::varchar} as external_ids"
        con.execute(f"insert into orders by name select 'salesforce' as system, 'S' || i as record_id, {ids}, {row}")
        alarm = threading.Timer(PATIENCE, con.interrupt)
        alarm.start()
        try:
            match(con)
        finally:
            alarm.cancel()
        counted = con.execute("select method, count(*) from order_links group by method").fetchall()
    assert counted == [("external_id", MANY)]
