"""Exports of shops that are recognised by their header, so that nobody has to map them by hand.

Shopify's order export (https://help.shopify.com/en/manual/fulfillment/managing-orders/exporting-orders) has one row per line item; the
order's own columns stand in its first row only. Its Subtotal is after discounts. Its product export has one row per variant and further
ones for images, without ids of variants; its inventory export one row per variant and location. Magento's is the export of the order
grid: one row per order, times in the zone of the admin, amounts of the base currency without its code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from recon.systems.files.settings import FileTable

_SHOPIFY_MARKS = frozenset(
    {"name", "financial status", "fulfillment status", "lineitem quantity", "lineitem name", "lineitem price", "total"}
)
_MAGENTO_MARKS = frozenset(
    {"id", "purchase point", "purchase date", "bill-to name", "grand total (base)", "grand total (purchased)", "status"}
)

_CUSTOMER_MARKS = frozenset({"customer id", "first name", "last name", "email", "accepts email marketing", "total spent", "total orders"})
_PRODUCT_MARKS = frozenset({"handle", "title", "variant sku", "variant price", "variant inventory policy", "status"})
_STOCK_MARKS = frozenset({"handle", "title", "option1 value", "sku", "location"})

_SHOPIFY_PAYMENT = {
    "pending": "pending", "authorized": "authorized", "partially_paid": "partially_paid", "paid": "paid", "voided": "voided",
    "partially_refunded": "partially_refunded", "refunded": "refunded", "expired": "expired",
}  # fmt: skip


@dataclass(frozen=True)
class Export:
    """A known export: which header it has, and what its columns mean for each canonical table."""

    title: str
    marks: frozenset[str]
    tables: dict[str, dict[str, Any]]


SHOPIFY = Export(
    "Shopify's order export",
    _SHOPIFY_MARKS,
    {
        "orders": {
            "columns": {
                "record_id": "Id", "number": "Name", "email": "Email", "payment_status": "Financial Status",
                "fulfillment_status": "Fulfillment Status", "currency": "Currency", "discount": "Discount Amount", "shipping": "Shipping",
                "tax": "Taxes", "duties": "Duties", "total": "Total", "refunded": "Refunded Amount", "gateway": "Payment Method",
                "country": "Shipping Country", "channel": "Source", "created_at": "Created at", "placed_at": "Created at",
                "cancelled_at": "Cancelled at",
            },
            "sums": {"subtotal": ("Subtotal", "Discount Amount")},
            "defaults": {"status": "open", "fulfillment_status": "unfulfilled", "duties": "0"},
            "values": {"payment_status": _SHOPIFY_PAYMENT},
            "date_format": ("yyyy-mm-dd HH:MM:SS zz",),
            "fill_down": ("Id", "Currency"),
            "fill_by": "Name",
            "repeats": "first",
        },
        "order_lines": {
            "columns": {
                "record_id": ("Id", "@nth"), "order_id": "Id", "line_no": "@nth", "sku": "Lineitem sku", "title": "Lineitem name",
                "quantity": "Lineitem quantity", "unit_price": "Lineitem price", "discount": "Lineitem discount", "currency": "Currency",
            },
            "fill_down": ("Id", "Currency"),
            "fill_by": "Name",
        },
    },
)  # fmt: skip

_CONSENT = {"yes": "subscribed", "no": "not_subscribed"}

SHOPIFY_CUSTOMERS = Export(
    "Shopify's customer export",
    _CUSTOMER_MARKS,
    {
        "customers": {
            "columns": {
                "record_id": "Customer ID", "email": "Email", "phone": "Phone", "first_name": "First Name", "last_name": "Last Name",
                "company": "Default Address Company", "address1": "Default Address Address1", "address2": "Default Address Address2",
                "city": "Default Address City", "region": "Default Address Province Code", "postal_code": "Default Address Zip",
                "country": "Default Address Country Code", "email_consent": "Accepts Email Marketing",
                "sms_consent": "Accepts SMS Marketing", "total_spent": "Total Spent", "orders_count": "Total Orders",
            },
            # "no" may mean never asked as well as unsubscribed: the export does not tell, so it is not the graver one
            "values": {"email_consent": _CONSENT, "sms_consent": _CONSENT},
        },
    },
)  # fmt: skip

_VARIANT = {"fill_by": "Handle", "where": {"Variant Inventory Policy": ("deny", "continue")}}
"""Rows of images have no inventory policy."""

SHOPIFY_PRODUCTS = Export(
    "Shopify's product export",
    _PRODUCT_MARKS,
    {
        "products": {
            "columns": {
                "record_id": ("Handle", "@nth"), "product_id": "Handle", "sku": "Variant SKU", "barcode": "Variant Barcode",
                "title": "Title", "variant_title": "Option1 Value", "status": "Status", "is_gift_card": "Gift Card",
                "is_tracked": "Variant Inventory Tracker",
            },
            "values": {"status": {"active": "active", "draft": "draft", "archived": "archived"}, "is_tracked": {"shopify": "true"}},
            "defaults": {"is_tracked": "false", "is_gift_card": "false"},
            "fill_down": ("Title", "Status", "Gift Card"),
            **_VARIANT,
        },
        "prices": {
            "columns": {
                "record_id": ("Handle", "@nth"), "product_id": ("Handle", "@nth"), "sku": "Variant SKU", "amount": "Variant Price",
                "compare_at": "Variant Compare At Price",
            },
            **_VARIANT,
        },
    },
)  # fmt: skip


def _stock(*names: str) -> Export:
    """The inventory export; its columns of quantities changed their names."""
    on_hand, available, committed, incoming = names
    return Export(
        "Shopify's inventory export",
        _STOCK_MARKS | {on_hand.casefold(), available.casefold()},
        {
            "inventory_levels": {
                "columns": {
                    "record_id": ("Handle", "@nth"), "sku": "SKU", "location_id": "Location", "on_hand": on_hand, "available": available,
                    "committed": committed, "incoming": incoming,
                },
                "fill_by": "Handle",
                "blanks": ("not stocked",),
            },
            "locations": {"columns": {"record_id": "Location", "name": "Location"}, "repeats": "first"},
        },
    )  # fmt: skip


SHOPIFY_STOCK = (
    _stock("On hand", "Available", "Committed", "Incoming"),
    _stock("On hand (current)", "Available (not editable)", "Committed (not editable)", "Incoming (not editable)"),
)

MAGENTO = Export(
    "Magento's order grid",
    _MAGENTO_MARKS,
    {
        "orders": {
            "columns": {
                "record_id": "ID", "number": "ID", "email": "Customer Email", "status": "Status", "store": "Purchase Point",
                "subtotal": "Subtotal", "shipping": "Shipping and Handling", "total": "Grand Total (Base)",
                "presentment_total": "Grand Total (Purchased)", "refunded": "Total Refunded", "gateway": "Payment Method",
                "created_at": "Purchase Date", "placed_at": "Purchase Date",
            },
            "values": {
                "status": {
                    "pending": "open", "pending payment": "open", "pending_payment": "open", "processing": "open", "on hold": "open",
                    "holded": "open", "payment review": "open", "suspected fraud": "open", "complete": "completed", "closed": "completed",
                    "canceled": "cancelled",
                },
            },
            "thousands": ",",
            "date_format": ("mmm dd, yyyy hh:MM:SS AM", "iso"),
        },
    },
)  # fmt: skip

EXPORTS = (SHOPIFY, SHOPIFY_CUSTOMERS, SHOPIFY_PRODUCTS, *SHOPIFY_STOCK, MAGENTO)


def recognised(table: str, header: Sequence[str]) -> Export | None:
    """The export that a header belongs to, where it holds the canonical table."""
    names = {name.strip().casefold() for name in header}
    return next((export for export in EXPORTS if table in export.tables and export.marks <= names), None)


def filled_in(table: str, chosen: FileTable, export: Export, header: Sequence[str]) -> FileTable:
    """What recon.toml says of a table, with the export's meaning for whatever it does not say; columns an export lacks are left out."""
    names = {name.strip().casefold() for name in header} | {"@nth", "@file", "@row"}
    meaning = export.tables[table]
    held = {}
    for role, columns in meaning["columns"].items():
        wanted = (columns,) if isinstance(columns, str) else columns
        if all(name.casefold() in names for name in wanted):
            held[role] = wanted
    update: dict[str, Any] = {"columns": {**held, **chosen.columns}}
    for part in ("sums", "defaults", "values", "where"):
        update[part] = {**meaning.get(part, {}), **getattr(chosen, part)}
    for part in ("date_format", "thousands", "fill_by", "repeats", "blanks"):
        if getattr(chosen, part) is None and part in meaning:
            update[part] = meaning[part]
    if not chosen.fill_down:
        update["fill_down"] = meaning.get("fill_down", ())
    return chosen.model_copy(update=update)
