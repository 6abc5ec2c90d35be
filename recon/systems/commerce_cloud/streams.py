"""What is read from an instance, and what is left out of the records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recon.systems.base import Stream

_ORDER_TABLES = ("orders", "order_lines", "payments", "fulfillments", "fulfillment_lines")
_BUYER = ("customerInfo", "billingAddress", "shipments")

ORDERS = Stream("orders", _ORDER_TABLES, "checkout/orders", "Orders", personal=_BUYER)
PRODUCTS = Stream("products", ("products", "prices"), "product-search", "Products", has_delta=False)
INVENTORY_LISTS = Stream("inventory_lists", ("locations",), "inventory_lists", "Inventory lists", has_delta=False)
INVENTORY = Stream("inventory", ("inventory_levels",), "product_inventory_records", "Stock", has_delta=False)

ORDERS_XML = Stream("orders_xml", _ORDER_TABLES, "orders", "Orders from files", personal=("customer", "shipments"), has_delta=False)
CUSTOMERS_XML = Stream(
    "customers_xml", ("customers",), "customers", "Customers from files", personal=("profile", "credentials", "addresses"), has_delta=False
)
CATALOG_XML = Stream("catalog_xml", ("products",), "catalog", "Products from files", has_delta=False)
INVENTORY_XML = Stream("inventory_xml", ("inventory_levels", "locations"), "inventory", "Stock from files", has_delta=False)
PRICEBOOKS_XML = Stream("pricebooks_xml", ("prices",), "pricebook", "Prices from files", has_delta=False)

FILES = (ORDERS_XML, CUSTOMERS_XML, CATALOG_XML, INVENTORY_XML, PRICEBOOKS_XML)
"""Streams of files; ``source`` is the kind of file."""

NEVER = {
    "refunds": "B2C Commerce keeps no refunds: money is given back in the payment provider or in order management.",
    "refund_lines": "B2C Commerce keeps no refunds: money is given back in the payment provider or in order management.",
    "returns": "Returns are kept in order management, not in B2C Commerce.",
    "return_lines": "Returns are kept in order management, not in B2C Commerce.",
    "companies": "B2C Commerce has no companies of its own.",
    "subscriptions": "B2C Commerce has no subscriptions; cartridges keep their own.",
    "field_changes": "B2C Commerce offers no history of single fields.",
    "deletions": "B2C Commerce keeps no record of what was deleted, besides records marked so in files.",
}

UNDATED = {"prices.held_since": "Price books do not say when a price was changed."}
"""Column of prices that neither the API nor a file tells → why"""

_DROPPED = ("remoteHost", "couponItems", "customerLocale")
_PRIVATE = ("giftMessage", "message", "recipientEmail", "recipientName", "senderName")
_CARD = ("cardType",)
_PRODUCT = frozenset({
    "id", "type", "name", "onlineFlag", "online", "searchable", "ean", "upc", "price", "priceCurrency", "ats", "inStock", "master", "brand",
    "manufacturerSku", "owningCatalogId", "creationDate", "lastModified", "validFrom", "validTo", "variationValues", "unit",
})  # fmt: skip
"""Of a product only this lands: texts and pictures are most of it."""


def landed_order(order: Mapping[str, Any]) -> dict[str, Any]:
    """An order as it was answered, without payment data, addresses of machines, private messages and custom attributes (``c_``)."""
    kept = {key: _clean(value) for key, value in order.items() if key not in _DROPPED and not key.startswith("c_")}
    instruments = kept.get("paymentInstruments")
    if isinstance(instruments, list):
        kept["paymentInstruments"] = [_payment(entry) for entry in instruments if isinstance(entry, dict)]
    return kept


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _clean(entry) for key, entry in value.items() if key not in _PRIVATE and not key.startswith("c_")}
    return [_clean(entry) for entry in value] if isinstance(value, list) else value


def _payment(instrument: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: instrument[key] for key in ("paymentInstrumentId", "paymentMethodId", "paymentTransaction") if key in instrument}
    card = instrument.get("paymentCard")
    if isinstance(card, dict):
        kept["paymentCard"] = {key: card[key] for key in _CARD if key in card}
    return kept


def landed_product(product: Mapping[str, Any]) -> dict[str, Any]:
    """A product without its texts and pictures; of texts in several languages the name alone."""
    return {key: value for key, value in product.items() if key in _PRODUCT}
