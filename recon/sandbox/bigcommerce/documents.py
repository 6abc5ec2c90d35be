"""Complete records in the vendor's shape out of what matters of them: V2 with text amounts and RFC 2822, V3 with numbers and ISO 8601."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

from recon.sandbox.bigcommerce.orders import STATUSES

Document = dict[str, Any]
Amount = Decimal | int | str

ZERO = "0.0000"


def rfc2822(moment: datetime | None) -> str:
    """A time as V2 writes it; empty where there is none."""
    return "" if moment is None else format_datetime(moment.astimezone(UTC))


def iso(moment: datetime) -> str:
    """A time as V3 writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def text(amount: Amount) -> str:
    """An amount as V2 writes it: four decimals."""
    return f"{Decimal(amount):.4f}"


def number(amount: Amount) -> float:
    """An amount as V3 writes it: a JSON number. Amounts of the stand-in have few digits, so their shortest form is exact."""
    return float(Decimal(amount))


def address(first: str, last: str, street: str, city: str, code: str, country: str, **more: Any) -> Document:
    """An address as orders have it (V2)."""
    return {
        "first_name": first, "last_name": last, "company": "", "street_1": street, "street_2": "", "city": city, "state": "", "zip": code,
        "country": country, "country_iso2": country, "phone": "", "email": "", **more,
    }  # fmt: skip


def line(
    id_: int,
    order_id: int,
    sku: str,
    quantity: int,
    unit_ex: Amount,
    unit_inc: Amount,
    *,
    tax: Amount = 0,
    discount: Amount = 0,
    **more: Any,
) -> Document:
    """A line of an order; ``unit_ex`` and ``unit_inc`` are the price of one without and with tax, ``tax`` that of the whole line."""
    ex, inc = Decimal(unit_ex), Decimal(unit_inc)
    discounts = (
        [{"id": "coupon", "amount": text(discount), "name": "Coupon", "code": "CODE", "target": "order"}] if Decimal(discount) else []
    )
    return {
        "id": id_, "order_id": order_id, "product_id": 0, "variant_id": 0, "order_pickup_method_id": 0, "order_address_id": 0, "name": sku,
        "name_customer": sku, "name_merchant": sku, "sku": sku, "upc": "", "type": "physical", "base_price": text(ex),
        "price_ex_tax": text(ex), "price_inc_tax": text(inc), "price_tax": text(inc - ex), "base_total": text(ex * quantity),
        "total_ex_tax": text(ex * quantity), "total_inc_tax": text(inc * quantity), "total_tax": text(tax), "weight": "1.0000",
        "quantity": quantity, "quantity_shipped": 0, "quantity_refunded": 0, "is_refunded": False, "refund_amount": ZERO,
        "parent_order_product_id": None, "is_bundled_product": False, "external_id": None, "applied_discounts": discounts,
        "product_options": [], "gift_certificate_id": None, "discounted_total_inc_tax": text(inc * quantity - Decimal(discount)), **more,
    }  # fmt: skip


def order(
    id_: int, created: datetime, modified: datetime, *, lines: Sequence[Document], billing: Document, tax_included: bool,
    discount: Amount = 0, shipping_ex: Amount = 0, shipping_inc: Amount = 0, tax: Amount = 0, fee: Amount = 0, status: int = 11,
    country: str | None = None, **more: Any,
) -> Document:  # fmt: skip
    """An order whose total is worked out as the vendor does: goods less discounts, with shipping, fees and tax.

    ``tax`` is the order's whole tax; with ``tax_included`` prices hold it already.
    """
    subtotal = {side: sum((Decimal(one[f"total_{side}_tax"]) for one in lines), Decimal(0)) for side in ("ex", "inc")}
    shipping = {"ex": Decimal(shipping_ex), "inc": Decimal(shipping_inc)}
    side = "inc" if tax_included else "ex"
    total = subtotal[side] - Decimal(discount) + shipping[side] + Decimal(fee) + (Decimal(0) if tax_included else Decimal(tax))
    place = {**billing, "id": id_ * 10 + 1, "items_total": sum(one["quantity"] for one in lines), "items_shipped": 0, "form_fields": []}
    if country:
        place["country_iso2"] = place["country"] = country
    fees = [_fee(id_, fee)] if Decimal(fee) else []
    placed = [{**one, "order_address_id": place["id"]} if one["type"] == "physical" else one for one in lines]
    return {
        "id": id_, "customer_id": 0, "date_created": rfc2822(created), "date_modified": rfc2822(modified), "date_shipped": "",
        "status_id": status, "status": STATUSES[status], "custom_status": STATUSES[status],
        "subtotal_ex_tax": text(subtotal["ex"]), "subtotal_inc_tax": text(subtotal["inc"]),
        "subtotal_tax": text(subtotal["inc"] - subtotal["ex"]), "base_shipping_cost": text(shipping["ex"]),
        "shipping_cost_ex_tax": text(shipping["ex"]), "shipping_cost_inc_tax": text(shipping["inc"]),
        "shipping_cost_tax": text(shipping["inc"] - shipping["ex"]), "base_handling_cost": ZERO, "handling_cost_ex_tax": ZERO,
        "handling_cost_inc_tax": ZERO, "handling_cost_tax": ZERO, "base_wrapping_cost": ZERO, "wrapping_cost_ex_tax": ZERO,
        "wrapping_cost_inc_tax": ZERO, "wrapping_cost_tax": ZERO, "total_ex_tax": text(total - Decimal(tax)), "total_inc_tax": text(total),
        "total_tax": text(tax), "is_tax_inclusive_pricing": tax_included, "items_total": place["items_total"],
        "items_shipped": 0, "payment_method": "Credit Card", "payment_provider_id": "", "payment_status": "captured",
        "refunded_amount": ZERO, "order_is_digital": False, "store_credit_amount": ZERO, "gift_certificate_amount": ZERO,
        "currency_id": 1, "currency_code": "EUR", "currency_exchange_rate": "1.0000000000", "default_currency_id": 1,
        "default_currency_code": "EUR", "store_default_currency_code": "EUR",
        "store_default_to_transactional_exchange_rate": "1.0000000000", "discount_amount": text(discount), "coupon_discount": ZERO,
        "shipping_address_count": 1, "is_deleted": False, "is_email_opt_in": False, "order_source": "www", "channel_id": 1,
        "external_source": None, "external_id": None, "external_merchant_id": None, "external_order_id": "", "ebay_order_id": "0",
        "staff_notes": "", "customer_message": "", "tax_provider_id": "BasicTaxProvider", "customer_locale": "en",
        "billing_address": {**billing, "form_fields": []}, "shipping_addresses": [place], "products": placed, "fees": fees, **more,
    }  # fmt: skip


def _fee(order_id: int, amount: Amount) -> Document:
    cost = text(amount)
    return {
        "id": order_id, "type": "custom_fee", "display_name_customer": "Duties", "display_name_merchant": "Duties", "source": "v2",
        "base_cost": cost, "cost_ex_tax": cost, "cost_inc_tax": cost, "cost_tax": ZERO, "tax_class_id": None,
    }  # fmt: skip


def refund(
    id_: int, order_id: int, created: datetime, amount: Amount, *, items: Iterable[tuple[str, int, int, Amount]] = (), tax: Amount = 0,
    provider: str = "braintree", declined: bool = False, paid: bool = True, reason: str = "",
) -> Document:  # fmt: skip
    """A refund; ``items`` are (type, id, quantity, amount), ``paid`` False leaves it without any payment."""
    payment = {
        "id": id_ * 10, "provider_id": provider, "amount": number(amount), "offline": provider == "cash", "is_declined": declined,
        "declined_message": "declined" if declined else "", "transaction_id": str(id_ * 10 + 1),
    }  # fmt: skip
    return {
        "id": id_, "order_id": order_id, "user_id": 1, "created": iso(created), "reason": reason, "total_amount": number(amount),
        "total_tax": number(tax), "uses_merchant_override_values": False,
        "items": [
            {"item_type": kind, "item_id": item, "reason": "", "quantity": quantity, "requested_amount": number(value), "adjustments": []}
            for kind, item, quantity, value in items
        ],
        "payments": [payment] if paid else [],
    }  # fmt: skip


def transaction(id_: int, order_id: int, created: datetime, amount: Amount, event: str = "purchase", **more: Any) -> Document:
    """A payment transaction."""
    return {
        "id": id_, "order_id": str(order_id), "date_created": iso(created), "event": event, "method": "credit_card",
        "amount": number(amount), "currency": "EUR", "gateway": "braintree", "gateway_transaction_id": f"t{id_}", "test": False,
        "status": "ok", "fraud_review": False, **more,
    }  # fmt: skip


def shipment(id_: int, order_id: int, created: datetime, items: Iterable[tuple[int, int]], **more: Any) -> Document:
    """A shipment; ``items`` are (line, quantity)."""
    return {
        "id": id_, "order_id": order_id, "customer_id": 0, "order_address_id": order_id * 10 + 1, "date_created": rfc2822(created),
        "tracking_number": f"JD{id_}", "merchant_shipping_cost": ZERO, "shipping_method": "Standard", "shipping_provider": "",
        "tracking_carrier": "dhl", "comments": "",
        "items": [{"order_product_id": item, "product_id": 0, "quantity": quantity} for item, quantity in items], **more,
    }  # fmt: skip


def customer(id_: int, email: str, first: str, last: str, created: datetime, modified: datetime, **more: Any) -> Document:
    """A customer; give ``addresses`` as made by :func:`customer_address`."""
    return {
        "id": id_, "email": email, "first_name": first, "last_name": last, "company": "", "phone": "", "notes": "",
        "tax_exempt_category": "", "customer_group_id": 0, "date_created": iso(created), "date_modified": iso(modified),
        "attribute_count": 0, "authentication": {"force_password_reset": False}, "accepts_product_review_abandoned_cart_emails": False,
        "origin_channel_id": 1, "channel_ids": [1], "addresses": [], **more,
    }  # fmt: skip


def customer_address(
    id_: int, customer_id: int, first: str, last: str, street: str, city: str, code: str, country: str, **more: Any
) -> Document:
    """An address of a customer (V3)."""
    return {
        "id": id_, "customer_id": customer_id, "first_name": first, "last_name": last, "company": "", "address1": street, "address2": "",
        "city": city, "state_or_province": "", "postal_code": code, "country_code": country, "country": country, "phone": "",
        "address_type": "residential", **more,
    }  # fmt: skip


def subscriber(id_: int, email: str, created: datetime, modified: datetime, *, subscribed: bool, **more: Any) -> Document:
    """Somebody on the newsletter list; without consents they have unsubscribed."""
    return {
        "id": id_, "email": email, "first_name": "", "last_name": "", "source": "storefront", "order_id": None, "channel_id": 1,
        "consents": ["marketing_newsletter"] if subscribed else [], "date_created": iso(created), "date_modified": iso(modified), **more,
    }  # fmt: skip


def product(
    id_: int, name: str, price: Amount, created: datetime, modified: datetime, *, variants: Sequence[Document], **more: Any
) -> Document:
    """A product with its variants."""
    return {
        "id": id_, "name": name, "type": "physical", "sku": "", "description": "", "weight": 1.0, "price": number(price),
        "cost_price": 0, "retail_price": 0, "sale_price": 0, "map_price": 0, "tax_class_id": 0, "inventory_level": 0,
        "inventory_tracking": "variant", "is_visible": True, "availability": "available", "upc": "", "calculated_price": number(price),
        "date_created": iso(created), "date_modified": iso(modified), "base_variant_id": None, "variants": list(variants), **more,
    }  # fmt: skip


def variant(id_: int, product_id: int, sku: str, price: Amount | None, *labels: str, **more: Any) -> Document:
    """A variant; without ``price`` it inherits the product's."""
    return {
        "id": id_, "product_id": product_id, "sku": sku, "price": None if price is None else number(price), "cost_price": None,
        "sale_price": None, "retail_price": None, "purchasing_disabled": False, "upc": "", "inventory_level": 0, "bin_picking_number": "",
        "option_values": [
            {"id": id_ * 10 + n, "label": label, "option_id": n, "option_display_name": "Option"} for n, label in enumerate(labels)
        ],
        **more,
    }  # fmt: skip


def inventory_item(variant_id: int, product_id: int, sku: str, levels: Iterable[Mapping[str, Any]]) -> Document:
    """Stock of a variant; give ``levels`` as made by :func:`level`."""
    return {"identity": {"sku": sku, "variant_id": variant_id, "product_id": product_id, "sku_id": None}, "locations": list(levels)}


def level(location_id: int, on_hand: int, available: int, safety: int = 0, *, enabled: bool = True) -> Document:
    """Stock at a location."""
    return {
        "location_id": location_id, "location_code": f"LOC-{location_id}", "location_name": f"Location {location_id}",
        "location_enabled": enabled, "available_to_sell": available, "total_inventory_onhand": on_hand,
        "settings": {"safety_stock": safety, "is_in_stock": True, "warning_level": 0, "bin_picking_number": ""},
    }  # fmt: skip


def location(id_: int, label: str, created: datetime, *, enabled: bool = True, code: str = "") -> Document:
    """A stock location."""
    return {
        "id": id_, "code": code or f"LOC-{id_}", "label": label, "description": "", "managed_by_external_source": False,
        "type_id": "PHYSICAL", "enabled": enabled, "time_zone": "Europe/Berlin", "created_at": iso(created), "updated_at": iso(created),
        "storefront_visibility": True,
    }  # fmt: skip


def price_list(id_: int, name: str, created: datetime) -> Document:
    """A price list."""
    return {"id": id_, "name": name, "active": True, "date_created": iso(created), "date_modified": iso(created)}


def price_record(
    list_id: int, variant_id: int, product_id: int, sku: str, amount: Amount | None, created: datetime, currency: str = "eur",
    tiers: Sequence[Mapping[str, Any]] = (),
) -> Document:  # fmt: skip
    """A price of a list; currencies are written in lower case there."""
    price = None if amount is None else number(amount)
    return {
        "price_list_id": list_id, "variant_id": variant_id, "product_id": product_id, "sku": sku, "currency": currency, "price": price,
        "calculated_price": price or 0, "bulk_pricing_tiers": list(tiers),
        "date_created": iso(created), "date_modified": iso(created),
    }  # fmt: skip


def channel(id_: int, name: str, created: datetime, *, type_: str = "storefront", platform: str = "bigcommerce") -> Document:
    """A sales channel."""
    return {
        "id": id_, "name": name, "type": type_, "platform": platform, "status": "active", "external_id": "", "is_enabled": True,
        "is_visible": True, "is_listable_from_ui": True, "icon_url": "", "date_created": iso(created), "date_modified": iso(created),
    }  # fmt: skip


def company(id_: int, name: str, created: datetime, modified: datetime, **more: Any) -> Document:
    """A company of B2B Edition."""
    return {
        "companyId": id_, "companyName": name, "companyStatus": "1", "companyEmail": "", "companyPhone": "", "addressLine1": "",
        "addressLine2": "", "city": "", "state": "", "country": "", "zipCode": "", "bcGroupId": 0, "bcGroupName": "", "uuid": None,
        "createdAt": int(created.timestamp()), "updatedAt": int(modified.timestamp()), **more,
    }  # fmt: skip
