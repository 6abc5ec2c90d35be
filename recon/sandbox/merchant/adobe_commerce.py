"""The merchant as an Adobe Commerce shop: the same people, goods and orders as records of its stand-in.

Ids are the numbers at the end of the neutral ids, so they stay the same from run to run. What this platform cannot say is left out:
test orders, text message consent, redacted customers (they are gone here), tips and duties by themselves (they go with shipping).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from recon.sandbox.adobe_commerce import create_app, records
from recon.sandbox.adobe_commerce.records import Record
from recon.sandbox.adobe_commerce.shop import Shop
from recon.sandbox.merchant import shapes
from recon.sandbox.merchant.doors import Doors, Opened, quoted
from recon.sandbox.merchant.ids import tail
from recon.sandbox.merchant.life import Company, Customer, Level, Line, Location, Order, Refund, Return, Shipment, Variant
from recon.sandbox.merchant.money import RATES, SHOP_CURRENCY, converted, euros
from recon.sandbox.merchant.truth import TruthRow
from recon.sandbox.merchant.world import World

SYSTEM, PREFIX, TITLE = "magento", "Magento", "Nordhaus on Adobe Commerce"
UNSAID = frozenset({
    # every product has a SKU of its own, and none has a barcode unless somebody makes a field for it
    "sku_used_twice", "copied_as_draft", "sku_never_given", "barcode_not_followed", "barcode_wiped",
    # a variant has a name of its own
    "name_without_option",
    # companies have no date
    "company_just_made",
    # a checkout becomes an order only when it is placed
    "checkout_taken_for_order", "checkout_given_up",
    # a void leaves no trace in an order, nor does it say how long money is kept
    "authorization_given_up", "held_for_a_month",
    # nothing tells since when a price is asked
    "page_kept_old_price", "app_makes_own_price",
})  # fmt: skip
""":func:`truth` leaves out what the shop's answers do not show of other causes."""

WHOLESALE = 4
"""Customer group of business buyers; its shared catalogue is the wholesale price list."""
CATALOG = "Wholesale EU"
_BELOW = 10**15
"""Added to a line's number for the second line of a configurable product."""


def number(gid: str) -> int:
    """The number at the end of a neutral id."""
    return int("".join(c for c in tail(gid) if c.isdigit()))


class Names:
    """SKUs as this platform has them: every product has one, and no two the same."""

    def __init__(self, variants: Iterable[Variant]) -> None:
        self._skus: dict[str, str] = {}
        taken: set[str] = set()
        for variant in variants:
            sku = variant.sku or f"variant-{number(variant.gid)}"
            if sku.lower() in taken:
                sku = f"{sku}-{number(variant.gid)}"
            taken.add(sku.lower())
            self._skus[variant.gid] = sku

    def of(self, variant: Variant) -> str:
        """SKU of a variant; one that is not in the catalogue any more keeps its own."""
        return self._skus.get(variant.gid) or variant.sku or f"variant-{number(variant.gid)}"


def documents(world: World) -> dict[str, list[Record]]:
    """Records by the stand-in's lists."""
    catalogue, people = world.catalogue, world.people
    names = Names(catalogue.everything)
    customers = [one for one in people.customers if one.gid and not one.merged and not one.redacted]
    known = {one.key for one in customers}
    orders = [order for order in world.orders if not order.test]
    return {
        "customer_groups": [
            {"id": group, "code": code, "tax_class_id": 3, "tax_class_name": "Retail Customer"}
            for group, code in ((0, "NOT LOGGED IN"), (1, "General"), (WHOLESALE, CATALOG))
        ],
        "customers": [_customer(one) for one in customers],
        "companies": [_company(company) for company in people.companies],
        "shared_catalogs": [_catalog(world)],
        "products": [*_products(world, names)],
        "base_prices": [{"sku": names.of(one), "store_id": 0, "price": euros(one.price)} for one in catalogue.everything],
        "tier_prices": [_wholesale(one, names) for one in catalogue.variants if one.wholesale is not None],
        "sources": [_source(location) for location in catalogue.locations],
        "source_items": [_stock(one, level, names) for one in catalogue.everything for level in one.levels if level.active],
        "salable": [_salable(one, names) for one in catalogue.everything if one.levels],
        "orders": [_order(order, names, known) for order in orders],
        "invoices": [_invoice(order) for order in orders if order.paid],
        "shipments": [_shipment(order, one, names) for order in orders for one in order.shipments if not one.cancelled],
        "creditmemos": [_creditmemo(order, one) for order in orders for one in order.refunds],
        "returns": [_return(order, one) for order in orders for one in order.returns],
    }


def shape(world: World) -> None:
    """Make of the neutral shop what this platform can express: no cash is rounded, nothing is added to an order."""
    shapes.without_rounding(world)
    shapes.without_additions(world)
    world.payment_word = payment_word


def payment_word(order: Order) -> str:
    """What the shop's records say of the money."""
    paid = order.total if order.paid else 0
    if order.refunded:
        return "refunded" if order.refunded >= paid else "partially_refunded"
    if order.cancelled:
        return "voided"
    return "paid" if paid >= order.total else "authorized" if order.hold else "pending"


def load(shop: Shop, world: World) -> None:
    """Fill a stand-in with the merchant."""
    for kind, found in documents(world).items():
        shop.load(kind, found)


def record_ids(world: World) -> Mapping[str, str]:
    """Neutral id → record_id in the warehouse, for records whose id here is not the number of the neutral one."""
    names = Names(world.catalogue.everything)
    return {
        level.gid: f"{_code(level.location)}/{names.of(variant)}"
        for variant in world.catalogue.everything
        for level in variant.levels
        if level.active
    }


def prepare(world: World) -> None:
    """Take out of Salesforce what this shop has no counterpart of, test orders. Call it before the org is loaded."""
    for order in world.orders:
        if order.test and order.gid in world.order_of:
            world.forget_order(order)


def truth(world: World) -> list[TruthRow]:
    """What an audit of this shop has to find: the planted causes that this platform can say, under its own ids."""
    names = {tail(gid): record_id for gid, record_id in record_ids(world).items()}
    told = [row for row in shapes.erased_are_gone(world.truth.sorted()) if _is_told(world, row)]
    return sorted((replace(row, record_id=names.get(row.record_id or "", row.record_id)) for row in told), key=lambda row: row.key)


def _is_told(world: World, row: TruthRow) -> bool:
    """Whether the shop's answers show the cause: it has no test orders, no stock promised by place, no word for
    unsubscribed, and no goods added to an order later."""
    if row.rule in {"order.test_in_salesforce", "inventory.oversold"}:
        return False
    if row.rule == "customer.consent_drift":
        return row.cause != "text_consent_not_followed" and row.record_id in {
            tail(one.gid or "") for one in world.people.customers if one.email_state == "SUBSCRIBED"
        }
    if row.cause == "edit_not_followed" and row.rule == "order.total_drift":
        return row.record_id in {tail(order.gid) for order in world.orders if order.later_value < 0}
    return True


def make(folder: Path, world: World, now: Callable[[], datetime]) -> None:
    """The filled stand-in in a folder."""
    shop = Shop(folder, now=now)
    load(shop, world)
    shop.close()


def open_up(folder: Path, doors: Doors) -> Opened:
    """Serve what lies in a folder, with an integration for the auditor."""
    shop = doors.closing(Shop(folder, now=doors.now))
    names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    keys = [doors.secret(f"magento-{name.replace('_', '-')}") for name in names]
    shop.add_integration(*(value for value, _ in keys))
    url = doors.serve(SYSTEM, create_app(shop))
    settings = "".join(f"{name} = {reference}\n" for name, (_, reference) in zip(names, keys, strict=True))
    return Opened(shop, f"url = {quoted(url)}\nca_bundle = {doors.ca}\n{settings}page_size = 300\n", {SYSTEM: url})


# -- people -----------------------------------------------------------------------------------------------------------


def _place(one: Customer) -> list[Record]:
    where = one.address
    if not where.address1:
        return []
    place: Record = {
        "street": [where.address1],
        "city": where.city,
        "postcode": where.zip,
        "country_id": where.country,
        "telephone": one.phone or where.phone or "",
    }
    return [{**place, "company": where.company} if where.company else place]


def _customer(one: Customer) -> Record:
    company = {"company_id": number(one.company.gid), "status": 1} if one.company else None
    return records.customer(
        number(one.gid or ""),
        one.email or "",
        one.first,
        one.last,
        created=one.created,
        updated=one.updated,
        group_id=WHOLESALE if one.company else 1,
        subscribed=one.email_state == "SUBSCRIBED",
        places=_place(one),
        company=company,
    )


def _company(company: Company) -> Record:
    return {
        "id": number(company.gid),
        "status": 1,
        "company_name": company.name,
        "legal_name": company.name,
        "company_email": f"office-{number(company.gid)}@example.com",
        "street": [company.address.address1],
        "city": company.address.city,
        "country_id": company.address.country,
        "postcode": company.address.zip,
        "telephone": "",
        "customer_group_id": WHOLESALE,
        "sales_representative_id": 1,
        "super_user_id": number(company.contacts[0][1].gid or "") if company.contacts else 0,
        "reject_reason": None,
        "rejected_at": None,
    }


def _catalog(world: World) -> Record:
    return {
        "id": 2,
        "name": CATALOG,
        "description": "",
        "customer_group_id": WHOLESALE,
        "type": 0,
        "created_at": records.stamp(world.days_ago(600)),
        "created_by": 1,
        "store_id": 0,
        "tax_class_id": 3,
    }


# -- goods ------------------------------------------------------------------------------------------------------------


def _products(world: World, names: Names) -> Iterable[Record]:
    for product in [*world.catalogue.products, *world.catalogue.fresh]:
        active = product.status == "ACTIVE"
        for variant in product.variants:
            yield records.product(
                number(variant.gid),
                names.of(variant),
                variant.name,
                euros(variant.price),
                created=variant.created,
                updated=variant.updated,
                active=active,
                kind="giftcard" if product.gift_card else "simple" if variant.tracked else "virtual",
            )
        if len(product.variants) > 1:
            yield records.product(
                _BELOW + number(product.gid),
                f"all-{number(product.gid)}",
                product.title,
                None,
                created=product.created,
                updated=product.updated,
                active=active,
                kind="configurable",
                children=[number(variant.gid) for variant in product.variants],
            )


def _wholesale(variant: Variant, names: Names) -> Record:
    return {
        "sku": names.of(variant),
        "website_id": 0,
        "customer_group": CATALOG,
        "quantity": 1,
        "price": euros(variant.wholesale or 0),
        "price_type": "fixed",
    }


def _code(location: Location) -> str:
    return str(number(location.gid))


def _source(location: Location) -> Record:
    return {
        "source_code": _code(location),
        "name": location.name,
        "enabled": location.active,
        "city": location.city,
        "postcode": location.zip,
        "country_id": location.country,
    }


def _stock(variant: Variant, level: Level, names: Names) -> Record:
    in_stock = 1 if level.on_hand > 0 else 0
    return {"sku": names.of(variant), "source_code": _code(level.location), "quantity": Decimal(level.on_hand), "status": in_stock}


def _salable(variant: Variant, names: Names) -> Record:
    left = sum(level.available for level in variant.levels if level.active and level.location.active)
    return {"sku": names.of(variant), "website": "base", "qty": Decimal(left), "is_salable": left > 0}


# -- orders -----------------------------------------------------------------------------------------------------------


def _rate(order: Order) -> Decimal:
    return RATES.get(order.presentment, Decimal(1))


def _is_configurable(line: Line) -> bool:
    return line.variant is not None and len(line.variant.product.variants) > 1


def _lines(order: Order, names: Names) -> Iterable[Record]:
    for line in order.lines:
        variant = line.variant
        # the tax inside a discount on prices with tax: what the vendor calls compensation
        hidden = line.discount * line.rate // (1000 + line.rate) if order.tax_included else 0
        net = line.goods - (line.tax + hidden if order.tax_included else 0)
        quantity = Decimal(line.quantity)
        own: Record = {
            "qty_invoiced": quantity if order.paid else records.NONE,
            "qty_shipped": Decimal(line.shipped),
            "qty_refunded": Decimal(line.refunded),
            "qty_canceled": Decimal(line.removed) if not order.cancelled else Decimal(line.quantity - line.refunded),
            "base_row_total": euros(net),
            "row_total": converted(net, order.presentment),
        }
        sku = names.of(variant) if variant else line.sku or ""
        kind = "configurable" if _is_configurable(line) else "giftcard" if line.gift_card else "simple"
        product = number(variant.gid) if variant else 0
        above = _BELOW + number(variant.product.gid) if variant and kind == "configurable" else product
        yield records.item(
            number(line.gid),
            sku,
            quantity,
            (euros(net) / quantity).quantize(Decimal("0.0001")),
            product_id=above,
            kind=kind,
            discount=euros(line.discount),
            tax=euros(line.tax),
            compensation=euros(hidden),
            name=line.title,
            rate=_rate(order),
            **own,
        )
        if kind == "configurable":
            below = number(line.gid) + _BELOW
            yield records.item(below, sku, quantity, records.NONE, product_id=product, parent=number(line.gid), name=line.title)


def _totals(order: Order) -> Record:
    """Amounts as placed: lines that an edit added later are not in them."""
    first = order.first_lines
    hidden = sum(line.discount * line.rate // (1000 + line.rate) for line in first) if order.tax_included else 0
    taxed = sum(line.tax for line in first)
    freight = order.shipping + order.duties + order.tip - (order.shipping_tax if order.tax_included else 0)
    cents = {
        "subtotal": order.subtotal - (taxed + hidden if order.tax_included else 0),
        "subtotal_incl_tax": order.subtotal + (0 if order.tax_included else taxed),
        "discount_amount": -order.discount,
        "discount_tax_compensation_amount": hidden,
        "tax_amount": order.tax,
        "shipping_amount": freight,
        "shipping_incl_tax": freight + order.shipping_tax,
        "grand_total": order.total,
        "total_paid": order.total if order.paid else 0,
        "total_due": 0 if order.paid else order.total,
        "total_refunded": order.refunded,
        # an edit that takes goods out is a cancelled quantity here; one that adds goods cannot be said
        "total_canceled": (0 if order.paid else order.total) if order.cancelled else max(0, -order.later_value),
    }
    base = {f"base_{name}": euros(amount) for name, amount in cents.items()}
    return {**base, **{name: converted(amount, order.presentment) for name, amount in cents.items()}}


def _state(order: Order) -> str:
    if order.cancelled:
        return "canceled"
    if order.closed:
        return "closed" if order.refunded >= order.received > 0 else "complete"
    return "processing" if order.paid else "new"


def _order(order: Order, names: Names, known: set[str]) -> Record:
    buyer = order.buyer
    registered = not order.guest and buyer.gid is not None and buyer.key in known
    where = order.address
    person = {
        "firstname": buyer.first,
        "lastname": buyer.last,
        "street": [where.address1],
        "city": where.city,
        "postcode": where.zip,
        "country_id": where.country,
        "telephone": where.phone or "",
    }
    company = (
        {"company_order_attributes": {"company_id": number(buyer.company.gid), "company_name": buyer.company.name}} if buyer.company else {}
    )
    return records.order(
        number(order.gid),
        [*_lines(order, names)],
        created=order.placed,
        updated=order.updated,
        rate=_rate(order),
        currency=SHOP_CURRENCY,
        order_currency=order.presentment,
        state=_state(order),
        increment_id=f"{order.shown_number:09}",
        customer_id=number(buyer.gid or "") if registered else None,
        email=buyer.email or "",
        person=person,
        extension=company,
        coupon_code=order.code,
        customer_note=order.note,
        payment=_payment(order),
        **_totals(order),
    )


def _payment(order: Order) -> Record:
    """How the order was paid. Amounts say what was authorised at first, also where it was given up since."""
    promised, paid = order.hold is not None, order.total if order.paid else 0
    cents = {"ordered": order.total, "authorized": order.total if promised else None, "paid": paid or None}
    amounts = {f"base_amount_{name}": None if value is None else euros(value) for name, value in cents.items()}
    amounts |= {f"amount_{name}": None if value is None else converted(value, order.presentment) for name, value in cents.items()}
    method = "braintree" if order.paid or promised else "banktransfer"
    return {"method": method, "account_status": None, "cc_last4": None, "additional_information": [method], **amounts}


def _invoice(order: Order) -> Record:
    head = {
        "entity_id": number(order.gid),
        "store_id": 1,
        "base_currency_code": SHOP_CURRENCY,
        "order_currency_code": order.presentment,
        "total_qty_ordered": Decimal(sum(line.quantity for line in order.first_lines)),
        **_totals(order),
    }
    return records.invoice(number(order.gid), head, created=order.placed)


def _shipment(order: Order, one: Shipment, names: Names) -> Record:
    lines = [(number(line.gid), quantity, names.of(line.variant) if line.variant else line.sku or "") for _, line, quantity in one.lines]
    return records.shipment(
        number(one.gid), number(order.gid), lines, created=one.created, source=_code(one.location), tracks=[("DHL", one.tracking)]
    )


def _creditmemo(order: Order, one: Refund) -> Record:
    """The amount is what the buyer got; what lines, tax and shipping do not explain is an adjustment."""
    lines = [line for line in one.lines if line.subtotal]
    tax = sum(line.tax for line in lines) + one.shipping_tax
    goods = sum(line.subtotal for line in lines) - (tax - one.shipping_tax if order.tax_included else 0)
    freight = one.shipping - (one.shipping_tax if order.tax_included else 0)
    rest = one.amount - goods - tax - freight
    memo: dict[str, Any] = {"rate": _rate(order), "currency": SHOP_CURRENCY, "order_currency": order.presentment}
    return records.creditmemo(
        number(one.gid),
        number(order.gid),
        [(number(line.line.gid), line.quantity, euros(line.subtotal - (line.tax if order.tax_included else 0))) for line in lines],
        created=one.created,
        tax=euros(tax),
        shipping=euros(freight),
        extra=euros(max(rest, 0)),
        fee=euros(max(-rest, 0)),
        state=2 if one.moved else 1,
        **memo,
    )


def _return(order: Order, one: Return) -> Record:
    return {
        "entity_id": number(one.gid),
        "increment_id": f"{number(one.gid):09}",
        "order_id": number(order.gid),
        "order_increment_id": f"{order.number:09}",
        "store_id": 1,
        "date_requested": records.stamp(one.created),
        "status": "processed_closed" if one.closed else "authorized",
        "items": [
            {"entity_id": number(gid), "rma_entity_id": number(one.gid), "order_item_id": number(line.gid), "qty_requested": Decimal(units)}
            for gid, line, units in one.lines
        ],
    }
