"""What the records of a shop mean in canonical tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal as D
from typing import Any

import pytest

from recon.sandbox.adobe_commerce.records import creditmemo, customer, invoice, item, order, product, shipment, stock_item
from recon.warehouse import build

AT = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
Rows = Callable[..., Callable[..., list[dict[str, Any]]]]


def adds_up(row: dict[str, Any]) -> bool:
    parts = row["subtotal"] - row["discount"] + row["shipping"] + row["tax"] + row["duties"] + row["tip"] + row["rounding"]
    return bool(abs(parts - row["total"]) <= D("0.01"))


def plain(number: int = 1, **changes: Any) -> dict[str, Any]:
    return order(number, [item(number * 10, "A", 2, D("10.5"), product_id=7, tax=D("3.99"))], created=AT, shipping=D("4.9"), **changes)


# -- orders -----------------------------------------------------------------------------------------------------------


def test_an_order(shop_rows: Rows) -> None:
    (row,) = shop_rows(orders=[plain(customer_id=5, email="Ann@Example.com", increment_id="000000012")])("orders")
    assert (row["record_id"], row["number"], row["number_key"]) == ("1", "000000012", "12")
    assert (row["total"], row["subtotal"], row["tax"], row["shipping"]) == (D("29.89"), D("21"), D("3.99"), D("4.9"))
    assert (row["currency"], row["email"], row["customer_id"], row["is_guest"]) == ("EUR", "Ann@Example.com", "5", False)
    assert row["placed_at"] == AT.replace(tzinfo=None)
    assert (row["store"], row["country"], row["gateway"], row["tax_included"]) == ("default", "DE", "checkmo", False)
    assert adds_up(row)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("new", "open"), ("pending_payment", "open"), ("processing", "open"), ("payment_review", "open"), ("holded", "open"),
        ("complete", "completed"), ("closed", "completed"), ("canceled", "cancelled"),
    ],
)  # fmt: skip
def test_states(shop_rows: Rows, state: str, status: str) -> None:
    (row,) = shop_rows(orders=[plain(state=state, status="their_own_word")])("orders")
    assert (row["status"], row["raw_status"]) == (status, "their_own_word")
    assert (row["cancelled_at"] is not None) == (status == "cancelled")


def test_a_key_that_is_absent_means_nothing_is_there(shop_rows: Rows) -> None:
    (row,) = shop_rows(
        orders=[{"entity_id": 1, "state": "new", "base_grand_total": 5, "base_currency_code": "EUR", "created_at": "2026-11-01 09:30:00"}]
    )("orders")
    assert row["is_guest"]
    assert row["customer_id"] is None
    assert row["total"] == D(5)


def test_money_is_compared_in_one_declared_currency(shop_rows: Rows) -> None:
    foreign = plain(rate=D("1.1"), order_currency="USD")
    (base,) = shop_rows(orders=[foreign])("orders")
    assert (base["currency"], base["total"], base["presentment_currency"]) == ("EUR", D("29.89"), "USD")
    (buyer,) = shop_rows(orders=[foreign], amounts="order")("orders")
    assert (buyer["currency"], buyer["presentment_currency"], buyer["presentment_total"]) == ("USD", "EUR", D("29.89"))
    assert buyer["total"] == D("32.88")


def test_fractions_keep_all_their_digits(shop_rows: Rows) -> None:
    big = item(10, "A", 1, D("123456789012345.6789"), product_id=7)
    (row,) = shop_rows(orders=[order(1, [big], created=AT)])("orders")
    assert row["total"] == D("123456789012345.6789")


def test_a_discount_on_prices_with_tax_leaves_its_tax_out(shop_rows: Rows) -> None:
    line = item(10, "A", 1, D(100), product_id=7, discount=D("11.9"), tax=D("17.1"), compensation=D("1.9"))
    table = shop_rows(orders=[order(1, [line], created=AT)])
    (row,) = table("orders")
    assert (row["total"], row["discount"]) == (D("107.1"), D(10))
    assert adds_up(row)
    assert table("order_lines")[0]["total"] == D(90)


def test_a_discount_on_shipping_lowers_shipping(shop_rows: Rows) -> None:
    line = item(10, "A", 1, D(100), product_id=7, discount=D(10))
    (row,) = shop_rows(orders=[order(1, [line], created=AT, shipping=D(6), shipping_discount=D(2))])("orders")
    assert (row["discount"], row["shipping"], row["total"]) == (D(10), D(4), D(94))
    assert adds_up(row)


def test_gift_cards_and_credit_stand_beside_the_total(shop_rows: Rows) -> None:
    line = item(10, "A", 1, D(100), product_id=7)
    extension = {"base_gift_cards_amount": D(25), "base_customer_balance_amount": D(5), "gw_base_price": "2.5000"}
    entry = order(1, [line], created=AT, prepaid=D(30) - D("2.5"), extension=extension)
    (row,) = shop_rows(orders=[entry])("orders")
    assert (row["total"], row["gift_card"], row["rounding"], row["duties"]) == (D("72.5"), D(25), D(-30), D("2.5"))
    assert adds_up(row)


def test_a_fixed_product_tax_counts_where_the_subtotal_lacks_it(shop_rows: Rows) -> None:
    line = item(10, "A", 1, D(100), product_id=7, base_weee_tax_applied_row_amnt=D(3))
    outside = order(1, [line], created=AT, prepaid=D(-3))
    inside = order(2, [{**line, "item_id": 20}], created=AT)
    first, second = shop_rows(orders=[outside, inside])("orders")
    assert (first["duties"], second["duties"]) == (D(3), D(0))
    assert adds_up(first)
    assert adds_up(second)


def test_payment_and_refund(shop_rows: Rows) -> None:
    table = shop_rows(
        orders=[
            plain(1),
            plain(2, paid=D(0)),
            plain(3, paid=D(5)),
            plain(4, refunded=D(5)),
            plain(5, refunded=D("29.89")),
            plain(6, state="canceled", paid=D(0)),
        ]
    )
    words = [row["payment_status"] for row in table("orders")]
    assert words == ["paid", "pending", "partially_paid", "partially_refunded", "refunded", "voided"]
    assert [row["current_total"] for row in table("orders")][3:] == [D("24.89"), D(0), D(0)]


def test_what_is_authorised_and_not_invoiced(shop_rows: Rows) -> None:
    def promised(number: int, amount: str | None, paid: str = "0", **more: Any) -> dict[str, Any]:
        entry = plain(number, paid=D(paid), **more)
        base = None if amount is None else D(amount)
        return {**entry, "payment": {**entry["payment"], "base_amount_authorized": base, "amount_authorized": base and base * 2}}

    entries = [promised(1, "29.89"), promised(2, "29.89", "20.00"), promised(3, "29.89", "29.89"), promised(4, None), promised(5, "99.00")]
    found = [(row["payment_status"], row["authorized"]) for row in shop_rows(orders=entries)("orders")]
    assert found == [
        ("authorized", D("29.89")), ("partially_paid", D("9.89")), ("paid", D(0)), ("pending", D(0)), ("authorized", D("29.89")),
    ]  # fmt: skip


def test_fulfillment_follows_from_the_lines(shop_rows: Rows) -> None:
    def shipped(number: int, first: int, second: int, **more: Any) -> dict[str, Any]:
        lines = [
            item(number * 10, "A", 2, D(1), product_id=1, qty_shipped=D(first)),
            item(number * 10 + 1, "B", 1, D(1), product_id=2, qty_shipped=D(second), **more),
        ]
        return order(number, lines, created=AT)

    virtual = order(6, [item(60, "V", 1, D(1), product_id=3, kind="virtual", is_virtual=1)], created=AT)
    held = order(7, [item(70, "A", 1, D(1), product_id=1)], created=AT, state="holded")
    entries = [shipped(1, 0, 0), shipped(2, 1, 0), shipped(3, 2, 1), shipped(4, 2, 0, qty_canceled=D(1)), shipped(5, 2, 0), virtual, held]
    words = [row["fulfillment_status"] for row in shop_rows(orders=entries)("orders")]
    assert words == ["unfulfilled", "partial", "fulfilled", "fulfilled", "partial", None, "on_hold"]


def test_an_edited_order_and_its_heir_name_each_other(shop_rows: Rows) -> None:
    old = plain(1, state="canceled", paid=D(0), relation_child_id="2", relation_child_real_id="000000001-1")
    new = plain(2, relation_parent_id="1", original_increment_id="000000001", increment_id="000000001-1", edit_increment=1)
    first, second = shop_rows(orders=[old, new])("orders")
    assert (first["is_edited"], first["original_order_id"]) == (True, None)
    assert '"replaced_by":"2"' in first["extra"]
    assert (second["is_edited"], second["original_order_id"], second["number_key"]) == (False, "1", "1-1")


def test_a_chain_of_edits_ends_at_the_order_that_holds_now(shop_rows: Rows, one_model: Any) -> None:
    orders = [
        plain(1, state="canceled", paid=D(0), relation_child_id="2", relation_child_real_id="000000001-1"),
        plain(2, state="canceled", paid=D(0), relation_parent_id="1", relation_child_id="3", increment_id="000000001-1"),
        plain(3, relation_parent_id="2", increment_id="000000001-2"),
        plain(4, state="canceled", paid=D(0)),
    ]
    shop_rows(orders=orders)
    build.match(one_model)
    chains = one_model.execute("select shop_id, current_id from order_chains order by 1").fetchall()
    assert chains == [("1", "3"), ("2", "3")]


# -- lines ------------------------------------------------------------------------------------------------------------


def test_a_configurable_product_counts_once_as_the_variant_that_it_is(shop_rows: Rows) -> None:
    above = item(10, "TEE-M", 2, D(20), product_id=100, kind="configurable", tax=D(4), qty_refunded=D(1), qty_shipped=D(2))
    for price in (D(0), D(20)):  # some versions repeat the price below
        below = item(11, "TEE-M", 2, price, product_id=101, parent=10)
        (row,) = shop_rows(orders=[order(1, [above, below], created=AT)])("order_lines")
        assert (row["record_id"], row["sku"], row["product_id"], row["variant_id"]) == ("10", "TEE-M", "100", "101")
        assert (row["quantity"], row["current_quantity"], row["refunded_quantity"], row["fulfilled_quantity"]) == (2, 1, 1, 2)
        assert row["total"] == D(40)


def test_a_bundle_with_prices_of_its_parts_counts_as_its_parts(shop_rows: Rows) -> None:
    for own in (D(30), D(0)):
        above = item(10, "SET", 1, own, product_id=200, kind="bundle")
        parts = [item(11, "A", 2, D(10), product_id=1, parent=10), item(12, "B", 1, D(10), product_id=2, parent=10)]
        rows = shop_rows(orders=[order(1, [above, *parts], created=AT)])("order_lines")
        assert [(row["sku"], row["total"], row["parent_line_id"]) for row in rows] == [("A", D(20), "10"), ("B", D(10), "10")]


def test_a_bundle_with_a_price_of_its_own_counts_as_one(shop_rows: Rows) -> None:
    above = item(10, "SET", 1, D(25), product_id=200, kind="bundle")
    parts = [item(11, "A", 2, D(0), product_id=1, parent=10), item(12, "B", 1, D(0), product_id=2, parent=10)]
    (row,) = shop_rows(orders=[order(1, [above, *parts], created=AT)])("order_lines")
    assert (row["sku"], row["total"]) == ("SET", D(25))


def test_what_was_cancelled_is_not_expected_any_more(shop_rows: Rows) -> None:
    line = item(10, "A", 3, D(5), product_id=1, qty_canceled=D(1))
    table = shop_rows(orders=[order(1, [line], created=AT, base_total_canceled=D(5))])
    (row,) = table("order_lines")
    assert row["current_quantity"] + row["refunded_quantity"] == 2
    (whole,) = table("orders")
    assert (whole["is_edited"], whole["total"], whole["current_total"]) == (True, D(15), D(10))


# -- refunds, shipments, payments -------------------------------------------------------------------------------------


def test_credit_memos(shop_rows: Rows) -> None:
    table = shop_rows(
        creditmemos=[
            creditmemo(1, 9, [(90, 1, D("10.5")), (91, 0, D(0))], created=AT, tax=D(2), extra=D(1), fee=D("0.5")),
            creditmemo(2, 9, [], created=AT, extra=D(3), state=1),
            creditmemo(3, 9, [(90, 1, D(5))], created=AT, state=3),
        ]
    )
    rows = table("refunds")
    assert [(row["amount"], row["money_moved"]) for row in rows] == [(D(13), True), (D(3), False), (D(5), False)]
    assert rows[0]["order_id"] == "9"
    assert [(row["refund_id"], row["line_id"], row["amount"]) for row in table("refund_lines")] == [
        ("1", "90", D("10.5")),
        ("3", "90", D(5)),
    ]


def test_shipments(shop_rows: Rows) -> None:
    table = shop_rows(shipments=[shipment(4, 9, [(90, 2, "A")], created=AT, source="hamburg", tracks=[("DHL", "X1"), ("DHL", "X2")])])
    (row,) = table("fulfillments")
    assert (row["order_id"], row["tracking_number"], row["carrier"], row["location_id"]) == ("9", "X1", "DHL", "hamburg")
    (line,) = table("fulfillment_lines")
    assert (line["fulfillment_id"], line["line_id"], line["quantity"]) == ("4", "90", 2)


def test_invoices_are_payments(shop_rows: Rows) -> None:
    entry = plain(1)
    (row,) = shop_rows(orders=[entry], invoices=[invoice(3, entry, created=AT)])("payments")
    assert (row["order_id"], row["status"], row["amount"], row["gateway"]) == ("1", "success", D("29.89"), "checkmo")


def test_returns(shop_rows: Rows) -> None:
    line = {"entity_id": 5, "order_item_id": 90, "qty_requested": 2, "status": "pending"}
    table = shop_rows(
        returns=[{"entity_id": 1, "order_id": 9, "status": "processed_closed", "date_requested": "2026-11-02 10:00:00", "items": [line]}]
    )
    assert [(row["status"], row["total_quantity"]) for row in table("returns")] == [("closed", 2)]
    assert [(row["return_id"], row["line_id"]) for row in table("return_lines")] == [("1", "90")]


# -- customers, catalogue, stock --------------------------------------------------------------------------------------


def test_customers(shop_rows: Rows) -> None:
    home = {"street": ["Am Kai 1", "2. Stock"], "city": "Hamburg", "postcode": "20457", "country_id": "DE", "telephone": "040 1234567",
            "region": {"region_code": "HH", "region": "Hamburg"}}  # fmt: skip
    rows = shop_rows(
        customers=[
            customer(1, "Ann@Example.com", "Ann", "Example", created=AT, subscribed=True, places=[home]),
            customer(2, "ann@example.com", "Ann", "Example", created=AT, subscribed=False, website_id=2),
            customer(3, "bob@example.com", "Bob", "Example", created=AT, confirmation="abc"),
        ]
    )("customers")
    assert [row["email_consent"] for row in rows] == ["subscribed", "not_subscribed", None]
    assert [row["state"] for row in rows] == ["enabled", "enabled", "invited"]
    assert rows[0]["email_key"] == rows[1]["email_key"] == "ann@example.com"
    assert (rows[0]["address2"], rows[0]["region"], rows[0]["phone_key"]) == ("2. Stock", "HH", "+49401234567")


def test_products(shop_rows: Rows) -> None:
    rows = shop_rows(
        products=[
            product(1, " tee-m ", "Tee M", D(20), created=AT),
            product(2, "SET", "Set", None, created=AT, kind="bundle", active=False),
            product(9, "TEE", "Tee", None, created=AT, kind="configurable", children=(1,)),
        ]
    )("products")
    assert [(row["record_id"], row["product_id"], row["sku_key"], row["status"], row["is_tracked"]) for row in rows] == [
        ("1", "9", "TEE-M", "active", None),
        ("2", "2", "SET", "draft", None),
    ]


def test_what_no_source_holds_is_not_tracked(shop_rows: Rows) -> None:
    rows = shop_rows(
        products=[product(n, sku, sku, D(20), created=AT) for n, sku in ((1, "MUG"), (2, "WORKSHOP"))],
        source_items=[{"sku": "mug", "source_code": "default", "quantity": 1, "status": 1}],
    )("products")
    assert [(row["sku"], row["is_tracked"]) for row in rows] == [("MUG", True), ("WORKSHOP", False)]


def test_prices(shop_rows: Rows) -> None:
    rows = shop_rows(
        products=[product(1, "A", "A", D(20), created=AT)],
        base_prices=[{"sku": "A", "store_id": 0, "price": D(20)}, {"sku": "A", "store_id": 2, "price": D(22)}],
        special_prices=[{"sku": "A", "store_id": 0, "price": D(15), "price_from": "2026-11-20 00:00:00"},
                        {"sku": "A", "store_id": 0, "price": D(14), "price_from": "2025-01-01 00:00:00", "price_to": "2025-01-31"}],
        customer_groups=[{"id": 4, "code": "Wholesale"}, {"id": 5, "code": "Dealers group"}],
        shared_catalogs=[{"id": 1, "name": "Dealers", "customer_group_id": 5, "type": 0}],
        companies=[{"id": 70, "company_name": "Example GmbH", "customer_group_id": 5, "status": 1}],
        company_credits=[{"id": 1, "company_id": 70, "credit_limit": D("500.5"), "currency_code": "EUR"}],
        tier_prices=[
            {"sku": "a", "website_id": 0, "customer_group": "Wholesale", "quantity": 10, "price": D(12), "price_type": "discount"},
            {"sku": "A", "website_id": 2, "customer_group": "Dealers group", "quantity": 1, "price": D("17.5"), "price_type": "fixed"},
        ],
    )  # fmt: skip
    found = {
        (row["price_list"], row["amount"], row["currency"], row["min_quantity"], row["is_active"], row["company_id"], row["variant_id"])
        for row in rows("prices")
    }
    assert found == {
        ("default", D(20), "EUR", 1, True, None, "1"),
        ("default @ dealer", D(22), "CHF", 1, True, None, "1"),
        ("special", D(15), "EUR", 1, True, None, "1"),
        ("special", D(14), "EUR", 1, False, None, "1"),
        ("Wholesale", D("17.6"), "EUR", 10, True, None, "1"),
        ("Dealers @ b2b", D("17.5"), "CHF", 1, True, "70", "1"),
    }
    assert {row["held_since"] for row in rows("prices")} == {None}, "no interface tells when a price was changed"
    (company,) = rows("companies")
    assert (company["price_list"], company["credit_limit"], company["status"]) == ("Dealers", D("500.5"), "approved")


def test_prices_without_the_right_to_base_prices(shop_rows: Rows) -> None:
    (row,) = shop_rows(products=[product(1, "A", "A", D(20), created=AT)])("prices")
    assert (row["price_list"], row["amount"], row["currency"]) == ("default", D(20), "EUR")


def test_physical_and_salable_stock_are_told_apart(shop_rows: Rows) -> None:
    table = shop_rows(
        products=[product(1, "A/ b", "A", D(20), created=AT)],
        sources=[{"source_code": "default", "name": "Main", "enabled": True}, {"source_code": "old", "name": "Old", "enabled": False}],
        source_items=[
            {"sku": "A/ b", "source_code": "default", "quantity": D("7.5"), "status": 1},
            {"sku": "a/ B", "source_code": "old", "quantity": 3, "status": 1},
            {"sku": "gone", "source_code": "old", "quantity": 1, "status": 0},
        ],
        salable=[{"sku": "A/ b", "website": "base", "qty": D(-2), "is_salable": False}],
    )
    rows = table("inventory_levels", "location_id, record_id")
    assert [(row["location_id"], row["variant_id"], row["on_hand"], row["available"], row["is_active"]) for row in rows] == [
        ("default", "1", D("7.5"), None, True),
        ("old", "1", 3, None, False),
        ("old", None, 1, None, False),
        ("website/base", "1", None, -2, True),
    ]
    assert [(row["record_id"], row["is_active"]) for row in table("locations")] == [
        ("default", True),
        ("old", False),
        ("website/base", True),
    ]


def test_stock_without_sources_is_what_can_still_be_sold(shop_rows: Rows) -> None:
    table = shop_rows(
        products=[product(n, sku, sku, D(20), created=AT) for n, sku in enumerate(("A", "B", "C"), 1)],
        stock_items=[stock_item(1, "a", D(7)), stock_item(2, "B", D(-2), backorders=True), stock_item(3, "C", D(0), counted=False)],
    )
    levels = [
        (row["variant_id"], row["location_id"], row["on_hand"], row["available"], row["is_infinite"]) for row in table("inventory_levels")
    ]
    assert levels == [("1", "default", None, D(7), False), ("2", "default", None, D(-2), True)]
    assert [row["is_tracked"] for row in table("products")] == [True, True, False]
    assert [row["record_id"] for row in table("locations")] == ["default"]
