"""A snapshot of a part is never taken for everything."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recon.errors import StoreError
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


ORDERS = {"orders": {"object": "Order", "fields": {"external_id": "Ext__c", "total": "Total__c"}}}


def org(text: str, mapping: Any = ORDERS) -> dict[str, Any]:
    streams = {"order": {"rows": text, "entities": ["orders"]}}
    return {"name": "salesforce", "kind": "salesforce", "side": "salesforce", "mapping": mapping, "streams": streams}


@pytest.mark.parametrize(
    ("system", "said"),
    [
        ({"name": "shop", "streams": {"sales": [{"id": "1"}]}}, "names the stream sales of shop, which shopify does not have. Known: "),
        (org("Id;Ext__c\n1;2\n"), "part-0000.csv has no column Id. The first line of a CSV file names the columns"),
        (org("Id\n1\n", {"ordrs": []}), "The mapping of salesforce in the manifest is not valid at ordrs"),
        (org("Id\n1\n", {"orders": {"object": "Order", "fields": {"totl": "T"}}}), "names orders.totl. Known: "),
    ],
)
def test_mistakes_of_a_snapshot_made_by_hand_are_named(
    tmp_path: Path, write_snapshot: Callable[..., Path], system: dict[str, Any], said: str
) -> None:
    with pytest.raises(StoreError) as caught:
        build.build(write_snapshot(tmp_path / "s1", system))
    assert said in str(caught.value)


def test_a_stream_that_feeds_no_table_is_let_be(tmp_path: Path, write_snapshot: Callable[..., Path]) -> None:
    streams = {"shop": {"rows": [{"id": "gid://shopify/Shop/1"}], "entities": []}}
    assert build.build(write_snapshot(tmp_path / "s1", {"name": "shop", "streams": streams})).is_file()


def test_a_file_that_is_not_utf_8_is_called_so(tmp_path: Path, write_snapshot: Callable[..., Path]) -> None:
    system = org("")
    system["streams"] = {"order.csv": {"rows": "Id,Größe__c\n1,2\n".encode("latin-1"), "entities": ["orders"]}}
    with pytest.raises(StoreError, match=r"part-0000\.csv is not UTF-8 text"):
        build.build(write_snapshot(tmp_path / "s1", system))


@pytest.mark.parametrize(("totals", "readable"), [(["15,00", "12,00", "1.00"], False), (["15.00", "12.00", "1,00"], True)])
def test_a_column_of_which_most_cannot_be_understood_counts_as_not_read(
    tmp_path: Path, write_snapshot: Callable[..., Path], totals: list[str], readable: bool
) -> None:
    text = "Id,Ext__c,Total__c\n" + "".join(f'801A0000006V{n},{n},"{total}"\n' for n, total in enumerate(totals, 1001))
    with engine.connect(build.build(write_snapshot(tmp_path / "s1", org(text)))) as con:
        found = con.execute("select readable, reason from coverage where entity = 'orders' and field = 'total'").fetchall()
    assert found == [(readable, f"{1 if readable else 2} of 3 values could not be read as what total is; they count as unknown.")]


def test_the_example_of_the_docs_works_as_it_stands(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs/snapshot-format.md").read_text(encoding="utf-8")
    manifest, order = re.findall(r"```json\n(.*?)```", text.partition("## By hand")[2], re.DOTALL)
    (tmp_path / "manifest.json").write_text(manifest)
    (tmp_path / "orders.jsonl").write_text(order)
    (tmp_path / "Order.csv").write_text("Id,Shopify_Order_Id__c,Shop_Total__c,CurrencyIsoCode,Status\n1,1001,16.00,EUR,Activated\n")
    with engine.connect(build.build(tmp_path)) as con:
        assert con.execute("select count(*) from order_links").fetchall() == [(1,)]
        whole = con.execute("select entity from coverage where complete and field is null and system = 'shop' order by entity").fetchall()
        assert whole == [("exposures",), ("orders",)]  # notes stand in the orders
