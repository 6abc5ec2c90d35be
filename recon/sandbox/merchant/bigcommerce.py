"""The merchant's shop as a BigCommerce store would hold it: records for :class:`recon.sandbox.bigcommerce.Store`.

What BigCommerce cannot express is left out or told in its way: an edited order is changed in place, so its lines and total are those of
today; duties and tips are a fee; returns, merges, erasure, double opt-in and text messages have no home; committed stock is not shown.
:func:`faithful` says of which orders the records still mean what the neutral order meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from recon.sandbox.bigcommerce import Store, create_app
from recon.sandbox.bigcommerce import documents as docs
from recon.sandbox.bigcommerce.orders import STATUSES
from recon.sandbox.merchant import shapes
from recon.sandbox.merchant.doors import Doors, Opened, quoted
from recon.sandbox.merchant.ids import tail
from recon.sandbox.merchant.life import Address, Customer, Line, Location, Order, Product, Refund, Variant
from recon.sandbox.merchant.money import RATES, SHOP_CURRENCY, euros, share
from recon.sandbox.merchant.shopdocs import financial_status
from recon.sandbox.merchant.truth import TruthRow
from recon.sandbox.merchant.world import World

Doc = dict[str, Any]

SYSTEM, PREFIX, TITLE = "bigcommerce", "BigCommerce", "Nordhaus on BigCommerce"
UNSAID = frozenset({
    # text messages have no home here
    "text_consent_not_followed",
    # which list a company buys from hangs on its customer group
    "company_list_not_followed",
    # no two products can have one SKU
    "sku_used_twice", "copied_as_draft",
    # nor have returns
    "return_not_copied", "return_left_open",
    # a number is an id
    "number_given_twice",
    # nobody says how long money is kept
    "held_for_a_month",
})  # fmt: skip

STORE_HASH = "nordhaus01"
QUOTA = 5_000
"""Calls in each window of 30 seconds, as large stores have agreed with the vendor"""
WEB, TILL = 1, 2
WHOLESALE = 3
"""Ids of the two channels and of the wholesale price list"""

_PAYMENT = {
    "PAID": "captured",
    "VOIDED": "void",
    "AUTHORIZED": "authorized",
    "EXPIRED": "authorized",
    "PENDING": "pending",
    "PARTIALLY_REFUNDED": "partially refunded",
    "REFUNDED": "refunded",
}


def documents(world: World) -> dict[str, list[Doc]]:
    """Kind → records of the whole store. Ids are the numbers at the end of the neutral ids, so links to Salesforce stay what they are."""
    start = world.days_ago(700)
    archived = {gid: moment for gid, kind, moment in world.deleted if kind == "ORDER"}
    products = [*world.catalogue.products, *world.catalogue.fresh]
    customers = [one for one in world.people.customers if not (one.merged or one.redacted)]
    return {
        "channels": [
            docs.channel(WEB, "Online store", start),
            docs.channel(TILL, "Point of sale", start, type_="pos", platform="square"),
        ],
        "locations": [
            docs.location(_number(one.gid), one.name, start, enabled=one.active, code=_code(one)) for one in world.catalogue.locations
        ],
        "products": [product_doc(product) for product in products],
        "inventory": [inventory_doc(variant) for variant in world.catalogue.everything if variant.levels],
        "price_lists": [docs.price_list(WHOLESALE, "Wholesale EU", start)],
        "price_records": [record for variant in world.catalogue.variants if (record := price_doc(variant))],
        "customers": [customer_doc(one) for one in customers],
        "subscribers": [found for one in customers if (found := subscriber_doc(one))],
        "companies": [
            docs.company(_number(one.gid), one.name, one.created, one.created, uuid=one.number) for one in world.people.companies
        ],
        "orders": [
            order_doc(order) | ({"is_deleted": True, "date_modified": docs.rfc2822(archived[order.gid])} if order.gid in archived else {})
            for order in world.orders
        ],
        "refunds": [refund_doc(order, refund) for order in world.orders for refund in order.refunds],
        "transactions": [found for order in world.orders if (found := transaction_doc(order))],
        "shipments": [found for order in world.orders for found in shipment_docs(order)],
    }


def load(store: Store, world: World) -> None:
    """Put the whole shop into a stand-in."""
    for kind, records in documents(world).items():
        store.load(kind, records)


def record_ids(world: World) -> dict[str, str]:
    """Neutral id → id of the audited record, where it is not the number at its end: a stock level has no id of its own here."""
    return {
        level.gid: f"{tail(variant.gid)}/{tail(level.location.gid)}" for variant in world.catalogue.everything for level in variant.levels
    }


def shape(world: World) -> None:
    """Make of the neutral shop what this platform can express: the number of an order is its id, and no sum of cash is rounded."""
    shapes.without_rounding(world)
    shapes.edits_in_place(world)
    for order in world.orders:
        renumber(order)
    world.payment_word, world.shipping_word, world.renumber = payment_word, shapes.shipped_of_sold, renumber


def payment_word(order: Order) -> str:
    """What the store's records say of the money: an authorisation that lapsed keeps its word."""
    word = financial_status(order).lower()
    return "authorized" if word == "expired" else word


def renumber(order: Order) -> None:
    """The number of an order is its id."""
    order.gid = f"gid://shopify/Order/{order.number}"


def prepare(world: World) -> None:
    """There is nothing in Salesforce that this store has no counterpart of."""


def truth(world: World) -> list[TruthRow]:
    """What an audit of this store has to find, under its ids."""
    ids = {tail(gid): record_id for gid, record_id in record_ids(world).items()}
    rows = shapes.lists_for_anybody(shapes.erased_are_gone(world.truth.sorted()))
    return sorted((replace(row, record_id=ids.get(row.record_id or "", row.record_id)) for row in rows), key=lambda row: row.key)


def make(folder: Path, world: World, now: Callable[[], datetime]) -> None:
    """The filled stand-in in a folder."""
    store = Store(folder, hash_=STORE_HASH, information={"name": "Nordhaus"}, now=now)
    load(store, world)
    store.close()


def open_up(folder: Path, doors: Doors) -> Opened:
    """Serve what lies in a folder, with an API account for the auditor."""
    store = doors.closing(Store(folder, now=doors.now, quota=QUOTA))
    token, reference = doors.secret("bigcommerce-token")
    store.add_token(token)
    url = doors.serve(SYSTEM, create_app(store))
    settings = f"""store = {quoted(STORE_HASH)}
url = {quoted(url)}
ca_bundle = {doors.ca}
token = {reference}
b2b = true                    # the store has B2B Edition
b2b_url = {quoted(url)}
per_order = ["shipments"]   # one call for every order that was shipped: parcels are looked at as well
"""
    return Opened(store, settings, {SYSTEM: url})


def faithful(order: Order) -> bool:
    """Whether nothing of the order is lost: it was not edited or exchanged."""
    return order.edited is None and not any(line.later or line.removed for line in order.lines)


# -- people ---------------------------------------------------------------------------------------------------------------


def customer_doc(customer: Customer) -> Doc:
    """An account with its address."""
    number, where = _number(customer.gid or ""), customer.address
    found = docs.customer_address(
        number, number, customer.first, customer.last, where.address1, where.city, where.zip, where.country,
        company=where.company or "", phone=where.phone or "", state_or_province=where.province or "",
    )  # fmt: skip
    return docs.customer(
        number, customer.email or "", customer.first, customer.last, customer.created, customer.updated, phone=customer.phone or "",
        company=customer.company.name if customer.company else "", addresses=[found] if where.address1 else [],
    )  # fmt: skip


def subscriber_doc(customer: Customer) -> Doc | None:
    """Consent of somebody who was asked; None for everybody else."""
    if not customer.email or customer.email_state not in {"SUBSCRIBED", "UNSUBSCRIBED"}:
        return None
    asked = customer.consent_at or customer.created
    return docs.subscriber(_number(customer.gid or ""), customer.email, asked, asked, subscribed=customer.email_state == "SUBSCRIBED")


# -- catalogue --------------------------------------------------------------------------------------------------------------


def product_doc(product: Product) -> Doc:
    """A product; the price of one with several variants lies with each of them."""
    tracked = any(variant.tracked for variant in product.variants)
    first = product.variants[0]
    return docs.product(
        _number(product.gid), product.title, euros(first.price), product.created,
        max([product.updated, *(v.updated for v in product.variants)]),
        variants=[_variant_doc(variant, first) for variant in product.variants], type="digital" if product.gift_card else "physical",
        is_visible=product.status == "ACTIVE", availability="available" if product.status == "ACTIVE" else "disabled",
        inventory_tracking="variant" if tracked else "none",
    )  # fmt: skip


def _variant_doc(variant: Variant, first: Variant) -> Doc:
    labels = [] if variant.title == "Default Title" else [variant.title]
    return docs.variant(
        _number(variant.gid), _number(variant.product.gid), variant.sku or "", None if variant is first else euros(variant.price), *labels,
        upc=variant.barcode or "", retail_price=None if variant.compare_at is None else docs.number(euros(variant.compare_at)),
    )  # fmt: skip


def inventory_doc(variant: Variant) -> Doc:
    """Stock of a variant at all its places."""
    levels = [
        docs.level(_number(level.location.gid), level.on_hand, level.available, level.safety, enabled=level.active)
        | {"location_code": _code(level.location), "location_name": level.location.name}
        for level in variant.levels
    ]
    return docs.inventory_item(_number(variant.gid), _number(variant.product.gid), variant.sku or "", levels)


def price_doc(variant: Variant) -> Doc | None:
    """The wholesale price; None where a variant is not in the list."""
    if variant.wholesale is None:
        return None
    numbers = _number(variant.gid), _number(variant.product.gid)
    return docs.price_record(WHOLESALE, *numbers, variant.sku or "", euros(variant.wholesale), variant.created)


# -- orders -----------------------------------------------------------------------------------------------------------------


def order_doc(order: Order) -> Doc:
    """An order as it is now."""
    number, buyer = _number(order.gid), order.buyer
    tax = sum(line.tax_of(line.sold) for line in order.lines) + order.shipping_tax
    shipping = euros(order.shipping)
    other = euros(order.shipping - order.shipping_tax if order.tax_included else order.shipping + order.shipping_tax)
    status = _status(order)
    shipped = sum(line.shipped for line in order.lines)
    made = docs.order(
        number, order.placed, order.updated, lines=[_line(order, line) for line in order.lines], billing=_billing(order.address, buyer),
        tax_included=order.tax_included, discount=euros(sum(_discount(line) for line in order.lines)),
        shipping_ex=other if order.tax_included else shipping, shipping_inc=shipping if order.tax_included else other, tax=euros(tax),
        fee=euros(order.duties + order.tip), status=status, customer_id=0 if order.guest else _number(buyer.gid or ""),
        payment_method=_method(order),
        payment_status=_PAYMENT[financial_status(order)], items_shipped=shipped, channel_id=TILL if order.location else WEB,
        customer_message=order.note or "",
        order_source="manual" if order.source == "shopify_draft_order" else "www",
        gift_certificate_amount=docs.text(euros(order.gift_card_paid)),
        currency_code=order.presentment, currency_exchange_rate=f"{RATES[order.presentment]:.10f}",
        default_currency_code=SHOP_CURRENCY, store_default_currency_code=SHOP_CURRENCY, custom_status=STATUSES[status],
        date_shipped=docs.rfc2822(order.shipments[-1].created if order.shipments else None),
    )  # fmt: skip
    made["shipping_addresses"][0]["items_shipped"] = shipped
    return made


def _method(order: Order) -> str:
    if not order.paid and order.hold is None:
        return "Bank Deposit"
    return "Test Payment Gateway" if order.test else "Cash" if order.location else "Credit Card"


def _status(order: Order) -> int:
    if order.unfinished:
        return 0
    if order.cancelled:
        return 5
    if order.closed:
        return 10
    if order.shipments:
        return 3
    return 11 if order.paid else 7


def _discount(line: Line) -> int:
    return share(line.discount, line.sold, line.quantity)


def _line(order: Order, line: Line) -> Doc:
    units = max(1, line.sold)
    tax_of_one = Decimal(line.tax_of(line.sold)) / units / 100
    unit = euros(line.unit)
    ex, inc = (unit - tax_of_one, unit) if order.tax_included else (unit, unit + tax_of_one)
    refunded = sum(part.quantity for refund in order.refunds for part in refund.lines if part.line is line and part.subtotal)
    return docs.line(
        _number(line.gid), _number(order.gid), line.sku or "", line.sold, ex, inc, tax=euros(line.tax_of(line.sold)),
        discount=euros(_discount(line)), name=line.title, quantity_shipped=line.shipped, quantity_refunded=refunded,
        is_refunded=refunded > 0, product_id=_number(line.variant.product.gid) if line.variant else 0,
        variant_id=_number(line.variant.gid) if line.variant else 0, type="digital" if line.gift_card else "physical",
    )  # fmt: skip


def _billing(address: Address, buyer: Customer) -> Doc:
    return docs.address(
        buyer.first, buyer.last, address.address1, address.city, address.zip, address.country, email=buyer.email or "",
        phone=address.phone or "", company=address.company or "", state=address.province or "",
    )  # fmt: skip


def refund_doc(order: Order, refund: Refund) -> Doc:
    """A refund; one without payment is goods credited or exchanged."""
    items = [("PRODUCT", _number(part.line.gid), part.quantity, euros(part.subtotal)) for part in refund.lines]
    if refund.shipping:
        items.append(("SHIPPING", _number(order.gid) * 10 + 1, 1, euros(refund.shipping)))
    if refund.adjustment:
        items.append(("ORDER", _number(order.gid), 1, euros(refund.adjustment)))
    return docs.refund(
        _number(refund.gid), _number(order.gid), refund.created, euros(refund.amount), items=items,
        tax=euros(sum(part.tax for part in refund.lines) + refund.shipping_tax), provider="cash" if order.location else "braintree",
        declined=refund.status == "FAILURE", paid=refund.status is not None and refund.amount > 0, reason=refund.note or "",
    )  # fmt: skip


def transaction_doc(order: Order) -> Doc | None:
    """The first payment; None for an order that cost nothing, or whose money comes from a bank."""
    amount = order.received or order.total
    if not amount or (not order.paid and order.hold is None):
        return None
    event = "authorization" if order.hold else "purchase"
    return docs.transaction(_number(order.gid), _number(order.gid), order.placed, euros(amount), event, test=order.test)


def shipment_docs(order: Order) -> Iterator[Doc]:
    """Parcels; one that was cancelled is gone from BigCommerce."""
    for parcel in order.shipments:
        if not parcel.cancelled:
            items = [(_number(line.gid), quantity) for _, line, quantity in parcel.lines]
            created = max(parcel.created, order.placed + timedelta(seconds=1))
            yield docs.shipment(_number(parcel.gid), _number(order.gid), created, items, tracking_number=parcel.tracking)


def _code(location: Location) -> str:
    return f"LOC-{tail(location.gid)}"


def _number(gid: str) -> int:
    return int(tail(gid))
