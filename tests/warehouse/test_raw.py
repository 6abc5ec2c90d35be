"""Files become rows: every row with its place, newest versions only, and nothing damaged passes."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import zstandard

from recon.errors import StoreError
from recon.warehouse import build, engine, raw

Rows = list[dict[str, Any]]
ORDERS_QUERY = "select record_id, total, file, line from orders order by record_id"


def jsonl(rows: Rows) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def frames(*parts: bytes) -> bytes:
    return b"".join(zstandard.compress(part) for part in parts)


def shop(**streams: Any) -> dict[str, Any]:
    return {"name": "shop", "streams": streams}


def org(stream: str, content: Any, **fields: str) -> dict[str, Any]:
    mapping = {"orders": [{"object": "Order", "fields": {"external_id": "Ext__c", "total": "Total__c", **fields}}]}
    return {"name": "salesforce", "kind": "salesforce", "side": "salesforce", "mapping": mapping, "streams": {stream: content}}


@pytest.mark.parametrize("packing", ["plain", "gz", "zst of several frames"])
def test_every_row_knows_its_file_and_line(staged: Callable[..., Any], shop_order: Callable[..., Rows], packing: str) -> None:
    first, second = jsonl(shop_order(1001)), jsonl(shop_order(1002) + shop_order(1003))
    ending, data = {
        "plain": ("jsonl", first + second),
        "gz": ("jsonl.gz", gzip.compress(first) + gzip.compress(second)),
        "zst of several frames": ("jsonl.zst", frames(first, second)),
    }[packing]
    con = staged({"name": "shop", "streams": {f"orders.{ending}": data}})
    place = f"shop/orders/part-0000.{ending}"
    assert [(r[0], r[2], r[3]) for r in con.execute(ORDERS_QUERY).fetchall()] == [
        ("1001", place, 1),
        ("1002", place, 4),
        ("1003", place, 7),
    ]
    assert con.execute("select line from order_lines order by record_id").fetchall() == [(2,), (5,), (8,)]


@pytest.mark.parametrize("many", [64, 1])
def test_several_files_keep_their_own_lines(
    tmp_path: Path,
    write_snapshot: Callable[..., Path],
    shop_order: Callable[..., Rows],
    monkeypatch: pytest.MonkeyPatch,
    many: int,
) -> None:
    monkeypatch.setattr(raw, "MANY", many)
    folder = write_snapshot(tmp_path / "20261123T060000Z-0001", shop(orders=shop_order(1001)))
    data = jsonl(shop_order(1002) + shop_order(1003))
    (folder / "shop/orders/part-0001.jsonl.zst").write_bytes(frames(data))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["systems"][0]["streams"][0]["files"].append({"path": "shop/orders/part-0001.jsonl.zst", "rows": 6})
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with engine.connect(build.build(folder)) as con:
        found = [(r[0], Path(r[2]).name, r[3]) for r in con.execute(ORDERS_QUERY).fetchall()]
    assert found == [("1001", "part-0000.jsonl", 1), ("1002", "part-0001.jsonl.zst", 1), ("1003", "part-0001.jsonl.zst", 4)]


def test_csv_keeps_line_breaks_quotes_and_blanks_apart(staged: Callable[..., Any]) -> None:
    text = 'Id,Ext__c,Total__c\n"001A0000006Vm9r","say ""x""\nand y","1.50"\n801A0000006Vm9s,"",\n'
    con = staged(org("order", text))
    rows = con.execute("select record_id, external_ids['external_id'], total, line from orders order by line").fetchall()
    assert [(r[0], r[1], None if r[2] is None else str(r[2]), r[3]) for r in rows] == [
        ("001A0000006Vm9rIAC", 'say "x"\nand y', "1.500000", 2),
        ("801A0000006Vm9sIAC", None, None, 3),
    ]


def test_json_lines_and_csv_and_parquet_of_one_object_look_alike(tmp_path: Path, staged: Callable[..., Any]) -> None:
    record = {"Id": "801A0000006Vm9rIAC", "Ext__c": "7", "Total__c": "1.50", "IsDeleted": "false"}
    pl.DataFrame([record]).write_parquet(tmp_path / "order.parquet")
    contents = {
        "order": ",".join(record) + "\n" + ",".join(record.values()) + "\n",
        "order.jsonl.zst": {"rows": frames(jsonl([record])), "columns": list(record)},
        "order.parquet": (tmp_path / "order.parquet").read_bytes(),
    }
    select = "select * exclude (file, line) from orders"
    found = [staged(org(name, content)).execute(select).fetchall() for name, content in contents.items()]
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 1


def test_the_newest_version_of_a_delta_wins_with_its_children(
    tmp_path: Path, write_snapshot: Callable[..., Path], shop_order: Callable[..., Rows]
) -> None:
    base = write_snapshot(tmp_path / "20261122T060000Z-0001", shop(orders=shop_order(1001) + shop_order(1002)))
    newer = shop_order(1002, total="99.0", updated="2026-11-22T09:00:00Z")
    newer[1]["quantity"] = 5
    middle = write_snapshot(tmp_path / "20261122T180000Z-0002", shop(orders=newer), mode="delta", base=base.name)
    last = write_snapshot(tmp_path / "20261123T060000Z-0003", shop(orders=shop_order(1003)), mode="delta", base=middle.name)
    with engine.connect(build.build(last)) as con:
        orders = [(r[0], str(r[1]), r[2]) for r in con.execute(ORDERS_QUERY).fetchall()]
        lines = con.execute("select order_id, quantity from order_lines order by order_id").fetchall()
    assert orders == [
        ("1001", "15.000000", f"../{base.name}/shop/orders/part-0000.jsonl"),
        ("1002", "99.000000", f"../{middle.name}/shop/orders/part-0000.jsonl"),
        ("1003", "15.000000", "shop/orders/part-0000.jsonl"),
    ]
    assert [(order, int(quantity)) for order, quantity in lines] == [("1001", 1), ("1002", 5), ("1003", 1)]


def test_a_stream_read_in_full_by_a_delta_replaces_the_base(tmp_path: Path, write_snapshot: Callable[..., Path]) -> None:
    here = [{"id": f"gid://shopify/Location/{n}", "name": f"L{n}", "isActive": True} for n in (1, 2)]
    base = write_snapshot(tmp_path / "20261122T060000Z-0001", shop(locations=here))
    full = {"rows": here[:1], "window_from": None}
    delta = write_snapshot(tmp_path / "20261123T060000Z-0002", shop(locations=full), mode="delta", base=base.name)
    with engine.connect(build.build(delta)) as con:
        assert con.execute("select record_id from locations").fetchall() == [("1",)]


def test_what_a_delta_did_not_read_is_taken_from_its_base_and_said(
    tmp_path: Path, write_snapshot: Callable[..., Path], shop_order: Callable[..., Rows]
) -> None:
    base = write_snapshot(tmp_path / "20261122T060000Z-0001", shop(orders=shop_order(1001)))
    delta = write_snapshot(tmp_path / "20261123T060000Z-0002", shop(), mode="delta", base=base.name)
    with engine.connect(build.build(delta)) as con:
        assert con.execute("select count(*) from orders").fetchone() == (1,)
        found = con.execute("select readable, complete, reason from coverage where entity = 'orders' and field is null").fetchone()
    assert found == (True, False, "orders was not read by the newest snapshot.")


def test_a_missing_base_is_an_error(tmp_path: Path, write_snapshot: Callable[..., Path]) -> None:
    delta = write_snapshot(tmp_path / "20261123T060000Z-0002", shop(), mode="delta", base="20261122T060000Z-0001")
    with pytest.raises(StoreError, match="builds on 20261122T060000Z-0001, which is not there"):
        build.build(delta)


@pytest.mark.fault("shopify", 6, 11)
def test_pages_read_twice_and_in_any_order_change_nothing(staged: Callable[..., Any], shop_order: Callable[..., Rows]) -> None:
    rows = shop_order(1001) + shop_order(1002) + shop_order(1003)
    stale = shop_order(1002, total="1.0", updated="2026-11-20T10:30:00Z")
    shuffled = rows + stale + rows[:3]
    random.Random(7).shuffle(shuffled)
    queries = [
        f"select * exclude (file, line) from {table} order by record_id" for table in ("orders", "order_lines", "payments", "fulfillments")
    ]
    plain, mixed = staged(shop(orders=rows)), staged(shop(orders=shuffled))
    for query in queries:
        assert plain.execute(query).fetchall() == mixed.execute(query).fetchall()


def broken(tmp_path: Path, write_snapshot: Callable[..., Path], system: dict[str, Any]) -> str:
    folder = write_snapshot(tmp_path / "20261123T060000Z-0009", system)
    with pytest.raises(StoreError) as caught:
        build.build(folder)
    assert {path.name for path in folder.iterdir()} == {"manifest.json", system["name"]}
    return str(caught.value)


@pytest.mark.fault("shopify", 11)
def test_a_cut_file_is_named_with_its_line(tmp_path: Path, write_snapshot: Callable[..., Path], shop_order: Callable[..., Rows]) -> None:
    whole = jsonl(shop_order(1001) + shop_order(1002))
    message = broken(tmp_path, write_snapshot, shop(**{"orders.jsonl": whole[:-30]}))
    assert message.startswith("shop/orders/part-0000.jsonl, line 6, is damaged.")


def test_a_cut_zstd_file_is_an_error(tmp_path: Path, write_snapshot: Callable[..., Path], shop_order: Callable[..., Rows]) -> None:
    whole = frames(jsonl(shop_order(1001)), jsonl(shop_order(1002)))
    assert "part-0000.jsonl.zst" in broken(tmp_path, write_snapshot, shop(**{"orders.jsonl.zst": whole[:-20]}))


def test_lines_lost_at_the_end_are_noticed(tmp_path: Path, write_snapshot: Callable[..., Path], shop_order: Callable[..., Rows]) -> None:
    content = {"rows": jsonl(shop_order(1001)), "files": [{"path": "shop/orders/part-0000.jsonl", "rows": 4}]}
    message = broken(tmp_path, write_snapshot, shop(**{"orders.jsonl": content}))
    assert message.startswith("shop/orders/part-0000.jsonl holds 3 records, the manifest says 4.")


def test_a_file_changed_afterwards_is_noticed(tmp_path: Path, write_snapshot: Callable[..., Path], shop_order: Callable[..., Rows]) -> None:
    folder = write_snapshot(tmp_path / "20261123T060000Z-0009", shop(orders=shop_order(1001)))
    file = folder / "shop/orders/part-0000.jsonl"
    file.write_bytes(file.read_bytes().replace(b"15.0", b"16.0"))
    with pytest.raises(StoreError, match="is not the file that was written"):
        build.build(folder)
    file.unlink()
    with pytest.raises(StoreError, match="is missing"):
        build.build(folder)


@pytest.mark.parametrize("change", [{"originalTotalPriceSet": "15.0"}, {"originalTotalPriceSet": {"shopMoney": {"amount": "a lot"}}}])
@pytest.mark.fault("shopify", 23)
def test_a_value_of_another_type_is_named_but_never_quoted(
    tmp_path: Path, write_snapshot: Callable[..., Path], shop_order: Callable[..., Rows], change: dict[str, Any]
) -> None:
    message = broken(tmp_path, write_snapshot, shop(orders=shop_order(1001) + shop_order(1002, **change)))
    assert message.startswith("shop/orders/part-0000.jsonl, line 4, holds a value of another type than expected.")
    assert "a lot" not in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Id,Ext__c\n1,2\n1,2,3\n", "line 3, is damaged"),
        ("Id,Ext__c\n1,2\n1\n", "line 3, is damaged"),
        ('Id,Ext__c\n1,"never closed\n', "line 2, is damaged"),
        ("Id,Id\n1,2\n", "line 1, does not name its columns"),
    ],
)
def test_a_damaged_csv_is_named_with_its_line(tmp_path: Path, write_snapshot: Callable[..., Path], text: str, said: str) -> None:
    assert re.search(rf"salesforce/order/part-0000\.csv, {said}", broken(tmp_path, write_snapshot, org("order", text)))


@pytest.mark.fault("salesforce", 23)
def test_a_column_that_the_manifest_promises_must_be_there(tmp_path: Path, write_snapshot: Callable[..., Path]) -> None:
    content = {"rows": "Id,Ext__c\n1,2\n", "columns": ["Id", "Ext__c", "Total__c"]}
    assert "has no column Total__c" in broken(tmp_path, write_snapshot, org("order", content))


def test_a_record_without_id_is_an_error(tmp_path: Path, write_snapshot: Callable[..., Path]) -> None:
    assert "1 records without an id" in broken(tmp_path, write_snapshot, org("order", "Id,Ext__c\n,2\n"))


@pytest.mark.fault("salesforce", 23)
def test_a_column_that_is_new_is_reported(staged: Callable[..., Any]) -> None:
    con = staged(org("order", {"rows": "Id,Ext__c,Surprise__c\n1,2,3\n", "columns": ["Id", "Ext__c"], "entities": ["orders"]}))
    found = con.execute("select readable, reason from coverage where field = 'Surprise__c'").fetchall()
    assert found == [(True, "order.Surprise__c is new in the snapshot; nothing reads it.")]


def test_long_notes_and_awkward_text_pass_unchanged(staged: Callable[..., Any], shop_order: Callable[..., Rows]) -> None:
    awkward = "Bobby '); drop table orders; -- </script> \u202e \U0001f600 \u2028 \t \\ \" =cmd|' /C calc'!A0"
    con = staged(
        {"name": "shop", "streams": {"orders": shop_order(1001, sourceName=awkward, note="x" * 20_000_000)}},
        org("order", 'Id,Ext__c,Total__c\n1,"' + awkward.replace('"', '""') + '",1\n2,"' + "y" * 3_000_000 + '",2\n'),
    )
    assert con.execute("select channel from orders where system = 'shop'").fetchone() == (awkward,)
    held = con.execute("select external_ids['external_id'] from orders where system = 'salesforce' order by record_id").fetchall()
    assert held[0] == (awkward,)
    assert len(held[1][0]) == 3_000_000


HALF = b'{"id": "gid://shopify/Order/1002", "name": "\\ud800", "totalPriceSet": {}}\n'
"""Whole JSON with half a surrogate pair: no text that can be written."""


def test_a_record_with_half_a_sign_is_set_aside_and_its_table_is_not_whole(
    tmp_path: Path, write_snapshot: Callable[..., Path], shop_order: Callable[..., Rows], staged: Callable[..., Any]
) -> None:
    data = jsonl(shop_order(1001)) + HALF + jsonl(shop_order(1003)) + HALF.replace(b"1002", b"1004")
    con = staged({"name": "shop", "streams": {"orders.jsonl": data, "customers": []}})
    orders = con.execute("select record_id, line from orders order by 1").fetchall()
    assert [number for number, _ in orders] == ["1001", "1003"]
    assert dict(orders)["1003"] > dict(orders)["1001"] + 1, "lines are those of the file as it landed"
    complete, reason = con.execute("select complete, reason from coverage where entity = 'orders' and field is null").fetchone()
    assert not complete
    assert "2 records could not be read (shop/orders/part-0000.jsonl, line" in reason and "and 1 more" in reason
    assert con.execute("select complete from coverage where entity = 'customers' and field is null").fetchone() == (True,)


def test_nothing_of_a_mended_file_stays_behind(
    tmp_path: Path, write_snapshot: Callable[..., Path], shop_order: Callable[..., Rows], staged: Callable[..., Any]
) -> None:
    staged({"name": "shop", "streams": {"orders.jsonl": jsonl(shop_order(1001)) + HALF}})
    assert not list(tmp_path.rglob("*mended*"))


def test_salesforces_records_with_half_a_sign_are_set_aside_too(staged: Callable[..., Any]) -> None:
    rows = [b'{"Id": "801000000000001AAA", "Ext__c": "1"}', b'{"Id": "801000000000002AAA", "Ext__c": "\\udc00"}']
    stream = {"rows": b"\n".join([*rows, b""]), "columns": ["Id", "Ext__c"]}
    con = staged({"name": "shop", "streams": {"orders": []}}, org("order.jsonl", stream))
    assert con.execute("select record_id from orders where system = 'salesforce'").fetchall() == [("801000000000001AAA",)]
    query = "select complete, reason from coverage where system = 'salesforce' and entity = 'orders' and field is null"
    complete, reason = con.execute(query).fetchone()
    assert complete is False and "1 record could not be read" in reason


def test_a_garbled_line_is_no_half_sign(tmp_path: Path, write_snapshot: Callable[..., Path], shop_order: Callable[..., Rows]) -> None:
    data = jsonl(shop_order(1001)) + b'{"id": "gid://shopify/Order/1002", "name": \n' + jsonl(shop_order(1003)) + HALF
    assert broken(tmp_path, write_snapshot, shop(**{"orders.jsonl": data})).startswith("shop/orders/part-0000.jsonl, line 4, is damaged.")
