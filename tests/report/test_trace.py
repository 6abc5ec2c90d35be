"""One record through every system: found by any of its names, side by side, exact, masked, and never mixed with a namesake."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from recon.audit import history
from recon.cli import run
from recon.config.settings import Settings
from recon.errors import StoreError, UsageError
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


def test_findings_that_are_gone_say_since_when(settings: Settings, snapshot: Path, told_once: str) -> None:
    with connect(snapshot / FILE_NAME, read_only=False, locked=False) as con:
        con.execute("insert into systems (system, kind, side) values ('outlet', 'shopify', 'shop')")
        con.execute("insert into orders (system, record_id, number, number_key) values ('outlet', '3', '#3', '3')")
    with history.opened(settings.state_dir, write=True) as store:  # a day later order 3 is gone, and 2 is back
        con = store.connection
        con.execute("insert into runs select * replace ('later' as run_id, 2 as number, as_of + to_days(1) as as_of) from runs")
        for record, state, back in (("3", "resolved", "false"), ("2", "new", "true")):
            changed = f"'later' as run_id, '{state}' as state, {back} as reopened"
            con.execute(f"insert into findings select * replace ({changed}) from findings where record_id = '{record}'")
    (gone,) = trace(settings, snapshot, "order", "3", system="shop").findings
    assert (gone.state, gone.last_seen_at, gone.resolved_at) == ("resolved", "2026-11-20T09:00:00Z", "2026-11-21T09:00:00Z")
    (back,) = trace(settings, snapshot, "order", "2").findings
    assert (back.state, back.reopened, back.first_seen_at, back.resolved_at) == ("new", True, "2026-11-20T09:00:00Z", None)
    assert trace(settings, snapshot, "order", "3", system="outlet").findings == [], "an order of another shop with the same id"


def test_corrections_come_from_the_journals(settings: Settings, snapshot: Path) -> None:
    folder = settings.state_dir / "plans" / "20261120T090000Z-abcd1234"
    folder.mkdir(parents=True)
    total = {"field": "Shop_Total__c", "type": "currency", "before": "109.9", "after": "119.9", "made_by": None, "derived": False}
    email = {
        "field": "Email__c",
        "type": "email",
        "before": "ann@example.org",
        "after": "ann@example.com",
        "made_by": None,
        "derived": False,
    }
    changes = [
        {"id": "c0001", "action": "update", "record_id": "801A", "fields": [total, email]},
        {"id": "c0002", "action": "insert", "record_id": None, "fields": [total]},
        {"id": "c0003", "action": "update", "record_id": "801A", "fields": [total]},
        {"id": "c0004", "action": "update", "record_id": "801B", "fields": [total]},
    ]
    (folder / "plan.json").write_text(json.dumps({"id": folder.name, "changes": changes}))
    seen = {"Shop_Total__c": "108.9"}
    lines = [
        {"n": 1, "event": "begin", "at": "2026-11-20T09:30:00Z"},
        {
            "n": 2,
            "event": "intent",
            "at": "2026-11-20T09:31:00Z",
            "changes": {"c0001": {"before": seen}, "c0002": {}},
        },
        {"n": 3, "event": "outcome", "change": "c0001", "result": "failed", "message": "ann@example.com is wrong", "record_id": None},
        {"n": 4, "event": "outcome", "change": "c0002", "result": "done", "record_id": "801A"},
    ]
    (folder / "journal.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"n": 5, "event": "outc')
    made = trace(settings, snapshot, "order", "77", show_personal=True)
    assert [(one.at, one.action, one.field, one.before, one.after, one.result) for one in made.corrections] == [
        ("2026-11-20T09:31:00Z", "update", "Shop_Total__c", "108.9", "119.9", "failed"),
        ("2026-11-20T09:31:00Z", "update", "Email__c", "ann@example.org", "ann@example.com", "failed"),
        ("2026-11-20T09:31:00Z", "insert", "Shop_Total__c", "109.9", "119.9", "done"),
        (None, "update", "Shop_Total__c", "109.9", "119.9", "planned"),
    ]
    masked = trace(settings, snapshot, "order", "77")
    assert "ann@" not in masked.model_dump_json()
    page = trace_page.render(masked, "en").decode()
    assert "<h2>Corrections</h2>" in page and folder.name in page and "not sent" in page
    (folder / "plan.json").write_text('{"id": "801A"}')
    with pytest.raises(StoreError, match="is damaged"):
        trace(settings, snapshot, "order", "77")


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
