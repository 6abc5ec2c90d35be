"""What is read from a shop: addresses, keys to walk by, and what is left out of the records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recon.systems.base import Stream

Record = dict[str, Any]

_PAYMENT = frozenset({
    "method", "po_number", "last_trans_id", "amount_authorized", "amount_canceled", "amount_ordered", "amount_paid", "amount_refunded",
    "base_amount_authorized", "base_amount_canceled", "base_amount_ordered", "base_amount_paid", "base_amount_refunded", "entity_id",
    "parent_id",
})  # fmt: skip
"""Of a payment only this lands: additional_information and cc_* may hold a buyer's payment data."""

_DROPPED: Mapping[str, tuple[str, ...]] = {
    "orders": ("remote_ip", "x_forwarded_for", "customer_dob", "customer_gender", "customer_taxvat", "protect_code", "status_histories"),
    "customers": ("dob", "gender", "taxvat"),
    "products": ("media_gallery_entries", "options", "product_links"),
    "creditmemos": ("comments",),
    "invoices": ("comments",),
    "shipments": ("comments", "packages", "shipping_label"),
    "returns": ("comments", "customer_custom_email"),
}
_OBJECTS = frozenset({"extension_attributes", "region", "company_attributes", "payment", "billing_address"})
_DROPPED_EXTENSIONS = ("payment_additional_info", "gift_cards", "gift_message")
"""Gift card codes are money; messages are private."""


@dataclass(frozen=True)
class Reading:
    """How one list is walked.

    ``key`` is the field that pages follow each other by: ascending, unique, never changed; ``field`` is the same in the records.
    ``changes`` is the field a delta filters by; ``created`` tells which records were there when reading began. ``right`` is the right that
    opens it, ``product`` what has to be installed for it. ``scoped`` is the field that store views are filtered by.
    """

    stream: Stream
    path: str
    key: str = "entity_id"
    field: str = "entity_id"
    text_key: bool = False
    changes: str = ""
    created: str = ""
    right: str = ""
    product: str = ""
    scoped: str = ""


def _stream(name: str, entities: tuple[str, ...], source: str, title: str, personal: tuple[str, ...] = (), *, delta: bool = True) -> Stream:
    return Stream(name, entities, source, title, personal=personal, has_delta=delta)


STORE = _stream("store", (), "store/storeConfigs", "Store", delta=False)
"""Websites, store views and their configuration; one line."""

_BUYER = ("customer_email", "customer_firstname", "customer_lastname", "billing_address", "extension_attributes")

READINGS = (
    Reading(
        _stream("customer_groups", (), "customerGroups/search", "Customer groups", delta=False),
        "customerGroups/search",
        key="id",
        field="id",
        right="Magento_Customer::group",
    ),
    Reading(
        _stream("customers", ("customers",), "customers/search", "Customers", ("email", "firstname", "lastname", "addresses"), delta=False),
        "customers/search",
        field="id",
        created="created_at",
        right="Magento_Customer::customer",
        scoped="website_id",
    ),
    Reading(
        _stream("orders", ("orders", "order_lines"), "orders", "Orders", _BUYER),
        "orders",
        changes="updated_at",
        created="created_at",
        right="Magento_Sales::actions_view",
        scoped="store_id",
    ),
    Reading(
        _stream("invoices", ("payments",), "invoices", "Invoices"),
        "invoices",
        changes="updated_at",
        created="created_at",
        right="Magento_Sales::sales_invoice",
        scoped="store_id",
    ),
    Reading(
        _stream("shipments", ("fulfillments", "fulfillment_lines"), "shipments", "Shipments"),
        "shipments",
        changes="updated_at",
        created="created_at",
        right="Magento_Sales::shipment",
        scoped="store_id",
    ),
    Reading(
        _stream("creditmemos", ("refunds", "refund_lines"), "creditmemos", "Credit memos"),
        "creditmemos",
        changes="updated_at",
        created="created_at",
        right="Magento_Sales::sales_creditmemo",
        scoped="store_id",
    ),
    Reading(
        _stream("returns", ("returns", "return_lines"), "returns", "Returns", delta=False),
        "returns",
        created="date_requested",
        product="Returns are part of Adobe Commerce, not of Magento Open Source.",
        scoped="store_id",
    ),
    Reading(
        _stream("products", ("products",), "products", "Products", delta=False),
        "products",
        field="id",
        created="created_at",
        right="Magento_Catalog::products",
    ),
    Reading(
        _stream("sources", ("locations",), "inventory/sources", "Stock sources", ("email", "phone", "contact_name"), delta=False),
        "inventory/sources",
        key="source_code",
        field="source_code",
        text_key=True,
        right="Magento_InventoryApi::source",
        product="The modules of multi source inventory are not installed.",
    ),
    Reading(
        _stream("companies", ("companies",), "company/", "Companies", ("company_email", "telephone", "street"), delta=False),
        "company/",
        field="id",
        product="The B2B modules are not installed.",
    ),
    Reading(
        _stream("company_credits", ("companies",), "companyCredits/", "Company credits", delta=False),
        "companyCredits/",
        field="id",
        product="The B2B modules are not installed.",
    ),
    Reading(
        _stream("shared_catalogs", ("prices",), "sharedCatalog/", "Shared catalogs", delta=False),
        "sharedCatalog/",
        field="id",
        product="The B2B modules are not installed.",
    ),
)
"""Lists that are walked by their key, in the order in which they are read."""

SOURCE_ITEMS = Reading(
    _stream("source_items", ("inventory_levels",), "inventory/source-items", "Stock by source", delta=False),
    "inventory/source-items",
    key="sku",
    field="sku",
    text_key=True,
    right="Magento_InventoryApi::source",
    product="The modules of multi source inventory are not installed.",
)
SALABLE = Reading(
    _stream("salable", ("inventory_levels", "locations"), "inventory/export-stock-salable-qty", "Salable quantities", delta=False),
    "inventory/export-stock-salable-qty/website",
    right="Magento_InventoryApi::stock",
    product="The modules of multi source inventory are not installed.",
)
PRICES = tuple(
    Reading(
        _stream(name, ("prices",), f"products/{path}", title, delta=False),
        f"products/{path}",
        right="Magento_Catalog::catalog",
    )
    for name, path, title in (
        ("base_prices", "base-prices-information", "Base prices"),
        ("special_prices", "special-price-information", "Special prices"),
        ("tier_prices", "tier-prices-information", "Tier and negotiated prices"),
    )
)
"""Prices by SKU; a shared catalogue's own prices are tier prices of its customer group."""

UNDATED = {
    "prices.held_since": "Prices are told without dates, a new price is no change of its product, and catalogue rules are not shown.",
}
"""Column of prices that no answer holds → why"""

STOCK_ITEMS = Reading(
    _stream("stock_items", ("inventory_levels", "locations"), "stockItems/{sku}", "Stock by product", delta=False),
    "stockItems",
    right="Magento_Catalog::catalog_inventory",
    product="Multi source inventory is not installed, and stock by product takes a call each (stock_by_sku in recon.toml).",
)
"""Stock as it was before sources: one quantity for each product, no list of it."""
BY_SOURCE = "Stock is read by source."

ALL = (*READINGS, SOURCE_ITEMS, SALABLE, STOCK_ITEMS, *PRICES)
BY_NAME = {reading.stream.name: reading for reading in ALL}

NEVER = {
    "subscriptions": "Adobe Commerce has no subscriptions; extensions keep their own.",
    "field_changes": "Adobe Commerce offers no history of single fields.",
    "deletions": "Adobe Commerce keeps no record of what was deleted; a deleted record is missing from the next full read.",
}

COMPOSITE = frozenset({"configurable", "grouped", "bundle"})
"""Product types without a salable quantity of their own."""


def landed(name: str, record: Mapping[str, Any]) -> Record:
    """The record as the shop answered it, without what an audit has no use for: payment data, dates of birth, copies of lines.

    Fractions are text with the vendor's digits."""
    dropped = _DROPPED.get(name, ())
    result: Record = _tidy({key: value for key, value in record.items() if key not in dropped})
    if name == "orders":
        _trim_order(result)
    return result


def _tidy(value: Any) -> Any:
    """The value without objects that PHP wrote as an empty list, for want of anything in them."""
    if isinstance(value, dict):
        return {key: _tidy(entry) for key, entry in value.items() if not (key in _OBJECTS and entry == [])}
    return [_tidy(entry) for entry in value] if isinstance(value, list) else value


def _trim_order(order: Record) -> None:
    payment = order.get("payment")
    if isinstance(payment, dict):
        order["payment"] = {key: value for key, value in payment.items() if key in _PAYMENT}
    if isinstance(order.get("items"), list):
        order["items"] = [_without(item, ("parent_item", "product_option")) for item in order["items"]]
    extension = order.get("extension_attributes")
    if not isinstance(extension, dict):
        return
    extension = _without(extension, _DROPPED_EXTENSIONS)
    if isinstance(extension.get("shipping_assignments"), list):
        extension["shipping_assignments"] = [_without(entry, ("items",)) for entry in extension["shipping_assignments"]]
    order["extension_attributes"] = extension


def _without(record: Any, keys: tuple[str, ...]) -> Any:
    return {key: value for key, value in record.items() if key not in keys} if isinstance(record, dict) else record
