"""SOQL literals: what goes in comes out, and nothing becomes syntax."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon.systems.salesforce_api import soql

_UNESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
START, END = (datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (1970, 2100))
TEXT = st.text(st.characters(codec="utf-8"))


def parse(text: str) -> str:
    """A quoted string read back as the SOQL reference describes it; fails where it ends early."""
    assert text[0] == text[-1] == "'"
    inner, result, at = text[1:-1], "", 0
    while at < len(inner):
        char = inner[at]
        assert char != "'" and char not in "\n\r"
        if char != "\\":
            result, at = result + char, at + 1
        elif inner[at + 1] == "u":
            result, at = result + chr(int(inner[at + 2 : at + 6], 16)), at + 6
        else:
            result, at = result + _UNESCAPED[inner[at + 1]], at + 2
    return result


@given(TEXT)
def test_a_string_reads_back_as_it_was(text: str) -> None:
    assert parse(soql.literal(text)) == text


@given(st.lists(st.sampled_from(["'", "\\", '"', "\n", "%", "_", " OR Name LIKE ", "\u2028", "\x00", "u0027"])))
def test_no_string_ends_its_literal(parts: list[str]) -> None:
    assert parse(soql.literal("".join(parts))) == "".join(parts)


def matches(pattern: str, text: str) -> bool:
    """LIKE as Salesforce defines it: % any text, _ one character, a backslash makes the next one plain."""
    result, at = "", 0
    while at < len(pattern):
        if pattern[at] == "\\":
            result, at = result + re.escape(pattern[at + 1]), at + 2
        else:
            result, at = result + {"%": ".*", "_": "."}.get(pattern[at], re.escape(pattern[at])), at + 1
    return re.fullmatch(result, text, re.DOTALL) is not None


@given(TEXT, TEXT)
def test_a_like_pattern_matches_only_its_text(text: str, other: str) -> None:
    assert matches(parse(soql.literal(soql.like(text))), text)
    assert (other == text) == matches(soql.like(text), other)


@given(st.datetimes(min_value=START, max_value=END), st.integers(-14, 14))
def test_a_time_keeps_its_instant(moment: datetime, hours: int) -> None:
    aware = moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=timezone(timedelta(hours=hours)))
    assert datetime.fromisoformat(soql.literal(aware)) == aware


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_a_decimal_keeps_every_digit(value: Decimal) -> None:
    text = soql.literal(value)
    assert re.fullmatch(r"-?\d+(\.\d+)?", text) and Decimal(text) == value


def test_plain_values() -> None:
    assert soql.literals([None, True, False, 7, date(2026, 11, 23)]) == "(null, true, false, 7, 2026-11-23)"
    assert soql.literal(datetime(2026, 11, 23, 10, 0, 0, tzinfo=UTC)) == "2026-11-23T10:00:00Z"


@pytest.mark.parametrize("value", [START, Decimal("NaN"), Decimal("Infinity"), "\ud800", 1.5])
def test_what_cannot_be_said_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"literal|surrogate"):
        soql.literal(value)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least one"):
        soql.literals([])


@given(TEXT)
def test_only_api_names_are_names(text: str) -> None:
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*", text, re.ASCII):
        assert soql.name(text) == text
    else:
        with pytest.raises(ValueError, match="API name"):
            soql.name(text)


def test_a_query_is_put_together() -> None:
    assert (
        soql.select(["Id", "Product2.Name"], "OrderItem", where="Id > 'x'", order=["Id"])
        == "SELECT Id, Product2.Name FROM OrderItem WHERE Id > 'x' ORDER BY Id"
    )
    assert soql.count("Order") == "SELECT COUNT() FROM Order"
    with pytest.raises(ValueError, match="API name"):
        soql.select(["Id FROM User--"], "Order")
