"""The result object: what it holds, in which order, and that it is the same every time."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from recon.audit import result as audit
from recon.config.settings import SEVERITIES, ReportSettings
from recon.errors import ConfigError
from recon.report import json as report_json
from recon.report.links import known_hosts, record_url, safe
from recon.report.model import OPEN_STATES, Result
from recon.report.result import build, worst_first

Merchant = Callable[..., audit.AuditResult]


def test_the_json_is_versioned_and_keeps_its_order(merchant: Merchant) -> None:
    text = b"".join(report_json.render(build(merchant(0.1)))).decode()
    data = json.loads(text)
    assert data["schema"] == "recon.result/1"
    assert list(data) == [
        "schema",
        "run",
        "verdict",
        "totals",
        "systems",
        "coverage",
        "match",
        "latency",
        "freshness",
        "updates",
        "stock",
        "duplicates",
        "rules",
        "findings_total",
        "resolved_total",
        "waivers",
        "second_look",
        "identity",
        "corrections",
        "plans",
        "trend",
        "findings",
        "resolved",
    ]
    assert list(data["findings"][0])[:4] == ["rule", "system", "record_id", "salesforce_id"]
    assert Result.model_validate(data).run.id == "20261123T090000Z-7f3a"


def test_the_schema_in_the_docs_is_the_schema_of_the_code() -> None:
    kept = Path(__file__).parents[2] / "docs" / "result-schema.json"
    assert kept.read_text(encoding="utf-8") == report_json.schema_text()


def test_the_same_run_gives_the_same_object(merchant: Merchant) -> None:
    assert build(merchant(0.3)) == build(merchant(0.3))


def test_amounts_are_text_with_the_decimals_of_their_currency(merchant: Merchant) -> None:
    source = merchant(0.2)
    kinds = [
        ("EUR", Decimal("119.900000"), "119.90"),
        ("JPY", Decimal("1200.000000"), "1200"),
        ("KWD", Decimal("1.5"), "1.500"),
        ("EUR", Decimal("0.125000"), "0.125"),
    ]
    changed = [
        dataclasses.replace(item, amount=amount, currency=currency)
        for item, (currency, amount, _) in zip(source.findings, kinds, strict=False)
    ]
    result = build(dataclasses.replace(source, findings=tuple(changed)))
    assert [item.amount for item in result.findings] == [text for *_, text in kinds]


def test_amounts_of_different_currencies_are_never_added(merchant: Merchant) -> None:
    source = merchant()
    result = build(source)
    for money in result.totals.amounts:
        assert Decimal(money.amount) == sum(
            item.amount or 0 for item in source.findings if item.currency == money.currency and item.state in audit.OPEN_STATES
        )
    assert {money.currency for money in result.totals.amounts} == {"EUR", "JPY", "USD"}


def test_tiles_say_how_many_more_than_in_the_last_run_with_a_verdict(merchant: Merchant) -> None:
    source = merchant()
    before = source.trend[-1]
    result = build(source)
    for tile in result.totals.tiles:
        assert tile.open == sum(item.severity == tile.severity and item.state in OPEN_STATES for item in result.findings)
        assert tile.change == tile.open - before.severities.get(tile.severity, 0)
        assert len(tile.trend) == len(source.trend) + 1 and tile.trend[-1] == tile.open
        assert tile.trend.count(None) == 1


def test_a_first_run_has_no_change_and_a_trend_of_one_point(merchant: Merchant) -> None:
    result = build(merchant(0.1, previous=False))
    assert result.run.previous_run_id is None
    assert all(tile.change is None and len(tile.trend) == 1 for tile in result.totals.tiles)


def test_a_rule_without_a_verdict_leaves_a_gap_in_its_trend(merchant: Merchant) -> None:
    result = build(merchant(blind=True))
    rule = next(rule for rule in result.rules if rule.id == "refund.missing_in_salesforce")
    assert rule.state == "not_run" and rule.trend[-1] is None


def test_ageing_adds_up_to_everything_open(merchant: Merchant) -> None:
    totals = build(merchant()).totals
    assert sum(bucket.count for bucket in totals.ageing) == totals.open
    for money in totals.amounts:
        assert sum(Decimal(m.amount) for bucket in totals.ageing for m in bucket.amounts if m.currency == money.currency) == Decimal(
            money.amount
        )


def test_failed_rules_come_first_worst_first_then_those_that_could_not_look(merchant: Merchant) -> None:
    rules = build(merchant(blind=True)).rules
    groups = [{"findings": 0, "not_run": 1, "clean": 2}[rule.state] for rule in rules]
    assert groups == sorted(groups)
    severities = [SEVERITIES.index(rule.severity) for rule in rules if rule.state == "findings"]
    assert severities == sorted(severities)


def test_the_ten_worst_are_the_largest_of_each_currency_of_the_worst_severity(merchant: Merchant) -> None:
    result = build(merchant())
    by_id = {item.finding_id: item for item in result.findings}
    top = [by_id[key] for key in result.totals.top]
    assert len(top) == 10 and {item.severity for item in top} == {"critical"}
    for currency in ("EUR", "JPY"):
        largest = max(
            Decimal(item.amount) for item in result.findings if item.severity == "critical" and item.currency == currency and item.amount
        )
        assert any(item.currency == currency and Decimal(item.amount or 0) == largest for item in top[:3])
    assert worst_first(reversed(result.findings)) == worst_first(result.findings)


def test_a_cell_of_the_matrix_counts_its_open_findings(merchant: Merchant) -> None:
    result = build(merchant(blind=True))
    for cell in result.coverage:
        inside = [
            item for item in result.findings if (item.system, item.entity) == (cell.system, cell.entity) and item.state in OPEN_STATES
        ]
        assert cell.open == len(inside)
        assert cell.worst == (min((item.severity for item in inside), key=SEVERITIES.index) if inside else None)
    assert [(cell.system, cell.entity) for cell in result.coverage if cell.state == "incomplete"] == [("shop_us", "refunds")]
    assert all(cell.state == "not_covered" for cell in result.coverage if cell.entity == "subscriptions")


def test_waivers_say_whether_they_hold_are_expired_or_unused(merchant: Merchant) -> None:
    source = merchant(0.2)
    use = source.waivers[0]
    kinds = (use, dataclasses.replace(use, expired=True), dataclasses.replace(use, unused=True, matched=0))
    assert [entry.state for entry in build(dataclasses.replace(source, waivers=kinds)).waivers] == ["active", "expired", "unused"]


def test_the_trend_knows_nothing_of_later_runs(merchant: Merchant) -> None:
    source = merchant()
    later = dataclasses.replace(source.trend[-1], run_id="later", started_at=source.run.started_at + timedelta(days=1))
    assert build(dataclasses.replace(source, trend=(*source.trend, later))).trend == build(source).trend


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "http://acme.lightning.force.com/x",
        "https://evil.example/x",
        "https://acme.lightning.force.com@evil.example/",
        "//evil.example",
        "https://acme.lightning.force.com.evil.example/",
        "https://user:pw@acme.lightning.force.com/",
        "https://acme.lightning.force.com:8443/x",
        "data:text/html,x",
        'https://acme.lightning.force.com/" onclick="x',
        "https://acme.lightning.force.com\\@evil.example/",
        "https://[bad",
        " https://acme.lightning.force.com/",
        "https://acme.lightning.force.com:x/",
    ],
)
def test_only_https_addresses_of_known_systems_become_links(merchant: Merchant, url: str) -> None:
    source = merchant(0.1)
    first = dataclasses.replace(source.findings[0], url_shop=url, url_salesforce="https://acme.lightning.force.com/lightning/r/x/view")
    item = build(dataclasses.replace(source, findings=(first,))).findings[0]
    assert item.url_shop is None
    assert item.url_salesforce == first.url_salesforce


def test_record_pages_quote_what_they_are_given() -> None:
    hosts = known_hosts(["https://localhost:4433/{object}/{record_id}", None])
    assert (
        record_url("https://localhost:4433/r/{object}/{record_id}", {"object": "Order", "record_id": "a/../b?x"}, hosts)
        == "https://localhost:4433/r/Order/a%2F..%2Fb%3Fx"
    )
    assert record_url("https://localhost:4433/r/{object}", {"object": None}, hosts) is None
    assert record_url("https://other/{object}", {"object": "x"}, hosts) is None
    assert safe("https://localhost/x", hosts) is None


def test_an_unknown_locale_is_a_config_error(merchant: Merchant) -> None:
    with pytest.raises(ConfigError, match="locale 'tlh'"):
        build(merchant(0.1), ReportSettings(locale="tlh"))
