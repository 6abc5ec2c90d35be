"""Commerce orgs as they differ: without Order Management, without Commerce, with columns missing, with payments kept in either way."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

ORG = "00D7Q0000000001UAA"
ORDER, OTHER, CHANGE = "8017Q0000000001QAA", "8017Q0000000002QAA", "8017Q0000000003QAA"
ITEM = "8027Q0000000001QAA"


def shop(**streams: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": "b2b", "kind": "b2b_commerce", "currency": "EUR", "account_id": ORG, "streams": streams}


def order(record_id: str, **fields: Any) -> dict[str, Any]:
    return {"Id": record_id, "Status": "Activated", "StatusCode": "Activated", "OrderNumber": "00000100", "IsDeleted": "false", **fields}


def test_an_order_without_summary_is_what_was_placed(staged: Callable[..., Any], rows_of: Any) -> None:
    con = staged(
        shop(
            orders=[order(ORDER, GrandTotalAmount="12.90", TotalTaxAmount="2.06", EffectiveDate="2026-11-01", BillingEmailAddress="A@b.example")],
            order_items=[
                {"Id": ITEM, "OrderId": ORDER, "Quantity": "2", "UnitPrice": "4.00", "TotalLineAmount": "8.00", "TotalAdjustmentAmount": "-1.00",
                 "TotalPrice": "7.00", "TypeCode": "Product", "Type": "Order Product"},
                {"Id": "8027Q0000000002QAA", "OrderId": ORDER, "Quantity": "1", "TotalPrice": "3.84", "Type": "Delivery Charge", "TypeCode": "Charge"},
            ],
        )
    )  # fmt: skip
    one = rows_of(con, "select * from orders")[0]
    assert (one["subtotal"], one["discount"], one["shipping"], one["tax"], one["total"]) == tuple(
        map(Decimal, ("8", "1", "3.84", "2.06", "12.90"))
    )
    assert one["current_total"] == one["total"] and one["is_managed"] is None and one["fulfillment_status"] is None
    assert (one["number"], one["email_key"], one["is_guest"]) == ("00000100", "a@b.example", True)
    assert [row["record_id"] for row in rows_of(con, "select record_id from order_lines")] == [ITEM]


def test_reductions_and_change_orders_are_no_orders(staged: Callable[..., Any], rows_of: Any) -> None:
    con = staged(
        shop(
            orders=[
                order(ORDER, GrandTotalAmount="10.00", TotalTaxAmount="0"),
                order(OTHER, OriginalOrderId=ORDER, IsReductionOrder="true"),
                order(CHANGE, RelatedOrderId=ORDER[:15], RelatedOrderType="ChangeOrder"),
            ],
            order_summaries=[{"Id": "1Os7Q0000000001QAA", "OriginalOrderId": ORDER, "OrderNumber": "W-1", "OrderLifeCycleType": "UNMANAGED",
                              "GrandTotalAmount": "4.00", "Status": "Waiting to Fulfill"}],
        )
    )  # fmt: skip
    found = rows_of(con, "select record_id, number, current_total, is_managed, status, extra ->> '$.change_orders' as changes from orders")
    assert found == [
        {"record_id": ORDER, "number": "W-1", "current_total": Decimal(4), "is_managed": False, "status": "open", "changes": "2"},
    ]  # fmt: skip


def test_refunds_find_their_order_by_payment_summary_or_group(staged: Callable[..., Any], rows_of: Any) -> None:
    con = staged(
        shop(
            orders=[order(ORDER, GrandTotalAmount="10", TotalTaxAmount="0"), order(OTHER, GrandTotalAmount="10", TotalTaxAmount="0")],
            order_summaries=[{"Id": "1Os7Q0000000001QAA", "OriginalOrderId": ORDER, "OrderNumber": "1"}],
            order_payment_summaries=[{"Id": "0bM7Q0000000001QAA", "OrderSummaryId": "1Os7Q0000000001QAA", "CapturedAmount": "10", "RefundedAmount": "3"}],
            payment_groups=[{"Id": "0aP7Q0000000001QAA", "SourceObjectId": OTHER}],
            refunds=[
                {"Id": "0aX7Q0000000001QAA", "OrderPaymentSummaryId": "0bM7Q0000000001QAA", "Amount": "3", "Status": "Processed"},
                {"Id": "0aX7Q0000000002QAA", "PaymentGroupId": "0aP7Q0000000001QAA", "Amount": "4", "Status": "Failed"},
                {"Id": "0aX7Q0000000003QAA", "Amount": "5", "Status": "Processed"},
            ],
        )
    )  # fmt: skip
    found = rows_of(con, "select order_id, amount, money_moved from refunds order by amount")
    assert found == [
        {"order_id": ORDER, "amount": Decimal(3), "money_moved": True},
        {"order_id": OTHER, "amount": Decimal(4), "money_moved": False},
    ]
    orders = rows_of(con, "select record_id, refunded, payment_status from orders order by record_id")
    assert orders == [
        {"record_id": ORDER, "refunded": Decimal(3), "payment_status": "partially_refunded"},
        {"record_id": OTHER, "refunded": Decimal(0), "payment_status": None},
    ]


PROMISED: list[tuple[dict[str, str] | None, str | None]] = [
    ({"AuthorizationAmount": "10"}, "10.000000"),
    ({"AuthorizationAmount": "10", "CapturedAmount": "4"}, "6.000000"),
    ({"AuthorizationAmount": "10", "CapturedAmount": "4", "PendingCaptureAmount": "6"}, "0.000000"),
    ({"AuthorizationAmount": "10", "AuthorizationReversalAmount": "10"}, "0.000000"),
    ({"AuthorizationAmount": "30"}, "10.000000"),
    ({}, "0.000000"),
    (None, None),
]


def test_what_is_authorised_and_not_captured(staged: Callable[..., Any], rows_of: Any) -> None:
    numbers = range(1, len(PROMISED) + 1)
    con = staged(
        shop(
            orders=[order(f"8017Q000000000{n}QAA", GrandTotalAmount="10", TotalTaxAmount="0") for n in numbers],
            order_summaries=[
                {"Id": f"1Os7Q000000000{n}QAA", "OriginalOrderId": f"8017Q000000000{n}QAA", "OrderNumber": str(n)} for n in numbers
            ],
            order_payment_summaries=[
                {"Id": f"0bM7Q000000000{n}QAA", "OrderSummaryId": f"1Os7Q000000000{n}QAA", **amounts}
                for n, (amounts, _) in enumerate(PROMISED, 1)
                if amounts is not None
            ],
            payment_authorizations=[
                {"Id": "0aA7Q0000000001QAA", "OrderPaymentSummaryId": "0bM7Q0000000001QAA", "Amount": "10", "Status": "Processed",
                 "ExpirationDate": "2026-11-27T10:00:00.000+0000"},
            ],
        )
    )  # fmt: skip
    found = rows_of(con, "select authorized::varchar as authorized from orders order by record_id")
    assert [row["authorized"] for row in found] == [left for _, left in PROMISED]
    assert rows_of(con, "select kind, expires_at::varchar as until from payments") == [
        {"kind": "authorization", "until": "2026-11-27 10:00:00"}
    ]


def entry(record_id: str, book: str, **fields: Any) -> dict[str, Any]:
    return {"Id": record_id, "Pricebook2Id": book, "Product2Id": "01t7Q0000000001QAA", "UnitPrice": "5.00", "IsActive": "true", **fields}


BOOK, WHOLESALE, UNUSED = "01s7Q0000000001QAA", "01s7Q0000000002QAA", "01s7Q0000000003QAA"
BOOKS = [{"Id": book, "Name": name, "IsActive": "true"} for book, name in ((BOOK, "Retail"), (WHOLESALE, "Wholesale"), (UNUSED, "Old"))]
PRODUCT = [
    {"Id": "01t7Q0000000001QAA", "Name": "Mug", "StockKeepingUnit": "mug", "IsActive": "true", "CreatedDate": "2026-01-01T00:00:00.000Z"}
]


def test_prices_are_those_of_the_books_in_use(staged: Callable[..., Any], rows_of: Any) -> None:
    times = {"LastModifiedDate": "2026-01-02T00:00:00.000Z", "SystemModstamp": "2026-01-03T00:00:00.000Z"}
    entries = [entry(f"01u7Q000000000{n}QAA", book, **times) for n, book in enumerate((BOOK, WHOLESALE, UNUSED), 1)]
    stores: dict[str, Any] = {
        "web_stores": [{"Id": "0ZE7Q0000000001QAA", "Name": "Store"}],
        "web_store_pricebooks": [
            {"Id": "8Wp7Q0000000001QAA", "WebStoreId": "0ZE7Q0000000001QAA", "Pricebook2Id": BOOK, "IsActive": "true"}
        ],
        "buyer_group_pricebooks": [{"Id": "0ZJ7Q0000000001QAA", "BuyerGroupId": "x", "Pricebook2Id": WHOLESALE, "IsActive": "true"}],
    }
    con = staged(shop(pricebooks=BOOKS, pricebook_entries=entries, products=PRODUCT, **stores))
    assert [row["price_list"] for row in rows_of(con, "select price_list from prices order by record_id")] == ["default", "Wholesale"]
    assert rows_of(con, "select distinct cast(held_since as varchar) as since from prices") == [{"since": "2026-01-02 00:00:00"}]
    con = staged(shop(pricebooks=BOOKS, pricebook_entries=entries, products=PRODUCT))
    assert [row["price_list"] for row in rows_of(con, "select price_list from prices order by record_id")] == ["Retail", "Wholesale", "Old"]
    assert rows_of(con, "select extra ->> '$.is_sellable' as sellable from products") == [{"sellable": None}]


def sellable(**changes: list[dict[str, Any]]) -> dict[str, Any]:
    store, group, policy, category, catalog = "0ZE7Q0000000001QAA", "0ZI7Q0000000001QAA", "1Ce7Q0000000001QAA", "0ZG7Q0000000001QAA", "0ZS1"
    base: dict[str, list[dict[str, Any]]] = {
        "web_stores": [{"Id": store, "Name": "Store", "SupportedCurrencies": "EUR;USD"}],
        "web_store_buyer_groups": [{"Id": "b1", "WebStoreId": store, "BuyerGroupId": group}],
        "web_store_catalogs": [{"Id": "c1", "SalesStoreId": store, "ProductCatalogId": catalog}],
        "web_store_pricebooks": [{"Id": "p1", "WebStoreId": store, "Pricebook2Id": BOOK, "IsActive": "true"}],
        "entitlement_policies": [{"Id": policy, "IsActive": "true", "CanViewProduct": "true", "CanViewPrice": "true"}],
        "entitlement_products": [{"Id": "e1", "PolicyId": policy, "ProductId": "01t7Q0000000001QAA"}],
        "entitlement_buyer_groups": [{"Id": "g1", "PolicyId": policy, "BuyerGroupId": group}],
        "categories": [{"Id": category, "CatalogId": catalog}],
        "category_products": [{"Id": "k1", "ProductCategoryId": category, "ProductId": "01t7Q0000000001QAA"}],
        "products": PRODUCT,
        "pricebooks": BOOKS,
        "pricebook_entries": [entry("01u7Q0000000001QAA", BOOK, CurrencyIsoCode="EUR")],
    }
    return shop(**{**base, **changes})


def test_whether_anybody_can_buy_it(staged: Callable[..., Any], rows_of: Any) -> None:
    """One product for each part that may be missing; the first has them all."""
    good, silent, asleep = "1Ce7Q0000000001QAA", "1Ce7Q0000000002QAA", "1Ce7Q0000000003QAA"
    cases = {
        "all there": (True, good, BOOK, "EUR"),
        "no category": (False, good, BOOK, "EUR"),
        "not entitled": (True, None, BOOK, "EUR"),
        "price not shown": (True, silent, BOOK, "EUR"),
        "policy inactive": (True, asleep, BOOK, "EUR"),
        "other currency": (True, good, BOOK, "JPY"),
        "second currency": (True, good, BOOK, "USD"),
        "book of nobody": (True, good, UNUSED, "EUR"),
        "book of the group": (True, good, WHOLESALE, "EUR"),
    }
    ids = {name: f"01t7Q000000000{n}QAA" for n, name in enumerate(cases, 10)}
    flags = {good: ("true", "true"), silent: ("true", "false"), asleep: ("false", "true")}
    con = staged(
        sellable(
            products=[PRODUCT[0] | {"Id": ids[name], "Name": name} for name in cases],
            category_products=[
                {"Id": f"k{n}", "ProductCategoryId": "0ZG7Q0000000001QAA", "ProductId": ids[name]}
                for n, (name, case) in enumerate(cases.items()) if case[0]
            ],
            entitlement_policies=[
                {"Id": policy, "IsActive": active, "CanViewProduct": "true", "CanViewPrice": price} for policy, (active, price) in flags.items()
            ],
            entitlement_buyer_groups=[{"Id": f"g{policy}", "PolicyId": policy, "BuyerGroupId": "0ZI7Q0000000001QAA"} for policy in flags],
            entitlement_products=[
                {"Id": f"e{n}", "PolicyId": case[1], "ProductId": ids[name]} for n, (name, case) in enumerate(cases.items()) if case[1]
            ],
            buyer_group_pricebooks=[{"Id": "w1", "BuyerGroupId": "0ZI7Q0000000001QAA", "Pricebook2Id": WHOLESALE, "IsActive": "true"}],
            pricebook_entries=[
                entry(f"01u7Q000000000{n}QAA", case[2], Product2Id=ids[name], CurrencyIsoCode=case[3])
                for n, (name, case) in enumerate(cases.items(), 10)
            ],
        )
    )  # fmt: skip
    found = {row["title"] for row in rows_of(con, "select title from products where extra ->> '$.is_sellable' = 'true'")}
    assert found == {"all there", "second currency", "book of the group"}


def test_variations_are_found_by_their_parent_which_is_no_product_itself(staged: Callable[..., Any], rows_of: Any) -> None:
    child = {"Id": "01t7Q0000000002QAA", "Name": "Mug, blue", "StockKeepingUnit": "MUG-B", "IsActive": "true", "ProductClass": "Variation"}
    con = staged(
        sellable(
            products=[PRODUCT[0] | {"ProductClass": "VariationParent"}, child],
            product_attributes=[{"Id": "a1", "ProductId": child["Id"], "VariantParentId": "01t7Q0000000001QAA"}],
            pricebook_entries=[entry("01u7Q0000000001QAA", BOOK, Product2Id=child["Id"])],
        )
    )
    found = rows_of(con, "select record_id, product_id, sku_key, extra ->> '$.is_sellable' as sellable from products")
    assert found == [{"record_id": child["Id"], "product_id": "01t7Q0000000001QAA", "sku_key": "MUG-B", "sellable": "true"}]


# -- the same objects on the side that is audited -------------------------------------------------------------------------


def org(mapping: dict[str, Any], **streams: Any) -> dict[str, Any]:
    return {"name": "salesforce", "kind": "salesforce", "side": "salesforce", "currency": "EUR", "mapping": mapping, "streams": streams}


ORDERS = {"object": "Order", "fields": {"number": "OrderNumber", "total": "GrandTotalAmount", "original_order_id": "OriginalOrderId"}}
LINES = {"object": "OrderItem", "fields": {"order_id": "OrderId", "quantity": "Quantity", "product_id": "Product2Id"}}


def test_an_audited_org_tells_managed_orders_changes_and_charges(staged: Callable[..., Any], rows_of: Any) -> None:
    con = staged(
        org(
            {"orders": [ORDERS], "order_lines": [LINES]},
            order=[
                order(ORDER, GrandTotalAmount="10", RelatedOrderId=None, OriginalOrderId=None),
                order(CHANGE, GrandTotalAmount="2", RelatedOrderId=ORDER, OriginalOrderId=None),
            ],
            ordersummary=[{"Id": "1Os7Q0000000001QAA", "OriginalOrderId": ORDER, "OrderLifeCycleType": "MANAGED", "GrandTotalAmount": "12"}],
            orderitem=[
                {"Id": ITEM, "OrderId": ORDER, "Quantity": "3", "TypeCode": "Product", "OriginalOrderItemId": None, "RelatedOrderItemId": None},
                {"Id": "8027Q0000000002QAA", "OrderId": ORDER, "Quantity": "1", "TypeCode": "Charge", "OriginalOrderItemId": None, "RelatedOrderItemId": None},
                {"Id": "8027Q0000000003QAA", "OrderId": CHANGE, "Quantity": "1", "TypeCode": "Product", "OriginalOrderItemId": None, "RelatedOrderItemId": None},
                {"Id": "8027Q0000000004QAA", "OrderId": CHANGE, "Quantity": "-1", "TypeCode": "Product", "OriginalOrderItemId": None, "RelatedOrderItemId": ITEM},
            ],
            orderitemsummary=[{"Id": "10u1", "OriginalOrderItemId": ITEM, "QuantityOrdered": "3", "QuantityCanceled": "1"}],
        )
    )  # fmt: skip
    found = rows_of(con, "select record_id, is_managed, original_order_id, current_total from orders order by record_id")
    assert found == [
        {"record_id": ORDER, "is_managed": True, "original_order_id": None, "current_total": Decimal(12)},
        {"record_id": CHANGE, "is_managed": None, "original_order_id": ORDER, "current_total": None},
    ]
    lines = rows_of(con, "select record_id, order_id, quantity from order_lines order by record_id")
    assert lines == [
        {"record_id": ITEM, "order_id": ORDER, "quantity": Decimal(2)},
        {"record_id": "8027Q0000000003QAA", "order_id": ORDER, "quantity": Decimal(1)},
        {"record_id": "8027Q0000000004QAA", "order_id": CHANGE, "quantity": Decimal(-1)},
    ]


def test_an_order_counts_once_where_summaries_are_mapped_too(staged: Callable[..., Any], rows_of: Any) -> None:
    summaries = {"object": "OrderSummary", "fields": {"number": "OrderNumber", "total": "GrandTotalAmount"}}
    rows = [
        {
            "Id": "1Os7Q0000000001QAA",
            "OriginalOrderId": ORDER,
            "OrderNumber": "1",
            "OrderLifeCycleType": "MANAGED",
            "GrandTotalAmount": "12",
        },
        {
            "Id": "1Os7Q0000000002QAA",
            "OriginalOrderId": OTHER,
            "OrderNumber": "2",
            "OrderLifeCycleType": "UNMANAGED",
            "GrandTotalAmount": "7",
        },
    ]
    con = staged(org({"orders": [ORDERS, summaries]}, order=[order(ORDER, GrandTotalAmount="10")], ordersummary=rows))
    found = rows_of(con, "select record_id, object, is_managed from orders order by record_id")
    assert found == [
        {"record_id": "1Os7Q0000000002QAA", "object": "OrderSummary", "is_managed": False},
        {"record_id": ORDER, "object": "Order", "is_managed": True},
    ]
    alone = staged(org({"orders": [summaries]}, ordersummary=rows))
    assert rows_of(alone, "select count(*) as orders from orders") == [{"orders": 2}]
