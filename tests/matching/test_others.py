"""Customers, products and locations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Put = Callable[..., None]
Links = Callable[[str], list[str]]


def person(put: Put, system: str, record_id: str, external_id: str | None = None, email: str | None = None, **more: Any) -> None:
    put("customers", system=system, record_id=record_id, external_id=external_id, email_key=email, **more)


def test_customers_by_external_id_then_by_email(put: Put, links: Links) -> None:
    person(put, "shop", "1", email="a@x.example")
    person(put, "shop", "2", email="b@x.example")
    person(put, "salesforce", "A", "1", email="other@x.example")
    person(put, "salesforce", "B", None, email="b@x.example")
    person(put, "salesforce", "C", None, email="a@x.example")
    assert links("customer_links") == ["1 → A external_id certain *", "2 → B email certain *"]


def test_of_several_records_with_one_address_the_oldest_is_primary(put: Put, links: Links) -> None:
    person(put, "shop", "1", email="a@x.example")
    person(put, "salesforce", "A", email="a@x.example", created_at="2026-02-01 00:00:00")
    person(put, "salesforce", "B", email="a@x.example", created_at="2026-01-01 00:00:00")
    assert links("customer_links") == ["1 → B email likely *", "1 → A email likely"]


def test_a_record_that_belongs_to_somebody_is_not_taken_by_email(put: Put, links: Links) -> None:
    person(put, "shop", "1", email="a@x.example")
    person(put, "shop", "2", email="a@x.example")
    person(put, "salesforce", "A", "1", email="a@x.example")
    assert links("customer_links") == ["1 → A external_id certain *"]


def test_the_survivor_of_a_merge_inherits_the_id_of_the_loser(put: Put, links: Links) -> None:
    person(put, "shop", "1")
    person(put, "shop", "2")
    gone = {"deleted_at": "2026-11-01 00:00:00", "state": "merged"}
    person(put, "salesforce", "A", "1", merged_into="B", **gone)
    person(put, "salesforce", "B", "7", merged_into="C", **gone)
    person(put, "salesforce", "C", "2")
    assert links("customer_links") == ["1 → C external_id certain *", "2 → C external_id certain *"]


def test_merges_in_a_circle_end(put: Put, links: Links) -> None:
    person(put, "shop", "1")
    person(put, "salesforce", "A", "1", merged_into="B", state="merged")
    person(put, "salesforce", "B", "1", merged_into="A", state="merged")
    assert links("customer_links") == []


def test_deleted_customers_are_left_out(put: Put, links: Links) -> None:
    person(put, "shop", "1", deleted_at="2026-11-01 00:00:00")
    person(put, "shop", "2")
    person(put, "salesforce", "A", "1")
    person(put, "salesforce", "B", "2", deleted_at="2026-11-01 00:00:00")
    assert links("customer_links") == []


def product(put: Put, system: str, record_id: str, external_id: str | None = None, sku: str | None = None, **more: Any) -> None:
    put("products", system=system, record_id=record_id, external_id=external_id, sku_key=sku, **more)


def test_products_by_external_id_then_by_sku(put: Put, links: Links) -> None:
    product(put, "shop", "1", sku="CUP")
    product(put, "shop", "2", sku="MUG")
    product(put, "salesforce", "A", "gid://shopify/ProductVariant/1", sku="MUG")
    product(put, "salesforce", "B", sku="MUG", status="archived", created_at="2026-01-01 00:00:00")
    product(put, "salesforce", "C", sku="MUG", status="active", created_at="2026-02-01 00:00:00")
    assert links("product_links") == ["1 → A external_id certain *", "2 → C sku certain *", "2 → B sku certain"]


def test_a_sku_that_variants_share_decides_nothing(put: Put, links: Links) -> None:
    product(put, "shop", "1", sku="CUP")
    product(put, "shop", "2", sku="CUP")
    product(put, "salesforce", "A", sku="CUP")
    assert links("product_links") == ["1 → A sku ambiguous", "2 → A sku ambiguous"]


def place(put: Put, system: str, record_id: str, name: str, external_id: str | None = None, **more: Any) -> None:
    put("locations", system=system, record_id=record_id, name=name, external_id=external_id, **more)


def test_locations_by_external_id_code_or_name(put: Put, links: Links) -> None:
    place(put, "shop", "1", "Berlin Mitte")
    place(put, "shop", "2", "Hamburg")
    place(put, "shop", "3", "Köln", code="K1")
    place(put, "salesforce", "A", "Somewhere", "1")
    place(put, "salesforce", "B", "HAMBURG ")
    place(put, "salesforce", "C", "Cologne", code="k-1")
    assert links("location_links") == ["1 → A external_id certain *", "2 → B name likely *", "3 → C code likely *"]


def test_two_places_of_one_name_stay_ambiguous(put: Put, links: Links) -> None:
    place(put, "shop", "1", "Store")
    place(put, "salesforce", "A", "Store")
    place(put, "salesforce", "B", "store")
    assert links("location_links") == ["1 → A name ambiguous", "1 → B name ambiguous"]


def test_a_code_decides_before_names_do(put: Put, links: Links) -> None:
    place(put, "shop", "1", "Store", code="K1")
    place(put, "shop", "2", "Store")
    place(put, "salesforce", "A", "Store", code="k 1")
    place(put, "salesforce", "B", "Store")
    assert links("location_links") == ["1 → A code likely *", "2 → B name likely *"]


def test_two_places_of_one_code_stay_ambiguous(put: Put, links: Links) -> None:
    place(put, "shop", "1", "North", code="K1")
    place(put, "salesforce", "A", "Nord", code="K1")
    place(put, "salesforce", "B", "Nort", code="K1")
    assert links("location_links") == ["1 → A code ambiguous", "1 → B code ambiguous"]


def test_a_place_without_letters_fits_no_other(put: Put, links: Links) -> None:
    place(put, "shop", "1", "---", code="-")
    place(put, "salesforce", "A", "***", code="/")
    assert links("location_links") == []


def test_a_shared_id_of_places_goes_by_their_names_or_by_nothing(model: Any, put: Put, links: Links) -> None:
    model.execute("insert into systems (system, kind, side) values ('other', 'woocommerce', 'shop')")
    for number, name in (("1", "Berlin"), ("2", "Hamburg")):
        place(put, "shop", number, name)
        place(put, "other", number, f"{name} Outlet")
    place(put, "salesforce", "A", "Berlin Outlet", "1")
    place(put, "salesforce", "B", "Warehouse", "2")
    assert links("location_links") == ["1 → A external_id certain *", "2 → B external_id ambiguous", "2 → B external_id ambiguous"]
    assert model.execute("select shop_system from location_links where is_primary").fetchall() == [("other",)]
