"""The generator: the same every time, true to what a shop's records promise, and its truth speaks of records that exist."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import ModuleType

import pytest

from recon.audit.rules import load
from recon.config.settings import Settings
from recon.errors import UsageError
from recon.sandbox.merchant import adobe_commerce, b2b_commerce, bigcommerce, picks, shopify, woocommerce
from recon.sandbox.merchant.build import Merchant, build, make_world
from recon.sandbox.merchant.defects import CAUSES, FIRST, NEAR_MISSES
from recon.sandbox.merchant.ids import Ids
from recon.sandbox.merchant.org import load_org
from recon.sandbox.merchant.people import AWKWARD, make_people
from recon.sandbox.merchant.picks import Pick
from recon.sandbox.merchant.truth import TruthRow, read, write

ELSEWHERE = {
    "inventory.shop_drift", "inventory.shop_phantom", "price.shop_drift", "product.not_sellable", "company.price_list_drift",
    "order.not_an_order",
    "subscription.missing_in_salesforce", "subscription.next_billing_drift", "subscription.no_order", "subscription.status_drift",
}  # fmt: skip
"""Rules that need an ERP or another platform than Shopify."""

ONE_A_SHOP = {"sync.gap", "sync.stopped"}
"""Rules about the flow of a shop as a whole"""


def amount(bag, side="shopMoney"):
    return Decimal(bag[side]["amount"]) if bag else Decimal(0)


def total(bags):
    return sum(map(amount, bags), Decimal(0))


def test_the_same_seed_size_and_time_make_the_same_merchant(merchant: Merchant, now: datetime) -> None:
    again = build(7, 600, now)
    assert json.dumps(again.shop, sort_keys=True) == json.dumps(merchant.shop, sort_keys=True)
    assert json.dumps(again.org, sort_keys=True, default=str) == json.dumps(merchant.org, sort_keys=True, default=str)
    assert again.truth == merchant.truth


def test_another_seed_makes_another_merchant(merchant: Merchant, now: datetime) -> None:
    assert build(8, 600, now).shop["orders"] != merchant.shop["orders"]


@pytest.mark.parametrize("moment", [datetime(2026, 11, 24, 0, 3, tzinfo=UTC), datetime(2027, 2, 28, 23, 59, tzinfo=UTC)])
def test_tomorrow_the_same_findings_are_expected(merchant: Merchant, moment: datetime) -> None:
    later = build(7, 600, moment)
    assert later.truth == merchant.truth
    assert [order["originalTotalPriceSet"] for order in later.shop["orders"]] == [
        order["originalTotalPriceSet"] for order in merchant.shop["orders"]
    ]


def test_a_healthy_merchant_has_an_empty_truth(now: datetime) -> None:
    assert build(7, 600, now, defects=False).truth == []


def test_every_rule_has_several_planted_cases_at_the_usual_size(usual: Merchant) -> None:
    counts = Counter(row.rule for row in usual.truth)
    assert set(counts) == {rule.id for rule in load(Settings()).rules} - ELSEWHERE
    assert min(count for rule, count in counts.items() if rule not in ONE_A_SHOP) >= 2


def test_every_cause_and_near_miss_was_planted(usual: Merchant) -> None:
    silent = {"stale_standard_price"}
    assert {defect.__name__ for defect in (*FIRST, *CAUSES, *NEAR_MISSES)} - set(usual.planted) == silent | shopify.UNSAID
    assert {row.cause for row in usual.truth} == {defect.__name__ for defect in CAUSES} - shopify.UNSAID


def test_no_finding_is_declared_twice(usual: Merchant) -> None:
    assert max(Counter(row.key for row in usual.truth).values()) == 1


def test_truth_names_records_that_exist(usual: Merchant) -> None:
    shop = set()
    for kind in ("orders", "customers"):
        shop |= {document["legacyResourceId"] for document in usual.shop[kind]}
    shop |= {document["id"].rsplit("/", 1)[1] for kind in ("companies", "locations") for document in usual.shop[kind]}
    for order in usual.shop["orders"]:
        shop |= {line["id"].rsplit("/", 1)[1] for line in order["lineItems"]} | {one["legacyResourceId"] for one in order["refunds"]}
        shop |= {one["id"].rsplit("/", 1)[1] for name in ("fulfillments", "returns") for one in order[name]}
    shop |= {variant["legacyResourceId"] for product in usual.shop["products"] for variant in product["variants"]}
    shop |= {level["id"].rsplit("/", 1)[1] for item in usual.shop["inventory_items"] for level in item["inventoryLevels"]}
    org = {row["Id"] for rows in usual.org.values() for row in rows}
    for row in usual.truth:
        assert row.record_id is None or row.record_id in shop, row
        assert row.salesforce_id is None or row.salesforce_id in org, row
        assert row.record_id or row.salesforce_id
        assert (row.system == "salesforce") == (row.record_id is None)


def test_salesforce_ids_are_unique_and_their_references_hold(merchant: Merchant) -> None:
    ids = [row["Id"] for rows in merchant.org.values() for row in rows]
    assert len(ids) == len(set(ids)) and {len(one) for one in ids} == {18}
    known = set(ids)
    for name, rows in merchant.org.items():
        for row in rows:
            for key, value in row.items():
                if value is not None and (key.endswith("Id") or key == "Order__c") and key not in {"Id", "ProductCode"}:
                    assert value in known, (name, key)


def test_salesforce_ids_begin_as_those_of_their_object_do(tmp_path, merchant: Merchant, now: datetime) -> None:
    """An id with another beginning is taken for one of another object, and its record cannot be asked for."""
    org = load_org(tmp_path, merchant.org, lambda: now)
    for name, rows in merchant.org.items():
        assert {row["Id"][:3] for row in rows} == {org.objects[name].prefix}, name
    org.close()


def test_external_ids_are_unique_within_salesforce(usual: Merchant) -> None:
    for name, field in (("Order", "Shopify_Order_Id__c"), ("Account", "Shopify_Customer_Id__c"), ("OrderItem", "Shopify_Line_Id__c"),
                        ("Product2", "Shopify_Variant_Id__c"), ("Order_Refund__c", "Shopify_Refund_Id__c")):  # fmt: skip
        held = [row.get(field) for row in usual.org[name] if row.get(field)]
        assert len(held) == len(set(held)), name
        assert max(map(len, held)) <= 32


def test_parts_of_an_order_add_up_to_its_total(usual: Merchant) -> None:
    for order in usual.shop["orders"]:
        added = Decimal(0) if order["taxesIncluded"] else amount(order["totalTaxSet"])
        parts = amount(order["subtotalPriceSet"]) + amount(order["totalShippingPriceSet"]) + added
        parts += amount(order["originalTotalDutiesSet"]) + amount(order["totalTipReceivedSet"])
        assert parts == amount(order["originalTotalPriceSet"]), order["name"]
        if not order["edited"]:
            goods = total(line["originalTotalSet"] for line in order["lineItems"])
            spread = total(one["allocatedAmountSet"] for line in order["lineItems"] for one in line["discountAllocations"])
            saved = total(one["originalPriceSet"] for one in order["shippingLines"]) - total(
                one["discountedPriceSet"] for one in order["shippingLines"]
            )
            assert goods - spread == amount(order["subtotalPriceSet"])
            assert spread + saved == amount(order["totalDiscountsSet"])
        assert total(tax["priceSet"] for tax in order["taxLines"]) == amount(order["totalTaxSet"])


def test_the_current_total_follows_edits_refunds_and_cancellations(usual: Merchant) -> None:
    seen = Counter()
    for order in usual.shop["orders"]:
        now, then = amount(order["currentTotalPriceSet"]), amount(order["originalTotalPriceSet"])
        if order["cancelledAt"]:
            kind = "cancelled"
            assert now == 0 and all(line["currentQuantity"] == 0 for line in order["lineItems"])
        elif order["edited"] or order["refunds"]:
            kind = "edited" if order["edited"] else "refunded"
            assert now >= 0
        else:
            kind = "plain"
            assert now == then and all(line["currentQuantity"] == line["quantity"] for line in order["lineItems"])
        seen[kind] += 1
    assert set(seen) == {"cancelled", "edited", "refunded", "plain"}


def test_refunds_agree_with_their_transactions_and_exceed_what_came_in_only_where_planted(usual: Merchant) -> None:
    moved = resting = 0
    too_much = {row.record_id for row in usual.truth if row.rule == "refund.exceeds_paid"}
    for order in usual.shop["orders"]:
        paid_back = Decimal(0)
        for refund in order["refunds"]:
            good = [one for one in refund["transactions"] if one["status"] == "SUCCESS" and one["kind"] == "REFUND"]
            moved, resting = moved + bool(good), resting + (not good)
            if good:
                assert total(one["amountSet"] for one in good) == amount(refund["totalRefundedSet"])
                paid_back += amount(refund["totalRefundedSet"])
            for line in refund["refundLineItems"]:
                sold = next(one for one in order["lineItems"] if one["id"] == line["lineItem"]["id"])
                assert 0 < line["quantity"] <= sold["quantity"]
        assert paid_back == amount(order["totalRefundedSet"])
        assert (paid_back > amount(order["totalReceivedSet"])) == (order["legacyResourceId"] in too_much)
        assert amount(order["netPaymentSet"]) == amount(order["totalReceivedSet"]) - paid_back
    assert moved > 50 and resting > 20


def test_both_sides_of_an_amount_agree(usual: Merchant) -> None:
    currencies = Counter(order["presentmentCurrencyCode"] for order in usual.shop["orders"])
    assert set(currencies) == {"EUR", "USD", "GBP", "JPY", "KWD"}
    for order in usual.shop["orders"]:
        bag = order["originalTotalPriceSet"]
        if order["presentmentCurrencyCode"] == "EUR":
            assert bag["shopMoney"] == bag["presentmentMoney"]
        elif order["presentmentCurrencyCode"] == "JPY":
            assert Decimal(bag["presentmentMoney"]["amount"]) % 1 == 0


def test_nothing_happens_in_the_future(usual: Merchant, now: datetime) -> None:
    limit = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    for order in usual.shop["orders"]:
        assert order["createdAt"] <= order["updatedAt"] <= limit
        for key in ("closedAt", "cancelledAt"):
            assert order[key] is None or order["createdAt"] < order[key] <= order["updatedAt"]
    for name, rows in usual.org.items():
        for row in rows:
            # NOTE: a row of an object's history is never changed, and has no date for it.
            changed = row["CreatedDate"] if name.endswith("History") else row["SystemModstamp"]
            assert row["CreatedDate"] <= changed <= now.strftime("%Y-%m-%dT%H:%M:%S.000+0000"), name


def test_the_youngest_orders_are_not_copied_yet(now: datetime) -> None:
    merchant = build(7, 600, now, defects=False)
    grace = (now - timedelta(minutes=15)).strftime("%Y-%m-%dT%H:%M:%SZ")
    copied = {row["Shopify_Order_Id__c"] for row in merchant.org["Order"]}
    young = [order for order in merchant.shop["orders"] if order["createdAt"] > grace]
    waiting = [order for order in young if order["legacyResourceId"] not in copied]
    assert len(waiting) >= 2 and len(waiting) < len(young)


def test_of_what_stands_still_only_what_is_older_than_the_grace_is_expected(merchant: Merchant, now: datetime) -> None:
    grace = (now - timedelta(minutes=15)).strftime("%Y-%m-%dT%H:%M:%SZ")
    young = {order["legacyResourceId"] for order in merchant.shop["orders"] if order["createdAt"] > grace}
    assert young and not young & {row.record_id for row in merchant.truth}


def test_the_shop_has_every_kind_of_life(usual: Merchant) -> None:
    orders = usual.shop["orders"]
    assert any(order["customer"] is None for order in orders)
    assert any(order["test"] for order in orders)
    assert any(len(order["fulfillments"]) > 1 for order in orders)
    assert any(one["status"] == "CANCELLED" for order in orders for one in order["fulfillments"])
    assert any(order["displayFulfillmentStatus"] == "PARTIALLY_FULFILLED" for order in orders)
    assert any(amount(order["originalTotalPriceSet"]) == 0 for order in orders)
    assert any(order["originalTotalDutiesSet"] for order in orders)
    assert any(amount(order["totalTipReceivedSet"]) for order in orders)
    assert any(amount(order["totalCashRoundingAdjustment"]["paymentSet"]) for order in orders)
    assert any(line["isGiftCard"] for order in orders for line in order["lineItems"])
    assert any(one["gateway"] == "gift_card" for order in orders for one in order["transactions"])
    assert any(one["exchangeLineItems"] for order in orders for one in order["returns"])
    assert any(one["status"] == "OPEN" for order in orders for one in order["returns"])
    assert any(order["purchasingEntity"] for order in orders)
    assert any(order["tags"] for order in orders)
    assert any(line["variant"] is None for order in orders for line in order["lineItems"])
    assert {order["displayFinancialStatus"] for order in orders} >= {
        "PAID",
        "PENDING",
        "AUTHORIZED",
        "REFUNDED",
        "PARTIALLY_REFUNDED",
        "VOIDED",
    }
    assert {product["status"] for product in usual.shop["products"]} == {"ACTIVE", "DRAFT", "ARCHIVED"}
    assert {item["tracked"] for item in usual.shop["inventory_items"]} == {True, False}


def test_awkward_names_are_among_the_customers(merchant: Merchant) -> None:
    names = {(one["firstName"], one["lastName"]) for one in merchant.shop["customers"]}
    assert set(AWKWARD) <= names


def test_people_who_share_an_address_or_number_are_not_declared_duplicates(merchant: Merchant) -> None:
    by_email: dict[str, set[str]] = {}
    for row in merchant.org["Account"]:
        if row.get("PersonEmail"):
            by_email.setdefault(row["PersonEmail"].strip().lower(), set()).add(row["Name"])
    assert sum(len(names) > 1 for names in by_email.values()) >= 3


def test_a_merchant_that_is_too_small_says_so(now: datetime) -> None:
    with pytest.raises(UsageError, match="too small to plant"):
        build(7, 60, now)


def test_nobody_shares_an_email_address_with_a_customer_by_chance(now: datetime) -> None:
    people = make_people(7, 100_000, now.replace(hour=0, minute=0, second=0, microsecond=0), Ids(0))
    addresses = [one.email for one in (*people.customers, *people.guests) if one.email]
    assert len(addresses) > 60_000
    assert len(set(addresses)) == len(addresses)


@pytest.mark.parametrize("platform", [adobe_commerce, b2b_commerce, bigcommerce, woocommerce])
def test_where_cash_is_not_rounded_nobody_gets_back_more_than_the_total(platform: ModuleType, now: datetime) -> None:
    world = make_world(7, 3000, now)
    rounded = {order.number for order in world.orders if order.rounding}
    assert any(refund.moved for order in world.orders if order.rounding for refund in order.refunds)
    platform.shape(world)
    assert not [order.number for order in world.orders if order.rounding]
    back = {order.number: sum(refund.amount for refund in order.refunds if refund.moved) for order in world.orders}
    assert rounded and not [order.number for order in world.orders if back[order.number] > order.total]


def test_a_large_merchant_plants_what_its_catalogue_offers(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(7, 500, now)
    one = next(variant for variant in world.catalogue.variants if variant.product.status == "ACTIVE" and variant.tracked)
    with pytest.raises(UsageError, match="offers 1 of 2 records"):
        Pick(world, "cause").variants(2, lambda variant: variant is one)
    monkeypatch.setattr(picks, "LARGE_SIZE", 400)
    assert Pick(world, "cause").variants(2, lambda variant: variant is one) == [one]


def test_truth_is_written_one_row_a_line_and_read_back(tmp_path, merchant: Merchant) -> None:
    path = tmp_path / "truth.json"
    write(path, merchant.truth)
    assert read(path) == merchant.truth
    entries = json.loads(path.read_text(encoding="utf-8"))
    assert list(entries[0]) == ["rule", "system", "record_id", "salesforce_id", "cause", "outcome"]
    assert entries == sorted(entries, key=lambda one: (one["rule"], one["system"], one["record_id"] or "", one["salesforce_id"] or ""))
    write(path, [])
    assert read(path) == []
    assert isinstance(merchant.truth[0], TruthRow)
