"""Each platform fault does what it says, and the next request is well again."""

from __future__ import annotations

from typing import Any

import pytest

QUERY = "{ orders(first: 2, sortKey: ID) { pageInfo { hasNextPage endCursor } nodes { id } } }"


def test_throttled(client: Any) -> None:
    client.faults.on("graphql.json", "throttled", times=2, available=5)
    for _ in range(2):
        told = client.ask(QUERY)
        assert told["errors"][0]["extensions"]["code"] == "THROTTLED"
        assert told["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == 5
    client.shop.advance(1)
    assert "errors" not in client.ask(QUERY)


def test_internal_error(client: Any) -> None:
    client.faults.on("orders", "internal_error")
    error = client.ask(QUERY)["errors"][0]
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert error["extensions"]["requestId"] in error["message"]
    assert "errors" not in client.ask(QUERY)


def test_empty_data_and_html(client: Any) -> None:
    client.faults.on("orders", "empty_data")
    assert client.ask(QUERY) == {"data": None}
    client.faults.on("POST /admin/api", "html_200")
    assert client.post(QUERY).headers["Content-Type"].startswith("text/html")
    assert client.data(QUERY)["orders"]["nodes"]


def test_token_expired_after_some_calls(client: Any) -> None:
    client.token = client.shop.new_token()
    client.faults.on("graphql.json", "token_expired", after=2)
    assert [client.post(QUERY).status_code for _ in range(4)] == [200, 200, 401, 401]
    client.token = client.shop.new_token()
    assert client.post(QUERY).status_code == 200


def test_scope_missing(client: Any) -> None:
    client.faults.on("read_orders", "scope_missing", scope="read_orders")
    assert client.ask(QUERY)["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
    assert client.data(QUERY)["orders"]["nodes"]


def test_version_fell_forward(client: Any) -> None:
    client.faults.on("2026-07", "version_fell_forward")
    assert client.post(QUERY).headers["X-Shopify-API-Version"] == "2026-10"
    assert client.post(QUERY).headers["X-Shopify-API-Version"] == "2026-07"


def test_a_cursor_that_loops(client: Any) -> None:
    client.faults.on("orders", "loop_cursor", times=None)
    first = client.data(QUERY)["orders"]["pageInfo"]
    following = "query($a: String) { orders(first: 2, after: $a, sortKey: ID) { pageInfo { hasNextPage endCursor } nodes { id } } }"
    second = client.data(following, {"a": first["endCursor"]})["orders"]
    assert second["pageInfo"] == {"hasNextPage": True, "endCursor": first["endCursor"]}


def test_a_page_that_comes_twice(client: Any) -> None:
    client.faults.on("POST /admin/api", "duplicate_page", after=1)
    first = client.data(QUERY)
    following = "query($a: String) { orders(first: 2, after: $a, sortKey: ID) { nodes { id } } }"
    assert client.data(following, {"a": first["orders"]["pageInfo"]["endCursor"]}) == first


def test_a_stale_index(client: Any) -> None:
    client.shop.update("orders", "gid://shopify/Order/3", {})
    client.faults.on("orders", "stale_search", minutes=5)
    query = "{ orders(first: 50) { nodes { id } } }"
    assert len(client.data(query)["orders"]["nodes"]) == 11
    assert len(client.data(query)["orders"]["nodes"]) == 12


def test_planted_faults_outlive_a_restart(client: Any, open_shop: Any) -> None:
    client.faults.on("orders", "bulk_failed", times=2)
    assert [fault.action for fault in open_shop().faults.list()] == ["bulk_failed"]


@pytest.mark.parametrize("action", ["status", "reset"])
def test_faults_of_the_wire_strike_here_too(client: Any, action: str) -> None:
    client.faults.on("POST /admin/api", action, status=429, headers={"Retry-After": "2.0"})
    if action == "status":
        answer = client.post(QUERY)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2.0")
    else:
        with pytest.raises(OSError, match=r".+"):
            client.post(QUERY)
    assert client.data(QUERY)["orders"]["nodes"]
