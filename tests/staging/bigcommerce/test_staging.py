"""What becomes of a store's records in the canonical tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import yaml

from recon.sandbox.bigcommerce import documents as docs

AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
BILLING = docs.address("Ida", "Brandt", "Lindenweg 1", "Berlin", "10115", "DE", email=" Ida@Example.com ")

Staged = Callable[..., Any]
Rows = Callable[..., list[dict[str, Any]]]


def lines(number: int, **more: Any) -> list[dict[str, Any]]:
    return [docs.line(number * 10, number, "MUG-1", 2, "10.08", "12.00", tax="3.36", discount="3.00", product_id=20, variant_id=77, **more)]


def order(number: int, *, fetched: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    """An order as it lands: consignments with lines."""
    given = {
        "lines": lines(number), "billing": BILLING, "tax_included": True, "discount": "3.00", "shipping_ex": "4.20", "shipping_inc": "5.00",
        "tax": "4.16", **more,
    }  # fmt: skip
    made = docs.order(number, AT, AT + timedelta(hours=1), **given)
    products, places = made.pop("products"), made.pop("shipping_addresses")
    shipping = [{**place, "line_items": [one for one in products if one["type"] == "physical"]} for place in places]
    digital = [one for one in products if one["type"] == "digital"]
    gifts = [one for one in products if one["type"] == "giftcertificate"]
    made["consignments"] = {
        "pickups": [], "shipping": shipping, "downloads": [{"recipient_email": "x", "line_items": digital}] if digital else [],
        "email": {"gift_certificates": [{"recipient_email": "x", "line_items": gifts}] if gifts else []},
    }  # fmt: skip
    if fetched is not None:
        made["__lines"] = fetched
    return made


@pytest.fixture
def table(staged: Staged, rows_of: Rows) -> Callable[..., list[dict[str, Any]]]:
    """Rows of a canonical table, by id, for a store with these streams."""

    built: dict[str, Any] = {}

    def rows(name: str, **streams: Any) -> list[dict[str, Any]]:
        key = json.dumps(streams, sort_keys=True)
        if key not in built:
            built[key] = staged({"name": "shop", "kind": "bigcommerce", "currency": "EUR", "streams": streams})
        return rows_of(built[key], f"select * from {name} order by record_id")

    return rows


def one(rows: list[dict[str, Any]]) -> dict[str, Any]:
    assert len(rows) == 1
    return rows[0]


def identity(row: dict[str, Any]) -> Decimal:
    """What the total must be by the model."""
    tax = Decimal(0) if row["tax_included"] else row["tax"]
    return row["subtotal"] - row["discount"] + row["shipping"] + tax + row["duties"] + row["tip"] + row["rounding"]  # type: ignore[no-any-return]


def test_addresses_of_one_place_and_of_several(table: Any) -> None:
    made = order(101)
    row = one(table("orders", orders=[made]))
    for kind in ("ship", "bill"):
        parts = [row[f"{kind}_{part}"] for part in ("street", "city", "postal_code", "country")]
        assert parts == ["Lindenweg 1", "Berlin", "10115", "DE"]
    made["consignments"]["shipping"].append({**made["consignments"]["shipping"][0], "street_1": "Alte Gasse 3"})
    row = one(table("orders", orders=[made]))
    assert (row["ship_street"], row["ship_postal_code"], row["bill_street"], row["country"]) == (None, None, "Lindenweg 1", "DE")


def test_an_order_with_prices_including_tax(table: Any) -> None:
    row = one(table("orders", orders=[order(101, customer_id=4)], channels=[docs.channel(1, "Storefront", AT)]))
    assert (row["subtotal"], row["discount"], row["shipping"], row["tax"], row["total"]) == tuple(
        Decimal(amount) for amount in ("24.00", "3.00", "5.00", "4.16", "26.00")
    )
    assert identity(row) == row["total"]
    assert (row["number"], row["number_key"], row["customer_id"], row["is_guest"]) == ("101", "101", "4", False)
    assert (row["email_key"], row["country"], row["channel"], row["store"]) == ("ida@example.com", "DE", "Storefront", "1")
    assert row["placed_at"] == AT.replace(tzinfo=None)
    assert row["updated_at"] == (AT + timedelta(hours=1)).replace(tzinfo=None)
    assert (row["is_edited"], row["deleted_at"], row["is_test"]) == (None, None, False)


def test_an_order_with_prices_without_tax_handling_wrapping_and_a_fee(table: Any) -> None:
    made = order(
        101, tax_included=False, fee="1.50", handling_cost_ex_tax="2.0000", handling_cost_inc_tax="2.3800", wrapping_cost_ex_tax="1.0000",
        total_inc_tax="30.0200",
    )  # fmt: skip
    row = one(table("orders", orders=[made]))
    assert (row["subtotal"], row["shipping"], row["duties"]) == (Decimal("20.16"), Decimal("7.20"), Decimal("1.50"))
    assert identity(row) == row["total"] == Decimal("30.02")


@pytest.mark.parametrize(
    ("total", "rounding"),
    [("26.0000", "0"), ("19.5000", "-6.5"), ("19.4900", "-6.5"), ("25.0000", "0")],
)
def test_gift_certificates_and_credit_are_taken_off_where_the_order_adds_up_only_so(table: Any, total: str, rounding: str) -> None:
    made = order(101, gift_certificate_amount="5.0000", store_credit_amount="1.5000", total_inc_tax=total)
    row = one(table("orders", orders=[made]))
    assert (row["gift_card"], row["rounding"]) == (Decimal(5), Decimal(rounding))
    assert (abs(identity(row) - row["total"]) <= Decimal("0.01")) is (total != "25.0000")


def test_a_guest_has_no_customer_and_a_custom_item_no_product(table: Any) -> None:
    made = order(101, lines=[docs.line(5, 101, "", 1, "10", "12", tax="1.6")])
    assert one(table("orders", orders=[made]))["customer_id"] is None
    line = one(table("order_lines", orders=[made]))
    assert (line["product_id"], line["variant_id"], line["sku"], line["sku_key"]) == (None, None, None, None)


def test_only_the_id_of_a_status_says_what_it_means(table: Any) -> None:
    cases = [
        (1, 0, "open"), (2, 2, "completed"), (3, 1, "open"), (4, 0, "completed"), (5, 0, "cancelled"), (6, 0, "cancelled"), (7, 0, "open"),
        (8, 0, "open"), (9, 0, "open"), (10, 2, "completed"), (11, 0, "open"), (12, 0, "open"), (13, 2, "open"), (14, 2, "completed"),
        (14, 0, "open"),
    ]  # fmt: skip
    orders = [order(101 + n, status=status, items_shipped=shipped, custom_status="Renamed") for n, (status, shipped, _) in enumerate(cases)]
    found = table("orders", orders=orders)
    assert [row["status"] for row in found] == [expected for _, _, expected in cases]
    words = {0: "unfulfilled", 1: "partial", 2: "fulfilled"}
    assert [row["fulfillment_status"] for row in found] == [words[shipped] for _, shipped, _ in cases]


def test_a_checkout_given_up_is_no_order(table: Any) -> None:
    streams = {"orders": [order(101, status=0), order(102)]}
    assert [(row["record_id"], row["status"]) for row in table("orders", **streams)] == [("101", "draft"), ("102", "open")]
    assert [row["order_id"] for row in table("order_lines", **streams)] == ["102"]


def test_payment_statuses(table: Any) -> None:
    words = {
        "authorized": "authorized", "captured": "paid", "capture pending": "authorized", "declined": "voided", "paid": "paid",
        "held for review": "pending", "partially refunded": "partially_refunded", "pending": "pending", "refunded": "refunded",
        "void": "voided", "void pending": "authorized", "": None,
    }  # fmt: skip
    orders = [order(101 + n, payment_status=said) for n, said in enumerate(words)]
    found = table("orders", orders=orders)
    assert [row["payment_status"] for row in found] == list(words.values())
    # what is being captured or voided is no promise any more; without a word nothing is known
    promised = {said: row["authorized"] for said, row in zip(words, found, strict=True)}
    assert promised.pop("authorized") == Decimal("26.00")
    assert promised.pop("") is None
    assert set(promised.values()) == {Decimal(0)}


def test_archived_orders_are_deleted_and_test_orders_known_by_gateway_or_transaction(table: Any) -> None:
    orders = [order(101, payment_method="Test Payment Gateway"), order(102), order(103, is_deleted=True)]
    transactions = [docs.transaction(1, 102, AT, "26.00", test=True), docs.transaction(2, 103, AT, "26.00")]
    found = table("orders", orders=orders, transactions=transactions)
    assert [row["is_test"] for row in found] == [True, True, False]
    assert [row["deleted_at"] for row in found] == [None, None, found[2]["updated_at"]]


def test_the_charged_currency_counts_and_not_the_one_shown(table: Any) -> None:
    def shown(number: int, currency: str, rate: str, total: str, **more: Any) -> dict[str, Any]:
        given = {"currency_code": currency, "currency_exchange_rate": rate, "default_currency_code": "EUR", "total_inc_tax": total, **more}
        return order(number, **given)

    found = table(
        "orders",
        orders=[
            shown(101, "USD", "1.1617000000", "26.0000"), shown(102, "JPY", "179.4300000000", "1999.9900"),
            shown(103, "KWD", "0.3572100000", "1999.9900"), shown(104, "EUR", "1.0000000000", "123456789012.3456"),
            shown(105, "EUR", "1.0000000000", "26.0000", default_currency_code="", store_default_currency_code="EUR"),
        ],
    )  # fmt: skip
    assert {row["currency"] for row in found} == {"EUR"}
    assert [row["presentment_currency"] for row in found] == ["USD", "JPY", "KWD", "EUR", "EUR"]
    assert [str(row["presentment_total"]) for row in found] == [
        "30.200000", "358858.000000", "714.416000", "123456789012.345600", "26.000000",
    ]  # fmt: skip


def test_money_given_back_comes_from_the_refunds_alone(table: Any) -> None:
    refunds = [
        docs.refund(1, 101, AT, "12.00", items=[("PRODUCT", 1010, 1, "12.00")], tax="1.92"),
        docs.refund(2, 101, AT, "5.00", items=[("SHIPPING", 1011, 1, "5.00")], declined=True),
        docs.refund(3, 101, AT, "0.10", items=[("ORDER", 101, 1, "0.10")], provider="storecredit"),
        docs.refund(4, 101, AT, "1.00", paid=False),
    ]
    streams = {"orders": [order(101, refunded_amount="0.0000")], "refunds": refunds}
    row = one(table("orders", **streams))
    assert (row["refunded"], row["current_total"]) == (Decimal("12.10"), Decimal("13.90"))
    staged = table("refunds", **streams)
    assert [(r["amount"], r["money_moved"], r["currency"]) for r in staged] == [
        (Decimal("12.00"), True, "EUR"), (Decimal("5.00"), False, "EUR"), (Decimal("0.10"), True, "EUR"), (Decimal("1.00"), False, "EUR"),
    ]  # fmt: skip
    line = one(table("refund_lines", **streams))
    assert (line["record_id"], line["line_id"], line["quantity"], line["amount"]) == ("1/1010", "1010", 1, Decimal("12.00"))


def test_lines_keep_what_was_ordered(table: Any) -> None:
    made = order(101, lines=[*lines(101, quantity_refunded=1, quantity_shipped=2), docs.line(7, 101, "GONE", 0, "1", "1")])
    gone, kept = sorted(table("order_lines", orders=[made]), key=lambda row: row["quantity"])
    assert (kept["quantity"], kept["current_quantity"], kept["refunded_quantity"], kept["fulfilled_quantity"]) == (2, 1, 1, 2)
    assert (kept["unit_price"], kept["discount"], kept["total"]) == (Decimal("12.00"), Decimal("3.00"), Decimal("21.00"))
    assert (kept["product_id"], kept["variant_id"], kept["sku_key"]) == ("20", "77", "MUG-1")
    assert (gone["quantity"], gone["current_quantity"]) == (0, 0)


def test_lines_of_every_kind_of_consignment_and_of_the_orders_own_list(table: Any) -> None:
    kinds = [
        *lines(101),
        docs.line(7, 101, "PDF", 1, "5", "5", type="digital"),
        docs.line(8, 101, "GC", 1, "25", "25", type="giftcertificate"),
    ]
    found = table("order_lines", orders=[order(101, lines=kinds)])
    assert {row["sku"]: row["is_gift_card"] for row in found} == {"MUG-1": False, "PDF": False, "GC": True}
    many = [docs.line(n, 101, f"S{n}", 1, "1", "1", external_id=n) for n in range(60)]
    found = table("order_lines", orders=[order(101, fetched=many)])
    assert len(found) == 60
    assert {row["line_no"] for row in found} == set(range(1, 61))
    assert found[0]["external_ids"] == {"source_id": found[0]["record_id"]}


def test_consignments_that_are_an_empty_list_stage(table: Any) -> None:
    made = order(101)
    made["consignments"] = []
    assert one(table("orders", orders=[made]))["country"] == "DE"
    assert table("order_lines", orders=[made]) == []


def test_a_customer_with_the_first_address(table: Any) -> None:
    addresses = [docs.customer_address(n, 4, "I", "B", f"Street {n}", "Berlin", "10115", "DE", phone="+49 30 23125000") for n in (9, 3)]
    row = one(table("customers", customers=[docs.customer(4, "Ida@Example.com", "Ida", "Brandt", AT, AT, addresses=addresses)]))
    assert (row["email_key"], row["name_key"], row["address1"], row["country"]) == ("ida@example.com", "ida brandt", "Street 3", "DE")
    assert (row["phone"], row["state"], row["is_guest"]) == ("+49 30 23125000", "enabled", False)
    assert row["email_consent"] is None  # nothing is known without a single subscriber


def test_consent_lies_with_the_subscribers(table: Any) -> None:
    customers = [docs.customer(n, f"c{n}@example.com", "I", "B", AT, AT) for n in range(1, 5)]
    later = AT + timedelta(days=1)
    subscribers = [
        docs.subscriber(1, "C1@example.com", AT, AT, subscribed=True),
        docs.subscriber(2, "c2@example.com", AT, AT, subscribed=False),
        docs.subscriber(3, "c3@example.com", AT, AT, subscribed=False, consents=["abandoned_cart"]),
        docs.subscriber(4, "c1@example.com", AT, later, subscribed=False, channel_id=2),
    ]
    found = [row["email_consent"] for row in table("customers", customers=customers, subscribers=subscribers)]
    assert found == ["subscribed", "unsubscribed", "unsubscribed", "not_subscribed"]


def test_variants_inherit_from_their_product(table: Any) -> None:
    simple = docs.product(1, "Vase", "56.00", AT, AT, variants=[docs.variant(11, 1, "", None)], sku="VASE", upc="400")
    several = docs.product(
        2, "Mug", "12.00", AT, AT, variants=[docs.variant(21, 2, "M-B", None, "Blue"), docs.variant(22, 2, "M-R", "13.50", "Red", "Big")],
        retail_price=15.0,
    )  # fmt: skip
    streams = {"products": [simple, several]}
    assert [(r["record_id"], r["sku"], r["variant_title"], r["status"]) for r in table("products", **streams)] == [
        ("11", "VASE", None, "active"), ("21", "M-B", "Blue", "active"), ("22", "M-R", "Red / Big", "active"),
    ]  # fmt: skip
    prices = [(r["variant_id"], r["price_list"], r["amount"], r["compare_at"], r["currency"]) for r in table("prices", **streams)]
    assert prices == [
        ("11", "default", Decimal("56.00"), None, "EUR"), ("21", "default", Decimal("12.00"), Decimal("15.00"), "EUR"),
        ("22", "default", Decimal("13.50"), Decimal("15.00"), "EUR"),
    ]  # fmt: skip


def test_what_is_on_sale_does_not_tell_since_when(table: Any) -> None:
    cases: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
        ({}, {}, True), ({"sale_price": 5}, {}, False), ({}, {"sale_price": 5}, False), ({"sale_price": 0}, {"sale_price": 0}, True),
    ]  # fmt: skip
    later = AT + timedelta(days=1)
    products = [
        docs.product(n, "Vase", "56", AT, later, variants=[docs.variant(11 + n, n, "V", None) | own], **fields)
        for n, (fields, own, _) in enumerate(cases, 1)
    ]
    found = [row["held_since"] for row in table("prices", products=products)]
    assert found == [later.replace(tzinfo=None) if is_known else None for _, _, is_known in cases]


def test_what_can_be_bought_is_active(table: Any) -> None:
    cases: list[tuple[dict[str, Any], tuple[str, bool]]] = [
        ({}, ("active", True)), ({"is_visible": False}, ("unlisted", True)), ({"availability": "disabled"}, ("draft", True)),
        ({"is_visible": False, "availability": "disabled"}, ("draft", True)),
        ({"inventory_tracking": "none"}, ("active", False)), ({"availability": "preorder"}, ("active", True)),
    ]  # fmt: skip
    products = [
        docs.product(n, "Vase", "56", AT, AT, variants=[docs.variant(11 + n, n, "V", None)], **fields)
        for n, (fields, _) in enumerate(cases, 1)
    ]
    assert [(row["status"], row["is_tracked"]) for row in table("products", products=products)] == [expected for _, expected in cases]


def test_price_lists_with_steps_and_gaps(table: Any) -> None:
    tiers = [
        {"quantity_min": 10, "quantity_max": 19, "type": "price", "amount": 7.5}, {"quantity_min": 20, "type": "fixed", "amount": 2},
        {"quantity_min": 30, "type": "percent", "amount": 50},
    ]  # fmt: skip
    records = [docs.price_record(3, 77, 20, "MUG-1", "8.50", AT, tiers=tiers), docs.price_record(3, 78, 20, "MUG-2", None, AT)]
    found = table("prices", price_lists=[docs.price_list(3, "Wholesale", AT)], price_records=records)
    assert [(r["price_list"], r["variant_id"], r["min_quantity"], r["amount"], r["currency"]) for r in found] == [
        ("Wholesale", "77", 1, Decimal("8.50"), "EUR"), ("Wholesale", "77", 10, Decimal("7.50"), "EUR"),
        ("Wholesale", "77", 20, Decimal("6.50"), "EUR"), ("Wholesale", "77", 30, Decimal("4.25"), "EUR"),
    ]  # fmt: skip
    assert {row["held_since"] for row in found} == {AT.replace(tzinfo=None)}, "each record has a date of its own"


def test_stock_by_location(table: Any) -> None:
    streams = {
        "inventory": [docs.inventory_item(77, 20, "MUG-1", [docs.level(1, 9, 7, 2), docs.level(2, 0, -3, enabled=False)])],
        "products": [docs.product(20, "Mug", "12", AT, AT, variants=[docs.variant(77, 20, "MUG-1", None)], inventory_tracking="none")],
        "locations": [docs.location(1, "Berlin", AT, code="BER"), docs.location(2, "Closed", AT, enabled=False)],
    }
    found = [
        (r["record_id"], r["on_hand"], r["available"], r["safety_stock"], r["is_active"], r["is_infinite"])
        for r in table("inventory_levels", **streams)
    ]
    assert found == [("77/1", 9, 7, 2, True, True), ("77/2", 0, -3, 0, False, True)]
    assert [(r["record_id"], r["name"], r["code"], r["is_active"]) for r in table("locations", **streams)] == [
        ("1", "Berlin", "BER", True), ("2", "Closed", "LOC-2", False),
    ]  # fmt: skip


def test_shipments_payments_and_companies(table: Any) -> None:
    streams = {
        "shipments": [docs.shipment(7, 101, AT, [(1010, 1), (1011, 2)])],
        "transactions": [
            docs.transaction(8, 101, AT, "26.00"), docs.transaction(9, 101, AT, "26.00", "authorization", status="error"),
            docs.transaction(10, 101, AT, "3.10", "refund", reference_transaction_id=8),
        ],
        "companies": [docs.company(5, "Kontor", AT, AT, uuid="erp-1")],
    }  # fmt: skip
    shipment = one(table("fulfillments", **streams))
    assert (shipment["order_id"], shipment["carrier"], shipment["shipped_at"]) == ("101", "dhl", AT.replace(tzinfo=None))
    assert [(r["line_id"], r["quantity"]) for r in table("fulfillment_lines", **streams)] == [("1010", 1), ("1011", 2)]
    assert [(r["kind"], r["status"], r["amount"], r["parent_id"]) for r in table("payments", **streams)] == [
        ("refund", "success", Decimal("3.10"), "8"), ("sale", "success", Decimal("26.00"), None),
        ("authorization", "failure", Decimal("26.00"), None),
    ]  # fmt: skip
    company = one(table("companies", **streams))
    assert (company["name"], company["status"], company["external_ids"]) == ("Kontor", "approved", {"external_id": "erp-1"})
    assert company["created_at"] == AT.replace(tzinfo=None)


def test_the_vendors_own_examples_stage_completely(table: Any, shared: Any) -> None:
    def examples(name: str, *place: str) -> list[dict[str, Any]]:
        node = yaml.load((shared / "contracts" / "bigcommerce" / name).read_text(), Loader=yaml.CSafeLoader)
        for part in place:
            node = node[part]
        first = next(iter(node["content"]["application/json"]["examples"].values()))["value"]
        return first if isinstance(first, list) else first["data"]

    orders = examples("orders.v2.oas2.yml", "components", "responses", "orderCollection_Resp")
    row = table("orders", orders=orders)[0]
    assert (row["record_id"], row["total"], row["currency"]) == ("100", Decimal("361.95"), "USD")
    assert (row["subtotal"], row["placed_at"]) == (Decimal("336.32"), datetime(2018, 1, 10, 21, 5, 30))  # noqa: DTZ001
    products = examples("orders.v2.oas2.yml", "components", "responses", "orderProductsCollection_Resp")
    found = table("order_lines", orders=[{**orders[0], "__lines": products}])
    assert len(found) == len(products)
    assert all(row["quantity"] is not None and row["unit_price"] is not None for row in found)
