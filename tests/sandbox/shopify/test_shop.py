"""Loading, changing and deleting records; what lists and reads by id then show."""

from __future__ import annotations

from typing import Any

import pytest

from recon.errors import UsageError
from recon.sandbox.shopify import Shop

ORDER = "gid://shopify/Order/3"


@pytest.mark.parametrize(
    ("kind", "document", "named"),
    [
        ("orders", {"colour": "red"}, "orders.colour is not a field of Order"),
        ("orders", {"lineItems": [{"id": "gid://shopify/LineItem/1", "skew": "x"}]}, "orders.lineItems.skew"),
        ("orders", {"displayFinancialStatus": "PAYED"}, "'PAYED', which is not a OrderDisplayFinancialStatus"),
        ("orders", {"createdAt": "2026-11-23T10:00:00+01:00"}, "not a DateTime"),
        ("orders", {"totalPriceSet": {"shopMoney": {"amount": 13.5, "currencyCode": "EUR"}}}, "13.5, which is not a Decimal"),
        ("orders", {"customer": {"id": "7"}}, "'7', which is not a ID"),
        ("orders", {"lineItems": {"edges": []}}, "orders.lineItems must be a list"),
        ("orders", {"name": None}, "orders.name is missing"),
        ("returns", {}, "keeps no returns"),
    ],
)
def test_documents_that_the_schema_does_not_know_are_refused(
    shop: Shop, make: Any, kind: str, document: dict[str, Any], named: str
) -> None:
    with pytest.raises(UsageError) as refused:
        shop.load(kind, [make.order(70), {**make.order(71), **document}])
    assert named in str(refused.value)
    assert shop.count("orders") == 12  # all or nothing


def test_a_restart_keeps_everything(shop: Shop, open_shop: Any) -> None:
    shop.scopes = ("read_orders",)
    shop.protected_data = False
    shop.add_client("app", "secret")
    token = shop.new_token()
    shop.close()
    again = open_shop()
    assert again.count("orders") == 12
    assert again.scopes == ("read_orders",)
    assert again.protected_data is False
    assert again.knows_client("app", "secret")
    assert again.accepts(token)
    assert again.get(ORDER)["name"] == "#1003"


def test_an_update_shows_everywhere_and_moves_updated_at(client: Any) -> None:
    client.shop.update("orders", ORDER, {"note": "called"})
    by_id = client.data("query($id: ID!) { order(id: $id) { note updatedAt lineItems(first: 1) { nodes { id } } } }", {"id": ORDER})[
        "order"
    ]
    assert (by_id["note"], by_id["updatedAt"]) == ("called", "2026-11-23T12:00:00Z")
    listed = client.data("""{ orders(first: 5, query: "updated_at:>='2026-11-23T11:59:00Z'") { nodes { id note } } }""")["orders"]["nodes"]
    assert listed == [{"id": ORDER, "note": "called"}]
    with pytest.raises(UsageError):
        client.shop.update("customers", ORDER, {})


def test_a_lagging_index_shows_old_records_in_lists_but_not_by_id(client: Any, make: Any) -> None:
    shop = client.shop
    query = "query($id: ID!) { order(id: $id) { note } orders(first: 50) { nodes { id note } } ordersCount { count } }"
    shop.index_lag = True
    shop.update("orders", ORDER, {"note": "new"})
    shop.load("orders", [make.order(90)])
    shop.delete("orders", "gid://shopify/Order/4")
    told = client.data(query, {"id": ORDER})
    listed = {node["id"]: node["note"] for node in told["orders"]["nodes"]}
    assert told["order"]["note"] == "new"
    assert listed[ORDER] is None
    assert "gid://shopify/Order/90" not in listed
    assert "gid://shopify/Order/4" in listed
    shop.index_lag = False
    shop.catch_up()
    listed = {node["id"]: node["note"] for node in client.data(query, {"id": ORDER})["orders"]["nodes"]}
    assert listed[ORDER] == "new"
    assert "gid://shopify/Order/90" in listed
    assert "gid://shopify/Order/4" not in listed


def test_a_deleted_order_is_gone_and_leaves_an_event(client: Any) -> None:
    client.shop.delete("orders", ORDER)
    told = client.data(
        'query($id: ID!) { order(id: $id) { id } nodes(ids: [$id, "gid://shopify/Order/4"]) { id } ordersCount { count } '
        'events(first: 5, query: "action:destroy") { nodes { action createdAt ... on BasicEvent { subjectId subjectType } } } }',
        {"id": ORDER},
    )
    assert told["order"] is None
    assert told["nodes"] == [None, {"id": "gid://shopify/Order/4"}]
    assert told["ordersCount"]["count"] == 11
    assert told["events"]["nodes"] == [
        {"action": "destroy", "createdAt": "2026-11-23T12:00:00Z", "subjectId": ORDER, "subjectType": "ORDER"},
    ]


def test_a_deleted_customer_is_null_in_the_orders(client: Any) -> None:
    client.shop.delete("customers", "gid://shopify/Customer/1")
    assert client.data("query($id: ID!) { order(id: $id) { customer { id } } }", {"id": ORDER})["order"]["customer"] is None


def test_a_deleted_variant_is_null_in_the_orders_lines(client: Any, make: Any) -> None:
    query = "query($id: ID!) { order(id: $id) { lineItems(first: 2) { nodes { variant { id } product { id } } } } }"
    first = make.product(1)["variants"][0]
    client.shop.update("products", "gid://shopify/Product/1", {"variants": [first]})
    lines = client.data(query, {"id": ORDER})["order"]["lineItems"]["nodes"]
    assert [line["variant"] for line in lines] == [{"id": first["id"]}, None]
    events = client.data("{ events(first: 5) { nodes { ... on BasicEvent { subjectType } } } }")["events"]["nodes"]
    assert events == [{"subjectType": "PRODUCT_VARIANT"}]
    client.shop.delete("products", "gid://shopify/Product/1")
    lines = client.data(query, {"id": ORDER})["order"]["lineItems"]["nodes"]
    assert lines == [{"variant": None, "product": None}] * 2


def test_merged_customers_leave_no_event_and_hand_their_orders_over(client: Any) -> None:
    client.shop.merge_customers("gid://shopify/Customer/1", "gid://shopify/Customer/2")
    told = client.data(
        'query($id: ID!) { customer(id: "gid://shopify/Customer/1") { id } order(id: $id) { customer { id } } '
        "customersCount { count } events(first: 5) { nodes { id } } "
        'survivor: customer(id: "gid://shopify/Customer/2") { orders(first: 50) { nodes { id } } } }',
        {"id": ORDER},
    )
    assert told["customer"] is None
    assert told["order"]["customer"] == {"id": "gid://shopify/Customer/2"}
    assert told["customersCount"]["count"] == 2
    assert told["events"]["nodes"] == []
    assert len(told["survivor"]["orders"]["nodes"]) == 8


def test_money_keeps_its_decimals(client: Any) -> None:
    query = """query($id: ID!) { order(id: $id) {
        totalPriceSet { shopMoney { amount } } lineItems(first: 1) { nodes { originalTotalSet { shopMoney { amount } } } } } }"""
    bag = client.data(query, {"id": ORDER})["order"]
    assert bag["totalPriceSet"]["shopMoney"]["amount"] == "13.5"
    assert bag["lineItems"]["nodes"][0]["originalTotalSet"]["shopMoney"]["amount"] == "13.50"


def test_ids_find_records_inside_others(client: Any) -> None:
    ids = [
        "gid://shopify/LineItem/31", "gid://shopify/Refund/3", "gid://shopify/ProductVariant/101",
        "gid://shopify/InventoryLevel/1011?inventory_item_id=101", "gid://shopify/CompanyLocation/1", "gid://shopify/Nonsense/1",
    ]  # fmt: skip
    query = (
        "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Refund { order { id } } ... on InventoryLevel { item { sku } } } }"
    )
    told = client.data(query, {"ids": ids})["nodes"]
    assert [node and node["__typename"] for node in told] == [
        "LineItem",
        "Refund",
        "ProductVariant",
        "InventoryLevel",
        "CompanyLocation",
        None,
    ]
    assert told[1]["order"] == {"id": ORDER}
    assert told[3]["item"] == {"sku": "SKU-1"}
    many = client.ask(query, {"ids": [ORDER] * 251})
    assert many["errors"][0]["extensions"]["code"] == "MAX_INPUT_SIZE_EXCEEDED"


def test_inactive_and_closed_things_hide_unless_asked_for(client: Any) -> None:
    query = """query($more: Boolean) {
        locations(first: 9, includeInactive: $more) { nodes { id } }
        fulfillmentOrders(first: 9, includeClosed: $more) { nodes { id } }
        inventoryItem(id: "gid://shopify/InventoryItem/101") { inventoryLevels(first: 9, includeInactive: $more) { nodes { id } } } }"""
    few, all_of_them = (client.data(query, {"more": more}) for more in (False, True))
    for told, number in ((few, 1), (all_of_them, 2)):
        levels = told["inventoryItem"]["inventoryLevels"]["nodes"]
        assert [len(told["locations"]["nodes"]), len(told["fulfillmentOrders"]["nodes"]), len(levels)] == [number] * 3


def test_walking_a_list_reaches_every_record_once_in_both_directions(client: Any) -> None:
    for reverse in (False, True):
        for size in (1, 5, 12, 250):
            seen: list[str] = []
            after = None
            while True:
                query = "query($n: Int!, $a: String, $r: Boolean) { orders(first: $n, after: $a, reverse: $r, sortKey: UPDATED_AT) " \
                        "{ pageInfo { hasNextPage endCursor } nodes { id } } }"  # fmt: skip
                page = client.data(query, {"n": size, "a": after, "r": reverse})["orders"]
                seen += [node["id"] for node in page["nodes"]]
                if not page["pageInfo"]["hasNextPage"]:
                    break
                after = page["pageInfo"]["endCursor"]
            expected = [f"gid://shopify/Order/{number}" for number in range(12, 0, -1)]
            assert seen == (expected[::-1] if reverse else expected)


def test_nested_lists_are_paged_too(client: Any, make: Any) -> None:
    lines = [{**make.order(1)["lineItems"][0], "id": f"gid://shopify/LineItem/{number}"} for number in range(900, 907)]
    client.shop.update("orders", ORDER, {"lineItems": lines})
    seen, after = [], None
    while True:
        query = """query($id: ID!, $a: String) { node(id: $id) { ... on Order {
            lineItems(first: 3, after: $a) { pageInfo { hasNextPage endCursor } nodes { id } } } } }"""
        page = client.data(query, {"id": ORDER, "a": after})["node"]["lineItems"]
        seen += [node["id"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert seen == [line["id"] for line in lines]


def test_the_last_pages_and_the_page_before_a_cursor(client: Any) -> None:
    last = client.data("{ orders(last: 2, sortKey: ID) { pageInfo { hasPreviousPage hasNextPage startCursor } nodes { name } } }")["orders"]
    assert [node["name"] for node in last["nodes"]] == ["#1011", "#1012"]
    assert last["pageInfo"]["hasPreviousPage"] is True
    before = client.data(
        "query($b: String) { orders(last: 2, before: $b, sortKey: ID) { nodes { name } } }", {"b": last["pageInfo"]["startCursor"]}
    )
    assert [node["name"] for node in before["orders"]["nodes"]] == ["#1009", "#1010"]


def test_pages_have_at_most_250_and_a_walk_ends(client: Any) -> None:
    assert client.ask("{ orders(first: 251) { nodes { id } } }")["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert client.ask("{ orders { nodes { id } } }")["errors"][0]["message"] == "you must provide one of first or last"
    assert client.ask('{ orders(first: 1, after: "xyz") { nodes { id } } }')["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    client.shop.walk_limit = 8
    first = client.data("{ orders(first: 6) { pageInfo { hasNextPage endCursor } nodes { id } } }")["orders"]
    second = client.data(
        "query($a: String) { orders(first: 6, after: $a) { pageInfo { hasNextPage } nodes { id } } }", {"a": first["pageInfo"]["endCursor"]}
    )
    assert [first["pageInfo"]["hasNextPage"], second["orders"]["pageInfo"]["hasNextPage"]] == [True, False]


def test_counts_stop_at_their_limit(client: Any) -> None:
    told = client.data("{ some: ordersCount(limit: 5) { count precision } all: ordersCount(limit: null) { count precision } }")
    assert told == {"some": {"count": 5, "precision": "AT_LEAST"}, "all": {"count": 12, "precision": "EXACT"}}
