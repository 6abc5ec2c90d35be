"""Records in the shape of the vendor's REST answers, with totals that add up by the vendor's own arithmetic.

Amounts are Decimal. The base currency is the website's, the order currency the buyer's; ``rate`` turns the first into the second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Record = dict[str, Any]

NONE = Decimal(0)
CENT = Decimal("0.01")


def stamp(moment: datetime) -> str:
    """A moment as the vendor writes it: UTC without a mark."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def both(amounts: Mapping[str, Decimal], rate: Decimal) -> Record:
    """Every amount twice: ``base_x`` and, at the rate, ``x``."""
    result: Record = {}
    for name, amount in amounts.items():
        result[f"base_{name}"] = amount
        result[name] = (amount * rate).quantize(CENT, ROUND_HALF_UP) if rate != 1 else amount
    # two columns of the order table are named otherwise (vendor's schema)
    if "base_shipping_discount_tax_compensation_amount" in result:
        result["base_shipping_discount_tax_compensation_amnt"] = result.pop("base_shipping_discount_tax_compensation_amount")
    return result


def address(kind: str, number: int, person: Mapping[str, Any]) -> Record:
    """An order's address; ``person`` has firstname, lastname, street, city, postcode, country_id and more of the vendor's keys."""
    return {"address_type": kind, "entity_id": number, "telephone": "", **person}


def item(
    item_id: int,
    sku: str,
    quantity: Decimal | int,
    price: Decimal,
    *,
    product_id: int,
    kind: str = "simple",
    parent: int | None = None,
    discount: Decimal = NONE,
    tax: Decimal = NONE,
    compensation: Decimal = NONE,
    name: str = "",
    rate: Decimal = Decimal(1),
    **changes: Any,
) -> Record:
    """A line as ordered; ``price`` is that of one in base currency, without tax."""
    count = Decimal(quantity)
    total = price * count
    amounts = {
        "price": price,
        "original_price": price,
        "row_total": total,
        "row_total_incl_tax": total + tax,
        "price_incl_tax": ((total + tax) / count).quantize(Decimal("0.0001")) if count else price,
        "tax_amount": tax,
        "discount_amount": discount,
        "discount_tax_compensation_amount": compensation,
    }
    return {
        "item_id": item_id,
        "parent_item_id": parent,
        "product_id": product_id,
        "product_type": kind,
        "sku": sku,
        "name": name or sku,
        "qty_ordered": count,
        "qty_invoiced": NONE,
        "qty_shipped": NONE,
        "qty_refunded": NONE,
        "qty_canceled": NONE,
        "is_qty_decimal": 0,
        "is_virtual": 0,
        **both(amounts, rate),
        **changes,
    }


def order(
    entity_id: int,
    items: Sequence[Record],
    *,
    created: datetime,
    updated: datetime | None = None,
    shipping: Decimal = NONE,
    shipping_tax: Decimal = NONE,
    shipping_discount: Decimal = NONE,
    rate: Decimal = Decimal(1),
    currency: str = "EUR",
    order_currency: str | None = None,
    state: str = "processing",
    status: str | None = None,
    increment_id: str | None = None,
    store_id: int = 1,
    customer_id: int | None = None,
    email: str = "",
    person: Mapping[str, Any] | None = None,
    paid: Decimal | None = None,
    refunded: Decimal | None = None,
    prepaid: Decimal = NONE,
    extension: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Record:
    """An order whose lines are given; totals follow from lines that are not below another line.

    ``prepaid`` is what gift cards, store credit and points took off the grand total; name them in ``extension``.
    """
    top = [entry for entry in items if entry.get("parent_item_id") is None]
    subtotal = sum((entry["base_row_total"] for entry in top), NONE)
    discount = sum((entry["base_discount_amount"] for entry in top), NONE)
    compensation = sum((entry["base_discount_tax_compensation_amount"] for entry in top), NONE)
    tax = sum((entry["base_tax_amount"] for entry in top), NONE) + shipping_tax
    total = subtotal - discount - shipping_discount + compensation + tax + shipping - prepaid
    settled = total if paid is None else paid
    amounts = {
        "subtotal": subtotal,
        "subtotal_incl_tax": subtotal + tax - shipping_tax,
        "discount_amount": -discount - shipping_discount,
        "discount_tax_compensation_amount": compensation,
        "shipping_amount": shipping,
        "shipping_discount_amount": shipping_discount,
        "shipping_discount_tax_compensation_amount": NONE,
        "shipping_incl_tax": shipping + shipping_tax,
        "shipping_tax_amount": shipping_tax,
        "tax_amount": tax,
        "grand_total": total,
        "total_due": total - settled,
        "total_paid": settled if settled else None,
        "total_refunded": refunded,
        "total_canceled": total if state == "canceled" else None,
    }
    who = dict(person or {})
    where = {**_NOWHERE, **who}
    number = increment_id or f"{entity_id:09}"
    return {
        "entity_id": entity_id,
        "increment_id": number,
        "state": state,
        "status": status or state,
        "created_at": stamp(created),
        "updated_at": stamp(updated or created),
        "store_id": store_id,
        "store_name": "Main Website\nMain Website Store\nDefault Store View",
        "base_currency_code": currency,
        "order_currency_code": order_currency or currency,
        "store_currency_code": currency,
        "global_currency_code": currency,
        "base_to_order_rate": rate,
        "base_to_global_rate": Decimal(1),
        "customer_id": customer_id,
        "customer_is_guest": 0 if customer_id is not None else 1,
        "customer_group_id": 1 if customer_id is not None else 0,
        "customer_email": email,
        "customer_firstname": who.get("firstname") if customer_id is not None else None,
        "customer_lastname": who.get("lastname") if customer_id is not None else None,
        "is_virtual": 0,
        "total_item_count": len(top),
        "total_qty_ordered": sum((entry["qty_ordered"] for entry in top), NONE),
        **both({key: value for key, value in amounts.items() if value is not None}, rate),
        "items": [{"order_id": entity_id, "store_id": store_id, "created_at": stamp(created), **entry} for entry in items],
        "billing_address": address("billing", entity_id * 2, where),
        "payment": {
            "method": "checkmo",
            "account_status": None,
            "cc_last4": None,
            "additional_information": ["Check / Money order"],
            "base_amount_ordered": total,
            "amount_ordered": (total * rate).quantize(CENT, ROUND_HALF_UP),
        },
        "status_histories": [],
        "extension_attributes": {
            "shipping_assignments": [{"shipping": {"address": address("shipping", entity_id * 2 + 1, where)}, "items": []}],
            **(extension or {}),
        },
        **changes,
    }


_NOWHERE = {"firstname": "Ann", "lastname": "Example", "street": ["Am Kai 1"], "city": "Hamburg", "postcode": "20457", "country_id": "DE"}


def creditmemo(
    entity_id: int,
    order_id: int,
    lines: Sequence[tuple[int, Decimal | int, Decimal]],
    *,
    created: datetime,
    tax: Decimal = NONE,
    shipping: Decimal = NONE,
    extra: Decimal = NONE,
    fee: Decimal = NONE,
    state: int = 2,
    rate: Decimal = Decimal(1),
    currency: str = "EUR",
    order_currency: str | None = None,
    store_id: int = 1,
    **changes: Any,
) -> Record:
    """A credit memo over (order line, quantity, amount without tax); ``extra`` and ``fee`` are its adjustments."""
    subtotal = sum((amount for _, _, amount in lines), NONE)
    amounts = {
        "subtotal": subtotal,
        "tax_amount": tax,
        "shipping_amount": shipping,
        "adjustment": extra - fee,
        "adjustment_positive": extra,
        "adjustment_negative": fee,
        "grand_total": subtotal + tax + shipping + extra - fee,
    }
    return {
        "entity_id": entity_id,
        "increment_id": f"{entity_id:09}",
        "order_id": order_id,
        "state": state,
        "created_at": stamp(created),
        "updated_at": stamp(created),
        "store_id": store_id,
        "base_currency_code": currency,
        "order_currency_code": order_currency or currency,
        **both(amounts, rate),
        "items": [
            {
                "entity_id": entity_id * 100 + number,
                "parent_id": entity_id,
                "order_item_id": line,
                "qty": Decimal(quantity),
                "base_cost": NONE,
                **both({"price": amount / Decimal(quantity) if quantity else NONE, "row_total": amount, "tax_amount": NONE}, rate),
            }
            for number, (line, quantity, amount) in enumerate(lines)
        ],
        "comments": [],
        **changes,
    }


def shipment(
    entity_id: int,
    order_id: int,
    lines: Sequence[tuple[int, Decimal | int, str]],
    *,
    created: datetime,
    source: str = "default",
    tracks: Sequence[tuple[str, str]] = (),
    store_id: int = 1,
    **changes: Any,
) -> Record:
    """A shipment of (order line, quantity, SKU); ``tracks`` are carrier and number."""
    return {
        "entity_id": entity_id,
        "increment_id": f"{entity_id:09}",
        "order_id": order_id,
        "created_at": stamp(created),
        "updated_at": stamp(created),
        "store_id": store_id,
        "total_qty": sum((Decimal(quantity) for _, quantity, _ in lines), NONE),
        "items": [
            {"entity_id": entity_id * 100 + number, "parent_id": entity_id, "order_item_id": line, "qty": Decimal(quantity), "sku": sku}
            for number, (line, quantity, sku) in enumerate(lines)
        ],
        "tracks": [
            {
                "entity_id": entity_id * 10 + number,
                "parent_id": entity_id,
                "order_id": order_id,
                "track_number": code,
                "title": carrier,
                "carrier_code": carrier.lower(),
                "created_at": stamp(created),
                "updated_at": stamp(created),
                "weight": NONE,
                "qty": NONE,
                "description": "",
            }
            for number, (carrier, code) in enumerate(tracks)
        ],
        "comments": [],
        "packages": [],
        "extension_attributes": {"source_code": source},
        **changes,
    }


def invoice(
    entity_id: int,
    order: Mapping[str, Any],
    *,
    created: datetime,
    state: int = 2,
    **changes: Any,
) -> Record:
    """An invoice over all of an order."""
    copied = ("grand_total", "subtotal", "tax_amount", "shipping_amount", "discount_amount")
    return {
        "entity_id": entity_id,
        "increment_id": f"{entity_id:09}",
        "order_id": order["entity_id"],
        "state": state,
        "created_at": stamp(created),
        "updated_at": stamp(created),
        "store_id": order["store_id"],
        "base_currency_code": order["base_currency_code"],
        "order_currency_code": order["order_currency_code"],
        "total_qty": order["total_qty_ordered"],
        **{name: order[name] for key in copied for name in (key, f"base_{key}")},
        "items": [],
        "comments": [],
        **changes,
    }


def customer(
    number: int,
    email: str,
    first: str,
    last: str,
    *,
    created: datetime,
    updated: datetime | None = None,
    website_id: int = 1,
    group_id: int = 1,
    subscribed: bool | None = None,
    places: Sequence[Mapping[str, Any]] = (),
    company: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Record:
    """A customer; the first of ``places`` is the default address."""
    extension: Record = {} if subscribed is None else {"is_subscribed": subscribed}
    if company is not None:
        extension["company_attributes"] = {"customer_id": number, **company}
    addresses = [
        {
            "id": number * 10 + k,
            "customer_id": number,
            "firstname": first,
            "lastname": last,
            **place,
            **({"default_shipping": True, "default_billing": True} if k == 0 else {}),
        }
        for k, place in enumerate(places)
    ]
    return {
        "id": number,
        "group_id": group_id,
        "default_billing": str(number * 10) if addresses else None,
        "default_shipping": str(number * 10) if addresses else None,
        "created_at": stamp(created),
        "updated_at": stamp(updated or created),
        "created_in": "Default Store View",
        "email": email,
        "firstname": first,
        "lastname": last,
        "store_id": 1,
        "website_id": website_id,
        "addresses": addresses,
        "disable_auto_group_change": 0,
        "extension_attributes": extension,
        "custom_attributes": [],
        **changes,
    }


def product(
    number: int,
    sku: str,
    name: str,
    price: Decimal | None,
    *,
    created: datetime,
    updated: datetime | None = None,
    kind: str = "simple",
    active: bool = True,
    children: Sequence[int] = (),
    **changes: Any,
) -> Record:
    """A product; ``children`` are the ids below a configurable one."""
    extension: Record = {"website_ids": [1], "category_links": []}
    if children:
        extension["configurable_product_links"] = list(children)
    return {
        "id": number,
        "sku": sku,
        "name": name,
        "attribute_set_id": 4,
        "price": price,
        "status": 1 if active else 2,
        "visibility": 4,
        "type_id": kind,
        "created_at": stamp(created),
        "updated_at": stamp(updated or created),
        "weight": Decimal(1),
        "extension_attributes": extension,
        "product_links": [],
        "options": [],
        "media_gallery_entries": [],
        "tier_prices": [],
        "custom_attributes": [],
        **changes,
    }


def stock_item(number: int, sku: str, quantity: Decimal, *, counted: bool = True, backorders: bool = False, **changes: Any) -> Record:
    """Stock of a product where there are no sources; ``sku`` is not part of the answer, but of its address."""
    return {
        "sku": sku,
        "item_id": number,
        "product_id": number,
        "stock_id": 1,
        "qty": quantity,
        "is_in_stock": quantity > 0,
        "is_qty_decimal": False,
        "show_default_notification_message": False,
        "use_config_min_qty": True,
        "min_qty": 0,
        "use_config_min_sale_qty": 1,
        "min_sale_qty": 1,
        "use_config_max_sale_qty": True,
        "max_sale_qty": 10000,
        "use_config_backorders": not backorders,
        "backorders": int(backorders),
        "use_config_notify_stock_qty": True,
        "notify_stock_qty": 1,
        "use_config_qty_increments": True,
        "qty_increments": 0,
        "use_config_enable_qty_inc": True,
        "enable_qty_increments": False,
        "use_config_manage_stock": counted,
        "manage_stock": counted,
        "low_stock_date": "",
        "is_decimal_divided": False,
        "stock_status_changed_auto": 0,
        **changes,
    }
