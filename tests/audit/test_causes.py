"""Root causes: what stands out is named, in a sentence; what does not is not."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from recon import assets
from recon.audit import causes
from recon.audit.causes import percent
from recon.config.settings import Waiver
from recon.warehouse.engine import FILE_NAME, connect

MISSING = "order.missing_in_salesforce"
SHOP = ("shop",)

ORDERS = """
insert into orders by name
select s.system, cast(n as varchar) as record_id, '#' || n as number, 'EUR' as currency, 10 as total, false as is_test, 'card' as gateway,
  timestamp '2026-10-20 09:10:00' + to_hours(cast(n as integer)) as created_at,
  ['web', 'web', 'web', 'pos', 'app'][n % 5 + 1] as channel, ['DE', 'AT', 'NL'][n % 3 + 1] as country
from range(720) as r(n) cross join (select unnest($systems) as system) as s
"""
"""An order an hour for thirty days, in every shop."""

ARRIVED = """
insert into order_links by name
select o.system as shop_system, o.record_id as shop_id, 'salesforce' as salesforce_system, '801' || o.record_id as salesforce_id,
  'external_id' as method, 'certain' as certainty, true as is_primary
from (select o.*, cast(o.record_id as integer) as n, extract(hour from o.created_at) as hour from orders as o) as o where not ({lost})
"""


def match(con: Any, table: str) -> None:
    """Fill a table of the matching anew."""
    con.execute(f"delete from {table}")
    con.execute(f"insert into {table} by name {(assets.folder('queries') / 'matching' / f'{table}.sql').read_text(encoding='utf-8')}")


def audited(workspace: Any, lost: str, shops: tuple[str, ...] = SHOP, **options: Any) -> Any:
    """The rule about missing orders, over orders of which some are lost: a condition on ``o`` with ``n`` from 0 to 719 and ``hour``."""
    workspace.only(MISSING)
    folder = workspace.snapshot({}, systems=(*shops, "salesforce"))
    with connect(folder / FILE_NAME, read_only=False, locked=False) as con:
        con.execute(ORDERS, {"systems": list(shops)})
        con.execute(ARRIVED.format(lost=lost))
        match(con, "missing_orders")
    result = workspace.audit(folder=folder, limit=0, **options)
    return next(rule for rule in result.rules if rule.id == MISSING)


def said(rule: Any) -> list[str]:
    return [cause.sentence for cause in rule.causes]


def test_a_night_of_one_channel_is_named_with_its_shares(workspace: Any) -> None:
    rule = audited(workspace, "o.channel = 'web' and o.n between 100 and 130")
    (cause,) = rule.causes
    assert [(one.attribute, one.value) for one in cause.conditions] == [("channel", "web")]
    assert cause.span is not None and (cause.span.timeline, cause.span.first_hour) == ("created_at", None)
    assert (cause.findings, cause.of_findings, cause.records, cause.of_records) == (19, 19, 19, 720)
    assert cause.sentence == (
        "All 19 of these orders are from channel web and were placed from 24 Oct 2026 13:10 to 25 Oct 2026 19:10 UTC, "
        "against 3% of all orders; all 19 there are affected."
    )


def test_a_channel_is_named_although_other_orders_are_lost_too(workspace: Any) -> None:
    rule = audited(workspace, "(o.channel = 'pos' and o.n % 4 = 3) or o.n in (1, 301, 602)")
    assert said(rule) == ["92% of these orders (36 of 39) are from channel pos, against 20% of all orders."]


def test_hours_of_the_day_are_named_also_over_midnight(workspace: Any) -> None:
    rule = audited(workspace, "o.hour in (23, 0) and o.n % 7 < 5")
    (cause,) = rule.causes
    assert cause.span is not None and (cause.span.first_hour, cause.span.last_hour) == (23, 1)
    assert "were placed between 23:00 and 01:00 UTC, against 8% of all orders" in cause.sentence


def test_what_lasts_until_now_has_no_end(workspace: Any) -> None:
    rule = audited(workspace, "o.n >= 700")
    assert said(rule) == [
        "All 20 of these orders were placed since 18 Nov 2026 13:10 UTC, against 3% of all orders; all 20 there are affected."
    ]


def test_two_causes_are_told_apart_and_each_is_named_once(workspace: Any) -> None:
    rule = audited(workspace, "o.n between 200 and 214 or (o.country = 'NL' and o.channel = 'app' and o.n > 300 and o.n % 2 = 0)")
    first, second = rule.causes
    assert first.conditions == () and first.span is not None and first.findings == 15
    assert {(one.attribute, one.value) for one in second.conditions} == {("channel", "app"), ("country", "NL")}


@pytest.mark.parametrize("lost", ["o.n % 31 = 7", "true", "false", "o.n in (50, 51, 52, 53)"], ids=["scattered", "all", "none", "few"])
def test_nothing_is_named_where_nothing_stands_out(workspace: Any, lost: str) -> None:
    assert audited(workspace, lost).causes == ()


def test_never_more_than_three(workspace: Any) -> None:
    rule = audited(workspace, " or ".join(f"o.n between {begin} and {begin + 8}" for begin in (40, 190, 350, 500, 640)))
    assert rule.counts.open == 45
    assert len(set(said(rule))) == 3
    assert all(cause.findings == cause.records == 9 for cause in rule.causes)


def test_one_shop_of_two_is_named(workspace: Any) -> None:
    rule = audited(workspace, "o.system = 'second' and o.n % 7 = 1", shops=("shop", "second"))
    assert said(rule) == ["All 103 of these orders are from second, against 50% of all orders."]


def test_what_is_waived_is_not_explained(workspace: Any) -> None:
    lost = "o.n between 100 and 111 or o.n % 61 = 3"
    waivers = [Waiver(rule="order.*", record_id=str(n), reason="known", owner="ada", until="2099-01-01") for n in range(100, 112)]
    assert len(audited(workspace, lost).causes) == 1
    workspace.settings.waivers = waivers
    rule = audited(workspace, lost)
    assert (rule.counts.waived, rule.counts.open, rule.causes) == (12, 12, ())


def test_lines_are_explained_by_their_goods_or_by_their_orders(workspace: Any) -> None:
    rule_id = "line.missing_in_salesforce"
    workspace.only(rule_id)
    folder = workspace.snapshot({})
    with connect(folder / FILE_NAME, read_only=False, locked=False) as con:
        con.execute(ORDERS, {"systems": ["shop"]})
        con.execute(ARRIVED.format(lost="false"))
        con.execute(
            "insert into orders by name select o.* replace ('salesforce' as system, '801' || o.record_id as record_id) from orders as o"
        )
        match(con, "order_pairs")
        con.execute("""
insert into order_lines by name
select o.system, o.record_id || '-' || k as record_id, o.record_id as order_id, 1 as quantity, 1 as current_quantity,
  case when k = 0 then 'HAT' else 'S' || (cast(o.record_id as integer) % 40) end as sku_key, sku_key as sku
from orders as o cross join range(2) as l(k) where o.system = 'shop'
""")
        con.execute("""
insert into line_pairs by name
select 'shop' as shop_system, l.record_id as shop_id, l.order_id as shop_order_id, 'salesforce' as salesforce_system,
  '801' || l.order_id as salesforce_order_id, case when l.sku_key <> 'S7' then '802' || l.record_id end as salesforce_id,
  1 as expected, case when l.sku_key <> 'S7' then 1 end as held
from order_lines as l
""")
        con.execute(
            "insert into order_lines by name select l.* replace ('salesforce' as system, '802' || l.record_id as record_id) "
            "from order_lines as l where l.sku_key <> 'S7'"
        )
    rule = next(one for one in workspace.audit(folder=folder, limit=0).rules if one.id == rule_id)
    assert said(rule) == ["All 18 of these lines are of SKU S7, against 1% of all lines; all 18 there are affected."], rule.reason


def test_the_same_causes_for_any_number_of_threads(workspace: Any) -> None:
    found = [said(audited(workspace, "o.n between 200 and 214 or o.n % 50 = 1", threads=threads)) for threads in (1, 2, 4)]
    assert found[0] and found[0] == found[1] == found[2]


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 10, "0%"), (1, 10, "10%"), (999, 1000, "99%"), (1000, 1000, "100%"), (1, 9999, "under 0.1%"), (7, 1000, "0.7%"), (23, 25, "92%")],
)
def test_shares_never_say_all_or_nothing_of_what_is_not(part: int, whole: int, text: str) -> None:
    assert percent(part, whole) == text


def test_a_search_that_takes_too_long_or_too_much_is_given_up_and_said(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for error, words in ((duckdb.InterruptException, "longer than the 300 seconds"), (duckdb.OutOfMemoryException, "more memory")):

        def fail(*given: Any, error: type[Exception] = error) -> None:
            raise error("no")

        monkeypatch.setattr(causes, "_prepare", fail)
        workspace.only(MISSING)
        folder = workspace.snapshot({})
        with connect(folder / FILE_NAME, read_only=False, locked=False) as con:
            con.execute(ORDERS, {"systems": ["shop"]})
            match(con, "missing_orders")
        result = workspace.audit(folder=folder, limit=0)
        assert len(result.run.notes) == 1 and words in result.run.notes[0]
        assert next(rule for rule in result.rules if rule.id == MISSING).counts.open == 720


def test_many_findings_cost_seconds_and_name_the_same(workspace: Any) -> None:
    rule = audited(workspace, "o.channel = 'web' and o.n between 100 and 500 or o.n % 47 = 3")
    assert rule.counts.open > 240
    first = rule.causes[0]
    assert [one.value for one in first.conditions] == ["web"] and first.span is not None
    assert first.findings >= 0.94 * 241 and first.records - first.findings <= 5
