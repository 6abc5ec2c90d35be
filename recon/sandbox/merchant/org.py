"""The merchant's Salesforce org: the fields that its integration added, and how recon is told about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from recon.sandbox.merchant.integration import SHOP_BOOK, STANDARD_BOOK, WHOLESALE_BOOK
from recon.sandbox.merchant.world import Row
from recon.sandbox.salesforce import FieldSpec, Org

CURRENCIES = ("EUR", "USD", "GBP", "JPY", "KWD")


def _key(name: str) -> FieldSpec:
    return FieldSpec(name, "text", length=32, external_id=True, unique=True)


def _amounts(*names: str) -> tuple[FieldSpec, ...]:
    return tuple(FieldSpec(f"Shop_{name}__c", "currency", precision=18, scale=2) for name in names)


_PERSON = (
    _key("Shopify_Customer_Id__c"),
    FieldSpec("SMS_Consent__c", "picklist", picklist=("SUBSCRIBED", "NOT_SUBSCRIBED", "UNSUBSCRIBED", "PENDING")),
)

FIELDS: dict[str, tuple[FieldSpec, ...]] = {
    "Account": (
        *_PERSON,
        FieldSpec("Lifetime_Orders__c", "number", precision=18, scale=0),
        _key("Shopify_Company_Id__c"),
        FieldSpec("Price_List__c", "text", length=80),
    ),
    "Contact": _PERSON,
    "Product2": (_key("Shopify_Variant_Id__c"), FieldSpec("Barcode__c", "text", length=20)),
    "OrderItem": (_key("Shopify_Line_Id__c"),),
    "Order_Refund__c": (
        _key("Shopify_Refund_Id__c"),
        FieldSpec("Order__c", "lookup", reference_to=("Order",)),
        FieldSpec("Amount__c", "currency", precision=18, scale=2),
        FieldSpec("Refunded_At__c", "datetime"),
    ),
    "Subscription__c": (
        _key("Shopify_Subscription_Id__c"),
        FieldSpec("Customer__c", "lookup", reference_to=("Account",)),
        FieldSpec("Status__c", "text", length=40),
        FieldSpec("Next_Billing__c", "datetime"),
        FieldSpec("Amount__c", "currency", precision=18, scale=2),
    ),
    "Order_Shipment__c": (
        _key("Shopify_Fulfillment_Id__c"),
        FieldSpec("Order__c", "lookup", reference_to=("Order",)),
        FieldSpec("Status__c", "picklist", picklist=("Announced", "Shipped", "Delivered", "Cancelled")),
        FieldSpec("Tracking_Number__c", "text", length=80),
        FieldSpec("Carrier__c", "text", length=40),
        FieldSpec("Units__c", "number", precision=18, scale=0),
        FieldSpec("Shipped_At__c", "datetime"),
    ),
    "Order_Return__c": (
        _key("Shopify_Return_Id__c"),
        FieldSpec("Order__c", "lookup", reference_to=("Order",)),
        FieldSpec("Status__c", "picklist", picklist=("Requested", "Open", "Closed", "Declined", "Canceled")),
        FieldSpec("Units__c", "number", precision=18, scale=0),
        FieldSpec("Opened_At__c", "datetime"),
        FieldSpec("Closed_At__c", "datetime"),
    ),
    "Integration_Error__c": (
        FieldSpec("Message__c", "text", length=255),
        FieldSpec("Record_Id__c", "text", length=40),
        FieldSpec("Record_Type__c", "picklist", picklist=("Order", "Customer", "Product")),
        FieldSpec("Happened_At__c", "datetime"),
        FieldSpec("Resolved__c", "checkbox"),
    ),
    "Order": (
        _key("Shopify_Order_Id__c"),
        FieldSpec("Shopify_Order_Number__c", "text", length=40),
        FieldSpec("Buyer_Email__c", "email"),
        FieldSpec("Payment_Status__c", "text", length=40),
        FieldSpec("Fulfillment_Status__c", "text", length=40),
        FieldSpec("Presentment_Currency__c", "text", length=3),
        *_amounts("Subtotal", "Discount", "Shipping", "Tax", "Duties", "Tip", "Total", "Current_Total", "Refunded"),
        FieldSpec("Is_Test__c", "checkbox"),
        FieldSpec("Sales_Channel__c", "text", length=80),
        FieldSpec("Placed_At__c", "datetime"),
        FieldSpec("Cancelled_At__c", "datetime"),
        FieldSpec("Last_Synced_At__c", "datetime"),
        FieldSpec("Service_Note__c", "text", length=255),
        FieldSpec("Sync_Error__c", "text", length=255),
        FieldSpec("Sync_Error_At__c", "datetime"),
    ),
}
"""object → fields that the integration added; the shop's ids are text, external ids and unique"""

ORDER = (
    "User", "Account", "Contact", "Pricebook2", "Product2", "PricebookEntry", "Location", "ProductItem", "Order", "OrderItem",
    "Order_Refund__c", "Order_Shipment__c", "Order_Return__c", "Subscription__c", "Integration_Error__c",
    "OrderHistory", "AccountHistory",
)  # fmt: skip
"""Parents before children."""


_OWN = "Shopify_"
"""How the fields of a shop's integration begin as long as the shop is alone."""

_COMMON: dict[str, tuple[FieldSpec, ...]] = {
    "Order": (FieldSpec("Store__c", "text", length=40),),
    "Integration_Error__c": (FieldSpec("Store__c", "text", length=40),),
    "ProductItem": (FieldSpec("Quantity_Available__c", "number", precision=18, scale=4),),
}
"""What is added where several shops share the org."""


def renamed_field(name: str, prefix: str) -> str:
    """The name of a field in an org that several shops share: each has its own ids, all have one field for the number."""
    if name == f"{_OWN}Order_Number__c":
        return "Shop_Order_Number__c"
    return f"{prefix}_{name.removeprefix(_OWN)}" if name.startswith(_OWN) else name


def renamed_book(name: str, prefix: str) -> str:
    """The name of a price book there; the standard one is everybody's."""
    return {SHOP_BOOK: f"{prefix} Price Book", WHOLESALE_BOOK: f"{WHOLESALE_BOOK} {prefix}"}.get(name, name)


_ERP = {
    "Product2": (FieldSpec("Erp_Item_Number__c", "text", length=40, external_id=True),),
    "Location": (FieldSpec("Erp_Warehouse__c", "text", length=20, external_id=True),),
}
"""What is added where an ERP knows products and places too."""


def fields_for(prefixes: Sequence[str]) -> dict[str, tuple[FieldSpec, ...]]:
    """Object → fields that the integrations of several shops added."""
    fields = {}
    for name in {**FIELDS, **_COMMON, **_ERP}:
        specs = [replace(spec, name=renamed_field(spec.name, prefix)) for spec in FIELDS.get(name, ()) for prefix in prefixes]
        added = (*_COMMON.get(name, ()), *_ERP.get(name, ()))
        fields[name] = tuple({spec.name: spec for spec in (*specs, *added)}.values())
    return fields


def load_org(folder: Path, records: dict[str, list[Row]], now: Callable[[], datetime], prefixes: Sequence[str] = ()) -> Org:
    """Make the org in a folder and fill it. ``prefixes`` are those of the shops' fields where several shops share it."""
    org = Org(
        folder, now=now, name="Nordhaus", multi_currency=True, person_accounts=True, currency="EUR", currencies=list(CURRENCIES),
        time_zone="Europe/Berlin", sandbox=False,
    )  # fmt: skip
    for name, fields in (fields_for(prefixes) if prefixes else FIELDS).items():
        org.define(name, fields)
    standard = {row["Id"]: org.standard_pricebook_id for row in records["Pricebook2"] if row["Name"] == STANDARD_BOOK}
    for name in ORDER:
        org.load(name, _settled(records.get(name, []), standard, "IsDeleted" in org.objects[name].fields))
    return org


def _settled(rows: list[Row], standard: dict[str, str], deletable: bool) -> Iterator[Row]:
    """Rows with the price book that every org is born with in place of the merchant's own one."""
    for full in rows:
        if full["Id"] in standard:
            continue
        row = full if deletable else {name: value for name, value in full.items() if name != "IsDeleted"}
        book = row.get("Pricebook2Id")
        yield row | {"Pricebook2Id": standard[book]} if book in standard else row
