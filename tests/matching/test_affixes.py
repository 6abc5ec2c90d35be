"""What integrations write around ids and numbers: recognised where the records prove it, and only there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Put = Callable[..., None]
Links = Callable[[str], list[str]]


def orders(put: Put, write: Callable[[int], dict[str, Any]], count: int = 6, agreeing: int = 6, system: str = "shop") -> None:
    """Orders #1001… with ids 5001… of people who buy once, and their records as an integration writes them."""
    for n in range(1, count + 1):
        put("orders", system=system, record_id=f"{5000 + n}", number_key=f"{1000 + n}", email_key=f"{n}@x.example", total=f"{n}.50")
        row = {"email_key": f"{n if n <= agreeing else 'else'}@x.example", "total": f"{n if n <= agreeing else 99}.50"} | write(n)
        put("orders", system="salesforce", record_id=f"A{n}", **row)


@pytest.mark.parametrize("dress", ["SHOP-{}", "{}/DE", "s1-00{}x", "ORDER {}"])
def test_a_constant_around_the_id_is_told_from_the_records(put: Put, links: Links, dress: str) -> None:
    orders(put, lambda n: {"external_id": dress.format(5000 + n)})
    assert links("order_links") == [f"{5000 + n} → A{n} external_id certain *" for n in range(1, 7)]


def test_a_constant_around_the_number_in_the_field_of_the_id(put: Put, links: Links) -> None:
    orders(put, lambda n: {"external_id": f"WEB{1000 + n}"})
    assert links("order_links") == [f"{5000 + n} → A{n} external_id certain *" for n in range(1, 7)]


def test_a_constant_around_the_number(put: Put, links: Links) -> None:
    orders(put, lambda n: {"number_key": f"DE{1000 + n}"})
    assert {link.split(" ", 3)[3] for link in links("order_links")} == {"number certain *"}


def test_a_constant_that_the_shop_writes_itself(put: Put, links: Links) -> None:
    for n in range(1, 7):
        put("orders", system="shop", record_id=f"{5000 + n}", number_key=f"NH{1000 + n}-A", email_key=f"{n}@x.example", total="5")
        put("orders", system="salesforce", record_id=f"A{n}", number_key=f"{1000 + n}", email_key=f"{n}@x.example", total="7")
    assert links("order_links") == [f"{5000 + n} → A{n} number certain *" for n in range(1, 7)]


def test_four_records_prove_nothing_and_five_do(put: Put, links: Links) -> None:
    orders(put, lambda n: {"external_id": f"SHOP-{5000 + n}"}, count=4)
    assert links("order_links") == []  # what names another order is not taken by its e-mail
    orders(put, lambda n: {"external_id": f"SHOP-{7000 + n}"}, count=0)
    put("orders", system="shop", record_id="5005", number_key="1005", email_key="5@x.example", total="5.50")
    put("orders", system="salesforce", record_id="A5", external_id="SHOP-5005", email_key="5@x.example", total="1")
    assert [link.split(" ", 3)[3] for link in links("order_links")] == ["external_id certain *"] * 5


def test_records_that_disagree_are_no_proof(put: Put, links: Links) -> None:
    orders(put, lambda n: {"external_id": f"CHECKOUT-{5000 + n}"}, count=8, agreeing=6)
    assert links("order_links") == []


def test_one_in_ten_may_have_changed(put: Put, links: Links) -> None:
    orders(put, lambda n: {"external_id": f"SHOP-{5000 + n}"}, count=10, agreeing=9)
    assert len(links("order_links")) == 10


def test_each_shop_has_its_own_constant(model: Any, put: Put, links: Links) -> None:
    model.execute("insert into systems by name select 'outlet' as system, 'shopify' as kind, 'shop' as side, 'UTC' as time_zone")
    for n in range(1, 7):
        for system, dress in (("shop", "DE"), ("outlet", "AT")):
            who = f"{n}.{dress}@x.example".lower()
            put("orders", system=system, record_id=f"{5000 + n}", email_key=who)
            put("orders", system="salesforce", record_id=f"{dress}{n}", external_id=f"{dress}-{5000 + n}", email_key=who)
    links("order_links")
    rows = model.execute("select shop_system, salesforce_id, certainty, evidence from order_links order by all").fetchall()
    assert rows == [
        (system, f"{dress}{n}", "certain", f"id without {dress}-")
        for system, dress in (("outlet", "AT"), ("shop", "DE"))
        for n in range(1, 7)
    ]


def test_customers_and_products(put: Put, links: Links) -> None:
    for n in range(10, 20):
        put("customers", system="shop", record_id=f"{600 + n}", email_key=f"{n}@x.example")
        put(
            "customers",
            system="salesforce",
            record_id=f"C{n}",
            external_id=f"CUST-{600 + n}",
            email_key=f"{n if n > 10 else 'old'}@x.example",
        )
        put("products", system="shop", record_id=f"{700 + n}", sku_key=f"SKU{n}")
        put("products", system="salesforce", record_id=f"P{n}", external_id=f"{700 + n}-EU", sku_key=f"SKU{n if n > 10 else 'OLD'}")
    assert links("customer_links") == [f"{600 + n} → C{n} external_id certain *" for n in range(10, 20)]
    assert links("product_links") == [f"{700 + n} → P{n} external_id certain *" for n in range(10, 20)]


def test_a_link_says_what_it_rests_on(model: Any, put: Put, links: Links) -> None:
    put("orders", system="shop", record_id="5001", number_key="1001", email_key="a@x.example", total="5")
    put("orders", system="shop", record_id="5002", number_key="1002", email_key="b@x.example", total="6")
    put("orders", system="shop", record_id="5003", number_key="1003", email_key="c@x.example", total="7", placed_at="2026-11-20 10:00:00")
    put("orders", system="salesforce", record_id="A", external_id="5001", number_key="9", email_key="z@x.example", total="1")
    put("orders", system="salesforce", record_id="B", number_key="1002", email_key="b@x.example", total="6")
    put("orders", system="salesforce", record_id="C", email_key="c@x.example", total="7", placed_date="2026-11-20")
    put("customers", system="shop", record_id="1", email_key="a@x.example")
    put("customers", system="salesforce", record_id="D", email_key="a@x.example")
    links("order_links")
    said = "select salesforce_id, evidence from order_links union all select salesforce_id, evidence from customer_links order by all"
    assert model.execute(said).fetchall() == [
        ("A", "id"), ("B", "number, e-mail, amount"), ("C", "e-mail, amount, day"), ("D", "e-mail"),
    ]  # fmt: skip
