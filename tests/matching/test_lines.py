"""Lines within linked orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Put = Callable[..., None]
Links = Callable[[str], list[str]]


@pytest.fixture(autouse=True)
def two_orders(put: Put) -> None:
    for number in ("1", "2"):
        put("orders", system="shop", record_id=number)
        put("orders", system="salesforce", record_id=f"A{number}", external_id=number)


def shop(put: Put, record_id: str, sku: str | None = None, order: str = "1", **more: Any) -> None:
    put("order_lines", system="shop", record_id=record_id, order_id=order, sku_key=sku, **more)


def sf(put: Put, record_id: str, external_id: str | None = None, sku: str | None = None, order: str = "A1", **more: Any) -> None:
    put("order_lines", system="salesforce", record_id=record_id, order_id=order, external_id=external_id, sku_key=sku, **more)


def test_by_external_id_then_by_sku(put: Put, links: Links) -> None:
    shop(put, "11", "CUP")
    shop(put, "12", "MUG")
    sf(put, "B", "gid://shopify/LineItem/11", "OTHER")
    sf(put, "C", None, "MUG")
    assert links("line_links") == ["11 → B external_id certain *", "12 → C sku_position certain *"]


def test_equal_skus_pair_off_in_the_order_of_the_lines(put: Put, links: Links) -> None:
    for position, record_id in enumerate(["21", "22", "23"], 1):
        shop(put, record_id, "CUP", line_no=position)
    sf(put, "C", None, "CUP", line_no=1)
    sf(put, "B", None, "CUP", line_no=2)
    assert links("line_links") == ["21 → C sku_position likely *", "22 → B sku_position likely *"]


def test_lines_of_one_sku_belong_together_by_quantity_and_amount_before_their_place(put: Put, links: Links) -> None:
    shop(put, "21", "CUP", line_no=1, quantity=1, total="10.00")
    shop(put, "22", "CUP", line_no=2, quantity=3, total="27.00")
    shop(put, "23", "CUP", line_no=3, quantity=1, total="0.00")
    sf(put, "A", None, "CUP", line_no=1, quantity=1, unit_price="0.00")
    sf(put, "B", None, "CUP", line_no=2, quantity=3, total="27.00")
    sf(put, "C", None, "CUP", line_no=3, quantity=1, total="10.00")
    assert links("line_links") == [
        "21 → C sku_position certain *", "22 → B sku_position certain *", "23 → A sku_position certain *",
    ]  # fmt: skip


def test_lines_of_the_same_sku_quantity_and_amount_are_interchangeable(put: Put, links: Links) -> None:
    for position, record_id in enumerate(["21", "22", "23"], 1):
        shop(put, record_id, "CUP", line_no=position, quantity=1, total="10.00")
    sf(put, "C", None, "CUP", line_no=1, quantity=1, total="10.00")
    sf(put, "B", None, "CUP", line_no=2, quantity=1, total="10.00")
    assert links("line_links") == ["21 → C sku_position certain *", "22 → B sku_position certain *"]


def test_where_one_of_two_lines_of_a_sku_is_missing_it_is_the_one_that_fits_less(put: Put, links: Links) -> None:
    shop(put, "21", "CUP", line_no=1, quantity=1, total="10.00")
    shop(put, "22", "CUP", line_no=2, quantity=3, total="27.00")
    sf(put, "A", None, "CUP", quantity=3, total="22.69")
    assert links("line_links") == ["22 → A sku_position likely *"]


def test_what_no_quantity_tells_pairs_off_in_the_order_of_the_lines(put: Put, links: Links) -> None:
    shop(put, "21", "CUP", line_no=1, quantity=5, current_quantity=1, refunded_quantity=1, total="10.00")
    shop(put, "22", "CUP", line_no=2, quantity=3, total="27.00")
    shop(put, "23", "CUP", line_no=3, quantity=4, total="36.00")
    sf(put, "A", None, "CUP", line_no=1, quantity=9, total="81.00")
    sf(put, "B", None, "CUP", line_no=2, quantity=2, total="18.00")
    assert links("line_links") == ["21 → B sku_position likely *", "22 → A sku_position likely *"]


def test_lines_of_other_orders_are_not_touched(put: Put, links: Links) -> None:
    shop(put, "11", "CUP")
    sf(put, "B", "11", "CUP", order="A2")
    assert links("line_links") == []


def test_a_renamed_sku_is_found_through_the_linked_product(put: Put, links: Links) -> None:
    put("products", system="shop", record_id="6", sku_key="CUP")
    put("products", system="salesforce", record_id="P", external_id="6", sku_key="OLD-CUP")
    shop(put, "11", "CUP", variant_id="6")
    sf(put, "B", None, "OLD-CUP", product_id="P")
    assert links("line_links") == ["11 → B product_position likely *"]


def test_a_line_written_twice_has_one_primary_link(put: Put, links: Links) -> None:
    shop(put, "11", "CUP")
    sf(put, "C", "11")
    sf(put, "B", "11")
    assert links("line_links") == ["11 → B external_id certain *", "11 → C external_id certain"]


def test_deleted_lines_are_left_out(put: Put, links: Links) -> None:
    shop(put, "11", "CUP")
    sf(put, "B", "11", deleted_at="2026-11-22 00:00:00")
    assert links("line_links") == []
