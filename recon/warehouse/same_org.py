"""A shop that lies in the audited org itself: its records are the very records of Salesforce, so their own ids are what links them."""

from __future__ import annotations

import duckdb

TABLES = ("orders", "order_lines", "customers", "products", "locations", "refunds", "fulfillments", "returns", "companies")
"""Canonical tables with ``external_ids`` in Salesforce"""


def declare(con: duckdb.DuckDBPyConnection) -> None:
    """Give Salesforce rows that are also rows of a shop in the same org their own id as the id by which that shop knows them.

    An org is known by its id, which begins with 00D. Rows that the shop does not have keep what they carry.
    """
    pairs = con.execute(
        "select a.system, b.system from systems as a inner join systems as b on a.account_id = b.account_id "
        "where a.side = 'shop' and b.side = 'salesforce' and starts_with(a.account_id, '00D') order by 1, 2"
    ).fetchall()
    for shop, salesforce in pairs:
        for table in TABLES:
            con.execute(_sql(table), {"shop": shop, "salesforce": salesforce})


def _sql(table: str) -> str:
    held = f"coalesce({table}.external_ids, map(['external_id'], [cast(null as varchar)]))"
    return (
        f"update {table} set external_ids = map_concat({held}, map([cast($shop as varchar)], [{table}.record_id])) "
        f"from (select distinct record_id from {table} where system = $shop) as own "
        f"where {table}.system = $salesforce and {table}.record_id = own.record_id"
    )
