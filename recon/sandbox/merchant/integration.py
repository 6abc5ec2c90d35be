"""The made-up integration: copies the shop to Salesforce a minute after things happen, with the usual changes of shape."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from random import Random

from recon.sandbox.merchant.ids import seeded, tail
from recon.sandbox.merchant.life import Customer, Level, Line, Order, Refund, Return, Shipment, Subscription, Variant
from recon.sandbox.merchant.money import SHOP_CURRENCY, euros
from recon.sandbox.merchant.world import Row, World, moment

SHOP_BOOK, WHOLESALE_BOOK, STANDARD_BOOK = "Shopify Price Book", "Wholesale EU", "Standard Price Book"

NOT_YET_COPIED_MINUTES = 5
"""Orders younger than this have not arrived yet, which is no fault."""


def integrate(world: World) -> None:
    """Copy everything that an integration without faults would have copied by now."""
    rng = seeded(world.seed, "integration")
    start = world.days_ago(700)
    for name in ("Shop Integration", "Office User", "Price Flow"):
        first, last = name.split(" ")
        username = f"{first}.{last}@merchant.example.com".lower()
        world.add("User", {"Name": name, "FirstName": first, "LastName": last, "Username": username, "Email": username,
                           "Alias": first[:5].lower(), "IsActive": True, "UserType": "Standard"}, start)  # fmt: skip
    _copy_catalogue(world)
    _copy_people(world, rng)
    for order in world.orders:
        if order.placed <= world.now - timedelta(minutes=NOT_YET_COPIED_MINUTES) and not (order.test and order.number % 3 == 0):
            copy_order(world, order, timedelta(seconds=rng.randint(5, 120)))
    for subscription in world.subscriptions:
        copy_subscription(world, subscription)


def _copy_catalogue(world: World) -> None:
    start = world.days_ago(690)
    books = {
        name: world.add("Pricebook2", {"Name": name, "IsActive": True, "IsStandard": name == STANDARD_BOOK}, start)
        for name in (STANDARD_BOOK, SHOP_BOOK, WHOLESALE_BOOK)
    }
    places = {}
    for location in world.catalogue.locations:
        if location.active:
            row = {"Name": location.name, "ExternalReference": tail(location.gid), "LocationType": "Warehouse", "IsInventoryLocation": True}
            places[location.gid] = world.add("Location", row, start)
    world.add("Product2", {"Name": "Custom item", "ProductCode": "CUSTOM", "IsActive": True}, start)
    for variant in world.catalogue.everything:
        # NOTE: drafts are nobody's business yet.
        if variant.product.status != "DRAFT":
            _copy_variant(world, variant, books)
            for level in variant.levels:
                _copy_level(world, variant, level, places)


def _copy_variant(world: World, variant: Variant, books: dict[str, str]) -> None:
    created = variant.created + timedelta(minutes=2)
    modified = variant.updated + timedelta(minutes=1)
    row: Row = {
        "Name": variant.name,
        "ProductCode": variant.sku or f"V{tail(variant.gid)}",
        "StockKeepingUnit": variant.sku,
        "Barcode__c": variant.barcode,
        "Family": variant.product.kind,
        "IsActive": variant.product.status == "ACTIVE",
        "Shopify_Variant_Id__c": tail(variant.gid),
    }
    product_id = world.product_of[variant.gid] = world.add("Product2", row, created, modified)
    # NOTE: the standard book only has to have an entry; nobody keeps its amount up to date.
    prices = {STANDARD_BOOK: variant.price + 100, SHOP_BOOK: variant.price, WHOLESALE_BOOK: variant.wholesale}
    for book, amount in prices.items():
        if amount is not None:
            entry: Row = {
                "Pricebook2Id": books[book], "Product2Id": product_id, "UnitPrice": euros(amount), "CurrencyIsoCode": SHOP_CURRENCY,
                "IsActive": True, "UseStandardPrice": False,
            }  # fmt: skip
            world.entry_of[book, variant.gid] = world.add("PricebookEntry", entry, created, modified)


def _copy_level(world: World, variant: Variant, level: Level, places: dict[str, str]) -> None:
    row: Row = {
        "Product2Id": world.product_of[variant.gid], "LocationId": places[level.location.gid], "QuantityOnHand": level.on_hand,
        "QuantityUnitOfMeasure": "Each",
    }  # fmt: skip
    world.stock_of[level.gid] = world.add("ProductItem", row, variant.created + timedelta(minutes=3), level.updated + timedelta(minutes=1))


def _copy_people(world: World, rng: Random) -> None:
    for company in world.people.companies:
        row: Row = {
            "Name": company.name, "IsPersonAccount": False, "AccountNumber": company.number, "BillingStreet": company.address.address1,
            "BillingCity": company.address.city, "BillingPostalCode": company.address.zip, "BillingCountry": company.address.country,
            "CurrencyIsoCode": SHOP_CURRENCY, "Shopify_Company_Id__c": tail(company.gid), "Price_List__c": company.price_list,
        }  # fmt: skip
        account = world.account_of[company.gid] = world.add("Account", row, company.created + timedelta(minutes=1))
        for _, person in company.contacts:
            world.account_of[person.key] = copy_contact(world, person, account)
    winner: Customer | None = None
    for person in world.people.customers:
        if not person.company:
            copy_person(world, person, timedelta(seconds=rng.randint(10, 90)))
            if person.merged and winner is not None:
                # NOTE: the losing record of a merge is deleted and names the winner; only a query over deleted rows shows it.
                world.person_row(person).update(IsDeleted=True, MasterRecordId=world.account_of[winner.key])
            winner = person if not (person.merged or person.redacted) else winner


def copy_contact(world: World, person: Customer, account: str) -> str:
    """A buyer of a business becomes a contact under its account."""
    row: Row = {
        "AccountId": account,
        "IsPersonAccount": False,
        "FirstName": person.first,
        "LastName": person.last,
        "Name": f"{person.first} {person.last}",
        "Email": person.email,
        "Phone": person.phone,
        "MailingStreet": person.address.address1,
        "MailingCity": person.address.city,
        "MailingPostalCode": person.address.zip,
        "MailingCountry": person.address.country,
        "HasOptedOutOfEmail": person.email_state != "SUBSCRIBED",
        "SMS_Consent__c": person.sms_state,
        "Shopify_Customer_Id__c": tail(person.gid or ""),
        "CurrencyIsoCode": SHOP_CURRENCY,
    }
    return world.add("Contact", row, person.created + timedelta(seconds=40), person.updated + timedelta(seconds=30))


def copy_person(world: World, person: Customer, delay: timedelta) -> str:
    """A consumer becomes a person account; Salesforce itself keeps the contact behind it."""
    name = (person.first or None, person.last or "Redacted")
    address = person.address
    row: Row = {
        "IsPersonAccount": True, "FirstName": name[0], "LastName": name[1], "Name": " ".join(filter(None, name)),
        "PersonEmail": person.email, "Phone": person.phone or address.phone, "PersonMailingStreet": address.address1 or None,
        "PersonMailingCity": address.city or None, "PersonMailingPostalCode": address.zip or None, "PersonMailingCountry": address.country,
        "PersonHasOptedOutOfEmail": person.email_state != "SUBSCRIBED",
        "SMS_Consent__c": None if person.redacted else person.sms_state,
        "Shopify_Customer_Id__c": tail(person.gid) if person.gid else None, "CurrencyIsoCode": SHOP_CURRENCY,
    }  # fmt: skip
    account = world.account_of[person.key] = world.add("Account", row, person.created + delay, person.updated + timedelta(seconds=30))
    return account


def copy_order(world: World, order: Order, delay: timedelta) -> None:
    """An order with its lines and refunds, brought up to what it is now."""
    created = order.placed + delay
    modified = max(created, order.updated + timedelta(seconds=45))
    buyer = order.buyer
    if buyer.key not in world.account_of:
        buyer.created = buyer.updated = order.placed
        copy_person(world, buyer, delay)
    business = buyer.company is not None
    row = (
        order_amounts(order)
        | order_addresses(order)
        | {
            "AccountId": world.account_of[buyer.company.gid if buyer.company else buyer.key],
            "BillToContactId": world.account_of[buyer.key] if business else None,
            "EffectiveDate": order.placed.date().isoformat(),
            "Status": status(order),
            "CurrencyIsoCode": SHOP_CURRENCY,
            "Pricebook2Id": _book(world, WHOLESALE_BOOK if business else SHOP_BOOK),
            # NOTE: some flows of the integration write the number as the shop shows it, some without the sign.
            "Shopify_Order_Id__c": tail(order.gid),
            "Shopify_Order_Number__c": order.name if order.number % 3 else str(order.number),
            "Buyer_Email__c": buyer.email,
            "Payment_Status__c": world.payment_word(order),
            "Fulfillment_Status__c": world.shipping_word(order),
            "Presentment_Currency__c": order.presentment,
            "Is_Test__c": order.test,
            "Sales_Channel__c": order.source,
            "Placed_At__c": moment(order.placed),
            "Cancelled_At__c": order.cancelled and moment(order.cancelled),
            "Last_Synced_At__c": moment(modified),
            "OriginalOrderId": None,
            "Service_Note__c": None,
        }
    )
    order_id = world.order_of[order.gid] = world.add("Order", row, created, modified)
    for line in order.lines:
        if line.sold > 0:
            copy_line(world, order_id, line, created, modified)
    for refund in order.refunds:
        if refund.moved:
            copy_refund(world, order_id, refund)
    for shipment in order.shipments:
        copy_shipment(world, order_id, shipment)
    for back in order.returns:
        copy_return(world, order_id, back)


def order_amounts(order: Order) -> Row:
    """The amounts of an order as the integration writes them."""
    return {
        "Shop_Subtotal__c": euros(order.subtotal), "Shop_Discount__c": euros(order.discount), "Shop_Shipping__c": euros(order.shipping),
        "Shop_Tax__c": euros(order.tax), "Shop_Duties__c": euros(order.duties), "Shop_Tip__c": euros(order.tip),
        "Shop_Total__c": euros(order.total), "Shop_Current_Total__c": euros(order.current_total), "Shop_Refunded__c": euros(order.refunded),
    }  # fmt: skip


def order_addresses(order: Order) -> Row:
    """Where an order is sent and billed to; what is sold over the counter is sent nowhere."""
    where = order.address
    parts = {"Street": where.address1 or None, "City": where.city or None, "PostalCode": where.zip or None, "Country": where.country}
    shipping = {} if order.location else {f"Shipping{name}": value for name, value in parts.items()}
    return {f"Billing{name}": value for name, value in parts.items()} | shipping


def status(order: Order) -> str:
    """The org's word for where an order is."""
    if order.cancelled:
        return "Cancelled"
    # NOTE: orders that wait for their payment stay drafts, which the audit takes for open as well.
    return "Completed" if order.closed else "Activated" if order.paid else "Draft"


def _book(world: World, name: str) -> str:
    return next(book for book, row in world.org["Pricebook2"].items() if row["Name"] == name)


def copy_line(world: World, order_id: str, line: Line, created: datetime, modified: datetime) -> None:
    """A line: units as sold, price per unit after discounts, as the object has no field for a discount."""
    custom = next(iter(world.org["Product2"]))
    product_id = world.product_of[line.variant.gid] if line.variant else custom
    net = euros(line.net(line.sold))
    row: Row = {
        "OrderId": order_id, "Product2Id": product_id, "Quantity": line.sold, "UnitPrice": (net / line.sold).quantize(euros(1)),
        "TotalPrice": net, "Shopify_Line_Id__c": tail(line.gid), "CurrencyIsoCode": SHOP_CURRENCY,
        "PricebookEntryId": world.entry_of.get((SHOP_BOOK, line.variant.gid)) if line.variant else None,
    }  # fmt: skip
    world.item_of[line.gid] = world.add("OrderItem", row, created, modified)


def copy_refund(world: World, order_id: str, refund: Refund) -> None:
    """Money that went back."""
    row: Row = {
        "Name": f"R-{tail(refund.gid)}", "Shopify_Refund_Id__c": tail(refund.gid), "Order__c": order_id, "Amount__c": euros(refund.amount),
        "CurrencyIsoCode": SHOP_CURRENCY, "Refunded_At__c": moment(refund.created),
    }  # fmt: skip
    world.refund_of[refund.gid] = world.add("Order_Refund__c", row, refund.created + timedelta(seconds=40))


def copy_subscription(world: World, subscription: Subscription) -> None:
    """A subscription under its customer; the flow knows days only, so the hour of the next billing is lost."""
    row: Row = {
        "Name": f"S-{tail(subscription.gid)}", "Shopify_Subscription_Id__c": tail(subscription.gid), "Status__c": subscription.status,
        "Customer__c": world.account_of[subscription.customer.key], "Amount__c": euros(subscription.amount),
        "CurrencyIsoCode": SHOP_CURRENCY, "Next_Billing__c": moment(subscription.next_billing.replace(hour=0, minute=0, second=0)),
    }  # fmt: skip
    modified = subscription.updated + timedelta(seconds=50)
    made = world.add("Subscription__c", row, subscription.created + timedelta(seconds=70), modified)
    world.subscription_of[subscription.gid] = made


def count_orders(world: World) -> None:
    """Every night a flow counts the orders of every consumer; after planting, so that it counts what there is."""
    counts = Counter(order.buyer.key for order in world.orders if not (order.guest or order.test or order.cancelled or order.unfinished))
    for person in world.people.customers:
        if not (person.company or person.merged) and person.key in world.account_of:
            world.person_row(person).setdefault("Lifetime_Orders__c", counts[person.key])


def copy_shipment(world: World, order_id: str, shipment: Shipment) -> None:
    """A parcel, whole: the integration knows how many units are in it, not which."""
    row: Row = {
        "Name": f"S-{tail(shipment.gid)}", "Shopify_Fulfillment_Id__c": tail(shipment.gid), "Order__c": order_id,
        "Status__c": "Cancelled" if shipment.cancelled else "Shipped", "Tracking_Number__c": shipment.tracking, "Carrier__c": "DHL",
        "Units__c": sum(units for _, _, units in shipment.lines), "Shipped_At__c": moment(shipment.created),
    }  # fmt: skip
    world.shipment_of[shipment.gid] = world.add("Order_Shipment__c", row, shipment.created + timedelta(seconds=50))


def copy_return(world: World, order_id: str, back: Return) -> None:
    """Goods on their way back."""
    row: Row = {
        "Name": back.name, "Shopify_Return_Id__c": tail(back.gid), "Order__c": order_id, "Status__c": back.status.capitalize(),
        "Units__c": sum(units for _, _, units in back.lines), "Opened_At__c": moment(back.created),
        "Closed_At__c": back.closed and moment(back.closed),
    }  # fmt: skip
    world.return_of[back.gid] = world.add("Order_Return__c", row, back.created + timedelta(seconds=40), back.closed)
