"""The warehouse as a file, and what it says about its own gaps."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from recon.errors import LockedError, StoreError
from recon.warehouse import build, engine

Rows = list[dict[str, Any]]

MAPPING = {
    "orders": [{"object": "Order", "fields": {"external_id": "Ext__c", "total": "Total__c", "tax": "Tax__c"}}],
    "customers": [{"object": "Contact", "kind": "contact", "fields": {"email": "Email"}}],
}


def org(**streams: Any) -> dict[str, Any]:
    return {"name": "salesforce", "kind": "salesforce", "side": "salesforce", "mapping": MAPPING, "streams": streams}


def snapshot(folder: Path, write_snapshot: Callable[..., Path], shop_order: Callable[..., Rows]) -> Path:
    orders = [row for number in range(1001, 1041) for row in shop_order(number)]
    text = "Id,Ext__c,Total__c\n" + "".join(f"801A0000006V{n},{n},15.00\n" for n in range(1001, 1041))
    return write_snapshot(folder, {"name": "shop", "streams": {"orders": orders}}, org(order={"rows": text, "entities": ["orders"]}))


def export(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    with engine.connect(path) as con:
        return {table: con.execute(f"select * from {table} order by all").fetchall() for table in build.tables()}


def test_the_file_is_private_and_leaves_nothing_beside_it(
    tmp_path: Path, write_snapshot: Callable[..., Path], shop_order: Callable[..., Rows]
) -> None:
    folder = snapshot(tmp_path / "s1", write_snapshot, shop_order)
    path = build.build(folder)
    assert path == folder / "warehouse.duckdb"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {entry.name for entry in folder.iterdir()} == {"manifest.json", "shop", "salesforce", "warehouse.duckdb"}


def test_the_same_files_give_the_same_tables_for_any_number_of_threads(
    tmp_path: Path, write_snapshot: Callable[..., Path], shop_order: Callable[..., Rows]
) -> None:
    folder = snapshot(tmp_path / "s1", write_snapshot, shop_order)
    first = export(build.build(folder, threads=1))
    assert export(build.build(folder, threads=4)) == first
    assert len(first["orders"]) == 80
    assert len(first["order_links"]) == 40


def test_it_is_built_again_only_when_something_changed(
    tmp_path: Path, write_snapshot: Callable[..., Path], shop_order: Callable[..., Rows], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = snapshot(tmp_path / "s1", write_snapshot, shop_order)
    path = build.ensure(folder)
    before = path.stat().st_mtime_ns
    assert build.ensure(folder).stat().st_mtime_ns == before
    monkeypatch.setattr(build, "digest", lambda: "another")
    assert build.ensure(folder).stat().st_mtime_ns > before
    path.write_bytes(b"not a database")
    assert len(export(build.ensure(folder))["orders"]) == 80


def test_rules_can_reach_neither_files_nor_settings(
    tmp_path: Path, write_snapshot: Callable[..., Path], shop_order: Callable[..., Rows]
) -> None:
    path = build.build(snapshot(tmp_path / "s1", write_snapshot, shop_order))
    with engine.connect(path) as con:
        for sql in (
            f"select * from read_text('{path}')",
            f"copy orders to '{tmp_path / 'out.csv'}'",
            f"attach '{tmp_path / 'other.duckdb'}'",
            "set memory_limit = '9GB'",
            "install httpfs",
            "delete from orders",
        ):
            with pytest.raises(duckdb.Error):
                con.execute(sql)
        assert con.execute("select current_setting('TimeZone')").fetchone() == ("UTC",)


def test_a_missing_or_damaged_file_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not exist"):
        engine.connect(tmp_path / "none.duckdb")
    (tmp_path / "bad.duckdb").write_bytes(b"x" * 5000)
    with pytest.raises(StoreError, match=r"damaged or of another version|cannot be opened"):
        engine.connect(tmp_path / "bad.duckdb")


def test_a_writer_in_another_process_is_said_plainly(tmp_path: Path) -> None:
    import subprocess
    import sys

    path = tmp_path / "busy.duckdb"
    code = (
        f"import duckdb, sys; c = duckdb.connect({str(path)!r}); c.execute('create table t (a int)'); "
        "print('ready', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        with pytest.raises(LockedError):
            engine.connect(path)
        other.communicate()


def coverage(con: Any, entity: str, field: str | None = None) -> list[tuple[Any, ...]]:
    where = "field is null" if field is None else f"field = '{field}'"
    return list(con.execute(f"select system, readable, complete, reason from coverage where entity = '{entity}' and {where}").fetchall())


def test_every_table_of_every_system_has_a_row_of_coverage(staged: Callable[..., Any], shop_order: Callable[..., Rows]) -> None:
    con = staged(
        {"name": "shop", "streams": {"orders": shop_order(1)}, "not_covered": {"returns": "The right read_returns is missing."}},
        org(order={"rows": "Id,Ext__c,Total__c\n1,2,3\n", "complete": False, "reason": "Two rows are missing."}),
    )
    counted = dict(con.execute("select system, count(*) from coverage where field is null group by system").fetchall())
    assert counted == {"shop": 20, "salesforce": 21}, "write errors are Salesforce's alone"
    assert coverage(con, "returns")[0] == ("shop", False, False, "The right read_returns is missing.")
    assert ("salesforce", True, False, "Two rows are missing.") in coverage(con, "orders")
    assert ("salesforce", False, False, "No object is mapped to it.") in coverage(con, "products")
    assert ("salesforce", False, False, "Contact was not read.") in coverage(con, "customers")


def test_columns_without_field_or_right_are_unreadable_not_blank(staged: Callable[..., Any], shop_order: Callable[..., Rows]) -> None:
    unreadable = {"customers.email": "The plan of the shop does not allow it.", "customers.phone": "The platform has none."}
    con = staged(
        {
            "name": "shop",
            "absent": ["customers.phone"],
            "streams": {"orders": shop_order(1), "customers": {"rows": [], "unreadable": unreadable}},
        },
        org(
            order={
                "rows": "Id,Ext__c,Total__c\n1,2,3\n",
                "entities": ["orders"],
                "unreadable": {"Tax__c": "Field-level security hides it."},
            }
        ),
    )
    assert coverage(con, "customers", "email")[0] == ("shop", False, False, "The plan of the shop does not allow it.")
    assert coverage(con, "customers", "email_key")[0][:2] == ("shop", False)
    absent = con.execute("select field from coverage where system = 'shop' and field is not null and absent order by field").fetchall()
    assert absent == [("phone",), ("phone_key",)], "what the platform does not have, apart from what could not be read"
    assert coverage(con, "orders", "tax") == [("salesforce", False, False, "Field-level security hides it.")]
    assert coverage(con, "orders", "shipping") == [("salesforce", False, False, "No field is mapped to it.")]
    assert coverage(con, "orders", "total") == []


def test_text_that_is_no_number_is_counted(staged: Callable[..., Any]) -> None:
    con = staged(org(order={"rows": 'Id,Ext__c,Total__c\n1,2,"12,50"\n2,3,1.0\n3,4,\n', "entities": ["orders"]}))
    assert coverage(con, "orders", "total") == [
        ("salesforce", True, False, "1 of 2 values could not be read as what total is; they count as unknown.")
    ]
    assert [
        None if total is None else str(total) for (total,) in con.execute("select total from orders order by record_id").fetchall()
    ] == [
        None,
        "1.000000",
        None,
    ]


def test_a_kind_nobody_knows_is_an_error(tmp_path: Path, write_snapshot: Callable[..., Path]) -> None:
    folder = write_snapshot(tmp_path / "s1", {"name": "shop", "kind": "sundial"})
    with pytest.raises(StoreError, match="of kind sundial"):
        build.build(folder)


def test_every_table_and_column_of_the_model_says_what_it_is() -> None:
    with engine.connect(None, locked=False) as con:
        build.create_model(con)
        assert con.execute("select table_name from duckdb_tables() where comment is null").fetchall() == []
        assert con.execute("select table_name, column_name from duckdb_columns() where comment is null and not internal").fetchall() == []
