"""The merchant as two stores of a commerce org of its own: consumers buy in one, businesses in the other.

Every record's id is made from the number at the end of its neutral id, so ids stay the same from run to run. What this platform cannot
say is left out: test orders, text message consent, redacted customers (they are gone here), what the buyer saw in another currency.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from recon.sandbox.merchant import shapes
from recon.sandbox.merchant.doors import Doors, Opened, quoted
from recon.sandbox.merchant.ids import tail
from recon.sandbox.merchant.integration import SHOP_BOOK as INTEGRATION_BOOK
from recon.sandbox.merchant.integration import order_addresses
from recon.sandbox.merchant.life import Company, Customer, Level, Line, Order, Refund, Return, Shipment, Variant
from recon.sandbox.merchant.money import SHOP_CURRENCY, euros
from recon.sandbox.merchant.org import CURRENCIES
from recon.sandbox.merchant.picks import Pick
from recon.sandbox.merchant.shopdocs import financial_status
from recon.sandbox.merchant.truth import SHOP, TruthRow
from recon.sandbox.merchant.world import Row, World, moment
from recon.sandbox.salesforce import Org
from recon.sandbox.salesforce.ids import mint

SYSTEM, PREFIX, TITLE = "b2b", "B2b", "Nordhaus on B2B and D2C Commerce"
UNSAID = frozenset({
    "tests_as_revenue", "oversold", "text_consent_not_followed",
    # products have no barcode, and a variant has a name of its own
    "barcode_not_followed", "barcode_wiped", "name_without_option",
    # a checkout is a cart until it is an order
    "checkout_taken_for_order", "checkout_given_up",
})  # fmt: skip
"""Causes that no record of this platform can show"""

CLIENT = "recon-demo-b2b-app"
CONSUMERS, BUSINESSES = "Nordhaus", "Nordhaus Business"
SHOP_BOOK, WHOLESALE_BOOK = "Nordhaus Price Book", "Wholesale EU"
NOT_SELLABLE = "product.not_sellable"

PREFIXES = {
    "Order": "801", "LineItem": "802", "ProductVariant": "01t", "Location": "131", "Refund": "0aX", "Fulfillment": "0a3", "Return": "0lx",
    "Company": "001",
}  # fmt: skip
"""Kind of a neutral id → key prefix of what stands for it here; customers have two, see :func:`record_id`"""

OBJECTS = ("Account", "Contact", "Location", "Pricebook2", "Product2", "PricebookEntry", "ProductItem", "WebStore", "BuyerGroup",
           "WebStoreBuyerGroup", "WebStorePricebook", "BuyerGroupPricebook", "BuyerAccount", "BuyerGroupMember",
           "CommerceEntitlementPolicy",
           "CommerceEntitlementProduct", "CommerceEntitlementBuyerGroup", "ProductCatalog", "WebStoreCatalog", "ProductCategory",
           "ProductCategoryProduct", "Order", "OrderItem", "OrderSummary", "OrderItemSummary", "OrderPaymentSummary",
           "PaymentAuthorization", "Payment", "Refund",
           "FulfillmentOrder", "FulfillmentOrderLineItem", "Shipment", "ReturnOrder", "ReturnOrderLineItem")  # fmt: skip
"""Parents before children."""


def number(gid: str) -> int:
    """The number at the end of a neutral id."""
    return int("".join(c for c in tail(gid) if c.isdecimal()))


def record_id(gid: str, *, business: bool = False) -> str:
    """The id here of a neutral record; consumers are person accounts, buyers of businesses contacts."""
    kind = gid.split("/")[-2]
    if kind == "Customer":
        return mint("003" if business else "001", number(gid))
    if kind == "InventoryLevel":
        place, _, item = tail(gid).partition("?inventory_item_id=")
        return mint("1ys", int(item) * 100 + int(place) % 100)
    return mint(PREFIXES[kind], number(gid))


def summary_id(order: Order) -> str:
    """The order's summary."""
    return mint("1Os", number(order.gid))


def line_summary_id(line: Line) -> str:
    """The line's summary."""
    return mint("10u", number(line.gid))


# -- causes that only this platform has ----------------------------------------------------------------------------------


def left_out_of_catalogue(world: World, cause: str) -> None:
    """Products that nobody put into a category: they are for sale, but no buyer comes across them."""
    _unsellable(world, cause, 3)


def left_out_of_entitlement(world: World, cause: str) -> None:
    """Products that no entitlement policy names: no buyer may see them."""
    _unsellable(world, cause, 3)


def price_never_entered(world: World, cause: str) -> None:
    """Products whose entry in the store's price book is inactive."""
    _unsellable(world, cause, 2)


def priced_in_another_currency(world: World, cause: str) -> None:
    """Products with a price in a currency that the stores do not sell in."""
    _unsellable(world, cause, 2)


def _unsellable(world: World, cause: str, amount: int) -> None:
    for variant in Pick(world, cause).variants(amount, lambda one: one.wholesale is None):
        world.truth.shop(NOT_SELLABLE, cause, tail(variant.gid))
        if cause == "priced_in_another_currency":
            world.truth.shop("price.wrong_currency", cause, tail(variant.gid), world.entry_of[INTEGRATION_BOOK, variant.gid])


CAUSES: tuple[Callable[[World, str], None], ...] = (
    left_out_of_catalogue,
    left_out_of_entitlement,
    price_never_entered,
    priced_in_another_currency,
)


# -- the merchant's view -------------------------------------------------------------------------------------------------


def shape(world: World) -> None:
    """Make of the neutral shop what this platform can express: no cash that is rounded, and units count as sold although they came back."""
    world.payment_word, world.shipping_word = payment_word, shapes.shipped_of_sold
    shapes.without_rounding(world)


def payment_word(order: Order) -> str:
    """What the summaries say of the money: what was promised and given up is no money at all."""
    if order.paid or order.cancelled or order.hold is None:
        return financial_status(order).lower()
    return "pending" if order.hold.released else "authorized"


def prepare(world: World) -> None:
    """Write this shop's ids where the integration wrote neutral ones, and take test orders out. Call it before the org is loaded."""
    for order in [one for one in world.orders if one.test]:
        if order.gid in world.order_of:
            world.forget_order(order)
    world.orders = [order for order in world.orders if not order.test]
    fields = {
        "Order": ("Shopify_Order_Id__c", "801"), "OrderItem": ("Shopify_Line_Id__c", "802"), "Account": ("Shopify_Customer_Id__c", "001"),
        "Contact": ("Shopify_Customer_Id__c", "003"), "Product2": ("Shopify_Variant_Id__c", "01t"),
        "Order_Refund__c": ("Shopify_Refund_Id__c", "0aX"), "Order_Shipment__c": ("Shopify_Fulfillment_Id__c", "0a3"),
        "Order_Return__c": ("Shopify_Return_Id__c", "0lx"), "Location": ("ExternalReference", "131"),
    }  # fmt: skip
    for sobject, (field, prefix) in fields.items():
        for row in world.org[sobject].values():
            if row.get(field) is not None:
                row[field] = _dressed(str(row[field]), prefix)
    for row in world.org["Account"].values():
        if row.get("Shopify_Company_Id__c") is not None:
            row["Shopify_Company_Id__c"] = _dressed(str(row["Shopify_Company_Id__c"]), "001")


def _dressed(value: str, prefix: str) -> str:
    """The id here in a disguise like that of the neutral one: 15 characters instead of a gid, blanks instead of a decimal."""
    digits = re.sub(r"\.0$", "", tail(value) if "/" in value else value)
    made = mint(prefix, int(digits))
    return made[:15] if value.startswith("gid:") else f" {made} " if value.endswith(".0") else made


def record_ids(world: World) -> Mapping[str, str]:
    """Neutral id → record_id in the warehouse."""
    people = {one.gid: record_id(one.gid, business=one.company is not None) for one in world.people.customers if one.gid}
    orders: list[str] = []
    for order in world.orders:
        orders += [order.gid, *(one.gid for one in order.lines), *(one.gid for one in order.refunds)]
        orders += [*(one.gid for one in order.shipments), *(one.gid for one in order.returns)]
    variants = [gid for one in world.catalogue.everything for gid in (one.gid, *(level.gid for level in one.levels))]
    places = [location.gid for location in world.catalogue.locations]
    companies = [company.gid for company in world.people.companies]
    return people | {gid: record_id(gid) for gid in (*orders, *variants, *places, *companies)}


def truth(world: World) -> list[TruthRow]:
    """What an audit of these stores has to find: the planted causes that they can show, under their own ids."""
    names = {tail(gid): found for gid, found in record_ids(world).items()}
    told = [_told(row) for row in (*shapes.erased_are_gone(world.truth.sorted()), *_traces(world)) if row.cause not in UNSAID]
    return sorted((replace(row, record_id=names.get(row.record_id or "", row.record_id)) for row in told), key=lambda row: row.key)


def _traces(world: World) -> Iterator[TruthRow]:
    """An edit leaves no refund of nothing behind here, so nothing hides that the current total was not followed."""
    edited = {row.salesforce_id for row in world.truth.rows if row.rule == "order.total_drift"}
    for order in world.orders:
        copy = world.order_of.get(order.gid)
        if (
            copy is None
            or copy in edited
            or not order.refunds
            or any(one.amount or any(x.subtotal for x in one.lines) for one in order.refunds)
        ):
            continue
        if world.row("Order", copy)["Shop_Current_Total__c"] == euros(order.total) != euros(order.current_total):
            yield TruthRow("order.total_drift", SHOP, tail(order.gid), copy, "edit_not_followed")


def _told(row: TruthRow) -> TruthRow:
    """An order has one currency here: what the buyer saw in another one is only another amount."""
    return replace(row, rule="order.total_drift") if row.cause == "presentment_amount" else row


def make_org(folder: Path, now: Callable[[], datetime]) -> Org:
    """An org with Commerce and Order Management, empty."""
    return Org(
        folder, now=now, name="Nordhaus Commerce", org_id="00D7Q000000000CUAQ", multi_currency=True, person_accounts=True, commerce=True,
        order_management=True, currency=SHOP_CURRENCY, currencies=list(CURRENCIES), time_zone="Europe/Berlin", sandbox=False,
        order_statuses={"Draft": "Draft", "Created": "Activated", "Fulfilled": "Activated", "Canceled": "Activated"},
    )  # fmt: skip


def make(folder: Path, world: World, now: Callable[[], datetime]) -> Org:
    """The filled stand-in."""
    org = make_org(folder, now)
    load(org, world)
    return org


def load(org: Org, world: World) -> None:
    """Fill a stand-in with the merchant."""
    found = records(world)
    for name in OBJECTS:
        deletable = "IsDeleted" in org.objects[name].fields
        org.load(name, (row if deletable else {key: value for key, value in row.items() if key != "IsDeleted"} for row in found[name]))


def open_up(folder: Path, doors: Doors) -> Opened:
    """Serve what lies in a folder, with an app for the auditor."""
    from recon.sandbox.salesforce.app import create_app

    org = doors.closing(make_org(folder, doors.now))
    secret, reference = doors.secret("b2b-client-secret")
    org.add_client(CLIENT, secret, username="recon.audit@stores.example.com")
    url = doors.serve(SYSTEM, create_app(org))
    settings = f"""url = {quoted(url)}
ca_bundle = {doors.ca}
client_id = {quoted(CLIENT)}
client_secret = {reference}
org_id = {quoted(org.org_id)}
"""
    return Opened(org, settings, {SYSTEM: url})


def records(world: World) -> dict[str, list[Row]]:
    """Rows by object."""
    found: dict[str, list[Row]] = {name: [] for name in OBJECTS}
    _setup(world, found)
    _people(world, found)
    _catalogue(world, found)
    known = {one.key for one in world.people.customers if one.gid and not one.merged and not one.redacted}
    for order in world.orders:
        _order(found, order, known)
    return found


def _stamps(created: datetime, updated: datetime | None = None) -> Row:
    last = moment(updated if updated and updated > created else created)
    return {"CreatedDate": moment(created), "LastModifiedDate": last, "SystemModstamp": last}


# -- stores --------------------------------------------------------------------------------------------------------------

STORE_IDS = {CONSUMERS: mint("0ZE", 1), BUSINESSES: mint("0ZE", 2)}
GROUPS = {"Everybody": mint("0ZI", 1), "Businesses": mint("0ZI", 2)}
BOOKS = {SHOP_BOOK: mint("01s", 901), WHOLESALE_BOOK: mint("01s", 902), "Clearance 2019": mint("01s", 903)}
POLICY, CATALOG = mint("1Ce", 1), mint("0ZS", 1)


def _setup(world: World, found: dict[str, list[Row]]) -> None:
    start = _stamps(world.days_ago(700))
    for name, kind in ((CONSUMERS, "B2C"), (BUSINESSES, "B2B")):
        store: Row = {
            "Id": STORE_IDS[name],
            "Name": name,
            "Type": kind,
            "SupportedCurrencies": SHOP_CURRENCY,
            "OrderLifeCycleType": "MANAGED",
        }
        found["WebStore"].append(store | start)
        found["WebStorePricebook"].append({"WebStoreId": STORE_IDS[name], "Pricebook2Id": BOOKS[SHOP_BOOK], "IsActive": True} | start)
        found["WebStoreCatalog"].append({"SalesStoreId": STORE_IDS[name], "ProductCatalogId": CATALOG} | start)
    for name, store_name in (("Everybody", CONSUMERS), ("Businesses", BUSINESSES)):
        found["BuyerGroup"].append({"Id": GROUPS[name], "Name": name} | start)
        found["WebStoreBuyerGroup"].append({"WebStoreId": STORE_IDS[store_name], "BuyerGroupId": GROUPS[name]} | start)
        found["CommerceEntitlementBuyerGroup"].append({"PolicyId": POLICY, "BuyerGroupId": GROUPS[name]} | start)
    found["BuyerGroupPricebook"].append(
        {"BuyerGroupId": GROUPS["Businesses"], "Pricebook2Id": BOOKS[WHOLESALE_BOOK], "Priority": 1, "IsActive": True} | start
    )
    found["CommerceEntitlementPolicy"].append(
        {"Id": POLICY, "Name": "Everything", "IsActive": True, "CanViewProduct": True, "CanViewPrice": True} | start
    )
    found["ProductCatalog"].append({"Id": CATALOG, "Name": "Nordhaus"} | start)
    for name, book in BOOKS.items():
        found["Pricebook2"].append({"Id": book, "Name": name, "IsActive": True} | start)


# -- people --------------------------------------------------------------------------------------------------------------


def _people(world: World, found: dict[str, list[Row]]) -> None:
    for company in world.people.companies:
        found["Account"].append(_company(company))
        _enable(found, record_id(company.gid), company.name, "Businesses", company.created)
    for person in world.people.customers:
        if person.gid is None or person.merged or person.redacted:
            continue
        if person.company:
            found["Contact"].append(_contact(person, record_id(person.company.gid)))
        else:
            found["Account"].append(_person(person))
            _enable(found, record_id(person.gid), f"{person.first} {person.last}", "Everybody", person.created)


def _enable(found: dict[str, list[Row]], account: str, name: str, group: str, created: datetime) -> None:
    stamps = _stamps(created)
    limit = {"CreditLimit": Decimal(5000), "CurrencyIsoCode": SHOP_CURRENCY} if group == "Businesses" else {}
    found["BuyerAccount"].append({"BuyerId": account, "Name": name, "BuyerStatus": "Active", "IsActive": True} | limit | stamps)
    found["BuyerGroupMember"].append({"BuyerId": account, "BuyerGroupId": GROUPS[group]} | stamps)


def _company(company: Company) -> Row:
    where = company.address
    row: Row = {
        "Id": record_id(company.gid), "Name": company.name, "AccountNumber": company.number, "BillingStreet": where.address1,
        "BillingCity": where.city, "BillingPostalCode": where.zip, "BillingCountry": where.country, "CurrencyIsoCode": SHOP_CURRENCY,
    }  # fmt: skip
    return row | _stamps(company.created)


def _contact(person: Customer, account: str) -> Row:
    where = person.address
    row: Row = {
        "Id": record_id(person.gid or "", business=True), "AccountId": account, "FirstName": person.first, "LastName": person.last,
        "Email": person.email, "Phone": person.phone, "MailingStreet": where.address1, "MailingCity": where.city,
        "MailingPostalCode": where.zip, "MailingCountry": where.country, "HasOptedOutOfEmail": person.email_state != "SUBSCRIBED",
        "CurrencyIsoCode": SHOP_CURRENCY,
    }  # fmt: skip
    return row | _stamps(person.created, person.updated)


def _person(person: Customer) -> Row:
    where = person.address
    row: Row = {
        "Id": record_id(person.gid or ""), "IsPersonAccount": True, "FirstName": person.first or None, "LastName": person.last,
        "PersonEmail": person.email, "Phone": person.phone or where.phone, "PersonMailingStreet": where.address1 or None,
        "PersonMailingCity": where.city or None, "PersonMailingPostalCode": where.zip or None, "PersonMailingCountry": where.country,
        "PersonHasOptedOutOfEmail": person.email_state != "SUBSCRIBED", "CurrencyIsoCode": SHOP_CURRENCY,
    }  # fmt: skip
    return row | _stamps(person.created, person.updated)


# -- catalogue -----------------------------------------------------------------------------------------------------------


def _catalogue(world: World, found: dict[str, list[Row]]) -> None:
    start = _stamps(world.days_ago(700))
    for location in world.catalogue.locations:
        if location.active:
            row: Row = {"Id": record_id(location.gid), "Name": location.name, "LocationType": "Warehouse", "IsInventoryLocation": True}
            found["Location"].append(row | start)
    categories: dict[str, str] = {}
    faults = {row.record_id: row.cause for row in world.truth.rows if row.rule == NOT_SELLABLE}
    for variant in world.catalogue.everything:
        kind = variant.product.kind
        if kind not in categories:
            categories[kind] = mint("0ZG", len(categories) + 1)
            found["ProductCategory"].append({"Id": categories[kind], "Name": kind, "CatalogId": CATALOG, "IsNavigational": True} | start)
        _variant(found, variant, categories[kind], faults.get(tail(variant.gid), ""))


def _variant(found: dict[str, list[Row]], variant: Variant, category: str, fault: str) -> None:
    product, stamps = record_id(variant.gid), _stamps(variant.created, variant.updated)
    row: Row = {"Id": product, "Name": variant.name, "ProductCode": variant.sku or f"V{tail(variant.gid)}", "StockKeepingUnit": variant.sku,
                "IsActive": variant.product.status == "ACTIVE", "Family": variant.product.kind}  # fmt: skip
    found["Product2"].append(row | stamps)
    if fault != "left_out_of_catalogue":
        found["ProductCategoryProduct"].append({"ProductCategoryId": category, "ProductId": product, "CatalogId": CATALOG} | stamps)
    if fault != "left_out_of_entitlement":
        found["CommerceEntitlementProduct"].append({"PolicyId": POLICY, "ProductId": product} | stamps)
    currency = "USD" if fault == "priced_in_another_currency" else SHOP_CURRENCY
    prices = [(SHOP_BOOK, variant.price, currency, fault != "price_never_entered"), ("Clearance 2019", 1, SHOP_CURRENCY, True)]
    if variant.wholesale is not None:
        prices.append((WHOLESALE_BOOK, variant.wholesale, SHOP_CURRENCY, True))
    for book, amount, code, active in prices:
        entry: Row = {
            "Pricebook2Id": BOOKS[book],
            "Product2Id": product,
            "UnitPrice": euros(amount),
            "CurrencyIsoCode": code,
            "IsActive": active,
        }
        found["PricebookEntry"].append(entry | stamps)
    found["ProductItem"] += [_level(level, product) for level in variant.levels if level.active]


def _level(level: Level, product: str) -> Row:
    row: Row = {
        "Id": record_id(level.gid),
        "Product2Id": product,
        "LocationId": record_id(level.location.gid),
        "QuantityOnHand": level.on_hand,
    }
    return row | _stamps(level.updated)


# -- orders --------------------------------------------------------------------------------------------------------------


def _order(found: dict[str, list[Row]], order: Order, known: set[str]) -> None:
    stamps = _stamps(order.placed, order.updated)
    found["Order"].append(_original(order, known) | stamps)
    for place, line in enumerate(order.first_lines, 1):
        found["OrderItem"].append(_item(order, line, record_id(order.gid), place) | stamps)
    found["OrderItem"] += [row | stamps for row in _charges(order)]
    later = [line for line in order.lines if line.later]
    if later or any(line.removed for line in order.lines):
        found["Order"].append(_change(order))
        found["OrderItem"] += [_item(order, line, change_id(order), place) | stamps for place, line in enumerate(later, 90)]
    found["OrderSummary"].append(_summary(order, known) | stamps)
    for place, line in enumerate(order.lines, 1):
        found["OrderItemSummary"].append(_item_summary(order, line, place) | stamps)
    if order.total > 0:
        _money(found, order)
    for shipment in order.shipments:
        _shipment(found, order, shipment)
    for back in order.returns:
        _return(found, order, back)


def change_id(order: Order) -> str:
    """The change order that holds what was added or taken out later."""
    return mint("801", 10**14 + number(order.gid))


def _buyer(order: Order, known: set[str]) -> Row:
    buyer = order.buyer
    if order.guest or buyer.gid is None or buyer.key not in known:
        return {"AccountId": None, "BillToContactId": None, "BillingEmailAddress": buyer.email}
    if buyer.company:
        contact = record_id(buyer.gid, business=True)
        return {"AccountId": record_id(buyer.company.gid), "BillToContactId": contact, "BillingEmailAddress": buyer.email}
    return {"AccountId": record_id(buyer.gid), "BillToContactId": None, "BillingEmailAddress": buyer.email}


def _status(order: Order) -> str:
    return "Canceled" if order.cancelled else "Fulfilled" if order.closed else "Created"


def _store(order: Order) -> str:
    return STORE_IDS[BUSINESSES if order.buyer.company else CONSUMERS]


def _original(order: Order, known: set[str]) -> Row:
    tax = sum(line.tax for line in order.first_lines) + order.shipping_tax
    return _buyer(order, known) | {
        "Id": record_id(order.gid), "Status": _status(order), "EffectiveDate": order.placed.date().isoformat(),
        "OrderedDate": moment(order.placed),
        "SalesStoreId": _store(order), "Pricebook2Id": BOOKS[SHOP_BOOK], "CurrencyIsoCode": SHOP_CURRENCY,
        "TaxLocaleType": "Gross" if order.tax_included else "Net", "TotalTaxAmount": euros(tax), "GrandTotalAmount": euros(order.total),
        "OrderReferenceNumber": str(order.number), "Description": order.note,
    } | order_addresses(order)  # fmt: skip


def _change(order: Order) -> Row:
    when = order.edited or order.updated
    row: Row = {
        "Id": change_id(order), "Status": _status(order), "EffectiveDate": when.date().isoformat(), "OrderedDate": moment(when),
        "RelatedOrderId": record_id(order.gid), "RelatedOrderType": "ChangeOrder", "SalesStoreId": _store(order),
        "CurrencyIsoCode": SHOP_CURRENCY,
        "TotalTaxAmount": euros(0), "GrandTotalAmount": euros(order.later_value),
    }  # fmt: skip
    return row | _stamps(when)


def _amounts(order: Order, line: Line) -> Row:
    """Without tax, as every amount of a line is here; a discount on a price with tax holds tax itself."""
    hidden = line.discount * line.rate // (1000 + line.rate) if order.tax_included else 0
    goods = line.goods - (line.tax + hidden if order.tax_included else 0)
    adjustment = -(line.discount - hidden)
    return {
        "UnitPrice": (euros(goods) / line.quantity).quantize(Decimal("0.01")), "TotalLineAmount": euros(goods),
        "TotalAdjustmentAmount": euros(adjustment), "TotalPrice": euros(goods + adjustment), "TotalTaxAmount": euros(line.tax),
    }  # fmt: skip


CUSTOM = mint("01t", 1)
"""What is sold without being in the catalogue"""


def _product(line: Line) -> str:
    return record_id(line.variant.gid) if line.variant else CUSTOM


def _item(order: Order, line: Line, owner: str, place: int) -> Row:
    return _amounts(order, line) | {
        "Id": record_id(line.gid), "OrderId": owner, "Product2Id": _product(line), "Quantity": line.quantity, "Type": "Order Product",
        "TypeCode": "Product", "LineNumber": place, "Description": line.title, "CurrencyIsoCode": SHOP_CURRENCY,
    }  # fmt: skip


def _charges(order: Order) -> Iterator[Row]:
    """Delivery, and what is neither goods nor delivery: duties and tips."""
    delivery = order.shipping - (order.shipping_tax if order.tax_included else 0)
    for kind, amount, tax in (("Delivery Charge", delivery, order.shipping_tax), ("Fee", order.duties + order.tip, 0)):
        if amount or tax:
            yield {
                "OrderId": record_id(order.gid), "Product2Id": CUSTOM, "Quantity": 1, "Type": kind, "TypeCode": "Charge",
                "UnitPrice": euros(amount), "TotalLineAmount": euros(amount), "TotalAdjustmentAmount": euros(0),
                "TotalPrice": euros(amount),
                "TotalTaxAmount": euros(tax), "CurrencyIsoCode": SHOP_CURRENCY,
            }  # fmt: skip


def _summary(order: Order, known: set[str]) -> Row:
    return _buyer(order, known) | {
        "Id": summary_id(order), "OrderNumber": str(order.shown_number), "OriginalOrderId": record_id(order.gid), "Status": _status(order),
        # NOTE: what the tills sell is kept elsewhere and only shown here.
        "OrderLifeCycleType": "UNMANAGED" if order.source == "pos" else "MANAGED",
        "OrderedDate": moment(order.placed), "SalesStoreId": _store(order), "CurrencyIsoCode": SHOP_CURRENCY, "SourceProcess": "Standard",
        "GrandTotalAmount": euros(order.current_total),
    }  # fmt: skip


def _item_summary(order: Order, line: Line, place: int) -> Row:
    returned = 0 if order.cancelled else line.refunded
    canceled = line.quantity - returned if order.cancelled else line.removed
    return _amounts(order, line) | {
        "Id": line_summary_id(line), "Name": line.title, "OrderSummaryId": summary_id(order), "OriginalOrderItemId": record_id(line.gid),
        "Product2Id": _product(line), "StockKeepingUnit": line.sku, "LineNumber": place, "Type": "Order Product", "TypeCode": "Product",
        "Status": "CANCELED" if canceled == line.quantity else "FULFILLED" if line.shipped else "ORDERED",
        "QuantityOrdered": line.quantity, "QuantityCanceled": canceled, "QuantityReturned": returned, "QuantityReturnInitiated": returned,
        "QuantityFulfilled": line.shipped, "QuantityAllocated": line.shipped, "Quantity": line.quantity - canceled - returned,
        "CurrencyIsoCode": SHOP_CURRENCY,
    }  # fmt: skip


def _money(found: dict[str, list[Row]], order: Order) -> None:
    summary, stamps = mint("0bM", number(order.gid)), _stamps(order.placed, order.updated)
    captured, currency = order.received if order.paid else 0, {"CurrencyIsoCode": SHOP_CURRENCY}
    hold = order.hold
    row: Row = {"Id": summary, "OrderSummaryId": summary_id(order), "Method": "Card" if order.paid or hold else "Transfer", "Type": "visa",
                "AuthorizationAmount": euros(order.total if order.paid or hold else 0),
                "AuthorizationReversalAmount": euros(order.total if hold and hold.released else 0),
                "CapturedAmount": euros(captured), "RefundedAmount": euros(order.refunded)}  # fmt: skip
    found["OrderPaymentSummary"].append(row | currency | stamps)
    if hold is not None:
        promised: Row = {"OrderPaymentSummaryId": summary, "Amount": euros(order.total), "ProcessingMode": "Salesforce",
                         "Status": "Canceled" if hold.released else "Processed", "Date": moment(order.placed),
                         "ExpirationDate": moment(hold.expires)}  # fmt: skip
        found["PaymentAuthorization"].append(promised | currency | stamps)
    at_once = [(order.placed, captured)] if captured else []
    for taken, amount in (hold.captured if hold else None) or at_once:
        payment: Row = {"OrderPaymentSummaryId": summary, "Amount": euros(amount), "Status": "Processed", "Type": "Capture",
                        "ProcessingMode": "Salesforce", "Date": moment(taken)}  # fmt: skip
        found["Payment"].append(payment | currency | stamps)
    found["Refund"] += [_refund(one, summary) for one in order.refunds if one.amount]


def _refund(refund: Refund, summary: str) -> Row:
    row: Row = {
        "Id": record_id(refund.gid), "OrderPaymentSummaryId": summary, "Amount": euros(refund.amount), "Type": "Referenced",
        "Status": "Processed" if refund.moved else "Failed", "ProcessingMode": "Salesforce", "Date": moment(refund.created),
        "Comments": refund.note, "CurrencyIsoCode": SHOP_CURRENCY,
    }  # fmt: skip
    return row | _stamps(refund.created)


def _shipment(found: dict[str, list[Row]], order: Order, one: Shipment) -> None:
    fulfilment, stamps = record_id(one.gid), _stamps(one.created, one.delivered)
    row: Row = {
        "Id": fulfilment, "OrderSummaryId": summary_id(order), "FulfilledToName": f"{order.buyer.first} {order.buyer.last}".strip(),
        "FulfilledFromLocationId": record_id(one.location.gid), "Status": "Cancelled" if one.cancelled else "Fulfilled",
        "StatusCategory": "CANCELLED" if one.cancelled else "CLOSED", "ClosedDate": moment(one.created), "CurrencyIsoCode": SHOP_CURRENCY,
    }  # fmt: skip
    found["FulfillmentOrder"].append(row | stamps)
    found["FulfillmentOrderLineItem"] += [
        {"FulfillmentOrderId": fulfilment, "OrderItemSummaryId": line_summary_id(line), "Product2Id": _product(line), "Quantity": units,
         "OriginalQuantity": units} | stamps
        for _, line, units in one.lines
    ]  # fmt: skip
    parcel: Row = {"FulfillmentOrderId": fulfilment, "OrderSummaryId": summary_id(order), "TrackingNumber": one.tracking, "Provider": "DHL",
                   "ShipToName": "Buyer", "ActualDeliveryDate": one.delivered and moment(one.delivered)}  # fmt: skip
    found["Shipment"].append(parcel | {"CurrencyIsoCode": SHOP_CURRENCY} | stamps)


def _return(found: dict[str, list[Row]], order: Order, back: Return) -> None:
    returned, stamps = record_id(back.gid), _stamps(back.created, back.closed or back.created + timedelta(minutes=1))
    row: Row = {
        "Id": returned, "OrderSummaryId": summary_id(order), "Status": "Closed" if back.closed else "Submitted",
        "StatusCategory": "Closed" if back.closed else "Activated", "LifeCycleType": "MANAGED", "CurrencyIsoCode": SHOP_CURRENCY,
    }  # fmt: skip
    found["ReturnOrder"].append(row | stamps)
    found["ReturnOrderLineItem"] += [
        {"ReturnOrderId": returned, "OrderItemSummaryId": line_summary_id(line), "Product2Id": _product(line), "QuantityReturned": units,
         "QuantityExpected": units, "RepaymentMethod": "Replace" if back.exchanged else "Refund", "TypeCode": "Product"} | stamps
        for _, line, units in back.lines
    ]  # fmt: skip
