"""Points: what queries cost, the bucket, and THROTTLED."""

from __future__ import annotations

from typing import Any

import pytest


def cost(client: Any, query: str) -> tuple[int, int]:
    told = client.ask(query)["extensions"]["cost"]
    return told["requestedQueryCost"], told["actualQueryCost"]


@pytest.mark.parametrize(
    ("query", "recorded"),
    [
        ("{ shop { currencyCode taxesIncluded } }", 1),
        ("{ locations(first: 20) { nodes { id name fulfillsOnlineOrders isFulfillmentService } } }", 7),
        ("{ orders(first: 1) { nodes { id name } pageInfo { hasNextPage } } }", 3),
        ("{ customersCount { count precision } }", 10),
        (
            '{ order(id: "gid://shopify/Order/1") { id lineItems(first: 50) { nodes { id title quantity sku variant { id title sku } '
            "originalUnitPriceSet { shopMoney { amount } } } } } }",
            17,
        ),
        (
            '{ order(id: "gid://shopify/Order/1") { id fulfillmentOrders(first: 10) { nodes { id status '
            "assignedLocation { name location { id name } } "
            "lineItems(first: 10) { nodes { id totalQuantity lineItem { id title } } } } } } }",
            55,
        ),
    ],
)
def test_costs_are_near_recorded_ones(client: Any, query: str, recorded: int) -> None:
    requested, actual = cost(client, query)
    assert abs(requested - recorded) <= max(1, recorded // 10)
    assert actual <= requested


def test_page_size_counts_less_than_linearly(client: Any) -> None:
    small, large = (cost(client, f"{{ orders(first: {size}) {{ nodes {{ id customer {{ id }} }} }} }}")[0] for size in (10, 250))
    assert large < 3 * small


def test_what_was_not_used_comes_back(client: Any) -> None:
    client.ask("{ orders(first: 250) { nodes { id lineItems(first: 50) { nodes { id } } } } }")
    told = client.ask("{ orders(first: 250) { nodes { id lineItems(first: 50) { nodes { id } } } } }")["extensions"]["cost"]
    assert told["actualQueryCost"] < told["requestedQueryCost"]
    assert told["throttleStatus"]["currentlyAvailable"] >= 2000 - 2 * told["actualQueryCost"] - 1
    assert (told["throttleStatus"]["maximumAvailable"], told["throttleStatus"]["restoreRate"]) == (2000, 100)


def test_an_empty_bucket_throttles_until_time_has_passed(client: Any) -> None:
    client.shop.budget(50, 0.001)
    query = "{ orders(first: 250) { nodes { id customer { id } location: retailLocation { id } } } }"
    while "errors" not in (told := client.ask(query)):
        continue
    assert told["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert "data" not in told
    status = told["extensions"]["cost"]
    missing = status["requestedQueryCost"] - status["throttleStatus"]["currentlyAvailable"]
    assert missing > 0
    client.shop.advance((missing + 1) / 0.001)
    assert "errors" not in client.ask(query)


def test_one_query_may_not_cost_more_than_a_thousand(client: Any) -> None:
    inner = "lineItems(first: 250) { nodes { id variant { id product { id } inventoryItem { id } } } }"
    returns = "returns(first: 250) { nodes { id refunds(first: 250) { nodes { id } } } }"
    query = f"{{ orders(first: 250) {{ nodes {{ id customer {{ id }} {inner} {returns} }} }} }}"
    error = client.ask(query)["errors"][0]
    assert error["extensions"]["code"] == "MAX_COST_EXCEEDED"
    assert error["extensions"]["maxCost"] == 1000
