"""What is taken out of a text, and what must stay."""

from __future__ import annotations

import csv
import io
import json

import pytest

from recon.forget.eraser import Eraser, Value, csv_record, json_line, values_of

VALUES = (
    Value("ann.o'neil@example.com", "email", hard=True),
    Value("+49 170 5550123", "phone", hard=True),
    Value("Straße 7/8", "street", hard=True),
    Value("Ann O'Neil", "name", hard=True),
    Value("Ann", "given"),
    Value("O'Neil", "family"),
    Value("Berlin", "place"),
)
ERASER = Eraser.of(VALUES, ["7204110061934", "0037Q0000001g4dQAA", "17"], "abcdef")
MAIL, WORD = "forgotten.abcdef@forgotten.invalid", "Forgottenabcdef"


@pytest.mark.parametrize(
    "text",
    [
        "ann.o'neil@example.com",
        "<ANN.O'NEIL@EXAMPLE.COM>",
        "mailto:ann.o&#39;neil@example.com",
        "ann.o&#x27;neil@example.com",
        "q=ann.o%27neil%40example.com&x",
        r'"see\nann.o\u0027neil@example.com"'.replace(r"\u0027", "'"),
        "(0049) 1705550123".replace("00", "+"),
        "+49-170/555.01 23",
        "Stra\u00dfe 7/8,",
        r"Stra\u00dfe 7\/8",
        "Dear Ann O'Neil!",
    ],
)
def test_values_are_found_however_they_are_written(text: str) -> None:
    assert ERASER.hits(text) == 1
    cleaned = ERASER.clean(text)
    assert ERASER.hits(cleaned) == 0 and (MAIL in cleaned or WORD in cleaned)


@pytest.mark.parametrize(
    "text",
    ["joann.o'neil@example.com", "ann.o'neil@example.community", "ann.o'neil@example.com.au", "1491705550123", "491705550123456",
     "Straße 7/89",
     "Hann O'Neil", "Ann", "Berlin"],
)  # fmt: skip
def test_what_only_resembles_them_stays(text: str) -> None:
    assert ERASER.clean(text) == text


def test_ids_of_either_length_name_a_record_and_short_ones_none() -> None:
    assert ERASER.names('"gid:\\/\\/shopify\\/Customer\\/7204110061934"')
    assert ERASER.names("0037Q0000001g4d,") and ERASER.names("0037Q0000001g4dQAA")
    assert not ERASER.names("17204110061934") and not ERASER.names('{"quantity":"17"}') and not ERASER.names("0037Q0000001g4D")


def test_json_keeps_all_that_is_not_his() -> None:
    line = (
        '{"id":"gid:\\/\\/shopify\\/Order\\/1","email":"x@example.com","total":10.10,"big":12345678901234567890,"Ann":"key",'
        '"items":[{"name":"Ann"},{"name":"Teapot Ann"}],"note":"call ann","shippingAddress":{"city":"Berlin","name":"A O"},"none":null}\n'
    )
    new = json_line(ERASER, line, frozenset({"email", "shippingAddress.name"}))
    data = json.loads(new)
    assert data["email"] == MAIL and data["shippingAddress"] == {"city": WORD, "name": WORD} and data["note"] == f"call {WORD}"
    assert data["items"] == [{"name": WORD}, {"name": "Teapot Ann"}], "goods may be called as he is"
    assert '"total":10.10,"big":12345678901234567890,"Ann":"key"' in new and new.endswith('"none":null}\n')
    assert '"id":"gid:\\/\\/shopify\\/Order\\/1"' in new


def test_addresses_that_are_lines_of_their_own() -> None:
    declared = frozenset({"addressesV2.name", "addressesV2.address1", "addressesV2.zip"})
    address = '{"__parentId":"gid://shopify/Customer/7204110061934","name":"B C","address1":"Way 1","zip":"1"}'
    item = '{"__parentId":"gid://shopify/Order/1","name":"Teapot","title":"Red"}'
    assert {value.text for value in values_of(json.loads(address), declared)} == {"B C", "Way 1", "1"}
    assert json.loads(json_line(ERASER, address, declared))["address1"] == WORD
    assert json_line(ERASER, item, declared) == item


def test_history_is_his_only_where_its_field_is() -> None:
    old = '{"ContactId":"0037Q0000001g4dQAA","Field":"Email","OldValue":"old@example.com","NewValue":null}'
    money = '{"OrderId":"1","Field":"CurrencyIsoCode","OldValue":"EUR","NewValue":"USD"}'
    declared = frozenset({"OldValue", "NewValue"})
    assert json.loads(json_line(ERASER, old, declared))["OldValue"] == MAIL
    assert json_line(ERASER, money, declared) == money
    assert [value.kind for value in values_of(json.loads(old), declared)] == ["email"] and not list(values_of(json.loads(money), declared))


def test_csv_keeps_its_quotes_and_its_nothing() -> None:
    header = ["Id", "Email", "Street", "Amount", "Birthdate", "Empty"]
    text = '"1",x@example.com,"Way 1\nFloor ""2""","1,5",1980-01-01,""\r\n'
    new = csv_record(ERASER, text, header, frozenset({"Email", "Street", "Birthdate"}), ",")
    assert new == f'"1",{MAIL},"{WORD}","1,5",,""\r\n'
    assert len(next(csv.reader(io.StringIO(new)))) == len(header)
    other = '2,y@example.com,,1,,"a ""quoted"" cell"\n'
    assert csv_record(ERASER, other, header, frozenset({"Amount_2"}), ",") == other


def test_what_was_forgotten_is_no_value() -> None:
    assert not list(values_of({"email": MAIL, "name": WORD}, frozenset({"email", "name"})))
    assert Eraser.of([Value(MAIL, "email", hard=True), Value(WORD, "name")], []).hard == ()
    assert json_line(ERASER, json.dumps({"email": MAIL}), frozenset({"email"})) == json.dumps({"email": MAIL})


def test_trees_are_his_where_a_key_or_a_value_says_so() -> None:
    data = {"changes": {"c1": {"before": {"Email": "a@example.com", "City": "Rome"}}, "c2": {"before": {"Email": "b@example.com"}}}}
    new = ERASER.tree(data, mine=frozenset({"c1"}))
    assert new["changes"] == {"c1": {"before": {"Email": MAIL, "City": WORD}}, "c2": {"before": {"Email": "b@example.com"}}}
    outcome = ERASER.tree({"event": "outcome", "change": "c1", "message": "Ann O'Neil and Ann"}, mine=frozenset({"c1"}))
    assert outcome["message"] == f"{WORD} and {WORD}" and outcome["change"] == "c1"
    field = ERASER.tree({"field": "PersonBirthdate", "type": "date", "before": "1980-01-01", "after": None}, own=True)
    assert field == {"field": "PersonBirthdate", "type": "date", "before": WORD, "after": None}
