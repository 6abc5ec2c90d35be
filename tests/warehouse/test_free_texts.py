"""What the macros about free texts find, and what only looks like it. Card numbers are those that the networks publish for tests."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from recon.warehouse.build import create_model
from recon.warehouse.engine import connect

CARDS = {
    "4111 1111 1111 1111": "411111…1111",
    "bitte von 4111-1111-1111-1111.": "411111…1111",
    "4111–1111–1111–1111": "411111…1111",
    "４１１１１１１１１１１１１１１１": "411111…1111",
    "Karte:5555555555554444\nCVC": "555555…4444",
    "2223003122003222": "222300…3222",
    "378282246310005": "378282…0005",
    "6011000990139424": "601100…9424",
    "3530111333300000": "353011…0000",
    "30569309025904": "305693…5904",
}

NONE = (
    "4111 1111 1111 1112",  # another check digit
    "349998474121094",  # first digits and length of American Express, another check digit
    "gid://shopify/Order/4111111111111111",
    "ORDER-4111111111111111",
    "id=4111111111111111",
    "4111111111111111AAA",
    "8014111111111111111",  # no issuer
    "Paket 00340434161094042557",
    "DE89 3704 0044 0532 0130 00",
    "+49 170 1234 5678 90",
    "0000000000000000",
    "",
)

GIVEN_AWAY = {
    "Passwort: Sommer2026!": "password",
    "my password is: hunter22": "password",
    "SSN 078-05-1120": "identity_number",
    "Reisepass Nr. C01X00T47": "identity_number",
    "Steuer-ID 12345678901": "identity_number",
}

WORDS = (
    "Your password must have eight characters",
    "Password: ****",
    "000-12-3456",
    "666-12-3456",
    "Ausweis liegt bei",
    "kein Ausweis. 349998474121094",
)


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    con = connect(None, locked=False)
    create_model(con)
    yield con
    con.close()


def ask(con: duckdb.DuckDBPyConnection, what: str, text: str | None):
    return con.execute(f"select {what}($text)", {"text": text}).fetchall()[0][0]


@pytest.mark.parametrize("text", CARDS)
def test_a_card_is_found_in_every_dress_and_never_shown_whole(con: duckdb.DuckDBPyConnection, text: str) -> None:
    assert ask(con, "may_expose", text) is True
    assert ask(con, "exposed", text) == [{"kind": "card", "shown": CARDS[text]}]
    digits = "".join(c for c in ask(con, "without_cards", text) if c.isdigit())
    assert 4 <= len(digits) <= 5


@pytest.mark.parametrize("text", NONE)
def test_long_numbers_of_other_kinds_are_none_and_stay(con: duckdb.DuckDBPyConnection, text: str) -> None:
    assert ask(con, "exposed", text) == []
    assert ask(con, "without_cards", text) == text


@pytest.mark.parametrize("text", GIVEN_AWAY)
def test_passwords_and_identity_numbers_are_found_by_their_words_and_not_shown(con: duckdb.DuckDBPyConnection, text: str) -> None:
    assert ask(con, "may_expose", text) is True
    (found,) = ask(con, "exposed", text)
    assert found["kind"] == GIVEN_AWAY[text]
    assert not any(c.isdigit() for c in found["shown"])


@pytest.mark.parametrize("text", WORDS)
def test_words_alone_give_nothing_away(con: duckdb.DuckDBPyConnection, text: str) -> None:
    assert ask(con, "exposed", text) == []


def test_nothing_gives_nothing_away(con: duckdb.DuckDBPyConnection) -> None:
    assert ask(con, "may_expose", None) is None
    assert ask(con, "without_cards", None) is None
