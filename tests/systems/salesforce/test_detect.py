"""The detector proposes fields that may hold a shop's id; it never chooses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recon.config.mapping import Mapping, ObjectMapping
from recon.systems.salesforce import detect, leftovers
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


class Org:
    """What :mod:`recon.systems.salesforce.leftovers` asks of a catalogue, over objects that are given."""

    def __init__(self, *objects: Object) -> None:
        self._objects = {one.name.lower(): one for one in objects}

    def names(self) -> dict[str, str]:
        return {key: one.name for key, one in self._objects.items()}

    def object(self, name: str) -> Object | None:
        return self._objects.get(name.lower())


def named(name: str, *fields: Field) -> Object:
    return Object(name, name, {field.name.lower(): field for field in fields})


ORDER = named(
    "Order", custom("Sync_Error__c"), custom("Sync_Error_At__c", type="datetime"), custom("Shopify_Order_Id__c"), custom("Error_Code__c")
)
FAULTS = named(
    "Integration_Error__c", custom("Message__c"), custom("Record_Id__c"), custom("Happened_At__c", type="datetime"),
    custom("Resolved__c", type="boolean"),
)  # fmt: skip
ORG = Org(ORDER, FAULTS, named("Integration_Setting__c", custom("Message__c")), named("Order_Error_Page__c", custom("Message__c")))
ORDERS = Mapping(orders=[ObjectMapping(object="Order")])


def test_places_where_errors_may_lie_are_proposed_with_their_fields() -> None:
    field, faults = leftovers.places(ORDERS, ORG)  # type: ignore[arg-type]
    assert (str(field), field.fields) == ("Order.Sync_Error__c", {"message": "Sync_Error__c", "occurred_at": "Sync_Error_At__c"})
    assert (str(faults), faults.fields) == (
        "Integration_Error__c",
        {"message": "Message__c", "target_id": "Record_Id__c", "occurred_at": "Happened_At__c", "is_resolved": "Resolved__c"},
    )
    (check,) = leftovers.check(ORDERS, ORG, lambda source, name: 0.02)  # type: ignore[arg-type]
    assert check.level == "warn"
    assert (
        check.message
        == "Errors of the integration may lie in Order.Sync_Error__c (filled in 2%), Integration_Error__c, which are not mapped."
    )
    assert (
        check.hint is not None
        and 'object = "Order", fields = { message = "Sync_Error__c", occurred_at = "Sync_Error_At__c" }' in check.hint
    )


def test_what_is_mapped_is_proposed_no_more() -> None:
    mapped = Mapping(
        orders=[ObjectMapping(object="Order")],
        write_errors=[ObjectMapping(object="Order", fields={"message": "Sync_Error__c"})],
    )
    (check,) = leftovers.check(mapped, ORG, lambda source, name: None)  # type: ignore[arg-type]
    assert (check.level, check.message) == ("ok", "Errors of the integration may lie in Integration_Error__c, which is not mapped.")
    both = mapped.model_copy(
        update={"write_errors": [*mapped.write_errors, ObjectMapping(object="Integration_Error__c", fields={"message": "message__c"})]}
    )
    (check,) = leftovers.check(both, ORG, lambda source, name: None)  # type: ignore[arg-type]
    assert check.message == "Order.Sync_Error__c, Integration_Error__c may hold errors of the integration and are mapped."
    assert list(leftovers.check(ORDERS, Org(named("Order", custom("Shopify_Order_Id__c"))), lambda source, name: None)) == []  # type: ignore[arg-type]
