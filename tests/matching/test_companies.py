"""Companies and subscriptions, and what customers differ in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Put = Callable[..., None]
Links = Callable[[str], list[str]]


def test_companies_by_external_id_then_by_a_name_that_only_one_has(put: Put, links: Links) -> None:
    put("companies", system="shop", record_id="1", name="Papier Peters")
    put("companies", system="shop", record_id="2", name="Café Morgenrot")
    put("companies", system="shop", record_id="3", name="Hofgut")
    put("companies", system="shop", record_id="4", name="Gone")
    put("companies", system="salesforce", record_id="A", name="Peters GmbH", external_id="1")
    put("companies", system="salesforce", record_id="B", name="CAFE MORGENROT")
    put("companies", system="salesforce", record_id="C", name="Hofgut")
    put("companies", system="salesforce", record_id="D", name="Hofgut")
    put("companies", system="salesforce", record_id="E", name="Gone", deleted_at="2026-11-01 00:00:00")
    assert links("company_links") == [
        "1 → A external_id certain *", "2 → B name likely *", "3 → C name ambiguous", "3 → D name ambiguous",
    ]  # fmt: skip


def test_an_account_that_belongs_to_a_company_is_not_taken_by_name(put: Put, links: Links) -> None:
    put("companies", system="shop", record_id="1", name="Old Name")
    put("companies", system="shop", record_id="2", name="Hofgut")
    put("companies", system="salesforce", record_id="A", name="Hofgut", external_id="1")
    assert links("company_links") == ["1 → A external_id certain *"]


def test_an_account_that_two_companies_of_one_name_fit_is_given_to_none(put: Put, links: Links) -> None:
    put("companies", system="shop", record_id="1", name="Hofgut")
    put("companies", system="shop", record_id="2", name="hof-gut")
    put("companies", system="salesforce", record_id="A", name="Hofgut")
    put("companies", system="shop", record_id="3", name="--")
    put("companies", system="salesforce", record_id="B", name="**")
    assert links("company_links") == ["1 → A name ambiguous", "2 → A name ambiguous"]


def test_where_two_shops_have_a_company_of_one_shared_id_the_name_tells_or_nothing(model: Any, put: Put, links: Links) -> None:
    model.execute("insert into systems (system, kind, side) values ('other', 'adobe_commerce', 'shop')")
    for number, name in (("1", "Atelier"), ("2", "Kontor")):
        put("companies", system="shop", record_id=number, name=name)
        put("companies", system="other", record_id=number, name=f"{name} Ost")
    put("companies", system="salesforce", record_id="A", name="ATELIER OST", external_id="1")
    put("companies", system="salesforce", record_id="B", name="Werkstatt", external_id="2")
    assert links("company_links") == ["1 → A external_id certain *", "2 → B external_id ambiguous", "2 → B external_id ambiguous"]
    assert model.execute("select shop_system from company_links where is_primary").fetchall() == [("other",)]


def subscriber(put: Put) -> None:
    put("customers", system="shop", record_id="c1", email_key="a@x.example")
    put("customers", system="salesforce", record_id="003A", email_key="a@x.example", external_id="c1")


def test_subscriptions_by_external_id(put: Put, links: Links) -> None:
    subscriber(put)
    put("subscriptions", system="shop", record_id="1", customer_id="c1")
    put("subscriptions", system="shop", record_id="2", customer_id="c2")
    put("subscriptions", system="salesforce", record_id="A", customer_id="003A", external_id="0001")
    put("subscriptions", system="salesforce", record_id="B", customer_id="003A")
    assert links("subscription_links") == ["1 → A external_id certain *"]


def test_the_only_subscription_of_a_customer_that_is_left_on_both_sides_is_likely_the_same(put: Put, links: Links) -> None:
    subscriber(put)
    put("subscriptions", system="shop", record_id="1", customer_id="c1")
    put("subscriptions", system="shop", record_id="2", customer_id="c1", amount="9.90")
    put("subscriptions", system="salesforce", record_id="A", customer_id="003A", external_id="1")
    put("subscriptions", system="salesforce", record_id="B", customer_id="003A", amount="10.90")
    put("subscriptions", system="salesforce", record_id="C", customer_id="003A", external_id="77")
    assert links("subscription_links") == ["1 → A external_id certain *", "2 → B customer likely *"]


def test_of_several_subscriptions_of_a_customer_the_amount_tells_or_nothing(put: Put, links: Links) -> None:
    subscriber(put)
    put("subscriptions", system="shop", record_id="1", customer_id="c1", amount="9.90")
    put("subscriptions", system="shop", record_id="2", customer_id="c1", amount="19.90")
    put("subscriptions", system="shop", record_id="3", customer_id="c1", amount="29.90")
    put("subscriptions", system="salesforce", record_id="A", customer_id="003A", amount="19.90")
    put("subscriptions", system="salesforce", record_id="B", customer_id="003A", amount="9.90")
    put("subscriptions", system="salesforce", record_id="C", customer_id="003A", amount="9.90")
    assert links("subscription_links") == ["1 → B customer ambiguous", "1 → C customer ambiguous", "2 → A customer likely *"]


def test_a_subscription_that_has_ended_does_not_stand_for_one_that_runs(put: Put, links: Links) -> None:
    subscriber(put)
    put("subscriptions", system="shop", record_id="1", customer_id="c1", status="active")
    put("subscriptions", system="salesforce", record_id="A", customer_id="003A", status="cancelled")
    assert links("subscription_links") == []
    put("subscriptions", system="salesforce", record_id="B", customer_id="003A", status="paused")
    assert links("subscription_links") == ["1 → B customer likely *"]


def test_where_two_shops_have_a_subscription_of_one_shared_id_the_customer_tells(model: Any, put: Put, links: Links) -> None:
    model.execute("insert into systems (system, kind, side) values ('other', 'woocommerce', 'shop')")
    for shop, email in (("shop", "a@x.example"), ("other", "b@x.example")):
        put("customers", system=shop, record_id="7", email_key=email)
        put("subscriptions", system=shop, record_id="1", customer_id="7")
    put("customers", system="salesforce", record_id="003A", email_key="b@x.example")
    put("subscriptions", system="salesforce", record_id="A", customer_id="003A", external_id="1")
    put("subscriptions", system="shop", record_id="2", customer_id="7")
    put("subscriptions", system="other", record_id="2", customer_id="7")
    put("subscriptions", system="salesforce", record_id="B", external_id="2")
    assert links("subscription_links") == ["1 → A external_id certain *", "2 → B external_id ambiguous", "2 → B external_id ambiguous"]
    assert model.execute("select shop_system from subscription_links where is_primary").fetchall() == [("other",)]


def test_what_customers_differ_in_is_told_only_where_the_id_says_who_it_is(model: Any, put: Put, links: Links) -> None:
    put("customers", system="shop", record_id="1", email_key="a@x.example", first_name="Ada", last_name="Berg")
    put("customers", system="shop", record_id="2", email_key="b@x.example", first_name="Bo", last_name="Berg", phone_key="+493023125001")
    put("customers", system="salesforce", record_id="A", email_key="x@x.example", first_name="Ada", last_name="Holm", external_id="1")
    put("customers", system="salesforce", record_id="B", email_key="b@x.example", first_name="Cy", last_name="Berg")
    links("customer_links")
    query = "select shop_id, method, email_drift, name_drift, has_name, has_phone from customer_pairs order by shop_id"
    assert model.execute(query).fetchall() == [
        ("1", "external_id", "other", "other", True, False), ("2", "email", None, None, False, False),
    ]  # fmt: skip


def test_a_record_of_a_store_in_the_org_itself_cannot_differ_from_itself(model: Any, put: Put, links: Links) -> None:
    put("customers", system="shop", record_id="003A", email_key="a@x.example", phone_key="+493023125001", phone="+493023125001")
    put("customers", system="salesforce", record_id="003A", email_key="a@x.example", external_id="003A")
    put("customers", system="salesforce", record_id="003B", phone="+493023125002", phone_key="+493023125002")
    links("customer_links")
    assert model.execute("select method, phone_drift, has_phone from customer_pairs").fetchall() == [("external_id", None, False)]
