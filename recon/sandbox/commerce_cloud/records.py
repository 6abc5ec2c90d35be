"""Complete records in the vendor's shape out of what matters of them. Amounts are Decimal, times aware."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from recon.sandbox.commerce_cloud.shop import stamp

Record = dict[str, Any]

NONE = Decimal(0)
SHIPMENT = "me"
"""The vendor's id of the one shipment that every order has"""


def rounded(amount: Decimal) -> Decimal:
    """An amount in whole cents."""
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def amounts(value: Decimal, tax: Decimal, *, gross: bool) -> Record:
    """Net, tax and gross of a value that holds its tax or does not."""
    return {"netPrice": value - tax if gross else value, "tax": tax, "grossPrice": value if gross else value + tax, "taxBasis": value}


def adjustment(value: Decimal, tax: Decimal, *, gross: bool, promotion: str, coupon: str | None = None, **more: Any) -> Record:
    """A discount; its amounts are negative."""
    return {**amounts(-value, -tax, gross=gross), "basePrice": -value, "promotionId": promotion, "couponCode": coupon, **more}


def item(
    position: int,
    product_id: str,
    quantity: int,
    base: Decimal,
    *,
    gross: bool,
    rate: Decimal = NONE,
    tax: Decimal | None = None,
    discount: Decimal = NONE,
    promotion: str = "sale",
    coupon: str | None = None,
    **more: Any,
) -> Record:
    """A product item. ``base`` is the price of one, ``rate`` 0.19 for 19 %, ``tax`` what is due after ``discount`` (by the rate)."""
    value = base * quantity
    left = value - discount
    full = _tax(value, rate, gross=gross)
    due = _tax(left, rate, gross=gross) if tax is None else tax
    if not discount:
        full = due
    less = [adjustment(discount, full - due, gross=gross, promotion=promotion, coupon=coupon)] if discount else []
    return {
        **amounts(value, full, gross=gross),
        "itemId": f"item-{position}-{product_id}"[:256],
        "position": position,
        "productId": product_id,
        "productName": product_id,
        "itemText": product_id,
        "quantity": quantity,
        "basePrice": base,
        "taxRate": rate,
        "adjustedTax": due,
        "priceAfterItemDiscount": left,
        "priceAfterOrderDiscount": left,
        "shipmentId": SHIPMENT,
        "bonusProductLineItem": False,
        "gift": False,
        **({"priceAdjustments": less} if less else {}),
        **more,
    }


def _tax(value: Decimal, rate: Decimal, *, gross: bool) -> Decimal:
    return rounded(value * rate / (1 + rate) if gross else value * rate)


def shipping(
    value: Decimal, tax: Decimal = NONE, *, gross: bool, rate: Decimal = NONE, text: str = "Shipping", discount: Decimal = NONE, **more: Any
) -> Record:
    """What is charged for sending: the shipping itself, or with ``type="surcharge"`` what comes on top."""
    less = [adjustment(discount, NONE, gross=gross, promotion="free-shipping")] if discount else []
    return {
        **amounts(value, tax, gross=gross),
        "itemId": f"shipping-{text}",
        "itemText": text,
        "basePrice": value,
        "taxRate": rate,
        "adjustedTax": tax,
        "priceAfterItemDiscount": value - discount,
        "shipmentId": SHIPMENT,
        "type": "fixed_price",
        **({"priceAdjustments": less} if less else {}),
        **more,
    }


def address(first: str, last: str, street: str, city: str, code: str, country: str, **more: Any) -> Record:
    """A postal address."""
    where = {"firstName": first, "lastName": last, "fullName": f"{first} {last}".strip(), "address1": street, "city": city}
    return {**where, "postalCode": code, "countryCode": country, **more}


def order(
    order_no: str,
    site: str,
    items: Sequence[Record],
    *,
    created: datetime,
    modified: datetime | None = None,
    gross: bool = True,
    freight: Sequence[Record] = (),
    status: str = "new",
    customer: Mapping[str, Any] | None = None,
    billing: Mapping[str, Any] | None = None,
    currency: str = "EUR",
    paid: bool = True,
    shipped: str = "not_shipped",
    number: int = 1,
    **more: Any,
) -> Record:
    """An order whose sums follow from its items and ``freight`` (:func:`shipping`)."""
    sums = totals(items, freight, gross=gross)
    where = dict(billing or address("Ada", "Muster", "Hauptstr. 1", "Berlin", "10115", "DE"))
    placed = status not in {"created", "failed"}
    return {
        "orderNo": order_no,
        "siteId": site,
        "creationDate": stamp(created),
        "placeDate": stamp(created) if placed else None,
        "lastModified": stamp(modified or created),
        "status": status,
        "confirmationStatus": "confirmed" if placed else "not_confirmed",
        "exportStatus": "exported" if placed else "not_exported",
        "paymentStatus": "paid" if paid else "not_paid",
        "shippingStatus": shipped,
        "createdBy": "Customer",
        "channelType": "storefront",
        "currency": currency,
        "customerLocale": "de_DE",
        "invoiceNo": f"{number:08}",
        "taxation": "gross" if gross else "net",
        "customerInfo": dict(customer or {"guest": True, "email": "buyer@example.com", "customerName": where["fullName"]}),
        "billingAddress": where,
        "productItems": list(items),
        "shippingItems": list(freight),
        "shipments": [_shipment(where, sums, shipped, number)],
        "paymentInstruments": [_payment(order_no, sums["orderTotal"])],
        **sums,
        **more,
    }


def totals(items: Sequence[Record], freight: Sequence[Record], *, gross: bool) -> Record:
    """The sums of an order."""
    goods, due = _sum(items, "priceAfterOrderDiscount"), _sum(items, "adjustedTax")
    sent, sent_tax = _sum(freight, "priceAfterItemDiscount"), _sum(freight, "adjustedTax")
    return {
        "productSubTotal": _sum(items, "priceAfterItemDiscount"),
        "productTotal": goods,
        "merchandizeTotalTax": _sum(items, "tax"),
        "adjustedMerchandizeTotalTax": due,
        "shippingTotal": sent,
        "shippingTotalTax": _sum(freight, "tax"),
        "adjustedShippingTotalTax": sent_tax,
        "taxTotal": due + sent_tax,
        "orderTotal": goods + sent + (NONE if gross else due + sent_tax),
    }


def _sum(records: Sequence[Record], key: str) -> Decimal:
    return sum((Decimal(record[key]) for record in records), NONE)


def _shipment(where: Record, sums: Record, shipped: str, number: int) -> Record:
    kept = ("productSubTotal", "productTotal", "merchandizeTotalTax", "adjustedMerchandizeTotalTax", "shippingTotal", "shippingTotalTax",
            "adjustedShippingTotalTax", "taxTotal")  # fmt: skip
    return {
        **{key: sums[key] for key in kept},
        "shipmentId": SHIPMENT,
        "shipmentNo": f"{number:08}",
        "shipmentTotal": sums["orderTotal"],
        "shippingAddress": where,
        "shippingMethod": {"id": "001"},
        "shippingStatus": "shipped" if shipped == "shipped" else "not_shipped",
        "gift": False,
    }


def _payment(order_no: str, amount: Decimal) -> Record:
    transaction = {"amount": amount, "transactionId": f"t-{order_no}"}
    return {"paymentInstrumentId": f"p-{order_no}", "paymentMethodId": "CREDIT_CARD", "paymentTransaction": transaction}


# -- people and goods -----------------------------------------------------------------------------------------------------


def customer(
    customer_no: str,
    list_id: str,
    first: str,
    last: str,
    email: str | None,
    *,
    created: datetime,
    modified: datetime | None = None,
    addresses: Sequence[Mapping[str, Any]] = (),
    **more: Any,
) -> Record:
    """A registered customer; the first of ``addresses`` is the preferred one."""
    times = {"creationDate": stamp(created), "lastModified": stamp(modified or created)}
    places = [{"addressId": f"address-{n}", **one, **times, "preferred": n == 1} for n, one in enumerate(addresses, start=1)]
    return {
        "customerNo": customer_no,
        "customerId": f"ab{customer_no}"[:28],
        "listId": list_id,
        "firstName": first,
        "lastName": last,
        "email": email,
        "credentials": {"login": email or customer_no, "enabled": True, "locked": False},
        "addresses": places,
        **times,
        **more,
    }


def product(
    product_id: str,
    name: str,
    *,
    created: datetime,
    modified: datetime | None = None,
    online: bool = True,
    price: Decimal | None = None,
    currency: str = "EUR",
    kind: str = "item",
    catalog: str = "master",
    variants: Sequence[str] = (),
    **more: Any,
) -> Record:
    """A product; ``variants`` are the ids below a master."""
    priced = {} if price is None else {"price": price, "priceCurrency": currency}
    return {
        "id": product_id,
        "name": {"default": name},
        "creationDate": stamp(created),
        "lastModified": stamp(modified or created),
        "onlineFlag": {"default": online},
        "online": online,
        "searchable": {"default": True},
        "owningCatalogId": catalog,
        "owningCatalogName": {"default": catalog},
        "type": {"master": kind == "master", kind: True},
        "taxClassId": "standard",
        **priced,
        **({"variants": [{"productId": one} for one in variants]} if variants else {}),
        **more,
    }


def stock(
    product_id: str, list_id: str, amount: int | None, *, reset: datetime, turnover: int = 0, on_order: int = 0, **more: Any
) -> Record:
    """An inventory record: ``amount`` was there at ``reset``; ``turnover`` left since, ``on_order`` is promised. None: perpetual."""
    times = {"creation_date": stamp(reset), "last_modified": stamp(reset)}
    perpetual = amount is None
    left = (amount or 0) - turnover - on_order
    return {
        "product_id": product_id,
        "inventory_list_id": list_id,
        "allocation": {"amount": Decimal(amount or 0), "reset_date": stamp(reset)},
        "perpetual_flag": perpetual,
        "pre_order_back_order_handling": "none",
        "inventory_turnover": Decimal(turnover),
        "quantity_on_order": Decimal(on_order),
        "stock_level": Decimal((amount or 0) - turnover),
        "ats": Decimal(999_999 if perpetual else max(0, left)),
        **times,
        **more,
    }


def price_book(book_id: str, currency: str, prices: Mapping[str, Decimal], name: str | None = None) -> Record:
    """A price book with one price of each product."""
    tables = [{"productId": product_id, "amounts": [(1, amount)]} for product_id, amount in prices.items()]
    return {"id": book_id, "currency": currency, "online": True, "name": {"default": name or book_id}, "prices": tables}
