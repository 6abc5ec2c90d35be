"""The merchant's shop as a WooCommerce site would hold it: records for :class:`recon.sandbox.woocommerce.Shop`.

What WooCommerce cannot express is left out or told in its way: an edited order is changed in place, so its total is that of today;
there is one stock and no places; consent, companies, returns and parcels have no home; duties and tips are fees; a refund without
money is no refund. :func:`faithful` says of which orders the records still mean what the neutral order meant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from recon.sandbox.merchant import shapes, subscriptions
from recon.sandbox.merchant.doors import Doors, Opened, quoted
from recon.sandbox.merchant.ids import tail
from recon.sandbox.merchant.life import Address, Customer, Line, Order, Product, Refund, Subscription, Variant, stamp
from recon.sandbox.merchant.money import SHOP_CURRENCY, tax_within
from recon.sandbox.merchant.truth import TruthRow
from recon.sandbox.merchant.world import World
from recon.sandbox.woocommerce import Shop, create_app

Doc = dict[str, Any]

SYSTEM, PREFIX, TITLE = "woo", "Woo", "Nordhaus on WooCommerce"
ONE_STOCK = True
UNSAID = frozenset({
    # no test orders, no buyer's currency, no consent, one price list
    "tests_as_revenue", "presentment_amount", "text_consent_not_followed", "subscribe_not_followed", "unsubscribe_not_followed",
    # stock is what is left to sell: what is promised or put away changes it at once
    "last_piece", "closed_shelf",
    # no companies
    "company_never_sent", "company_list_not_followed", "company_just_made", "account_opened_again",
    # what nobody counts is sold here as well
    "service_not_sent",
    # stock lies in one place
    "place_never_linked",
    # no two products can have one SKU
    "sku_used_twice", "copied_as_draft",
    # parcels and returns have no home here
    "packed_twice", "second_parcel_lost", "parcel_not_copied", "lines_counted_for_units", "parcel_cancelled_by_hand",
    "tracking_came_later", "return_not_copied", "return_left_open",
    # money that was only authorised is not told from money that is awaited
    "capture_job_stopped", "renewed_once_more", "captured_in_parts", "authorization_given_up", "cancelled_and_lapsed", "held_for_a_month",
})  # fmt: skip

CAUSES = subscriptions.CAUSES
"""The site has the plugin WooCommerce Subscriptions."""

CURRENCY, TIME_ZONE = SHOP_CURRENCY, "Europe/Berlin"


def documents(world: World) -> dict[str, list[Doc]]:
    """Kind → records of the whole shop. Ids are the numbers at the end of the neutral ids, so links to Salesforce stay what they are."""
    gone = {gid for gid, _, _ in world.deleted}
    products = [*world.catalogue.products, *world.catalogue.fresh]
    orders = [order for order in world.orders if order.gid not in gone]
    return {
        "customers": [customer_doc(one) for one in world.people.customers if not (one.merged or one.redacted)],
        "products": [product_doc(product) for product in products],
        "variations": [_variation_doc(variant) for product in products if not _is_simple(product) for variant in product.variants],
        "orders": [order_doc(order) for order in orders],
        "refunds": [refund_doc(order, refund) for order in orders for refund in order.refunds if refund.moved],
        "subscriptions": [subscription_doc(one) for one in world.subscriptions],
    }


def faithful(order: Order) -> bool:
    """Whether nothing of the order is lost: it was not edited, is no test, and no refund took goods out without money."""
    traces = any(line.later or line.removed for line in order.lines)
    return not (order.test or order.edited or traces or any(not refund.moved for refund in order.refunds))


def shape(world: World) -> None:
    """Make of the neutral shop what this platform can express."""
    shapes.without_tests(world)
    shapes.without_rounding(world)
    shapes.edits_in_place(world)
    shapes.one_stock(world, TITLE)
    subscriptions.subscribe(world)
    world.payment_word, world.shipping_word = payment_word, shipping_word


def payment_word(order: Order) -> str:
    """What the shop's records say of the money."""
    if order.refunded:
        return "refunded" if order.refunded >= order.total else "partially_refunded"
    return "paid" if order.paid else "voided" if order.cancelled else "pending"


def shipping_word(order: Order) -> str:
    """There are no parcels: what is completed was shipped."""
    return "fulfilled" if order.closed and not order.cancelled else "unfulfilled"


def prepare(world: World) -> None:
    """All stock lies in one place without an id, which Salesforce knows by its name."""
    for row in world.org["Location"].values():
        row["ExternalReference"] = None


def record_ids(world: World) -> Mapping[str, str]:
    """Neutral id → record_id in the warehouse, where it is not the number at its end: stock is counted on the product."""
    return {level.gid: tail(variant.gid) for variant in world.catalogue.everything for level in variant.levels}


def truth(world: World) -> list[TruthRow]:
    """What an audit of this shop has to find, under its ids. Prices of the wholesale list have no home here; stock below nothing
    is another quantity than Salesforce has as well."""
    ids = {tail(gid): record_id for gid, record_id in record_ids(world).items()}
    stock = {tail(gid): record_id for gid, record_id in world.stock_of.items()}
    rows = [row for row in shapes.erased_are_gone(world.truth.sorted()) if row.cause != "wholesale_changed_by_hand"]
    rows += [
        replace(row, rule="inventory.quantity_drift", salesforce_id=stock[row.record_id or ""])
        for row in rows
        if row.rule == "inventory.oversold"
    ]
    return sorted((replace(row, record_id=ids.get(row.record_id or "", row.record_id)) for row in rows), key=lambda row: row.key)


def load(shop: Shop, world: World) -> None:
    """Fill a stand-in with the merchant."""
    for kind, found in documents(world).items():
        shop.load(kind, found)


def make(folder: Path, world: World, now: Callable[[], datetime]) -> None:
    """The filled stand-in in a folder."""
    shop = Shop(folder, now=now, currency=CURRENCY, time_zone=TIME_ZONE, tax_included=True)
    shop.set("subscriptions", True)
    load(shop, world)
    shop.close()


def open_up(folder: Path, doors: Doors) -> Opened:
    """Serve what lies in a folder, with an API key for the auditor."""
    shop = doors.closing(Shop(folder, now=doors.now))
    (key, key_reference), (secret, secret_reference) = doors.secret("woo-consumer-key"), doors.secret("woo-consumer-secret")
    shop.add_key(key, secret)
    url = doors.serve(SYSTEM, create_app(shop))
    settings = f"""url = {quoted(url)}
ca_bundle = {doors.ca}
consumer_key = {key_reference}
consumer_secret = {secret_reference}
look_up = 20                  # ids between the listed orders that are looked up one by one
"""
    return Opened(shop, settings, {SYSTEM: url})


def customer_doc(customer: Customer) -> Doc:
    """An account. Who was erased keeps neither name nor address."""
    return {
        "id": _number(customer.gid or ""),
        "date_created_gmt": _time(customer.created),
        "date_modified_gmt": _time(customer.updated),
        "email": customer.email or "",
        "first_name": customer.first,
        "last_name": customer.last,
        "username": f"user{tail(customer.gid or '')}",
        "billing": _address(customer.address, customer),
        "is_paying_customer": customer.orders > 0,
    }


def subscription_doc(subscription: Subscription) -> Doc:
    """A subscription as the plugin shows it: like an order, with a schedule."""
    customer = subscription.customer
    return {
        "id": _number(subscription.gid),
        "status": {"paused": "on-hold"}.get(subscription.status, subscription.status),
        "currency": CURRENCY,
        "customer_id": _number(customer.gid or ""),
        "billing": _address(customer.address, customer),
        "billing_period": "month",
        "billing_interval": "1",
        "total": _text(subscription.amount),
        "date_created_gmt": _time(subscription.created),
        "date_modified_gmt": _time(subscription.updated),
        "start_date_gmt": _time(subscription.created),
        "next_payment_date_gmt": _time(subscription.next_billing),
    }


def product_doc(product: Product) -> Doc:
    """A product; one without options is sold itself and carries the id of its only variant."""
    common = {
        "name": product.title,
        "slug": f"product-{tail(product.gid)}",
        "status": {"ACTIVE": "publish", "DRAFT": "draft"}.get(product.status, "private"),
        "date_created_gmt": _time(product.created),
        "date_modified_gmt": _time(product.updated),
        "virtual": product.gift_card,
    }
    if _is_simple(product):
        return {**common, **_goods(product.variants[0]), "type": "simple"}
    ids = [_number(variant.gid) for variant in product.variants]
    lowest = min((variant.price for variant in product.variants), default=0)
    return {**common, "id": _number(product.gid), "type": "variable", "variations": ids, "price": _text(lowest), "has_options": True}


def _is_simple(product: Product) -> bool:
    return len(product.variants) == 1 and product.variants[0].title == "Default Title"


def _variation_doc(variant: Variant) -> Doc:
    named = {"name": variant.title, "parent_id": _number(variant.product.gid), "date_modified_gmt": _time(variant.updated)}
    option = {"id": 0, "name": "Variante", "slug": "variante", "option": variant.title}
    return {**_goods(variant), **named, "date_created_gmt": _time(variant.created), "attributes": [option]}


def _goods(variant: Variant) -> Doc:
    """Price and stock; the stock of all places is one number."""
    reduced = variant.compare_at is not None
    stock = sum(level.available for level in variant.levels if level.active)
    return {
        "id": _number(variant.gid),
        "sku": variant.sku or "",
        "global_unique_id": variant.barcode or "",
        "price": _text(variant.price),
        "regular_price": _text(variant.compare_at or variant.price),
        "sale_price": _text(variant.price) if reduced else "",
        "on_sale": reduced,
        "manage_stock": variant.tracked,
        "stock_quantity": stock if variant.tracked else None,
        "stock_status": "instock" if stock > 0 or not variant.tracked else "outofstock",
    }


def order_doc(order: Order) -> Doc:
    """An order as it is now. Amounts are without tax, as WooCommerce keeps them whatever the shop's prices say."""
    lines = [_line(order, line) for line in order.lines if line.sold > 0]
    fees = [("Duties", order.duties), ("Tip", order.tip)]
    shipping = order.shipping - (order.shipping_tax if order.tax_included else 0)
    goods_tax = sum(line.tax_of(line.sold) for line in order.lines)
    total = sum(_net(order, line) for line in order.lines) + shipping + order.shipping_tax + goods_tax + order.duties + order.tip
    number = _number(order.gid)
    billing = _address(order.address, order.buyer)
    return {
        "id": number,
        "number": str(order.shown_number),
        "status": _status(order),
        "currency": CURRENCY,
        "prices_include_tax": order.tax_included,
        "customer_id": 0 if order.guest else _number(order.buyer.gid or ""),
        "created_via": {"web": "checkout", "pos": "pos"}.get(order.source, "admin"),
        "customer_note": order.note or "",
        "order_key": f"wc_order_{number:x}",
        "billing": billing,
        "shipping": {name: value for name, value in billing.items() if name != "email"},
        "payment_method": "cod" if order.rounding else "stripe",
        "date_created_gmt": _time(order.placed),
        "date_modified_gmt": _time(order.updated),
        "date_paid_gmt": _time(order.placed) if order.paid else None,
        "date_completed_gmt": _time(order.closed) if order.closed and not order.cancelled else None,
        "line_items": lines,
        "shipping_lines": [_shipping(number, shipping, order.shipping_tax)] if shipping or order.shipping_tax else [],
        "fee_lines": [_fee(number, n, name, amount) for n, (name, amount) in enumerate(fees) if amount],
        "coupon_lines": [{"id": number * 10 + 5, "code": order.code.lower()}] if order.code else [],
        "refunds": [
            {"id": _number(refund.gid), "reason": refund.note or "", "total": _text(-refund.amount)}
            for refund in order.refunds
            if refund.moved
        ],
        "discount_total": _text(sum(_gross(order, line) - _net(order, line) for line in order.lines)),
        "shipping_total": _text(shipping),
        "shipping_tax": _text(order.shipping_tax),
        "cart_tax": _text(goods_tax),
        "total_tax": _text(goods_tax + order.shipping_tax),
        "total": _text(total),
    }


def _status(order: Order) -> str:
    if order.unfinished:
        return "failed"
    if order.cancelled:
        return "cancelled"
    if order.closed:
        return "completed"
    return "processing" if order.paid else "on-hold"


def _net(order: Order, line: Line) -> int:
    """Value of what was sold, after discounts and without tax."""
    return line.net(line.sold) - (line.tax_of(line.sold) if order.tax_included else 0)


def _gross(order: Order, line: Line) -> int:
    """The same before discounts; the tax within is that of the full price."""
    value = line.unit * line.sold
    if not line.discount:
        return _net(order, line)
    return value - (tax_within(value, line.rate) if order.tax_included else 0)


def _line(order: Order, line: Line) -> Doc:
    variant = line.variant
    simple = variant is not None and _is_simple(variant.product)
    product = 0 if variant is None else _number(variant.gid if simple else variant.product.gid)
    return {
        "id": _number(line.gid),
        "name": line.title,
        "product_id": product,
        "variation_id": 0 if variant is None or simple else _number(variant.gid),
        "quantity": line.sold,
        "sku": line.sku,
        "subtotal": _text(_gross(order, line)),
        "total": _text(_net(order, line)),
        "total_tax": _text(line.tax_of(line.sold)),
        "price": _net(order, line) / 100 / line.sold,
    }


def _shipping(number: int, amount: int, tax: int) -> Doc:
    return {
        "id": number * 10 + 1, "method_title": "Standard", "method_id": "flat_rate", "instance_id": "1", "total": _text(amount),
        "total_tax": _text(tax), "taxes": [], "tax_status": "taxable", "meta_data": [],
    }  # fmt: skip


def _fee(number: int, n: int, name: str, amount: int) -> Doc:
    return {
        "id": number * 10 + 2 + n, "name": name, "tax_class": "", "tax_status": "none", "amount": _text(amount), "total": _text(amount),
        "total_tax": "0.00", "taxes": [], "meta_data": [],
    }  # fmt: skip


def refund_doc(order: Order, refund: Refund) -> Doc:
    """A refund whose money moved."""
    lines = []
    for entry in refund.lines:
        net = entry.subtotal - (entry.tax if order.tax_included else 0)
        meta = {"id": 1, "key": "_refunded_item_id", "value": tail(entry.line.gid)}
        lines.append(
            {"id": _number(entry.gid), "name": entry.line.title, "quantity": -entry.quantity, "subtotal": _text(-net), "total": _text(-net),
             "total_tax": _text(-entry.tax), "sku": entry.line.sku, "meta_data": [meta]}
        )  # fmt: skip
    return {
        "id": _number(refund.gid),
        "parent_id": _number(order.gid),
        "date_created_gmt": _time(refund.created),
        "amount": _text(refund.amount),
        "reason": refund.note or "",
        "refunded_payment": True,
        "line_items": lines,
    }


def _address(address: Address, person: Customer) -> Doc:
    return {
        "first_name": person.first, "last_name": person.last, "company": address.company or "", "address_1": address.address1 or "",
        "city": address.city or "", "state": address.province or "", "postcode": address.zip or "", "country": address.country or "",
        "email": person.email or "", "phone": person.phone or address.phone or "",
    }  # fmt: skip


def _number(gid: str) -> int:
    return int(tail(gid))


def _text(cents: int) -> str:
    """An amount as WooCommerce writes it: a text with two decimals."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _time(moment: datetime) -> str:
    return stamp(moment).removesuffix("Z")
