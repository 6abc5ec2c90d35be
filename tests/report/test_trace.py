"""One record through every system: found by any of its names, side by side, exact, masked, and never mixed with a namesake."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from recon.cli import run
from recon.config.settings import Settings
from recon.errors import UsageError
from recon.report import trace_page
from recon.report.trace import Trace, trace
from recon.warehouse.engine import FILE_NAME, connect

ROWS = """
insert into orders (system, record_id, number, number_key, currency, subtotal, total, email, email_key, placed_at, file, line) values
  ('shop', '9001', '#77', '77', 'EUR', 30.1, 119.9, 'ann@example.com', 'ann@example.com', timestamp '2026-11-19 08:00:00', 'shop/orders/part-0000.jsonl.zst', 7),
  ('salesforce', '801A', '00077', '77', 'EUR', 30.1, 109.9, 'ann@example.org', 'ann@example.org', timestamp '2026-11-19 08:00:00', 'salesforce/order/part-0000.csv.zst', null),
  ('shop', '9002', '#78', '78', 'EUR', 1, 1, null, null, null, null, null),
  ('salesforce', '801B', '78', '78', 'EUR', 2, 2, null, null, null, null, null);
insert into order_links (shop_system, shop_id, salesforce_system, salesforce_id, method, certainty, evidence, is_primary) values
  ('shop', '9001', 'salesforce', '801A', 'number', 'certain', 'number', true);
insert into order_lines (system, record_id, order_id, sku, quantity, total) values
  ('shop', 'l1', '9001', 'TEAPOT', 2, 119.9), ('salesforce', '802A', '801A', 'TEAPOT', 1, 109.9);
insert into field_changes (system, record_id, parent_id, field, column_name, old_value, new_value, writer, changed_at) values
  ('salesforce', 'h1', '801A', 'Shop_Total__c', 'total', '119.9', '109.9', 'Flow', timestamp '2026-11-19 09:00:00');
insert into value_changes values ('shop', 'orders', '9001', 'status', 'open', 'completed', timestamp '2026-11-18 00:00:00', timestamp '2026-11-19 00:00:00');
insert into products (system, record_id, sku, sku_key, title) values ('shop', '5', 'Tea Pot', 'TEA POT', 'Pot');
insert into prices (system, record_id, variant_id, price_list, amount, currency) values ('shop', 'p1', '5', 'default', 12.5, 'EUR');
insert into customers (system, record_id, email, email_key, first_name) values ('shop', '3', 'bo@example.com', 'bo@example.com', 'Bo');
"""  # noqa: E501 - rows read better on one line


@pytest.fixture
def snapshot(settings: Settings, told_once: str) -> Path:
    """The snapshot of one run, with a pair of orders that differ besides."""
    folder = next((settings.state_dir / "snapshots").iterdir())
    with connect(folder / FILE_NAME, read_only=False, locked=False) as con:
        con.execute(ROWS)
    return folder


@pytest.mark.parametrize("wanted", ["77", "#77", "00077", "9001", "801A"])
def test_any_name_of_either_side_finds_both(settings: Settings, snapshot: Path, wanted: str) -> None:
    made = trace(settings, snapshot, "order", wanted)
    assert [(one.system, one.record_id) for one in made.records] == [("shop", "9001"), ("salesforce", "801A")]
    assert [(one.method, one.certainty, one.evidence) for one in made.links] == [("number", "certain", "number")]


def test_values_are_exact_and_differences_are_named(settings: Settings, snapshot: Path) -> None:
    made = trace(settings, snapshot, "order", "77", show_personal=True)
    shop, salesforce = made.records
    assert (shop.values["total"], salesforce.values["total"], shop.values["subtotal"]) == ("119.90", "109.90", "30.10")
    assert made.differing == ["number", "email", "total"]
    assert "placed_at" in made.fields and shop.values["placed_at"] == "2026-11-19T08:00:00Z"
    assert (shop.file, shop.line, salesforce.line) == ("shop/orders/part-0000.jsonl.zst", 7, None)
    assert [(part.table, part.rows[0][0], part.rows[0][2]) for part in shop.below] == [("order_lines", "TEAPOT", "2")]


def test_history_tells_who_where_somebody_knows(settings: Settings, snapshot: Path) -> None:
    made = trace(settings, snapshot, "order", "77")
    assert [(one.at, one.field, one.old, one.new, one.by, one.source) for one in made.changes] == [
        ("2026-11-19T00:00:00Z", "status", "open", "completed", None, "snapshots"),
        ("2026-11-19T09:00:00Z", "total", "119.9", "109.9", "Flow", "history"),
    ]


def test_findings_of_the_latest_run_are_shown(settings: Settings, snapshot: Path, told_once: str) -> None:
    made = trace(settings, snapshot, "order", "2")
    assert made.run_id == told_once
    assert [(one.rule, one.state) for one in made.findings] == [("order.missing_in_salesforce", "new")]


def test_namesakes_are_not_mixed(settings: Settings, snapshot: Path) -> None:
    with pytest.raises(UsageError, match=r"2 different records are called 78\. Say which with --system: salesforce, shop\."):
        trace(settings, snapshot, "order", "78")
    made = trace(settings, snapshot, "order", "78", system="shop")
    assert [one.record_id for one in made.records] == ["9002"] and made.differing == []


def test_personal_data_is_masked_unless_asked_for(settings: Settings, snapshot: Path) -> None:
    masked, shown = (trace(settings, snapshot, "order", "77", show_personal=show) for show in (False, True))
    assert "ann@" not in masked.model_dump_json() and masked.records[0].values["email"].startswith("a…@example.com")
    assert shown.records[0].values["email"] == "ann@example.com"


@pytest.mark.parametrize(("kind", "wanted", "found"), [("sku", "tea pot", "5"), ("customer", " BO@example.com", "3")])
def test_other_kinds(settings: Settings, snapshot: Path, kind: Any, wanted: str, found: str) -> None:
    made = trace(settings, snapshot, kind, wanted)
    assert [one.record_id for one in made.records] == [found]
    assert kind != "sku" or [part.rows[0][2] for part in made.records[0].below] == ["12.50"]


def test_what_nobody_has_is_an_error(settings: Settings, snapshot: Path) -> None:
    with pytest.raises(UsageError, match="No system has the order 4711"):
        trace(settings, snapshot, "order", "4711")


def test_the_command_prints_json_and_pages(settings: Settings, snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = ["--config", str(settings.path)]
    assert run(["trace", "order", "77", *config]) == 0
    text = capsys.readouterr().out
    assert "≠ total" in text and "119.90" in text and "shop/orders/part-0000.jsonl.zst:7" in text
    assert run(["trace", "order", "77", "--json", *config]) == 0
    assert Trace.model_validate(json.loads(capsys.readouterr().out)).differing == ["number", "email", "total"]
    assert run(["trace", "order", "77", "--html", str(tmp_path / "page.html"), *config]) == 0
    assert Path(capsys.readouterr().out.strip()) == tmp_path / "page.html"


def test_a_page_is_safe_and_always_the_same(settings: Settings, snapshot: Path) -> None:
    with connect(snapshot / FILE_NAME, read_only=False, locked=False) as con:
        con.execute("update orders set channel = '<script>alert(1)</script>' where record_id = '9001'")
    made = trace(settings, snapshot, "order", "77")
    page = trace_page.render(made, "en")
    assert page == trace_page.render(made, "en")
    assert b"<script" not in page and b"default-src &#39;none&#39;" in page and b"\xe2\x89\xa0 total" in page
