"""What a shop answers, and what stands in the canonical tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Rows = list[dict[str, Any]]
GID = "gid://shopify/"


def bag(amount: str, presentment: str | None = None) -> dict[str, Any]:
    return {
        "shopMoney": {"amount": amount, "currencyCode": "EUR"},
        "presentmentMoney": {"amount": presentment or amount, "currencyCode": "USD" if presentment else "EUR"},
    }


def order(**more: Any) -> dict[str, Any]:
    return {
        "id": f"{GID}Order/1", "name": "#DE-1001", "createdAt": "2026-11-20T10:00:00Z", "processedAt": "2026-11-19T23:30:00Z",
        "updatedAt": "2026-11-20T11:00:00Z", "test": False, "edited": False, "taxesIncluded": True, "email": " Ada@Example.com",
        "currencyCode": "EUR", "presentmentCurrencyCode": "EUR", "displayFinancialStatus": "PAID", "displayFulfillmentStatus": "UNFULFILLED",
        "customer": {"id": f"{GID}Customer/7"}, "originalTotalPriceSet": bag("23.0"), "currentTotalPriceSet": bag("23.0"),
        "subtotalPriceSet": bag("18.0"), "totalDiscountsSet": bag("2.0"), "totalTaxSet": bag("3.67"), "totalShippingPriceSet": bag("5.0"),
        "totalTipReceivedSet": bag("0.0"), "totalRefundedSet": bag("0.0"), **more,
    }  # fmt: skip


def line(number: int = 11, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{GID}LineItem/{number}", "__parentId": f"{GID}Order/1", "title": "Cup", "variantTitle": "Blue", "sku": " cup-1 ", "quantity": 2,
        "currentQuantity": 2, "isGiftCard": False, "product": {"id": f"{GID}Product/5"}, "variant": {"id": f"{GID}ProductVariant/6"},
        "originalUnitPriceSet": bag("10.0"), "discountAllocations": [{"allocatedAmountSet": bag("2.0")}],
        "taxLines": [{"priceSet": bag("2.0")}, {"priceSet": bag("0.87")}], **more,
    }  # fmt: skip


def shipping(**more: Any) -> dict[str, Any]:
    return {
        "id": f"{GID}ShippingLine/3", "__parentId": f"{GID}Order/1", "isRemoved": False, "originalPriceSet": bag("5.0"),
        "discountedPriceSet": bag("5.0"), **more,
    }  # fmt: skip


def shop(**streams: Rows) -> dict[str, Any]:
    return {"name": "shop", "currency": "EUR", "time_zone": "Europe/Berlin", "streams": streams}


def one(con: Any, query: str) -> Any:
    rows = con.execute(query).fetchall()
    assert len(rows) == 1, rows
    return tuple(str(cell) if cell is not None else None for cell in rows[0])


def test_an_order_with_its_line(staged: Callable[..., Any]) -> None:
    con = staged(shop(orders=[order(), line(), shipping()]))
    assert one(con, "select record_id, number, number_key, customer_id, email, email_key, status, payment_status, fulfillment_status from orders") == (
        "1", "#DE-1001", "DE-1001", "7", "Ada@Example.com", "ada@example.com", "open", "paid", "unfulfilled",
    )  # fmt: skip
    assert one(con, "select subtotal, discount, shipping, tax, duties, tip, rounding, total, tax_included, is_guest from orders") == (
        "20.000000", "2.000000", "5.000000", "3.670000", "0.000000", "0.000000", "0.000000", "23.000000", "True", "False",
    )  # fmt: skip
    assert one(con, "select placed_at, created_at, placed_date from orders") == ("2026-11-19 23:30:00", "2026-11-20 10:00:00", None)
    assert one(con, "select record_id, order_id, line_no, sku, sku_key, product_id, variant_id, title, quantity, total, tax from order_lines") == (
        "11", "1", "1", "cup-1", "CUP-1", "5", "6", "Cup - Blue", "2.0000", "18.000000", "2.870000",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"cancelledAt": "2026-11-21T00:00:00Z", "closedAt": "2026-11-21T00:00:00Z"}, "cancelled"),
        ({"closedAt": "2026-11-21T00:00:00Z"}, "completed"),
        ({}, "open"),
    ],
)
def test_the_state_of_an_order_follows_its_dates(staged: Callable[..., Any], fields: dict[str, str], status: str) -> None:
    assert one(staged(shop(orders=[order(**fields)])), "select status from orders") == (status,)


@pytest.mark.parametrize(
    ("vendor", "canonical"),
    [
        ("FULFILLED", "fulfilled"),
        ("PARTIALLY_FULFILLED", "partial"),
        ("ON_HOLD", "on_hold"),
        ("RESTOCKED", "restocked"),
        ("IN_PROGRESS", "unfulfilled"),
    ],
)
def test_shipping_states_have_canonical_words(staged: Callable[..., Any], vendor: str, canonical: str) -> None:
    con = staged(shop(orders=[order(displayFulfillmentStatus=vendor)]))
    assert one(con, "select fulfillment_status, raw_fulfillment_status from orders") == (canonical, vendor)


def test_amounts_are_shop_money_and_the_other_side_is_kept(staged: Callable[..., Any]) -> None:
    con = staged(shop(orders=[order(presentmentCurrencyCode="USD", originalTotalPriceSet=bag("23.0", "26.91"))]))
    assert one(con, "select currency, total, presentment_currency, presentment_total from orders") == (
        "EUR",
        "23.000000",
        "USD",
        "26.910000",
    )


def test_a_discount_on_shipping_is_none_on_goods(staged: Callable[..., Any]) -> None:
    free = shipping(discountedPriceSet=bag("0.0"))
    plain = line(discountAllocations=[])
    con = staged(
        shop(orders=[order(subtotalPriceSet=bag("20.0"), totalDiscountsSet=bag("5.0"), originalTotalPriceSet=bag("20.0")), plain, free])
    )
    assert one(con, "select subtotal, discount, shipping from orders") == ("20.000000", "0.000000", "0.000000")


def test_duties_within_the_prices_are_not_added_again(staged: Callable[..., Any]) -> None:
    orders = [order(dutiesIncluded=True, originalTotalDutiesSet=bag("4.0"), currentTotalAdditionalFeesSet=bag("1.0"))]
    assert one(staged(shop(orders=orders)), "select duties from orders") == ("1.000000",)


def test_rounding_of_cash_does_not_belong_to_the_total(staged: Callable[..., Any]) -> None:
    con = staged(shop(orders=[order(totalCashRoundingAdjustment={"paymentSet": bag("0.02")})]))
    assert one(con, "select rounding, json_extract_string(extra, '$.cash_rounding')::decimal(9, 2) from orders") == ("0.000000", "0.02")


def test_transactions_become_payments_and_gift_cards_are_summed(staged: Callable[..., Any]) -> None:
    def paid(number: int, gateway: str, amount: str, status: str = "SUCCESS") -> dict[str, Any]:
        return {"id": f"{GID}OrderTransaction/{number}", "kind": "SALE", "status": status, "test": False, "gateway": gateway,
                "processedAt": "2026-11-20T10:00:01Z", "amountSet": bag(amount)}  # fmt: skip

    transactions = [paid(1, "shopify_payments", "13.0"), paid(2, "gift_card", "10.0"), paid(3, "gift_card", "99.0", "FAILURE")]
    con = staged(shop(orders=[order(transactions=transactions)]))
    assert one(con, "select gift_card, gateway from orders") == ("10.000000", "shopify_payments")
    assert con.execute("select record_id, kind, status from payments order by record_id").fetchall() == [
        ("1", "sale", "success"),
        ("2", "sale", "success"),
        ("3", "sale", "failure"),
    ]


def transaction(number: int, kind: str, amount: str, status: str = "SUCCESS", parent: int | None = None) -> dict[str, Any]:
    return {
        "id": f"{GID}OrderTransaction/{number}", "kind": kind, "status": status, "test": False, "gateway": "card",
        "processedAt": "2026-11-20T10:00:01Z", "authorizationExpiresAt": "2026-11-27T10:00:01Z" if "AUTH" in kind else None,
        "amountSet": bag(amount), "parentTransaction": {"id": f"{GID}OrderTransaction/{parent}"} if parent else None,
    }  # fmt: skip


PROMISED: list[tuple[Rows | None, str]] = [
    ([transaction(1, "AUTHORIZATION", "23.0")], "23.000000"),
    ([transaction(1, "EMV_AUTHORIZATION", "23.0")], "23.000000"),
    ([transaction(1, "AUTHORIZATION", "23.0", "FAILURE")], "0.000000"),
    ([transaction(1, "AUTHORIZATION", "23.0"), transaction(2, "CAPTURE", "20.0", parent=1), transaction(3, "CAPTURE", "3.0", parent=1)], "0.000000"),
    ([transaction(1, "AUTHORIZATION", "23.0"), transaction(2, "CAPTURE", "20.0", parent=1)], "3.000000"),
    ([transaction(1, "AUTHORIZATION", "23.0"), transaction(2, "CAPTURE", "23.0", "PENDING", parent=1)], "0.000000"),
    ([transaction(1, "AUTHORIZATION", "23.0"), transaction(2, "CAPTURE", "23.0", "FAILURE", parent=1)], "23.000000"),
    ([transaction(1, "AUTHORIZATION", "23.0"), transaction(2, "VOID", "23.0", parent=1)], "0.000000"),
    ([transaction(1, "AUTHORIZATION", "23.0"), transaction(2, "VOID", "23.0")], "0.000000"),
    # authorised anew after the first was given up
    ([transaction(1, "AUTHORIZATION", "23.0"), transaction(2, "VOID", "23.0", parent=1), transaction(3, "AUTHORIZATION", "23.0")], "23.000000"),
    # authorised anew after the first lapsed: not more than is to be paid
    ([transaction(1, "AUTHORIZATION", "23.0"), transaction(2, "AUTHORIZATION", "23.0")], "23.000000"),
    # a gift card paid for the rest
    ([transaction(1, "SALE", "10.0"), transaction(2, "AUTHORIZATION", "13.0")], "13.000000"),
    # marked as paid, by a transfer for example
    ([transaction(1, "AUTHORIZATION", "23.0"), transaction(2, "SALE", "23.0")], "0.000000"),
    ([transaction(1, "SALE", "23.0", "PENDING")], "0.000000"),
    ([], "0.000000"),
    (None, "0.000000"),
]  # fmt: skip


def test_what_is_authorised_and_not_captured(staged: Callable[..., Any]) -> None:
    orders = [order(id=f"{GID}Order/{n}", transactions=transactions) for n, (transactions, _) in enumerate(PROMISED, 1)]
    con = staged(shop(orders=orders))
    found = con.execute("select authorized::varchar from orders order by record_id::int").fetchall()
    assert [left for (left,) in found] == [left for _, left in PROMISED]
    of_one = con.execute("select kind, expires_at::varchar, parent_id from payments where order_id = '5' order by record_id").fetchall()
    assert of_one == [("authorization", "2026-11-27 10:00:01", None), ("capture", None, "1")]


def refund(transactions: Rows | None, amount: str = "9.0", quantity: int = 1) -> dict[str, Any]:
    return {
        "id": f"{GID}Order/1",
        "updatedAt": "2026-11-21T00:00:00Z",
        "refunds": [
            {
                "id": f"{GID}Refund/4", "createdAt": None, "processedAt": "2026-11-21T00:00:00Z", "note": "", "totalRefundedSet": bag(amount),
                "transactions": transactions,
                "refundLineItems": [
                    {"id": None, "quantity": quantity, "restockType": "RETURN", "lineItem": {"id": f"{GID}LineItem/11"},
                     "subtotalSet": bag(amount), "totalTaxSet": bag("1.4")}
                ],
            }
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("transactions", "moved"),
    [
        ([{"kind": "REFUND", "status": "SUCCESS", "amountSet": bag("9.0")}], "True"),
        ([{"kind": "REFUND", "status": "PENDING", "amountSet": bag("9.0")}], "False"),
        ([{"kind": "SALE", "status": "SUCCESS", "amountSet": bag("9.0")}], "False"),
        ([], "False"),
        (None, None),
    ],
)
def test_money_moved_only_with_a_successful_refund_transaction(
    staged: Callable[..., Any], transactions: Rows | None, moved: str | None
) -> None:
    con = staged(shop(orders=[order(), line()], refunds=[refund(transactions)]))
    assert one(con, "select record_id, order_id, amount, tax, money_moved, created_at, reason from refunds") == (
        "4", "1", "9.000000", "1.400000", moved, "2026-11-21 00:00:00", None,
    )  # fmt: skip
    assert one(con, "select record_id, refund_id, line_id, quantity from refund_lines") == ("4/11", "4", "11", "1.0000")
    assert one(con, "select refunded_quantity, current_quantity from order_lines") == ("1.0000", "2.0000")


def test_what_an_edit_removed_is_not_refunded(staged: Callable[..., Any]) -> None:
    con = staged(shop(orders=[order(edited=True), line(currentQuantity=1)], refunds=[refund([], amount="0.0")]))
    assert one(con, "select quantity, current_quantity, refunded_quantity from order_lines") == ("2.0000", "1.0000", "0.0000")


def test_a_free_line_comes_back_without_any_value(staged: Callable[..., Any]) -> None:
    con = staged(shop(orders=[order(edited=False), line(currentQuantity=1)], refunds=[refund([], amount="0.0")]))
    assert one(con, "select quantity, current_quantity, refunded_quantity from order_lines") == ("2.0000", "1.0000", "1.0000")


def shipment(number: int, status: str, *, parent: str = "FulfillmentOrder/9") -> Rows:
    gid = f"{GID}Fulfillment/{number}"
    return [
        {"id": gid, "__parentId": GID + parent, "status": status, "createdAt": "2026-11-21T00:00:00Z", "location": {"id": f"{GID}Location/2"},
         "trackingInfo": [{"company": "DHL", "number": "JJD1"}]},
        {"id": f"{GID}FulfillmentLineItem/{number}", "__parentId": gid, "quantity": 1, "lineItem": {"id": f"{GID}LineItem/11"}},
    ]  # fmt: skip


def test_cancelled_shipments_do_not_count_as_shipped(staged: Callable[..., Any]) -> None:
    parent = {"id": f"{GID}FulfillmentOrder/9", "orderId": f"{GID}Order/1", "status": "CLOSED"}
    con = staged(shop(orders=[order(), line()], fulfillments=[parent, *shipment(1, "SUCCESS"), *shipment(2, "CANCELLED")]))
    assert one(con, "select fulfilled_quantity from order_lines") == ("1.0000",)
    assert con.execute(
        "select record_id, order_id, status, carrier, tracking_number, location_id from fulfillments order by 1"
    ).fetchall() == [
        ("1", "1", "success", "DHL", "JJD1", "2"),
        ("2", "1", "cancelled", "DHL", "JJD1", "2"),
    ]


def test_a_shipment_of_two_fulfilment_orders_counts_once(staged: Callable[..., Any]) -> None:
    parents = [{"id": f"{GID}FulfillmentOrder/{n}", "orderId": f"{GID}Order/1", "status": "CLOSED"} for n in (8, 9)]
    rows = [*parents, *shipment(1, "SUCCESS", parent="FulfillmentOrder/8"), *shipment(1, "SUCCESS", parent="FulfillmentOrder/9")]
    header = {"id": f"{GID}Fulfillment/1", "status": "SUCCESS", "createdAt": "2026-11-21T00:00:00Z"}
    con = staged(shop(orders=[order(fulfillments=[header]), line()], fulfillments=rows))
    assert one(con, "select fulfilled_quantity from order_lines") == ("1.0000",)
    assert one(con, "select record_id, order_id from fulfillments") == ("1", "1")
    assert one(con, "select record_id, fulfillment_id, line_id from fulfillment_lines") == ("1", "1", "11")


def test_returns_and_exchanges_are_told_apart(staged: Callable[..., Any]) -> None:
    back = {
        "id": f"{GID}Return/1",
        "__parentId": f"{GID}Order/1",
        "status": "CANCELED",
        "createdAt": "2026-11-21T00:00:00Z",
        "totalQuantity": 1,
    }
    rows = [
        {"id": f"{GID}Order/1", "updatedAt": "2026-11-21T00:00:00Z"},
        back,
        {
            "id": f"{GID}ReturnLineItem/1",
            "__parentId": back["id"],
            "quantity": 1,
            "fulfillmentLineItem": {"lineItem": {"id": f"{GID}LineItem/11"}},
        },
        {"id": f"{GID}ExchangeLineItem/1", "__parentId": back["id"], "quantity": 1, "lineItems": [{"id": f"{GID}LineItem/12"}]},
    ]
    con = staged(shop(returns=rows))
    assert one(con, "select record_id, order_id, status, raw_status, is_exchange from returns") == (
        "1",
        "1",
        "cancelled",
        "CANCELED",
        "True",
    )
    assert con.execute("select line_id, direction from return_lines order by 2").fetchall() == [("11", "in"), ("12", "out")]


def customer(**more: Any) -> dict[str, Any]:
    return {
        "id": f"{GID}Customer/7", "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-02T00:00:00Z", "firstName": "Ada", "lastName": "Byron",
        "state": "DISABLED", "tags": ["vip"], "numberOfOrders": "3", "amountSpent": {"amount": "10.5", "currencyCode": "EUR"},
        "defaultEmailAddress": {"emailAddress": "Ada@Example.com", "marketingState": "SUBSCRIBED", "marketingUpdatedAt": "2026-01-02T00:00:00Z"},
        "defaultPhoneNumber": {"phoneNumber": "030 1234567"}, "defaultAddress": {"id": f"{GID}MailingAddress/2?model_name=CustomerAddress"}, **more,
    }  # fmt: skip


def address(number: int, city: str, country: str = "DE") -> dict[str, Any]:
    return {"id": f"{GID}MailingAddress/{number}?model_name=CustomerAddress", "__parentId": f"{GID}Customer/7", "city": city, "zip": "10 115",
            "countryCodeV2": country}  # fmt: skip


def test_a_customer_has_the_default_address_and_keys(staged: Callable[..., Any]) -> None:
    con = staged(shop(customers=[customer(), address(1, "Wien", "AT"), address(2, "Berlin")]))
    assert one(con, "select record_id, email_key, phone_key, name_key, city, postal_key, country, orders_count, total_spent from customers") == (
        "7", "ada@example.com", "+49301234567", "ada byron", "Berlin", "10115", "DE", "3", "10.500000",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "consent"),
    [
        ("SUBSCRIBED", "subscribed"),
        ("UNSUBSCRIBED", "unsubscribed"),
        ("PENDING", "pending"),
        ("NOT_SUBSCRIBED", "not_subscribed"),
        ("INVALID", None),
    ],
)
def test_only_subscribed_counts_as_consent(staged: Callable[..., Any], state: str, consent: str | None) -> None:
    con = staged(shop(customers=[customer(defaultEmailAddress={"emailAddress": "a@b.example", "marketingState": state})]))
    assert one(con, "select email_consent from customers") == (consent,)


@pytest.mark.parametrize(
    "phone",
    [
        {"phoneNumber": "+49301234567", "marketingState": "UNSUBSCRIBED"},
        {"phoneNumber": "+49301234567", "smsMarketingConsent": {"state": "UNSUBSCRIBED"}},
    ],
)
def test_text_message_consent_is_found_in_both_vendor_versions(staged: Callable[..., Any], phone: dict[str, Any]) -> None:
    assert one(staged(shop(customers=[customer(defaultPhoneNumber=phone)])), "select sms_consent, phone_key from customers") == (
        "unsubscribed",
        "+49301234567",
    )


def test_a_redacted_customer_is_known_as_such(staged: Callable[..., Any]) -> None:
    gone = customer(firstName=None, lastName=None, defaultEmailAddress={"emailAddress": None, "marketingState": "REDACTED"})
    assert one(staged(shop(customers=[gone])), "select state, email_consent, email, name_key from customers") == (
        "redacted",
        None,
        None,
        None,
    )


def test_variants_prices_and_stock_hang_together(staged: Callable[..., Any]) -> None:
    products = [
        {"id": f"{GID}Product/5", "title": "Cup", "status": "ACTIVE", "isGiftCard": False, "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-02T00:00:00Z"},
        {"id": f"{GID}ProductVariant/6", "__parentId": f"{GID}Product/5", "sku": "cup-1", "title": "Default Title", "price": "10.5", "compareAtPrice": None,
         "updatedAt": "2026-01-03T00:00:00Z", "inventoryItem": {"id": f"{GID}InventoryItem/8", "tracked": True}},
    ]  # fmt: skip
    inventory = [
        {"id": f"{GID}InventoryItem/8", "sku": "cup-1", "tracked": True},
        {"id": f"{GID}InventoryLevel/9?inventory_item_id=8", "__parentId": f"{GID}InventoryItem/8", "isActive": True, "location": {"id": f"{GID}Location/2"},
         "quantities": [{"name": "available", "quantity": -1}, {"name": "on_hand", "quantity": 3}, {"name": "committed", "quantity": 4}]},
    ]  # fmt: skip
    lists = [
        {"id": f"{GID}PriceList/1", "name": "Wholesale", "currency": "EUR", "catalog": {"status": "ACTIVE"}},
        {"__typename": "PriceListPrice", "__parentId": f"{GID}PriceList/1", "variant": {"id": f"{GID}ProductVariant/6", "sku": "cup-1"},
         "price": {"amount": "7.0", "currencyCode": "EUR"}, "compareAtPrice": None},
    ]  # fmt: skip
    con = staged(shop(products=products, inventory=inventory, price_lists=lists))
    assert one(con, "select record_id, product_id, sku_key, title, variant_title, status, is_tracked, inventory_item_id from products") == (
        "6", "5", "CUP-1", "Cup", None, "active", "True", "8",
    )  # fmt: skip
    assert con.execute("select record_id, price_list, variant_id, amount::varchar, currency from prices order by 1").fetchall() == [
        ("1/6", "Wholesale", "6", "7.000000", "EUR"),
        ("6", "default", "6", "10.500000", "EUR"),
    ]
    since = con.execute("select record_id, held_since::varchar from prices order by 1").fetchall()
    assert since == [("1/6", None), ("6", "2026-01-03 00:00:00")], "no price of a list has a date"
    assert one(con, "select record_id, variant_id, sku_key, location_id, on_hand, available, committed, is_infinite from inventory_levels") == (
        "9?inventory_item_id=8", "6", "CUP-1", "2", "3.0000", "-1.0000", "4.0000", "False",
    )  # fmt: skip


def test_deletions_reach_the_records_that_are_still_known(staged: Callable[..., Any]) -> None:
    events = [
        {
            "id": f"{GID}BasicEvent/1",
            "action": "destroy",
            "createdAt": "2026-11-22T00:00:00Z",
            "subjectId": f"{GID}Order/1",
            "subjectType": "ORDER",
        }
    ]
    con = staged(shop(orders=[order()], deletions=events))
    assert one(con, "select deleted_at from orders") == ("2026-11-22 00:00:00",)
    assert one(con, "select record_id, entity, deleted_at, method from deletions") == ("1", "orders", "2026-11-22 00:00:00", "event")
