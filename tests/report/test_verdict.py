"""The sentence on top, for every outcome."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest

from recon.audit import result as audit
from recon.config.settings import ReportSettings
from recon.report.model import Money
from recon.report.result import build
from recon.report.words import Words, since

Merchant = Callable[..., audit.AuditResult]


def only(source: audit.AuditResult, number: int) -> audit.AuditResult:
    """The run with only the first findings of it."""
    kept = source.findings[:number]
    severity = kept[0].severity
    counts = audit.Counts(
        open=number, new=sum(item.state == "new" for item in kept), unchanged=sum(item.state == "unchanged" for item in kept)
    )
    amounts = tuple(audit.Money("EUR", item.amount) for item in kept[:1] if item.amount)
    return dataclasses.replace(
        source, findings=kept, totals=(audit.SeverityTotal(severity, counts, amounts),), resolved=(), resolved_total=0
    )


def test_one_new_difference(merchant: Merchant) -> None:
    source = merchant()
    first = dataclasses.replace(source.findings[0], state="new", amount=source.findings[0].amount)
    result = build(only(dataclasses.replace(source, findings=(first,)), 1))
    amount = Words().money(result.totals.amounts[0].amount, "EUR")
    assert result.verdict.sentence == f"1 new critical difference since Friday, {amount} affected in all."
    assert result.verdict.detail == "Open in all: 1 critical."


def test_many(merchant: Merchant) -> None:
    verdict = build(merchant()).verdict
    assert verdict.outcome == "problems"
    assert verdict.sentence.startswith("6 new critical differences since Friday, ")
    assert verdict.sentence.endswith(" affected in all; 41 resolved.")
    assert verdict.detail == "Open in all: 29 critical, 205 high, 145 medium and 55 low."


def test_the_first_run_says_that_there_is_nothing_to_compare_with(merchant: Merchant) -> None:
    verdict = build(merchant(previous=False)).verdict
    assert verdict.sentence.startswith("29 critical and 205 high differences, ")
    assert verdict.detail == "This is the first run: there is nothing to compare with yet."


def test_nothing_new(merchant: Merchant) -> None:
    source = merchant()
    calm = tuple(dataclasses.replace(total, counts=dataclasses.replace(total.counts, new=0, updated=0)) for total in source.totals)
    sentence = build(dataclasses.replace(source, totals=calm)).verdict.sentence
    assert sentence.startswith("Nothing new since Friday; 434 differences are still open, ")


def test_clean(merchant: Merchant) -> None:
    verdict = build(merchant(0.0, resolved=0)).verdict
    assert verdict.outcome == "clean"
    assert verdict.sentence == "No differences among 110,614 comparisons."
    assert verdict.detail == "14 rules looked and found nothing."


def test_clean_after_something_went_away(merchant: Merchant) -> None:
    assert build(merchant(0.0)).verdict.sentence == "No differences among 110,614 comparisons; 41 resolved since Friday."


def test_could_not_look_beats_everything_and_still_says_what_was_found(merchant: Merchant) -> None:
    verdict = build(merchant(blind=True)).verdict
    assert verdict.outcome == "no_verdict"
    assert verdict.sentence == "No verdict: 1 of 15 rules could not be judged, because shop_us was not read completely."
    assert verdict.detail.startswith("6 new critical differences since Friday")


def test_could_not_look_with_nothing_found(merchant: Merchant) -> None:
    verdict = build(merchant(0.0, blind=True, resolved=0)).verdict
    assert (verdict.outcome, verdict.detail) == ("no_verdict", "")


@pytest.mark.parametrize(("days", "name"), [(0, "09:00 today"), (1, "yesterday"), (3, "Friday"), (20, "3 Nov"), (400, "19 Oct 2025")])
def test_the_run_before_is_named_as_people_do(days: int, name: str) -> None:
    from datetime import UTC, datetime

    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert since((now - timedelta(days=days)).isoformat(), now.isoformat()) == name


@pytest.mark.parametrize(
    ("locale", "money", "number", "share"),
    [
        ("en", "12,480.00 EUR", "7,901", "99.82 %"),
        ("de", "12.480,00 EUR", "7.901", "99,82 %"),
        ("ja", "12,480.00 EUR", "7,901", "99.82 %"),
        ("fr", "12\u202f480,00 EUR", "7\u202f901", "99,82 %"),
    ],
)
def test_numbers_follow_the_locale(locale: str, money: str, number: str, share: str) -> None:
    words = Words(locale)
    assert (words.money("12480.00", "EUR"), words.number(7901), words.percent(7887, 7901)) == (money, number, share)


def test_a_share_is_never_rounded_to_all_or_nothing() -> None:
    words = Words("en")
    assert words.percent(999_999, 1_000_000) == "99.99 %"
    assert words.percent(1, 1_000_000) == "0.01 %"
    assert words.percent(5, 5) == "100 %"
    assert words.percent(0, 0) == "–"


def test_more_currencies_than_fit_are_counted() -> None:
    amounts = [Money(currency=c, amount="1.00") for c in ("AUD", "CAD", "EUR", "USD")]
    assert Words("en").sums(amounts, 2) == ["1.00 AUD", "1.00 CAD", "+ 2 more currencies"]


def test_german_report_has_german_numbers(merchant: Merchant) -> None:
    assert "110.614" in build(merchant(0.0, resolved=0), ReportSettings(locale="de")).verdict.sentence
