"""The merchant as a B2C Commerce instance: the same people, goods and orders as records of its stand-in, and its export files.

Ids are such as the platform gives: orders and customers have numbers of eight digits with leading zeros, a product's id is its SKU, every
place where stock lies is an inventory list, a line is known by its place in the order. Salesforce carries those ids (:func:`prepare`).

What this platform cannot say: there are no test orders, no second currency of an order, no rounding of cash and no edits (an order stays
as it was placed); refunds and returns happen elsewhere, so Salesforce has them and the shop does not; tips and duties are surcharges of
shipping; parcels are only a state of shipping; nobody's consent is kept; customers who were erased are gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from recon.sandbox.commerce_cloud import create_app, impex, records
from recon.sandbox.commerce_cloud.records import SHIPMENT, Record
from recon.sandbox.commerce_cloud.shop import Shop
from recon.sandbox.merchant import shapes
from recon.sandbox.merchant.doors import Doors, Opened, quoted
from recon.sandbox.merchant.ids import FIRST_NUMBERS, tail
from recon.sandbox.merchant.life import Address, Customer, Level, Line, Location, Order, Product, Refund, Variant
from recon.sandbox.merchant.money import SHOP_CURRENCY, euros
from recon.sandbox.merchant.shopdocs import financial_status
from recon.sandbox.merchant.truth import TruthRow
from recon.sandbox.merchant.world import Row, World

SYSTEM, PREFIX, TITLE = "sfcc", "Sfcc", "Nordhaus on B2C Commerce"
UNSAID = frozenset({
    "tests_as_revenue", "buyer_wrote_card_number", "edit_not_followed", "presentment_amount",
    # money goes back, and consent is kept, where the platform does not see it
    "refund_not_copied", "refund_status_not_followed", "refunded_twice", "refund_written_net",
    "text_consent_not_followed", "subscribe_not_followed", "unsubscribe_not_followed",
    # lines are shipped whole, and once; an order is one parcel without a number; what comes back is nowhere
    "packed_twice", "second_parcel_lost", "tracking_came_later", "parcels_without_ids", "return_not_copied", "return_left_open",
    # no companies
    "company_never_sent", "company_list_not_followed", "company_just_made", "account_opened_again",
    # what nobody counts is sold here as well
    "service_not_sent",
    # a product's id is its SKU
    "sku_used_twice", "copied_as_draft", "sku_never_given",
    # a variant has a name of its own
    "name_without_option",
    # a number is an id
    "number_given_twice",
    # the list of orders holds no checkouts
    "checkout_taken_for_order", "checkout_given_up",
    # money that was only authorised is not told from money that is awaited
    "capture_job_stopped", "renewed_once_more", "captured_in_parts", "authorization_given_up", "cancelled_and_lapsed", "held_for_a_month",
    # price books do not say since when a price is asked
    "page_kept_old_price", "app_makes_own_price",
})  # fmt: skip
"""Causes and near misses that cannot be planted on it"""

SITE, CATALOG, WHOLESALE, LIST_PRICES = "Nordhaus", "nordhaus-master", "Wholesale EU", "nordhaus-list-eur"
CLIENT, FOLDER = "recon-demo-sfcc-client", "recon"
_SHOPS_APART = 10_000_000_000
"""Ids of several shops of one merchant lie so far apart"""
_STEP = 37


def number_of(kind: str, gid: str) -> str:
    """The number that the platform gives to a record (neutral id or its end): how many of its kind came before, with leading zeros."""
    return f"{_count(kind, int(gid.rpartition('/')[2])):08}"


def _count(kind: str, number: int) -> int:
    return (number - FIRST_NUMBERS[kind]) % _SHOPS_APART // _STEP


def _is_one(kind: str, text: str) -> bool:
    """Whether a number is the end of a neutral id of this kind."""
    past = int(text) - FIRST_NUMBERS[kind] if text.isdecimal() else -1
    return past > 0 and past % _SHOPS_APART % _STEP == 0 and past // _SHOPS_APART < 100


class Names:
    """Product ids: the SKU, or where there is none or it is taken, one that is made of the number."""

    def __init__(self, variants: Iterable[Variant]) -> None:
        self._ids: dict[str, str] = {}
        taken: set[str] = set()
        for variant in variants:
            name = variant.sku or f"variant-{tail(variant.gid)}"
            if name.lower() in taken:
                name = f"{name}-{tail(variant.gid)}"
            taken.add(name.lower())
            self._ids[variant.gid] = name

    def of(self, variant: Variant) -> str:
        """Product id of a variant."""
        return self._ids.get(variant.gid) or variant.sku or f"variant-{tail(variant.gid)}"

    def of_line(self, line: Line) -> str:
        """Product id of a line; what is in no catalogue has one only where somebody typed it."""
        return self.of(line.variant) if line.variant else line.sku or ""


def _list_id(location: Location) -> str:
    return f"stock-{tail(location.gid)}"


# -- the neutral shop, made such that the platform can say it -------------------------------------------------------------


def shape(world: World) -> None:
    """Before anything is copied: no tests, no edits, no line without a product id, one currency, the platform's own order numbers."""
    world.orders = [order for order in world.orders if not order.test]
    world.payment_word, world.shipping_word = payment_word, shapes.shipped_of_sold
    for order in world.orders:
        order.number = int(number_of("Order", order.gid))
        order.presentment, order.rounding = SHOP_CURRENCY, 0
        _as_placed(order)


def payment_word(order: Order) -> str:
    """What Salesforce is told of the money: authorisations are no word here, and refunds come from where the money goes back."""
    word = financial_status(order).lower()
    return "pending" if word in {"authorized", "expired"} else word


def _as_placed(order: Order) -> None:
    order.lines = [line for line in order.first_lines if line.variant or line.sku]
    kept = {line.gid for line in order.lines}
    order.refunds = [made for refund in order.refunds if (made := _without_traces(refund, kept)) is not None]
    order.returns = [replace(one, exchanged=[]) for one in order.returns]
    order.edited = None
    for parcel in order.shipments:
        parcel.lines = [part for part in parcel.lines if part[1].gid in kept]
    order.shipments = [parcel for parcel in order.shipments if parcel.lines]
    for line in order.lines:
        line.removed = 0
        line.refunded = sum(part.quantity for refund in order.refunds for part in refund.lines if part.line.gid == line.gid)


def _without_traces(refund: Refund, kept: set[str]) -> Refund | None:
    """A refund without lines that only an edit left behind; None where nothing remains."""
    lines = [part for part in refund.lines if part.subtotal and part.line.gid in kept]
    return replace(refund, lines=lines) if lines or refund.amount else None


def prepare(world: World) -> None:
    """After planting: Salesforce carries the ids of this platform."""
    names = Names(world.catalogue.everything)
    products = {tail(variant.gid): names.of(variant) for variant in world.catalogue.everything}
    places = {tail(location.gid): _list_id(location) for location in world.catalogue.locations}
    lines = {tail(gid): line_id for gid, line_id in _line_ids(world).items()}
    for row in world.org["Order"].values():
        row["Shopify_Order_Id__c"] = _dressed(row["Shopify_Order_Id__c"])
        row["Shopify_Order_Number__c"] = _padded(row["Shopify_Order_Number__c"])
    for name in ("Account", "Contact"):
        for row in world.org[name].values():
            own = row.get("Shopify_Customer_Id__c")
            row["Shopify_Customer_Id__c"] = number_of("Customer", own) if own and _is_one("Customer", own) else own
    for order in world.orders:
        _as_one_parcel(world, order)
    _rename(world.org["OrderItem"].values(), "Shopify_Line_Id__c", lines)
    _rename(world.org["Product2"].values(), "Shopify_Variant_Id__c", products)
    _rename(world.org["Location"].values(), "ExternalReference", places)


def _parcel_id(order: Order) -> str:
    return f"{number_of('Order', order.gid)}/{SHIPMENT}"


def _as_one_parcel(world: World, order: Order) -> None:
    """An order is one parcel, which has left or has not."""
    copies = [one for one in order.shipments if one.gid in world.shipment_of]
    kept = next((one for one in copies if not one.cancelled), None) if _shipped(order) == "shipped" else None
    for one in copies:
        if one is not kept:
            world.forget_shipment(one)
    if kept is not None:
        row = world.row("Order_Shipment__c", world.shipment_of[kept.gid])
        row["Shopify_Fulfillment_Id__c"] = row["Shopify_Fulfillment_Id__c"] and _parcel_id(order)
        if len(order.shipments) > 1:
            row["Units__c"] = sum(line.quantity for line in order.lines)


def _rename(rows: Iterable[Row], field: str, names: Mapping[str, str]) -> None:
    for row in rows:
        row[field] = names.get(row.get(field) or "", row.get(field))


def _dressed(value: str | None) -> str | None:
    """The order's number where its neutral id stood, in the same dress; what is no id stays as it is."""
    if value is None:
        return None
    front, bare = ("#", tail(value)) if "/" in value else ("", value)
    bare, dot, rest = bare.partition(".")
    return f"{front}{number_of('Order', bare)}{dot}{rest}" if _is_one("Order", bare) else value


def _padded(value: str | None) -> str | None:
    """An order's number as the platform writes it, after a sign or without one."""
    return value and f"{'#' * value.startswith('#')}{int(value.removeprefix('#')):08}"


# -- ids ------------------------------------------------------------------------------------------------------------------


def _line_ids(world: World) -> dict[str, str]:
    return {
        line.gid: f"{number_of('Order', order.gid)}/{position}"
        for order in world.orders
        for position, line in enumerate(order.lines, start=1)
    }


def record_ids(world: World) -> Mapping[str, str]:
    """Neutral id → record_id in the warehouse."""
    names = Names(world.catalogue.everything)
    found = {order.gid: number_of("Order", order.gid) for order in world.orders}
    found |= _line_ids(world)
    found |= {one.gid: _parcel_id(order) for order in world.orders for one in order.shipments}
    found |= {one.gid: number_of("Customer", one.gid) for one in world.people.customers if one.gid}
    found |= {location.gid: _list_id(location) for location in world.catalogue.locations}
    for variant in world.catalogue.everything:
        found[variant.gid] = names.of(variant)
        found |= {level.gid: f"{names.of(variant)}/{_list_id(level.location)}" for level in variant.levels}
    return found


def truth(world: World) -> list[TruthRow]:
    """What an audit of this shop has to find, under its ids."""
    ids = {tail(gid): record_id for gid, record_id in record_ids(world).items()}
    rows = shapes.lists_for_anybody(shapes.erased_are_gone(world.truth.sorted()))
    told = [row for row in rows if row.cause not in UNSAID]
    return sorted((replace(row, record_id=ids.get(row.record_id or "", row.record_id)) for row in told), key=lambda row: row.key)


# -- records --------------------------------------------------------------------------------------------------------------


def documents(world: World) -> dict[str, list[Record]]:
    """Records by the stand-in's kinds."""
    catalogue, people = world.catalogue, world.people
    names = Names(catalogue.everything)
    customers = [one for one in people.customers if one.gid and not (one.merged or one.redacted)]
    known = {one.key for one in customers}
    return {
        "customer_lists": [{"id": SITE}],
        "customers": [_customer(one) for one in customers],
        "catalogs": [{"id": CATALOG, "name": {"default": "Nordhaus"}, "online": True, "assignedSites": [{"id": SITE}]}],
        "products": [one for product in [*catalogue.products, *catalogue.fresh] for one in _products(product, names)],
        "price_books": _price_books(world, names),
        "inventory_lists": [_inventory_list(location) for location in catalogue.locations],
        "inventory_records": [*_stock(world, names)],
        "orders": [_order(order, names, known) for order in world.orders],
    }


def load(shop: Shop, world: World) -> None:
    """Fill a stand-in with the merchant, and let its jobs leave their files."""
    for kind, found in documents(world).items():
        shop.load(kind, found)
    impex.export(shop, FOLDER)


def make(folder: Path, world: World, now: Callable[[], datetime]) -> None:
    """The filled stand-in in a folder."""
    shop = Shop(folder, sites=(SITE,), now=now)
    load(shop, world)
    shop.close()


def open_up(folder: Path, doors: Doors) -> Opened:
    """Serve what lies in a folder, with an API client for the auditor."""
    shop = doors.closing(Shop(folder, now=doors.now))
    secret, reference = doors.secret("sfcc-client-secret")
    shop.add_client(CLIENT, secret, ocapi=True)
    url = doors.serve(SYSTEM, create_app(shop))
    return Opened(shop, settings(url, doors.ca, reference, shop.tenant), {SYSTEM: url})


def settings(url: str, ca: str, secret: str, tenant: str) -> str:
    """The lines of recon.toml; ``ca`` and ``secret`` are TOML values."""
    return f"""url = {quoted(url)}              # a real instance has three addresses, of which two follow from short_code
account_url = {quoted(url)}
instance_url = {quoted(url)}
ca_bundle = {ca}
tenant_id = {quoted(tenant)}
sites = [{quoted(SITE)}]
client_id = {quoted(CLIENT)}
client_secret = {secret}
impex = {quoted(f"{url}/on/demandware.servlet/webdav/Sites/Impex/src/{FOLDER}")}    # customers and price books come from files
default_price_book = {quoted(LIST_PRICES)}
"""


def _place(where: Address, first: str, last: str) -> Record:
    return records.address(
        first,
        last,
        where.address1,
        where.city,
        where.zip,
        where.country,
        stateCode=where.province,
        phone=where.phone,
        companyName=where.company,
    )


def _customer(one: Customer) -> Record:
    return records.customer(
        number_of("Customer", one.gid or ""),
        SITE,
        one.first,
        one.last,
        one.email,
        created=one.created,
        modified=one.updated,
        addresses=[_place(one.address, one.first, one.last)] if one.address.address1 else [],
        phoneMobile=one.phone,
        companyName=one.company.name if one.company else None,
        preferredLocale="de_DE",
    )


def _products(product: Product, names: Names) -> Iterable[Record]:
    several, online = len(product.variants) > 1, product.status == "ACTIVE"
    master = f"all-{tail(product.gid)}"
    for variant in product.variants:
        yield records.product(
            names.of(variant),
            variant.name,
            created=variant.created,
            modified=variant.updated,
            online=online,
            price=euros(variant.price),
            kind="variant" if several else "item",
            catalog=CATALOG,
            ean=variant.barcode,
            master={"masterId": master} if several else None,
        )
    if several:
        below = [names.of(variant) for variant in product.variants]
        yield records.product(
            master,
            product.title,
            created=product.created,
            modified=product.updated,
            online=online,
            kind="master",
            catalog=CATALOG,
            variants=below,
        )


def _price_books(world: World, names: Names) -> list[Record]:
    shown = {names.of(one): euros(one.price) for one in world.catalogue.everything}
    business = {names.of(one): euros(one.wholesale) for one in world.catalogue.variants if one.wholesale is not None}
    return [records.price_book(LIST_PRICES, SHOP_CURRENCY, shown, "List prices"), records.price_book(WHOLESALE, SHOP_CURRENCY, business)]


def _inventory_list(location: Location) -> Record:
    return {"id": _list_id(location), "description": location.name, "default_in_stock": False, "on_order_inventory_enabled": True}


def _stock(world: World, names: Names) -> Iterable[Record]:
    first = _list_id(world.catalogue.locations[0])
    for variant in world.catalogue.everything:
        if not variant.tracked:
            yield records.stock(names.of(variant), first, None, reset=variant.created)
        for level in variant.levels:
            if level.active:
                yield _level(names.of(variant), level)


def _level(product_id: str, level: Level) -> Record:
    return records.stock(product_id, _list_id(level.location), level.on_hand, reset=level.updated, on_order=level.committed)


# -- orders ---------------------------------------------------------------------------------------------------------------


def _order(order: Order, names: Names, known: set[str]) -> Record:
    buyer, gross = order.buyer, order.tax_included
    order_no = number_of("Order", order.gid)
    return records.order(
        order_no,
        SITE,
        [_item(position, line, names, order) for position, line in enumerate(order.lines, start=1)],
        freight=_freight(order),
        gross=gross,
        created=order.placed,
        modified=order.updated,
        status="cancelled" if order.cancelled else "completed" if order.closed else "new",
        customer=_buyer(order, registered=not order.guest and buyer.gid is not None and buyer.key in known),
        billing=_place(order.address, buyer.first, buyer.last),
        paid=order.paid,
        shipped=_shipped(order),
        number=int(order_no),
        businessType="b2b" if buyer.company else "b2c",
        channelType="store" if order.location else "storefront",
    )


def _buyer(order: Order, *, registered: bool) -> Record:
    buyer = order.buyer
    # NOTE: the vendor numbers guests as well; such a number is in no customer list.
    own = number_of("Customer", buyer.gid) if registered and buyer.gid else f"9{number_of('Order', order.gid)[1:]}"
    return {
        "guest": not registered,
        "customerNo": own,
        "customerId": f"ab{own}",
        "email": buyer.email,
        "customerName": f"{buyer.first} {buyer.last}".strip(),
    }


def _shipped(order: Order) -> str:
    sent, due = sum(line.shipped for line in order.lines), sum(line.sold for line in order.lines)
    return "not_shipped" if sent == 0 else "shipped" if sent >= due else "part_shipped"


def _item(position: int, line: Line, names: Names, order: Order) -> Record:
    return records.item(
        position,
        names.of_line(line),
        line.quantity,
        euros(line.unit),
        gross=order.tax_included,
        rate=Decimal(line.rate) / 1000,
        tax=euros(line.tax),
        discount=euros(line.discount),
        promotion=order.code or "sale",
        coupon=order.code,
        productName=line.title,
        itemText=line.title,
        gift=False,
    )


def _freight(order: Order) -> list[Record]:
    gross = order.tax_included
    rate = Decimal(max((line.rate for line in order.lines), default=0)) / 1000
    parts = [records.shipping(euros(order.shipping), euros(order.shipping_tax), gross=gross, rate=rate)]
    extra = {"Duties": order.duties, "Tip": order.tip}
    parts += [records.shipping(euros(value), gross=gross, text=name, type="surcharge") for name, value in extra.items() if value]
    return parts
