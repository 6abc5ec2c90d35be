"""The search language, trap by trap."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest


def names(client: Any, query: str, **more: Any) -> list[str]:
    return [node["name"] for node in ask(client, query, **more)["data"]["orders"]["nodes"]]


def ask(client: Any, query: str) -> Any:
    return client.ask("query($q: String) { orders(first: 50, query: $q, sortKey: ID) { nodes { name } } }", {"q": query})


def warned(client: Any, query: str) -> list[str]:
    found = ask(client, query)["extensions"].get("search", [])
    return [warning["code"] for entry in found for warning in entry["warnings"]]


ALL = [f"#{1000 + number}" for number in range(1, 13)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("name:1003", ["#1003"]),
        ("name:'#1003'", ["#1003"]),
        ("email:ADA3@example.com", ["#1003"]),
        ("financial_status:paid", ALL[::2]),
        ("financial_status:paid test:true", ["#1005"]),
        ("financial_status:paid AND test:true", ["#1005"]),
        ("id:2 OR id:5", ["#1002", "#1005"]),
        ("id:2 OR id:5 test:true", ["#1002", "#1005"]),
        ("(id:2 OR id:5) test:true", ["#1005"]),
        ("NOT financial_status:paid", ALL[1::2]),
        ("-financial_status:paid", ALL[1::2]),
        ("id:>=11", ["#1011", "#1012"]),
        ("id:>11", ["#1011", "#1012"]),
        ("id:<2", ["#1001", "#1002"]),
        ("tag:web tag:gift", ALL),
        ("tag_not:web", []),
        ("sku:'SKU-1'", ALL),
        ("sku:SKU*", ALL),
        ("status:open", ALL),
        ("status:closed", []),
        ("customer_id:2", ["#1001", "#1004", "#1007", "#1010"]),
        ("NOT return_status:no_return", ["#1006", "#1012"]),
        ("current_total_price:>=13.5", ALL),
        ("ada7@example.com", ["#1007"]),
        ("", ALL),
    ],
)
def test_filters(client: Any, query: str, expected: list[str]) -> None:
    assert names(client, query) == expected
    assert warned(client, query) == []


def test_quoted_timestamps_are_exact_and_include_their_end(client: Any) -> None:
    # order n was made n hours before noon and changed 30 minutes later
    assert names(client, "created_at:>='2026-11-23T09:00:00Z'") == ["#1001", "#1002", "#1003"]
    assert names(client, "created_at:>'2026-11-23T09:00:00Z'") == ["#1001", "#1002", "#1003"]
    assert names(client, "created_at:>='2026-11-23T09:00:01Z'") == ["#1001", "#1002"]
    assert names(client, "updated_at:>='2026-11-23T08:30:00Z' AND updated_at:<'2026-11-23T09:30:00Z'") == ["#1003", "#1004"]


def test_an_unquoted_timestamp_is_read_in_the_shops_zone(client: Any) -> None:
    # 09 in Berlin is 08 in UTC: order 4 slips in, and a term "00" arises that nobody wrote
    assert names(client, "created_at:>=2026-11-23T09:00:00Z") == ["#1001", "#1002", "#1003", "#1004"]
    assert warned(client, "created_at:>=2026-11-23T09:00:00Z") == ["invalid_field"]


def test_a_day_is_a_day_of_the_shop(client: Any) -> None:
    assert names(client, "created_at:'2026-11-23'") == ALL[:12]
    assert names(client, "created_at:<='2026-11-22'") == []


def test_an_unknown_filter_is_ignored_and_everything_comes(client: Any) -> None:
    assert names(client, "upated_at:>='2026-11-23T09:00:00Z'") == ALL
    assert warned(client, "upated_at:>='2026-11-23T09:00:00Z'") == ["invalid_field"]
    assert names(client, "nonsense:1 OR id:3") == ALL


def test_a_value_that_is_not_accepted_finds_nothing(client: Any) -> None:
    assert names(client, "financial_status:payed") == []
    assert warned(client, "financial_status:payed") == ["invalid_value"]
    assert warned(client, "created_at:yesterday") == ["invalid_value"]


def test_a_list_without_words_wants_a_field_named(client: Any) -> None:
    told = client.ask('{ inventoryItems(first: 5, query: "SKU-1") { nodes { id } } }')
    assert [warning["code"] for warning in told["extensions"]["search"][0]["warnings"]] == ["missing_named_field"]


def test_customers_change_is_matched_by_whole_day(client: Any) -> None:
    query = "query($q: String) { customers(first: 5, query: $q) { nodes { id updatedAt } } }"
    # customer 1 changed yesterday at noon
    told = client.data(query, {"q": "updated_at:>='2026-11-22T20:00:00Z'"})["customers"]["nodes"]
    assert [node["updatedAt"] for node in told] == ["2026-11-22T12:00:00Z"]
    assert client.data(query, {"q": "updated_at:>='2026-11-22T23:30:00Z'"})["customers"]["nodes"] == []


def test_customers_know_no_created_at_but_customer_date(client: Any) -> None:
    told = client.ask("""{ customers(first: 5, query: "created_at:>='2026-01-01'") { nodes { id } } }""")
    assert len(told["data"]["customers"]["nodes"]) == 3
    assert told["extensions"]["search"][0]["warnings"][0]["code"] == "invalid_field"
    assert client.data("""{ customers(first: 5, query: "customer_date:>='2026-01-01'") { nodes { id } } }""")["customers"]["nodes"] == []


def test_events_are_kept_for_a_year(client: Any) -> None:
    client.shop.delete("customers", "gid://shopify/Customer/3")
    query = (
        '{ events(first: 5, query: "action:destroy AND subject_type:CUSTOMER") { nodes { createdAt ... on BasicEvent { subjectId } } } }'
    )
    assert [node["subjectId"] for node in client.data(query)["events"]["nodes"]] == ["gid://shopify/Customer/3"]
    client.shop.advance(timedelta(days=366).total_seconds())
    assert client.data(query)["events"]["nodes"] == []
