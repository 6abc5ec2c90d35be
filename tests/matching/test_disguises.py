"""Ids in every dress in which integrations and spreadsheets write them, and records that were made again, moved, or belong to a guest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recon.warehouse import build

Put = Callable[..., None]
Links = Callable[[str], list[str]]
LINKS = {
    "orders": "order_links", "customers": "customer_links", "products": "product_links", "locations": "location_links",
    "companies": "company_links", "subscriptions": "subscription_links",
}  # fmt: skip


def linked(model: Any) -> dict[str, list[tuple[str, str, str, str]]]:
    """Table → its links, matched once."""
    build.match(model)
    return {
        table: model.execute(f"select shop_id, salesforce_id, method, certainty from {links} order by all").fetchall()
        for table, links in LINKS.items()
    }


def test_records_of_every_kind_are_known_by_an_id_in_disguise(model: Any, put: Put) -> None:
    dresses = ("{}", "gid://shopify/Thing/{}", "#{}", "00{}", "{}.0", "{}.00", "'{}", " {}\u00a0", "\u200b{}")
    for table in LINKS:
        for n, dress in enumerate(dresses, 5001):
            put(table, system="shop", record_id=f"{n}")
            put(table, system="salesforce", record_id=f"A{n}", external_id=dress.format(n))
    wanted = [(f"{n}", f"A{n}", "external_id", "certain") for n, _ in enumerate(dresses, 5001)]
    assert linked(model) == dict.fromkeys(LINKS, wanted)


def test_ids_of_salesforce_have_fifteen_characters_or_eighteen_and_differ_by_case(model: Any, put: Put) -> None:
    small, large = "8015g000002abcDAAQ", "8015g000002ABcDAAQ"
    shops: tuple[str, ...] = tuple(model.execute("select id18(left(v, 15)) from (values (?), (?)) as x(v)", [small, large]).fetchall())
    (first,), (second,) = shops
    assert len(first) == len(second) == 18 and first.lower()[:15] == second.lower()[:15]
    for table in LINKS:
        put(table, system="shop", record_id=first)
        put(table, system="shop", record_id=second)
        put(table, system="salesforce", record_id="A", external_id=first[:15])
        put(table, system="salesforce", record_id="B", external_id=second)
    wanted = sorted([(first, "A", "external_id", "certain"), (second, "B", "external_id", "certain")])
    assert linked(model) == dict.fromkeys(LINKS, wanted)


def test_what_is_no_id_or_another_one_finds_nothing(model: Any, put: Put) -> None:
    for table in LINKS:
        put(table, system="shop", record_id="5001")
        for n, held in enumerate(("", " ", "#", "0x", "5001x", "x5001", "50010", "5001.5", "-5001")):
            put(table, system="salesforce", record_id=f"A{n}", external_id=held)
    assert linked(model) == {table: [] for table in LINKS}


def test_a_record_that_was_deleted_and_made_again_is_known_by_the_new_one(model: Any, put: Put) -> None:
    for table in LINKS:
        put(table, system="shop", record_id="5001")
        put(table, system="salesforce", record_id="A", external_id="5001", deleted_at="2026-11-20 09:00:00")
        put(table, system="salesforce", record_id="B", external_id="5001")
    assert linked(model) == {table: [("5001", "B", "external_id", "certain")] for table in LINKS}


def test_an_order_that_was_moved_to_another_account_and_day_stays_the_same_order(put: Put, links: Links) -> None:
    put("customers", system="shop", record_id="c1", email_key="a@x.example")
    put("customers", system="salesforce", record_id="003A", external_id="c1", email_key="a@x.example")
    put("customers", system="salesforce", record_id="003B", email_key="b@x.example")
    put("orders", system="shop", record_id="1", number_key="1001", customer_id="c1", email_key="a@x.example", total="23.00")
    put(
        "orders", system="salesforce", record_id="801A", external_id="1", number_key="77", customer_id="003B", email_key="b@x.example",
        total="99.00", placed_at="2026-01-01 00:00:00",
    )  # fmt: skip
    assert links("order_links") == ["1 → 801A external_id certain *"]


def test_a_customer_who_moved_to_another_address_is_known_by_the_id_and_leaves_the_old_address_to_others(put: Put, links: Links) -> None:
    put("customers", system="shop", record_id="1", email_key="new@x.example")
    put("customers", system="shop", record_id="2", email_key="old@x.example")
    put("customers", system="salesforce", record_id="A", external_id="1", email_key="old@x.example")
    assert links("customer_links") == ["1 → A external_id certain *"]


def test_orders_of_guests_are_matched_as_others_are(put: Put, links: Links) -> None:
    placed = {"email_key": "g@x.example", "currency": "EUR", "total": "23.00", "placed_at": "2026-11-20 10:00:00"}
    put("customers", system="shop", record_id="guest-1", email_key="g@x.example", is_guest=True)
    put("orders", system="shop", record_id="1", number_key="1001", is_guest=True, **placed)
    put("orders", system="salesforce", record_id="801A", **placed)
    assert links("order_links") == ["1 → 801A email_amount_day likely *"]


def test_a_guest_is_no_rival_of_the_account_under_the_same_address(put: Put, links: Links) -> None:
    put("customers", system="shop", record_id="1", email_key="g@x.example", is_guest=False)
    put("customers", system="shop", record_id="guest-1", email_key="g@x.example", is_guest=True)
    put("customers", system="salesforce", record_id="A", email_key="g@x.example")
    assert links("customer_links") == ["1 → A email likely *", "guest-1 → A email likely *"]
