"""Several shops, and an ERP, in one org: whose id is whose, and what never crosses over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from recon.warehouse import build

Put = Callable[..., None]


@pytest.fixture
def org(model: Any) -> Any:
    """The model with a second and a third shop and an ERP."""
    model.execute(
        "insert into systems by name select * from (values ('magento', 'adobe_commerce', 'shop', 'UTC'), "
        "('woo', 'woocommerce', 'shop', 'UTC'), ('erp', 'database', 'erp', 'UTC')) as s(system, kind, side, time_zone)"
    )
    return model


@pytest.fixture
def add(org: Any) -> Put:
    """``add("orders", "salesforce", "A", ids={"magento": "1"}, …)``: ``ids`` is the whole map, with None for a field that is blank."""

    def insert(table: str, system: str, record_id: str, ids: dict[str, str | None] | None = None, **row: Any) -> None:
        columns, values = ["system", "record_id", *row], ["?"] * (2 + len(row))
        given: list[Any] = [system, record_id, *row.values()]
        if ids is not None and any(ids.values()):
            columns.append("external_ids")
            values.append("map_from_entries(cast(? as struct(k varchar, v varchar)[]))")
            given.append([{"k": key, "v": value} for key, value in ({"external_id": None} | ids).items()])
        org.execute(f"insert into {table} ({', '.join(columns)}) values ({', '.join(values)})", given)

    return insert


@pytest.fixture
def links(org: Any) -> Callable[..., list[str]]:
    def read(table: str, ownership: dict[str, list[str]] | None = None) -> list[str]:
        build.match(org, ownership)
        query = f"select shop_system, shop_id, salesforce_id, method, certainty, is_primary from {table} order by all"
        return [f"{s}:{a} → {b} {m} {c}{' *' if p else ''}" for s, a, b, m, c, p in org.execute(query).fetchall()]

    return read


OWN = {"magento": None, "woo": None}


def test_orders_with_the_same_id_and_number_in_two_shops_never_cross(add: Put, links: Callable[..., list[str]]) -> None:
    for shop in ("magento", "woo"):
        add("orders", shop, "1001", number_key="1001", email_key="a@x.example", total="10", currency="EUR", placed_at="2026-11-01 10:00:00")
    common = {"number_key": "1001", "email_key": "a@x.example", "total": "10", "currency": "EUR", "placed_at": "2026-11-01 10:00:00"}
    add("orders", "salesforce", "A", OWN | {"magento": "1001"}, **common)
    add("orders", "salesforce", "B", OWN | {"woo": "1001"}, **common)
    assert links("order_links") == ["magento:1001 → A external_id certain *", "woo:1001 → B external_id certain *"]


def test_an_order_that_names_another_shop_is_not_taken_by_number(add: Put, links: Callable[..., list[str]]) -> None:
    add("orders", "magento", "7", number_key="1001")
    add("orders", "salesforce", "B", OWN | {"woo": "9"}, number_key="1001")
    assert links("order_links") == []


def test_an_order_with_a_wrong_id_of_its_own_shop_is_found_by_number(add: Put, links: Callable[..., list[str]]) -> None:
    add("orders", "magento", "7", number_key="1001")
    add("orders", "woo", "8", number_key="1001")
    add("orders", "salesforce", "A", OWN | {"magento": "70"}, number_key="1001")
    assert links("order_links") == ["magento:7 → A number certain *"]


def test_a_number_in_the_field_of_a_shop_is_that_shops(add: Put, links: Callable[..., list[str]]) -> None:
    add("orders", "magento", "7", number_key="1001")
    add("orders", "woo", "8", number_key="1001")
    add("orders", "salesforce", "A", OWN | {"woo": "1001"})
    assert links("order_links") == ["woo:8 → A external_id certain *"]


def test_a_shop_without_a_field_of_its_own_shares_the_common_one(add: Put, links: Callable[..., list[str]]) -> None:
    add("orders", "shop", "5001")
    add("orders", "magento", "5001")
    add("orders", "salesforce", "A", {"external_id": "5001", "magento": None})
    assert links("order_links") == ["shop:5001 → A external_id certain *"]


def test_an_id_in_a_shops_own_field_speaks_for_the_shared_one(add: Put, links: Callable[..., list[str]]) -> None:
    add("orders", "shop", "5001")
    add("orders", "magento", "5001")
    add("orders", "salesforce", "A", {"external_id": "5001", "magento": "5001"})
    assert links("order_links") == ["magento:5001 → A external_id certain *"]


def test_the_store_tells_whose_shared_id_it_is(add: Put, links: Callable[..., list[str]]) -> None:
    add("orders", "magento", "1001")
    add("orders", "woo", "1001")
    add("orders", "salesforce", "A", {"external_id": "1001"}, store="woo")
    assert links("order_links") == ["woo:1001 → A external_id certain *"]


def test_a_shared_id_that_two_shops_have_goes_by_what_the_order_says(add: Put, links: Callable[..., list[str]]) -> None:
    add("orders", "magento", "1001", email_key="a@x.example", number_key="M1")
    add("orders", "woo", "1001", email_key="b@x.example", number_key="W1")
    add("orders", "salesforce", "A", {"external_id": "1001"}, email_key="b@x.example")
    add("orders", "magento", "1002")
    add("orders", "woo", "1002")
    add("orders", "salesforce", "B", {"external_id": "1002"})
    assert links("order_links") == [
        "magento:1002 → B external_id ambiguous",
        "woo:1001 → A external_id certain *",
        "woo:1002 → B external_id ambiguous",
    ]


def test_one_person_may_be_the_customer_of_two_shops(add: Put, links: Callable[..., list[str]]) -> None:
    add("customers", "magento", "7", email_key="a@x.example")
    add("customers", "woo", "7", email_key="a@x.example")
    add("customers", "shop", "1", email_key="a@x.example")
    add("customers", "salesforce", "A", OWN | {"magento": "7", "woo": "7"}, email_key="a@x.example")
    assert links("customer_links") == [
        "magento:7 → A external_id certain *",
        "shop:1 → A email certain *",
        "woo:7 → A external_id certain *",
    ]


def test_customers_with_one_number_in_two_shops_are_two_people(add: Put, links: Callable[..., list[str]]) -> None:
    add("customers", "magento", "7", email_key="a@x.example")
    add("customers", "woo", "7", email_key="b@x.example")
    add("customers", "salesforce", "A", OWN | {"magento": "7"}, email_key="a@x.example")
    add("customers", "salesforce", "B", OWN | {"woo": "7"}, email_key="b@x.example")
    assert links("customer_links") == ["magento:7 → A external_id certain *", "woo:7 → B external_id certain *"]


def test_a_shared_customer_id_goes_by_the_address(add: Put, links: Callable[..., list[str]]) -> None:
    add("customers", "magento", "7", email_key="a@x.example")
    add("customers", "woo", "7", email_key="b@x.example")
    add("customers", "salesforce", "B", {"external_id": "7"}, email_key="b@x.example")
    assert links("customer_links") == ["woo:7 → B external_id certain *"]


def test_the_survivor_of_a_merge_inherits_the_ids_of_every_shop(add: Put, links: Callable[..., list[str]]) -> None:
    add("customers", "magento", "7")
    add("customers", "woo", "7")
    add("customers", "salesforce", "A", OWN | {"magento": "7"}, merged_into="B", state="merged", deleted_at="2026-11-01 00:00:00")
    add("customers", "salesforce", "B", OWN | {"woo": "7"})
    assert links("customer_links") == ["magento:7 → B external_id certain *", "woo:7 → B external_id certain *"]


def test_a_customer_of_one_store_is_not_taken_by_another_shop(add: Put, links: Callable[..., list[str]]) -> None:
    add("customers", "magento", "7", email_key="a@x.example")
    add("customers", "salesforce", "A", email_key="a@x.example", store="woo")
    assert links("customer_links") == []


def test_one_sku_sold_everywhere_is_one_product(add: Put, links: Callable[..., list[str]]) -> None:
    for system, record in (("magento", "11"), ("woo", "12"), ("shop", "13"), ("erp", "X-1")):
        add("products", system, record, sku_key="TEE-M")
    add("products", "salesforce", "P", OWN | {"magento": "11"}, sku_key="TEE-M")
    found = ["magento:11 → P external_id certain *", "shop:13 → P sku certain *", "woo:12 → P sku certain *"]
    assert links("product_links") == found
    assert links("product_links", {"prices": ["erp"]}) == ["erp:X-1 → P sku certain *", *found]


def test_a_shared_variant_id_goes_by_the_sku(add: Put, links: Callable[..., list[str]]) -> None:
    add("products", "magento", "11", sku_key="TEE-M")
    add("products", "woo", "11", sku_key="MUG")
    add("products", "salesforce", "P", {"external_id": "11"}, sku_key="MUG")
    add("products", "salesforce", "Q", sku_key="TEE-M")
    assert links("product_links") == ["magento:11 → Q sku certain *", "woo:11 → P external_id certain *"]


def test_an_erp_is_matched_where_it_owns(add: Put, links: Callable[..., list[str]]) -> None:
    add("locations", "erp", "1", code="BER")
    add("locations", "shop", "90", name="Berlin")
    add("locations", "salesforce", "L", code="ber", name="Berlin")
    assert links("location_links") == ["shop:90 → L name likely *"]
    assert links("location_links", {"stock": ["erp"]}) == ["erp:1 → L code likely *", "shop:90 → L name likely *"]


def test_an_erp_shares_an_id_only_where_no_shop_does(add: Put, links: Callable[..., list[str]]) -> None:
    add("products", "erp", "11")
    add("products", "salesforce", "P", {"external_id": "11"})
    assert links("product_links", {"products": ["erp"]}) == []
    add("products", "salesforce", "Q", {"external_id": "11", "shop": None, "magento": None, "woo": None})
    assert links("product_links", {"products": ["erp"]}) == ["erp:11 → Q external_id certain *"]


def test_lines_take_the_id_of_their_orders_shop(add: Put, links: Callable[..., list[str]]) -> None:
    for shop in ("magento", "woo"):
        add("orders", shop, "1001")
        add("order_lines", shop, "1", order_id="1001", sku_key="A")
    add("orders", "salesforce", "A", OWN | {"magento": "1001"})
    add("orders", "salesforce", "B", OWN | {"woo": "1001"})
    add("order_lines", "salesforce", "LA", OWN | {"magento": "1"}, order_id="A")
    add("order_lines", "salesforce", "LB", OWN | {"woo": "2"}, order_id="B", sku_key="A")
    assert links("line_links") == ["magento:1 → LA external_id certain *", "woo:1 → LB sku_position certain *"]


def test_pairs_are_made_of_owners_only(add: Put, org: Any, links: Callable[..., list[str]]) -> None:
    for system in ("shop", "erp"):
        add("orders", system, "1", number_key="1")
    add("orders", "salesforce", "A", number_key="1")
    links("order_links", {"orders": ["erp"]})
    assert org.execute("select shop_system from order_pairs").fetchall() == [("erp",)]
    links("order_links", {"orders": ["salesforce"]})
    assert org.execute("select shop_system from order_pairs order by all").fetchall() == [("shop",)]


def test_shops_follow_the_erp_that_owns(add: Put, org: Any) -> None:
    for system, record, sku in (
        ("shop", "1", "A"),
        ("woo", "1", "A"),
        ("woo", "2", "B"),
        ("erp", "a", "A"),
        ("erp", "b", "B"),
        ("erp", "c", "B"),
    ):
        add("products", system, record, sku_key=sku)
    add("locations", "shop", "9", name="Main store")
    add("locations", "erp", "W1", name="Main-Store")
    build.match(org, {"inventory": ["erp", "woo"], "prices": ["erp"]})
    assert org.execute("select entity, system, owner from followers order by all").fetchall() == [
        ("inventory_levels", "magento", "erp"),
        ("inventory_levels", "shop", "erp"),
        ("locations", "magento", "erp"),
        ("locations", "shop", "erp"),
        ("prices", "magento", "erp"),
        ("prices", "shop", "erp"),
        ("prices", "woo", "erp"),
    ]
    assert org.execute("select shop_system, shop_id, erp_id, method from product_twins order by all").fetchall() == [
        ("shop", "1", "a", "sku"),
        ("woo", "1", "a", "sku"),
    ]
    assert org.execute("select shop_system, shop_id, erp_id, method from location_twins").fetchall() == [("shop", "9", "W1", "name")]
