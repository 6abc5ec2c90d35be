"""Which Salesforce order belongs to which shop order, and how that is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Put = Callable[..., None]
Links = Callable[[str], list[str]]


def shop(put: Put, record_id: str, number: str = "1001", system: str = "shop", **more: Any) -> None:
    row = {"email_key": "a@x.example", "currency": "EUR", "total": "23.00", "placed_at": "2026-11-20 10:00:00", **more}
    put("orders", system=system, record_id=record_id, number_key=number, **row)


def sf(put: Put, record_id: str, external_id: str | None = None, number: str | None = None, **more: Any) -> None:
    row = {"currency": "EUR", "total": "23.00", "created_at": "2026-11-20 10:05:00", **more}
    put("orders", system="salesforce", record_id=record_id, external_id=external_id, number_key=number, **row)


@pytest.mark.parametrize("held", ["5001", "gid://shopify/Order/5001", "#5001", "5001.0", " 5001 ", "005001"])
def test_an_external_id_is_recognised_in_every_disguise(put: Put, links: Links, held: str) -> None:
    shop(put, "5001")
    sf(put, "A", held)
    assert links("order_links") == ["5001 → A external_id certain *"]


def test_an_integration_may_keep_the_number_as_its_external_id(put: Put, links: Links) -> None:
    shop(put, "5001", "1001")
    sf(put, "A", "#1001")
    assert links("order_links") == ["5001 → A external_id certain *"]


def test_the_number_decides_where_the_external_id_is_blank_or_wrong(put: Put, links: Links) -> None:
    shop(put, "5001", "1001")
    shop(put, "5002", "1002")
    sf(put, "A", None, "1001")
    sf(put, "B", "7777", "1002")
    assert links("order_links") == ["5001 → A number certain *", "5002 → B number certain *"]


def test_an_order_that_names_one_shop_order_never_links_to_another(put: Put, links: Links) -> None:
    shop(put, "5001", "1001")
    shop(put, "5002", "1002")
    sf(put, "A", "5001", "1002", email_key="a@x.example", placed_at="2026-11-20 10:00:00")
    assert links("order_links") == ["5001 → A external_id certain *"]


def test_email_amount_and_day_are_the_last_resort(put: Put, links: Links) -> None:
    shop(put, "5001", placed_at="2026-11-20 23:30:00")
    sf(put, "A", email_key="a@x.example", placed_date="2026-11-21")
    sf(put, "B", email_key="a@x.example", placed_date="2026-11-22")
    sf(put, "C", email_key="a@x.example", placed_date="2026-11-21", total="23.01")
    sf(put, "D", email_key="a@x.example", placed_date="2026-11-21", currency="USD")
    assert links("order_links") == ["5001 → A email_amount_day likely *"]


def test_a_claimed_external_id_is_not_overruled_by_email(put: Put, links: Links) -> None:
    shop(put, "5001")
    sf(put, "A", "9999", email_key="a@x.example", placed_date="2026-11-20")
    assert links("order_links") == []


def test_equal_candidates_stay_ambiguous(put: Put, links: Links) -> None:
    shop(put, "5001", "1001")
    shop(put, "5002", "1002")
    sf(put, "A", email_key="a@x.example", placed_date="2026-11-20")
    assert links("order_links") == ["5001 → A email_amount_day ambiguous", "5002 → A email_amount_day ambiguous"]


def test_an_order_that_nothing_claims_is_preferred_by_email(put: Put, links: Links) -> None:
    shop(put, "5001", "1001")
    shop(put, "5002", "1002")
    sf(put, "A", "5001")
    sf(put, "B", email_key="a@x.example", placed_date="2026-11-20")
    assert links("order_links") == ["5001 → A external_id certain *", "5002 → B email_amount_day likely *"]


def test_every_copy_is_linked_and_one_is_primary(put: Put, links: Links) -> None:
    shop(put, "5001", "1001")
    sf(put, "D", None, None, email_key="a@x.example", placed_date="2026-11-20", created_at="2026-11-20 10:01:00")
    sf(put, "C", None, "1001", created_at="2026-11-20 10:02:00")
    sf(put, "B", "5001", None, created_at="2026-11-20 10:06:00")
    sf(put, "A", "5001", None, created_at="2026-11-20 10:07:00")
    assert links("order_links") == [
        "5001 → B external_id certain *",
        "5001 → A external_id certain",
        "5001 → C number certain",
        "5001 → D email_amount_day likely",
    ]


def test_of_equal_copies_the_oldest_then_the_lowest_id_is_primary(put: Put, links: Links) -> None:
    shop(put, "5001")
    for record_id in ("C", "B"):
        sf(put, record_id, "5001", created_at="2026-11-20 10:05:00")
    sf(put, "A", "5001", created_at="2026-11-20 10:06:00")
    assert links("order_links")[0] == "5001 → B external_id certain *"


def test_a_change_order_is_never_preferred_to_the_order_it_changes(put: Put, links: Links) -> None:
    shop(put, "5001", "1001")
    sf(put, "A", "5001", original_order_id="B")
    sf(put, "B", None, "1001", created_at="2026-11-21 00:00:00")
    assert links("order_links") == ["5001 → B number certain *", "5001 → A external_id certain"]


def test_deleted_orders_are_not_linked(put: Put, links: Links) -> None:
    shop(put, "5001", "1001")
    shop(put, "5002", "1002", deleted_at="2026-11-22 00:00:00")
    sf(put, "A", "5001", deleted_at="2026-11-22 00:00:00")
    sf(put, "B", "5002")
    assert links("order_links") == []


def second_shop(model: Any) -> None:
    model.execute("insert into systems by name select 'outlet' as system, 'shopify' as kind, 'shop' as side, 'UTC' as time_zone")


def test_numbers_of_several_stores_are_told_apart_by_the_store(model: Any, put: Put, links: Links) -> None:
    second_shop(model)
    shop(put, "5001", "1001")
    shop(put, "6001", "1001", system="outlet")
    sf(put, "A", None, "1001", store="outlet")
    sf(put, "B", None, "1001", store="shop")
    assert links("order_links") == ["5001 → B number certain *", "6001 → A number certain *"]


def test_without_a_store_the_email_tells_or_nothing_does(model: Any, put: Put, links: Links) -> None:
    second_shop(model)
    shop(put, "5001", "1001", email_key="a@x.example")
    shop(put, "6001", "1001", system="outlet", email_key="b@x.example")
    shop(put, "5002", "1002")
    shop(put, "6002", "1002", system="outlet")
    sf(put, "A", None, "1001", email_key="b@x.example")
    sf(put, "B", None, "1002")
    assert links("order_links") == ["5002 → B number ambiguous", "6001 → A number likely *", "6002 → B number ambiguous"]


def test_the_order_of_rows_does_not_matter(model: Any, put: Put, links: Links) -> None:
    for number in range(60):
        shop(put, f"5{number:03}", f"1{number:03}")
        sf(put, f"A{number:03}", f"5{number:03}" if number % 3 else None, f"1{number:03}")
    first = links("order_links")
    model.execute("create temp table shuffled as select * from orders order by hash(record_id)")
    model.execute("delete from orders; insert into orders from shuffled")
    for table in ("order_links", "line_links", "customer_links", "product_links", "location_links", "customer_clusters"):
        model.execute(f"delete from {table}")
    assert links("order_links") == first
    assert len(first) == 60


# -- orders edited by being cancelled and made anew ---------------------------------------------------------------------


def test_an_integration_that_keeps_the_first_number_writes_edits_into_one_record(put: Put, links: Links) -> None:
    shop(put, "1", "1001", status="cancelled", extra='{"replaced_by": "2"}')
    shop(put, "2", "1001-1", status="cancelled", extra='{"replaced_by": "3"}')
    shop(put, "3", "1001-2", status="open")
    sf(put, "A", None, "1001", status="open")
    assert links("order_links") == ["3 → A number certain *"]


def test_an_order_and_its_heir_that_both_arrived_keep_their_own_records(put: Put, links: Links) -> None:
    shop(put, "1", "1001", status="cancelled", extra='{"replaced_by": "2"}')
    shop(put, "2", "1001-1", status="open")
    sf(put, "A", "1", "1001", status="open")
    sf(put, "B", "2", "1001-1", status="open")
    assert links("order_links") == ["1 → A external_id certain *", "2 → B external_id certain *"]


def test_a_cancelled_record_does_not_stand_for_the_heir(put: Put, links: Links) -> None:
    shop(put, "1", "1001", status="cancelled", extra='{"replaced_by": "2"}')
    shop(put, "2", "1001-1", status="open")
    sf(put, "A", "1", "1001", status="cancelled")
    assert links("order_links") == ["1 → A external_id certain *"]


def test_two_copies_of_an_order_are_two_copies_of_its_heir(put: Put, links: Links) -> None:
    shop(put, "1", "1001", status="cancelled", extra='{"replaced_by": "2"}')
    shop(put, "2", "1001-1", status="open")
    sf(put, "A", "1", status="open")
    sf(put, "B", "1", status="open", created_at="2026-11-20 10:09:00")
    assert links("order_links") == ["2 → A external_id certain *", "2 → B external_id certain"]


def test_likeness_finds_the_heir_and_not_what_it_replaced(put: Put, links: Links) -> None:
    shop(put, "1", "1001", status="cancelled", extra='{"replaced_by": "2"}')
    shop(put, "2", "1001-1", status="open")
    sf(put, "A", email_key="a@x.example", placed_date="2026-11-20", status="open")
    assert links("order_links") == ["2 → A email_amount_day likely *"]


def test_an_heir_that_was_not_read_or_names_itself_makes_no_chain(put: Put, links: Links, model: Any) -> None:
    shop(put, "1", "1001", status="cancelled", extra='{"replaced_by": "9"}')
    shop(put, "2", "1002", status="cancelled", extra='{"replaced_by": "3"}')
    shop(put, "3", "1003", status="cancelled", extra='{"replaced_by": "2"}')
    shop(put, "4", "1004", status="open", extra='{"replaced_by": "1"}')
    sf(put, "A", "1", status="open")
    assert links("order_links") == ["1 → A external_id certain *"]
    assert model.execute("select shop_id from order_chains").fetchall() == []
