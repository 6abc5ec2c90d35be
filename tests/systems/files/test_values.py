"""Cells: what is read, what is refused, and that no message shows a cell."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon.systems.tables.values import Formats, Moment, Number, Unfit, caster, plain, strptime_format

GERMAN = Formats(decimal=",", thousands=".", date_format=("dd.mm.yyyy HH:MM:SS", "dd.mm.yyyy"), time_zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "formats", "expected"),
    [
        ("12.50", Formats(), "12.50"),
        ("1.234.567,89", GERMAN, "1234567.89"),
        ("1234567,89", GERMAN, "1234567.89"),
        ("12,50-", GERMAN, "-12.50"),
        ("(12,50)", GERMAN, "-12.50"),
        ("\u22123", GERMAN, "-3"),
        ("1\u00a0234,5", Formats(decimal=",", thousands=" "), "1234.5"),
        ("1'234.50", Formats(thousands="'"), "1234.50"),
        (".5", Formats(), "0.5"),
        ("0.1234560000", Formats(), "0.123456"),
        (Number("1.2E2"), GERMAN, "120"),
        (Number("19.99"), GERMAN, "19.99"),
    ],
)
def test_money(text: str, formats: Formats, expected: str) -> None:
    assert Decimal(caster("total")(text, formats)) == Decimal(expected)


@pytest.mark.parametrize("text", ["12,50", "1,234.50", "1.2E3", "abc", "12 EUR", "--1", "0x10", "1.2345678", "NaN", "٣"])
def test_what_is_no_number_here_is_refused(text: str) -> None:
    with pytest.raises(Unfit) as caught:
        caster("total")(text, Formats())
    assert caught.value.hint and text not in caught.value.message


@pytest.mark.parametrize("text", ["1.23E+11", "1,23E+11", "4E+12"])
def test_ids_that_a_spreadsheet_shortened_are_refused(text: str) -> None:
    with pytest.raises(Unfit, match="shortened by a spreadsheet"):
        caster("record_id")(text, GERMAN)


@pytest.mark.parametrize("text", ["000123", "12E5", "1E10", "ABC-1", "+49 030"])
def test_other_ids_stay_as_they_are(text: str) -> None:
    assert caster("sku")(text, GERMAN) == text


def test_numbers_that_stand_for_ids_are_whole_and_short_enough() -> None:
    assert caster("order_id")(Number("1001.0"), GERMAN) == "1001"
    assert caster("order_id")(Number("123456789012"), GERMAN) == "123456789012"
    for literal in ("1.23E+20", "12345678901234567"):
        with pytest.raises(Unfit, match="more digits"):
            caster("order_id")(Number(literal), GERMAN)


@pytest.mark.parametrize(
    ("text", "formats", "expected"),
    [
        ("2026-01-31T14:05:00Z", Formats(), "2026-01-31T14:05:00.000000Z"),
        ("2026-01-31 14:05:00.25 +0100", Formats(), "2026-01-31T13:05:00.250000Z"),
        ("31.07.2026 14:05:00", GERMAN, "2026-07-31T12:05:00.000000Z"),
        ("31.01.2026", GERMAN, "2026-01-30T23:00:00.000000Z"),
        (Moment("2026-01-31T14:05:00"), GERMAN, "2026-01-31T13:05:00.000000Z"),
        ("1767225600", Formats(date_format=("unix",)), "2026-01-01T00:00:00.000000Z"),
        ("01/31/2026 02:05 PM", Formats(date_format=("mm/dd/yyyy hh:MM AM",), time_zone="America/New_York"), "2026-01-31T19:05:00.000000Z"),
    ],
)
def test_times(text: str, formats: Formats, expected: str) -> None:
    assert caster("updated_at")(text, formats) == expected


@pytest.mark.parametrize(
    ("text", "formats", "why"),
    [
        ("2026-01-31 14:05:00", Formats(), "without a zone"),
        ("29.03.2026 02:30:00", GERMAN, "does not exist"),
        ("2026-01-31", GERMAN, "holds no time as dd.mm.yyyy"),
        ("31.02.2026", GERMAN, "holds no time"),
        ("2026-13-01", Formats(time_zone="UTC"), "no calendar"),
    ],
)
def test_times_that_cannot_be_certain_are_refused(text: str, formats: Formats, why: str) -> None:
    with pytest.raises(Unfit, match=why):
        caster("updated_at")(text, formats)


def test_the_date_of_an_order_stays_a_date() -> None:
    assert caster("placed_at")("31.01.2026", GERMAN) == "2026-01-31"
    assert caster("placed_date")("2026-01-31T23:30:00Z", Formats(time_zone="Europe/Berlin")) == "2026-02-01"


@pytest.mark.parametrize(("text", "expected"), [("Ja", "true"), ("0", "false"), (Number("1.0"), "true"), ("X", "true")])
def test_flags(text: str, expected: str) -> None:
    assert caster("is_test")(text, GERMAN) == expected


def test_words_that_are_no_flag_or_currency_are_refused() -> None:
    for role, text in (("is_test", "vielleicht"), ("currency", "€")):
        with pytest.raises(Unfit):
            caster(role)(text, GERMAN)
    assert caster("currency")("eur", GERMAN) == "EUR"


def test_guards_of_spreadsheets_are_taken_off_and_errors_refused() -> None:
    assert plain('="00123"', GERMAN) == "00123"
    assert plain("'01067", GERMAN) == "01067"
    assert plain("'n Sync", GERMAN) == "'n Sync"
    assert plain(" \u00a0", GERMAN) is None
    assert plain("NULL", Formats(blanks=frozenset({"NULL"}))) is None
    with pytest.raises(Unfit, match="#N/A"):
        plain("#N/A", GERMAN)


def test_words_of_time_formats() -> None:
    assert strptime_format("dd.mm.yyyy HH:MM:SS") == "%d.%m.%Y %H:%M:%S"
    assert strptime_format("%Y%m%d") == "%Y%m%d"


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False))
def test_every_amount_reads_back_exactly_as_it_was_written(amount: Decimal) -> None:
    english = f"{amount:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert Decimal(caster("total")(german, GERMAN)) == amount
    assert Decimal(caster("total")(english, Formats(thousands=","))) == amount
