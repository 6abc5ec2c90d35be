"""Customers in a few words, and who is taken for whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from recon.warehouse import build
from recon.warehouse.engine import connect
from recon.warehouse.identity.decisions import Decision

Put = Callable[..., None]
Tier = Callable[..., str | None]
Groups = Callable[..., list[list[str]]]

CROWD = 400
"""Strangers around the records of a test, so that frequencies mean something."""


@pytest.fixture
def model() -> Iterator[Any]:
    con = connect(None, threads=2, locked=False)
    build.create_model(con)
    con.execute(
        "insert into systems by name select 'shop' as system, 'shopify' as kind, 'shop' as side "
        "union all select 'salesforce', 'salesforce', 'salesforce'"
    )
    con.execute(
        "insert into customers by name select 'salesforce' as system, 'Z' || i as record_id, 'contact' as object, "
        "'Given' || letters[1 + i % 20] || letters[1 + i // 20] as first_name, "
        "'Strange' || letters[1 + i // 20] || letters[1 + i % 20] as last_name, "
        "'z' || i * 7919 || '@strangers.example' as email_key "
        f"from range({CROWD}) as t (i), (select string_split('abcdefghijklmnopqrst', '') as letters)"
    )
    yield con
    con.close()


@pytest.fixture
def put(model: Any) -> Put:
    """``put("A", "Ada Byron", mail=…, phone=…, street=…, postal=…, born=…)`` inserts one record of the org, or of another system."""

    def insert(record_id: str, name: str | None, *, system: str = "salesforce", **more: Any) -> None:
        given, _, family = (name or "").rpartition(" ")
        names = {"mail": "email_key", "phone": "phone_key", "street": "address1", "postal": "postal_key", "born": "birth_date"}
        row = {"system": system, "record_id": record_id, "object": "contact", "first_name": given or None, "last_name": family or None}
        row |= {names.get(key, key): value for key, value in more.items() if key != "external_id"}
        places = ["?"] * len(row)
        if "external_id" in more:
            row["external_ids"] = more["external_id"]
            places.append("external_ids_of(?)")
        model.execute(f"insert into customers ({', '.join(row)}) values ({', '.join(places)})", list(row.values()))

    return insert


@pytest.fixture
def tier(model: Any) -> Tier:
    """Match, and say in which tier the pair of A and B is: ``likely``, ``related household``, or None."""

    def read(a: str = "A", b: str = "B", decisions: Sequence[Decision] = ()) -> str | None:
        build.match(model, decisions=decisions)
        rows = model.execute(
            "select tier, relation from identity_pairs where record_id in (?, ?) and other_id in (?, ?)", [a, b, a, b]
        ).fetchall()
        return " ".join(filter(None, rows[0])) if rows else None

    return read


@pytest.fixture
def groups(model: Any) -> Groups:
    """Match, and list the groups of records."""

    def read(decisions: Sequence[Decision] = ()) -> list[list[str]]:
        build.match(model, decisions=decisions)
        rows = model.execute("select list(record_id order by record_id) from customer_clusters group by cluster_id").fetchall()
        return sorted(row[0] for row in rows)

    return read
