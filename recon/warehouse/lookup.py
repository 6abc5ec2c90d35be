"""Comparing values with the keys of the newest snapshot, for the doctor: which shop's ids are they?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import duckdb

from recon.errors import ReconError
from recon.systems.base import Overlap
from recon.warehouse.engine import FILE_NAME, connect, identifier

_NUMBERS = {"orders": "number"}
"""Tables whose records people call by a number of its own."""
_TABLES = ("orders", "order_lines", "customers", "products", "refunds", "locations")


def overlaps(snapshot: Path | None) -> Callable[[str, Sequence[str]], list[Overlap]] | None:
    """A function that says which share of some values are ids or numbers of each shop; None where no warehouse was built."""
    if snapshot is None or not (snapshot / FILE_NAME).is_file():
        return None
    return partial(_shares, snapshot / FILE_NAME)


def _shares(path: Path, table: str, values: Sequence[str]) -> list[Overlap]:
    if table not in _TABLES or not values:
        return []
    try:
        with connect(path, read_only=True) as con:
            found = con.execute(_query(table), {"values": list(values)}).fetchall()
    except (ReconError, duckdb.Error):
        return []  # one that an older version built, or that is being built: then there is nothing to compare with
    return [Overlap(str(system), str(key), float(share)) for system, key, share in found]


def _query(table: str) -> str:
    parts = [("id", "external_key", "record_id")]
    if table in _NUMBERS:
        parts.append(("number", "number_key", f"{_NUMBERS[table]}_key"))
    selects = [
        f"""
select r.system, '{key}' as key, count(distinct {macro}(g.value))::double / (select count(distinct value) from given) as share
from given as g
inner join {identifier(table)} as r on {macro}(g.value) = r.{column}
inner join systems as s on r.system = s.system and s.side = 'shop'
group by r.system
"""
        for key, macro, column in parts
    ]
    return f"with given as (select unnest($values) as value) {' union all '.join(selects)} order by all"
