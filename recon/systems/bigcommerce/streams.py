"""What is read from a store, from where, and with which scopes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from recon.systems.base import Stream

_ADDRESS = ("first_name", "last_name", "address1", "address2", "phone", "postal_code")
_BILLING = ("first_name", "last_name", "street_1", "street_2", "zip", "phone", "email")


@dataclass(frozen=True)
class Reading:
    """One stream. ``path`` is looked at once to learn whether the account may read it; ``scope`` is what it needs (its read-only form)."""

    stream: Stream
    path: str
    scope: str
    page: int = 250


STORE = Stream("store", (), "/v2/store", "Store", has_delta=False)

READINGS: tuple[Reading, ...] = (
    Reading(Stream("channels", (), "/v3/channels", "Channels", has_delta=False), "/v3/channels", "store_channel_settings_read_only", 50),
    Reading(
        Stream(
            "customers",
            ("customers",),
            "/v3/customers",
            "Customers with addresses",
            personal=("email", "first_name", "last_name", "phone", *(f"addresses.{name}" for name in _ADDRESS)),
        ),
        "/v3/customers",
        "store_v2_customers_read_only",
    ),
    Reading(
        Stream(
            "subscribers", ("customers",), "/v3/customers/subscribers", "Newsletter consent", personal=("email", "first_name", "last_name")
        ),
        "/v3/customers/subscribers",
        "store_v2_customers_read_only",
    ),
    Reading(
        Stream(
            "orders",
            ("orders", "order_lines"),
            "/v2/orders",
            "Orders with lines and fees",
            personal=tuple(f"billing_address.{name}" for name in _BILLING),
        ),
        "/v2/orders",
        "store_v2_orders_read_only",
    ),
    Reading(
        Stream("refunds", ("refunds", "refund_lines"), "/v3/orders/payment_actions/refunds", "Refunds"),
        "/v3/orders/payment_actions/refunds",
        "store_v2_orders_read_only",
        50,
    ),
    Reading(
        Stream(
            "shipments",
            ("fulfillments", "fulfillment_lines"),
            "/v2/orders/{id}/shipments",
            "Shipments",
            personal=("billing_address.email", "shipping_address.email"),
        ),
        "/v2/orders",
        "store_v2_orders_read_only",
    ),
    Reading(
        Stream("transactions", ("payments",), "/v3/orders/{id}/transactions", "Payments"), "/v2/orders", "store_v2_transactions_read_only"
    ),
    Reading(
        Stream("products", ("products", "prices"), "/v3/catalog/products", "Products with variants", has_delta=False),
        "/v3/catalog/products",
        "store_v2_products_read_only",
    ),
    Reading(
        Stream("inventory", ("inventory_levels",), "/v3/inventory/items", "Stock by location", has_delta=False),
        "/v3/inventory/items",
        "store_inventory_read_only",
        1000,
    ),
    Reading(
        Stream("locations", ("locations",), "/v3/inventory/locations", "Locations", has_delta=False),
        "/v3/inventory/locations",
        "store_locations_read_only",
    ),
    Reading(
        Stream("price_lists", ("prices",), "/v3/pricelists", "Price lists", has_delta=False),
        "/v3/pricelists",
        "store_v2_products_read_only",
    ),
    Reading(
        Stream("price_records", ("prices",), "/v3/pricelists/{id}/records", "Prices of price lists", has_delta=False),
        "/v3/pricelists",
        "store_v2_products_read_only",
    ),
    Reading(
        Stream(
            "companies", ("companies",), "/api/v3/io/companies", "Companies", personal=("companyEmail", "companyPhone"), has_delta=False
        ),
        "/companies",
        "B2B Edition",
        100,
    ),
)

BY_NAME: Mapping[str, Reading] = {reading.stream.name: reading for reading in READINGS}

NEVER: Mapping[str, str] = {
    "returns": "BigCommerce has no interface to read returns.",
    "return_lines": "BigCommerce has no interface to read returns.",
    "subscriptions": "BigCommerce has no subscriptions of its own.",
    "field_changes": "BigCommerce offers no history of single fields.",
    "deletions": "BigCommerce keeps no list of deleted products and customers; archived orders are read as orders.",
}

UNTOLD = {"companies.price_list": "It hangs on the customer group of a company, which is not read."}
"""Canonical columns that no answer holds, and why"""

PER_ORDER_WHY = "It takes one call for every order; add {name} to per_order in recon.toml to read it."
NO_B2B = "b2b is not switched on for this store in recon.toml."
