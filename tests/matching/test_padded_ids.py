"""Platforms whose ids have leading zeros, lower case and blanks: both sides of a comparison are brought into the same form."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Put = Callable[..., None]
Links = Callable[[str], list[str]]


@pytest.mark.parametrize("held", ["00000059", "59", "59.0", " #00000059", "'00000059"])
def test_a_customer_number_with_leading_zeros(put: Put, links: Links, held: str) -> None:
    put("customers", system="shop", record_id="00000059")
    put("customers", system="salesforce", record_id="001", external_id=held)
    assert links("customer_links") == ["00000059 → 001 external_id certain *"]


@pytest.mark.parametrize("held", ["00000410", "410", "#410"])
def test_an_order_number_with_leading_zeros(put: Put, links: Links, held: str) -> None:
    put("orders", system="shop", record_id="00000410", number="00000410", number_key="410")
    put("orders", system="salesforce", record_id="801", external_id=held)
    assert links("order_links") == ["00000410 → 801 external_id certain *"]


@pytest.mark.parametrize(
    ("table", "linked", "record_id"),
    [
        ("products", "product_links", "tea-pot blue"),
        ("locations", "location_links", "stock-berlin"),
        ("customers", "customer_links", "00a7"),
    ],
)
def test_an_id_with_letters_and_blanks(put: Put, links: Links, table: str, linked: str, record_id: str) -> None:
    put(table, system="shop", record_id=record_id)
    put(table, system="salesforce", record_id="0X1", external_id=record_id)
    assert links(linked) == [f"{record_id} → 0X1 external_id certain *"]


def test_a_line_is_known_by_its_place_in_a_padded_order(put: Put, links: Links) -> None:
    put("orders", system="shop", record_id="00000410")
    put("orders", system="salesforce", record_id="801", external_id="00000410")
    for position in (1, 2):
        put("order_lines", system="shop", record_id=f"00000410/{position}", order_id="00000410", line_no=position)
        put("order_lines", system="salesforce", record_id=f"802{position}", order_id="801", external_id=f"00000410/{3 - position}")
    assert links("line_links") == ["00000410/1 → 8022 external_id certain *", "00000410/2 → 8021 external_id certain *"]


def test_ids_that_differ_are_not_the_same(put: Put, links: Links) -> None:
    put("customers", system="shop", record_id="00000059")
    put("customers", system="salesforce", record_id="001", external_id="590")
    assert links("customer_links") == []
