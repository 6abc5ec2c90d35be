"""Lines keep every digit, every key and every child."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.systems.body import Download, parse_json
from recon.systems.exact import dump, exact
from recon.systems.shopify.bulk import Bulk, Outcome
from recon.systems.shopify.lines import ChildCheck, flatten, is_connection, kind_of, nested

NUMBERS = ["0.19", "0.190", "13.50", "1e-7", "1E5", "100000000000000000000000.10", "-0.0", "0.1", "12345678901234567890123"]
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.fault("shopify", 30)
def test_numbers_come_out_digit_by_digit(number: str) -> None:
    text = f'{{"rate":{number},"list":[{number},"{number}"]}}'
    assert dump(parse_json(text.encode(), parse_float=exact)) == text.encode() + b"\n"


@settings(max_examples=200)
@given(st.dictionaries(TEXT, VALUES | st.decimals(allow_nan=False, allow_infinity=False, places=3), max_size=5))
def test_what_is_parsed_and_dumped_is_the_same(record: dict[str, Any]) -> None:
    text = json.dumps({key: str(value) if isinstance(value, Decimal) else value for key, value in record.items()})
    line = dump(parse_json(text.encode(), parse_float=exact))
    assert line.count(b"\n") == 1
    assert json.loads(line) == json.loads(text)


@pytest.mark.fault("shopify", 24)
def test_half_a_surrogate_pair_stays_the_escape_it_was() -> None:
    assert dump(json.loads(r'{"name":"a\ud83d"}')) == b'{"name":"a\\ud83d"}\n'


def test_text_that_looks_like_a_child_line_is_no_child() -> None:
    line = dump({"id": "gid://shopify/Order/1", "note": '"__parentId":"gid://shopify/Order/2"'})
    assert b'"__parentId":' not in line


def page(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": list(nodes)}


def test_connections_become_lines_below_their_parent() -> None:
    order = {
        "id": "gid://shopify/Order/1",
        "returns": page({"id": "gid://shopify/Return/2", "returnLineItems": page({"id": "gid://shopify/ReturnLineItem/3", "quantity": 1})}),
        "refunds": [{"id": "gid://shopify/Refund/4"}],
        "empty": page(),
    }
    assert list(flatten(order)) == [
        {"id": "gid://shopify/Order/1", "refunds": [{"id": "gid://shopify/Refund/4"}]},
        {"id": "gid://shopify/Return/2", "__parentId": "gid://shopify/Order/1"},
        {"id": "gid://shopify/ReturnLineItem/3", "quantity": 1, "__parentId": "gid://shopify/Return/2"},
    ]


def test_connections_inside_lists_become_lists() -> None:
    assert nested({"refunds": [{"id": "r", "lines": page({"id": "l", "more": page()})}]}) == {
        "refunds": [{"id": "r", "lines": [{"id": "l", "more": []}]}]
    }


@pytest.mark.fault("shopify", 11)
def test_children_are_counted_in_any_order() -> None:
    parent = {"id": "gid://shopify/Product/1", "variantsCount": {"count": 2, "precision": "EXACT"}}
    children = [{"id": f"gid://shopify/ProductVariant/{k}", "__parentId": "gid://shopify/Product/1"} for k in (1, 2)]
    for lines, differ in (
        ([parent, *children], 0),
        ([children[1], parent, children[0]], 0),
        ([parent, children[0]], 1),
        ([{**parent, "variantsCount": {"count": 1, "precision": "AT_LEAST"}}], 0),
        ([{**parent, "variantsCount": None}], 0),
    ):
        check = ChildCheck({"variantsCount": "ProductVariant"})
        for line in lines:
            check.feed(line)
        assert check.differ == differ


def test_lists_are_counted_too() -> None:
    check = ChildCheck({"transactionsCount": "transactions"})
    check.feed({"id": "gid://shopify/Order/1", "transactionsCount": {"count": 2, "precision": "EXACT"}, "transactions": [{}]})
    assert check.differ == 1


def test_prices_are_counted_by_origin() -> None:
    parent = {"id": "gid://shopify/PriceList/1", "fixedPricesCount": 1}
    prices = [{"__typename": "PriceListPrice", "originType": origin, "__parentId": parent["id"]} for origin in ("FIXED", "RELATIVE")]
    for lines, differ in (([parent, *prices], 0), ([parent, prices[1]], 1), ([{**parent, "fixedPricesCount": 0}, prices[1]], 0)):
        check = ChildCheck({"fixedPricesCount": "PriceListPrice:FIXED"})
        for line in lines:
            check.feed(line)
        assert check.differ == differ


# -- answers of real shops -------------------------------------------------------------------------------------------------


def records(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("id"), str) and value["id"].startswith("gid://") and any(is_connection(child) for child in value.values()):
            yield value
        for child in value.values():
            yield from records(child)
    elif isinstance(value, list):
        for child in value:
            yield from records(child)


def raised(lines: list[dict[str, Any]], record: dict[str, Any]) -> dict[str, Any]:
    """The record put together again from its lines."""
    own = next(line for line in lines if line["id"] == record["id"])
    result = {key: value for key, value in own.items() if key != "__parentId"}
    for key, value in record.items():
        if is_connection(value):
            wanted = [child["id"] for child in value["nodes"]]
            below = [line for line in lines if line.get("__parentId") == record["id"] and line["id"] in wanted]
            result[key] = {**value, "nodes": [raised([line, *lines], child) for line, child in zip(below, value["nodes"], strict=True)]}
    return result


def test_recorded_records_lose_nothing(recorded: Path) -> None:
    found = 0
    for path in sorted(recorded.glob("*.json")):
        for record in records(parse_json(path.read_bytes(), parse_float=exact)):
            nodes = [node for value in record.values() if is_connection(value) for node in value["nodes"]]
            if not all(isinstance(node, dict) and "id" in node for node in nodes):
                continue
            lines = [parse_json(dump(line), parse_float=exact) for line in flatten(record)]
            ids = [line["id"] for line in lines]
            if len(set(ids)) == len(ids):
                assert raised(lines, record) == record
                found += 1
    assert found >= 9


@pytest.mark.fault("shopify", 11)
def test_a_recorded_bulk_result_proves_whole_and_any_cut_does_not(recorded: Path) -> None:
    data = json.loads((recorded / "bulk_jsonl_with_parentid.extract.json").read_text())
    for run in (data["run"], data["variantRun"]):
        body: bytes = run["result"]["body"].encode()
        outcome = Outcome.of({**run["terminalOperation"], "url": "https://storage.googleapis.com/x"})
        assert outcome.status == "COMPLETED"
        assert judge(body, outcome) == ""
        assert kind_of(json.loads(body.splitlines()[0])["id"]) in {"Product", "ProductVariant"}
        for cut in range(0, len(body), 7):
            assert judge(body[:cut], outcome) != ""
        assert judge(body + body.splitlines(keepends=True)[-1], outcome) != ""
        lines = body.splitlines(keepends=True)
        assert judge(b"".join(reversed(lines)), outcome) == "", "the order of lines means nothing"


def judge(body: bytes, outcome: Outcome) -> str:
    bulk = Bulk.__new__(Bulk)
    bulk.counts = {}
    with Download() as file:
        file.fill([body])
        return bulk._prove(file, outcome)[0]
