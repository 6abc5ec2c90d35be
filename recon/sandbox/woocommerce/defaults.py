"""What every record of a kind has, so that a document may be given with the fields that matter only."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

Document = dict[str, Any]

_NAME = {"first_name": "", "last_name": "", "company": "", "address_1": "", "address_2": "", "city": ""}
_BILLING: Document = {**_NAME, "state": "", "postcode": "", "country": "", "email": "", "phone": ""}
_SHIPPING: Document = {**_NAME, "state": "", "postcode": "", "country": "", "phone": ""}
_STOCK: Document = {
    "manage_stock": False, "stock_quantity": None, "stock_status": "instock", "backorders": "no", "backorders_allowed": False,
    "backordered": False, "low_stock_amount": None,
}  # fmt: skip
_GOODS: Document = {
    "description": "", "permalink": "", "sku": "", "global_unique_id": "", "price": "", "regular_price": "", "sale_price": "",
    "date_on_sale_from": None, "date_on_sale_from_gmt": None, "date_on_sale_to": None, "date_on_sale_to_gmt": None, "on_sale": False,
    "status": "publish", "purchasable": True, "virtual": False, "downloadable": False, "downloads": [], "download_limit": -1,
    "download_expiry": -1, "tax_status": "taxable", "tax_class": "", **_STOCK, "weight": "",
    "dimensions": {"length": "", "width": "", "height": ""}, "shipping_class": "", "shipping_class_id": 0, "attributes": [],
    "menu_order": 0, "meta_data": [], "name": "", "parent_id": 0,
}  # fmt: skip
_LINE: Document = {
    "name": "", "product_id": 0, "variation_id": 0, "quantity": 1, "tax_class": "", "subtotal": "0.00", "subtotal_tax": "0.00",
    "total": "0.00", "total_tax": "0.00", "taxes": [], "meta_data": [], "sku": None, "global_unique_id": "", "price": 0,
    "image": {"id": "", "src": ""}, "parent_name": None,
}  # fmt: skip
_ORDER: Document = {
    "parent_id": 0, "status": "pending", "currency": "EUR", "version": "", "prices_include_tax": False, "discount_total": "0.00",
    "discount_tax": "0.00", "shipping_total": "0.00", "shipping_tax": "0.00", "cart_tax": "0.00", "total": "0.00", "total_tax": "0.00",
    "customer_id": 0, "order_key": "", "billing": _BILLING, "shipping": _SHIPPING, "payment_method": "", "payment_method_title": "",
    "transaction_id": "", "customer_ip_address": "", "customer_user_agent": "", "created_via": "checkout", "customer_note": "",
    "date_completed": None, "date_paid": None, "cart_hash": "", "number": "", "meta_data": [], "line_items": [], "tax_lines": [],
    "shipping_lines": [], "fee_lines": [], "coupon_lines": [], "refunds": [], "payment_url": "", "is_editable": False,
    "needs_payment": False, "needs_processing": False, "date_completed_gmt": None, "date_paid_gmt": None, "currency_symbol": "",
}  # fmt: skip

TEMPLATES: dict[str, Document] = {
    "orders": _ORDER,
    "refunds": {
        "parent_id": 0, "amount": "0.00", "reason": "", "refunded_by": 1, "refunded_payment": False, "meta_data": [], "line_items": [],
        "shipping_lines": [], "tax_lines": [], "fee_lines": [],
    },
    "customers": {
        "email": "", "first_name": "", "last_name": "", "role": "customer", "username": "", "billing": _BILLING, "shipping": _SHIPPING,
        "is_paying_customer": False, "avatar_url": "", "meta_data": [],
    },
    "products": {
        **_GOODS, "slug": "", "type": "simple", "featured": False, "catalog_visibility": "visible", "short_description": "",
        "total_sales": 0, "external_url": "", "button_text": "", "sold_individually": False, "shipping_required": True,
        "shipping_taxable": True, "reviews_allowed": True, "average_rating": "0.00", "rating_count": 0, "upsell_ids": [],
        "cross_sell_ids": [], "purchase_note": "", "categories": [], "brands": [], "tags": [], "images": [], "default_attributes": [],
        "variations": [], "grouped_products": [], "price_html": "", "related_ids": [], "has_options": False, "post_password": "",
    },
    "variations": {**_GOODS, "type": "variation", "image": None, "gallery_image_ids": []},
    "coupons": {
        "code": "", "amount": "0.00", "status": "publish", "discount_type": "fixed_cart", "description": "", "date_expires": None,
        "date_expires_gmt": None, "usage_count": 0, "individual_use": False, "product_ids": [], "excluded_product_ids": [],
        "usage_limit": None, "usage_limit_per_user": None, "limit_usage_to_x_items": None, "free_shipping": False,
        "product_categories": [], "excluded_product_categories": [], "exclude_sale_items": False, "minimum_amount": "0.00",
        "maximum_amount": "0.00", "email_restrictions": [], "used_by": [], "meta_data": [],
    },
    "taxes": {
        "country": "", "state": "", "postcode": "", "city": "", "rate": "0.0000", "name": "Tax", "priority": 1, "compound": False,
        "shipping": True, "order": 0, "class": "standard", "postcodes": [], "cities": [],
    },
    "subscriptions": {
        **_ORDER, "billing_period": "month", "billing_interval": "1", "start_date_gmt": "", "trial_end_date_gmt": "",
        "next_payment_date_gmt": "", "last_payment_date_gmt": "", "end_date_gmt": "",
    },
}  # fmt: skip
"""Kind → its fields with what they hold when nothing was given; the fields of times come with :func:`completed`."""

_TIMES = {
    "orders": ("created", "modified", "completed", "paid"), "refunds": ("created",), "customers": ("created", "modified"),
    "products": ("created", "modified"), "variations": ("created", "modified"), "coupons": ("created", "modified"), "taxes": (),
    "subscriptions": ("created", "modified", "completed", "paid"),
}  # fmt: skip


def completed(kind: str, given: Document, zone: ZoneInfo, now: datetime) -> Document:
    """A document with all its fields; times are given as ``date_…_gmt``, those of the shop's zone follow from them.

    Raises ValueError for fields that the kind does not have.
    """
    times = {f"date_{name}{end}" for name in _TIMES[kind] for end in ("", "_gmt")}
    unknown = given.keys() - TEMPLATES[kind].keys() - times - {"id", "_links"}
    if unknown:
        raise ValueError(f"{kind} have no field {sorted(unknown)[0]}")
    document: Document = {"id": int(given["id"]), **deepcopy(TEMPLATES[kind]), **given}
    for key in ("billing", "shipping"):
        if isinstance(document.get(key), dict):
            document[key] = {**TEMPLATES["customers"][key], **document[key]}
    document["line_items"] = [{**_LINE, **line} for line in document.get("line_items") or ()]
    if "line_items" not in TEMPLATES[kind]:
        del document["line_items"]
    if kind in {"orders", "subscriptions"}:
        document["number"] = document["number"] or str(document["id"])
    for name in _TIMES[kind]:
        gmt = document.get(f"date_{name}_gmt")
        if gmt is None and name in {"created", "modified"} and f"date_{name}_gmt" not in given:
            gmt = document.get("date_created_gmt") or naive(now)
        document[f"date_{name}_gmt"] = gmt
        document[f"date_{name}"] = local(gmt, zone)
    return document


def naive(moment: datetime) -> str:
    """A moment in UTC as WooCommerce writes it: seconds, no zone."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def local(gmt: str | None, zone: ZoneInfo) -> str | None:
    """The same moment in the shop's zone."""
    if not gmt:
        return gmt
    return datetime.fromisoformat(gmt).replace(tzinfo=UTC).astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")
