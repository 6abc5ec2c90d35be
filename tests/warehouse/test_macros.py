"""Keys and helpers, as SQL sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recon import assets
from recon.warehouse import build, engine


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with engine.connect(None, locked=False) as connection:
        build.create_model(connection)
        yield connection


def value(con: duckdb.DuckDBPyConnection, expression: str, *arguments: Any) -> Any:
    row = con.execute(f"select {expression}", list(arguments)).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gid://shopify/Order/123", "123"),
        ("gid://shopify/Order/0", "0"),
        ("#1001", "1001"),
        (" 123 ", "123"),
        ("1 23", "123"),
        ("123.0", "123"),
        ("123.00", "123"),
        ("000123", "123"),
        ("ab-12", "AB-12"),
        ("", None),
        ("   ", None),
        (None, None),
    ],
)
@pytest.mark.fault("shopify", 30)
def test_disguised_external_ids_become_equal(con: duckdb.DuckDBPyConnection, text: str | None, expected: str | None) -> None:
    assert value(con, "external_key(?::varchar)", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("#1001", "1001"), ("1001", "1001"), ("001001", "1001"), ("1001.0", "1001"), ("de-1001", "DE-1001"), ("# 10 01", "1001"), ("", None)],
)
@pytest.mark.fault("shopify", 30)
def test_order_numbers_lose_what_people_put_around_them(con: duckdb.DuckDBPyConnection, text: str, expected: str | None) -> None:
    assert value(con, "number_key(?)", text) == expected


@pytest.mark.parametrize(
    ("text", "key", "weak"),
    [
        (" Foo.Bar+x@GoogleMail.com ", "foo.bar+x@googlemail.com", "foobar@gmail.com"),
        ("A.b+c@x.example", "a.b+c@x.example", "a.b@x.example"),
        ("mailto:a@x.example", "a@x.example", "a@x.example"),
        ("n/a", None, None),
        ("", None, None),
    ],
)
def test_addresses_have_a_strict_and_a_weaker_key(con: duckdb.DuckDBPyConnection, text: str, key: str | None, weak: str | None) -> None:
    assert value(con, "email_key(?)", text) == key
    assert value(con, "email_key_weak(?)", text) == weak


def test_names_ignore_case_accents_and_punctuation(con: duckdb.DuckDBPyConnection) -> None:
    assert value(con, "name_key('Jörg ', 'Groß-Müller')") == value(con, "name_key('JORG', 'gross muller')")
    assert value(con, "name_key('李', '小龍')") == "李 小龍"
    assert value(con, "name_key(null, ' ')") is None


@pytest.mark.fault("salesforce", 30)
def test_a_salesforce_id_gets_its_checksum(con: duckdb.DuckDBPyConnection) -> None:
    assert value(con, "id18('001A0000006Vm9r')") == "001A0000006Vm9rIAC"
    assert value(con, "id18('001A0000006Vm9rIAC')") == "001A0000006Vm9rIAC"
    assert value(con, "id18('')") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23T07:00:00+02:00", "2026-11-23 05:00:00"),
        ("2026-11-23T07:00:00Z", "2026-11-23 07:00:00"),
        ("2026-11-23T07:00:00.000+0000", "2026-11-23 07:00:00"),
        ("2026-11-23T07:00:00.000Z", "2026-11-23 07:00:00"),
    ],
)
def test_times_keep_their_offset(con: duckdb.DuckDBPyConnection, text: str, expected: str) -> None:
    assert str(value(con, "utc(?)", text)) == expected
    assert str(value(con, "try_utc(?)", text)) == expected


def test_money_is_exact_and_garbage_is_refused(con: duckdb.DuckDBPyConnection) -> None:
    assert value(con, "money('13.5')") == Decimal("13.500000")
    assert value(con, "try_money('13,50')") is None
    with pytest.raises(duckdb.ConversionException):
        value(con, "money('13,50')")


@pytest.mark.parametrize(
    ("amount", "code", "unit", "text"),
    [
        ("12.5", "EUR", "0.01", "12.50"),
        ("12", "JPY", "1", "12"),
        ("1.005", "KWD", "0.001", "1.005"),
        ("1.2", "CLF", "0.0001", "1.2000"),
        ("12.345", "EUR", "0.01", "12.345"),
        ("0", None, "0.01", "0.00"),
    ],
)
def test_currencies_have_their_own_minor_unit(con: duckdb.DuckDBPyConnection, amount: str, code: str | None, unit: str, text: str) -> None:
    assert value(con, "minor_unit(?::varchar)", code) == Decimal(unit)
    assert value(con, "money_text(?::decimal(38, 6), ?::varchar)", amount, code) == text


def test_a_diff_holds_only_what_differs(con: duckdb.DuckDBPyConnection) -> None:
    found = value(con, "diff_of([diff_if('a', 1, 2), diff_if('b', 'x', 'x'), diff_if('c', null, 'y')])")
    assert found == [{"field": "a", "shop": "1", "salesforce": "2"}, {"field": "c", "shop": None, "salesforce": "y"}]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40))
def test_every_key_is_its_own_key(con: duckdb.DuckDBPyConnection, text: str) -> None:
    for key in ("number_key", "external_key", "email_key", "sku_key", "postal_key", "letters", "country_code", "consent_word"):
        once = value(con, f"{key}(?)", text)
        assert value(con, f"{key}(?::varchar)", once) == once, key


def test_branches_that_round_say_their_type() -> None:
    """DuckDB gives a case over decimals of several scales the smallest scale: without a cast, 9.95 beside a yen becomes 10."""
    folder = assets.folder("queries")
    bare = [str(path.relative_to(folder)) for path in folder.rglob("*.sql") if re.search(r"\b(then|else)\s+round\(", path.read_text())]
    assert bare == []
