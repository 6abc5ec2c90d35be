"""What is read from a site, and by which routes."""

from __future__ import annotations

from recon.systems.base import Stream

_ADDRESS = ("first_name", "last_name", "company", "address_1", "address_2", "postcode", "phone")
_BILLING = tuple(f"billing.{name}" for name in (*_ADDRESS, "email"))
_SHIPPING = tuple(f"shipping.{name}" for name in _ADDRESS)

ORDERS = Stream(
    "orders",
    ("orders", "order_lines"),
    "orders",
    "Orders",
    personal=(*_BILLING, *_SHIPPING, "customer_ip_address", "customer_user_agent", "customer_note"),
)
REFUNDS = Stream("refunds", ("refunds", "refund_lines"), "refunds", "Refunds", has_delta=False)
REFUNDS_BY_ORDER = Stream("refunds", ("refunds", "refund_lines"), "orders/{id}/refunds", "Refunds")
CUSTOMERS = Stream(
    "customers",
    ("customers",),
    "customers",
    "Customers",
    personal=("email", "first_name", "last_name", "username", *_BILLING, *_SHIPPING),
    has_delta=False,
)
PRODUCTS = Stream("products", ("products", "prices", "inventory_levels", "locations"), "products", "Products", has_delta=False)
VARIATIONS = Stream("variations", ("products", "prices", "inventory_levels"), "variations", "Variations", has_delta=False)
VARIATIONS_BY_PRODUCT = Stream(
    "variations", ("products", "prices", "inventory_levels"), "products/{id}/variations", "Variations", has_delta=False
)
COUPONS = Stream("coupons", (), "coupons", "Coupons", personal=("used_by", "email_restrictions"), has_delta=False)
TAXES = Stream("taxes", (), "taxes", "Tax rates", has_delta=False)
SUBSCRIPTIONS = Stream(
    "subscriptions", ("subscriptions",), "subscriptions", "Subscriptions", personal=(*_BILLING, *_SHIPPING), has_delta=False
)

ALL_REFUNDS = "/wc/v3/refunds"
"""Route since WooCommerce 9.0; before, refunds are asked for order by order."""

ALL_VARIATIONS = "/wc/v3/variations"
"""Route since WooCommerce 10.3; before, variations are asked for product by product."""

ALL_SUBSCRIPTIONS = "/wc/v3/subscriptions"
"""Route of the Subscriptions plugin."""

CORE_STATUSES = frozenset({"pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed"})
UNSEEN_STATUSES = ("trash", "checkout-draft")
"""Statuses that status=any leaves out (the second one only on some versions)."""

KNOWN_STATUSES = CORE_STATUSES | {*UNSEEN_STATUSES, "auto-draft", "any"}
"""Values of the parameter that belong to WooCommerce itself; all others come from plugins."""

NEVER = {
    "payments": "WooCommerce keeps no payment transactions, only the payment method and a transaction number on the order.",
    "fulfillments": "WooCommerce itself knows no shipments; plugins for them keep their data in places of their own.",
    "fulfillment_lines": "WooCommerce itself knows no shipments.",
    "returns": "WooCommerce itself knows no returns, only refunds.",
    "return_lines": "WooCommerce itself knows no returns, only refunds.",
    "companies": "WooCommerce itself knows no companies, only a company name in an address.",
    "field_changes": "WooCommerce keeps no history of single fields.",
    "deletions": "WooCommerce keeps no list of deleted records: the trash is read, what was deleted for good left no trace.",
}
"""Canonical tables that no WooCommerce site offers."""

UNREADABLE = {
    "customers.email_consent": "WooCommerce itself keeps no consent to marketing.",
    "customers.sms_consent": "WooCommerce itself keeps no consent to marketing.",
}
UNREADABLE_ORDERS = {
    "orders.is_test": "WooCommerce does not mark test orders.",
    "orders.authorized": "WooCommerce itself does not tell money that was only authorised from a transfer that is awaited.",
    "orders.is_edited": "WooCommerce changes orders in place and does not say so.",
}
