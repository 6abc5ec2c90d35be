"""The detector proposes fields that may hold a shop's id; it never chooses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recon.systems.salesforce import detect
from recon.systems.salesforce_api.describe import Field, Object, _field


def described(*fields: Field) -> Object:
    return Object("Order", "Order", {field.name.lower(): field for field in fields})


def custom(name: str, *, external_id: bool = False, unique: bool = False, type: str = "string") -> Field:
    return Field(name, name, type, None, (), external_id, unique, 80)


@pytest.mark.parametrize(
    "name",
    [
        "Shopify_Order_ID__c", "Shopify_Order_Id__c", "ShopifyOrderId__c", "shopify_order_number__c", "Magento_Order_Id__c",
        "webkul_es_mage__Mage_Order_Number__c", "WooCommerce_Order_Id__c", "sfcc_order_no__c", "OMSQS_Shopify_Id__c",
        "BigCommerce_Order_ID__c", "Global_SalesOrder_Id__c", "Acme_Shopify_Order_Id__c",
    ],
)  # fmt: skip
def test_names_that_connectors_use_are_seen(name: str) -> None:
    assert [one.field for one in detect.candidates(described(custom(name)), "orders")] == [name]


@pytest.mark.parametrize(
    "name", ["Name", "OrderNumber", "Discount_Code__c", "Shopify_Note__c", "Paid__c", "Global_Discount__c", "Valid__c"]
)
def test_other_names_are_not(name: str) -> None:
    assert detect.candidates(described(custom(name)), "orders") == []


def test_what_is_marked_as_a_key_comes_first() -> None:
    found = detect.candidates(
        described(
            custom("Shopify_Customer_Id__c", external_id=True),
            custom("Shopify_Order_Number__c"),
            custom("Shopify_Order_Id__c", external_id=True, unique=True),
            custom("Legacy_Key__c", external_id=True),
        ),
        "orders",
    )
    assert [one.field for one in found] == ["Shopify_Order_Id__c", "Shopify_Order_Number__c", "Legacy_Key__c", "Shopify_Customer_Id__c"]
    assert str(found[0]) == "Order.Shopify_Order_Id__c (external id, unique, named like a shop's key)"


def test_a_filled_field_beats_an_empty_one() -> None:
    pair = described(custom("Shopify_Order_Id__c"), custom("ShopifyOrderId__c"))
    shares = {"Shopify_Order_Id__c": 0.0, "ShopifyOrderId__c": 0.97}
    assert detect.candidates(pair, "orders", shares.get)[0].field == "ShopifyOrderId__c"
    assert "filled in 97%" in detect.candidates(pair, "orders", shares.get)[0].reasons


def test_numbers_are_warned_of() -> None:
    (found,) = detect.candidates(described(custom("Shopify_Order_Id__c", type="double")), "orders")
    assert "a number: large ids lose digits" in found.reasons


def test_a_genuine_describe_holds_no_false_proposals(shared: Path) -> None:
    for path in sorted((shared / "contracts/salesforce/describe_full_cumulusci").glob("*_describe.json")):
        data = json.loads(path.read_text())
        if "fields" not in data:
            continue
        fields = [_field(entry) for entry in data["fields"]]
        found = detect.candidates(Object(data["name"], data["name"], {field.name.lower(): field for field in fields}), "customers")
        known = {field.name for field in fields if field.external_id and field.name.endswith("__c")}
        assert {one.field for one in found} <= known
