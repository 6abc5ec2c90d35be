"""What looks like a fault and is none: nothing here may be reported."""

from __future__ import annotations

from datetime import timedelta

from recon.sandbox.merchant.life import Address, Customer, Order
from recon.sandbox.merchant.money import euros
from recon.sandbox.merchant.order_defects import CENT, copy_of_order
from recon.sandbox.merchant.people_defects import copy_of_account
from recon.sandbox.merchant.picks import Pick, matched_by_sku, no_refunds, plain
from recon.sandbox.merchant.world import World, moment


def id_in_other_dress(world: World, cause: str) -> None:
    """The whole gid, or a number with a decimal from a spreadsheet, instead of the plain number."""
    for n, order in enumerate(Pick(world, cause).orders(8, plain)):
        row = world.order_row(order)
        row["Shopify_Order_Id__c"] = order.gid if n % 2 else f"{row['Shopify_Order_Id__c']}.0"


def one_cent(world: World, cause: str) -> None:
    """A cent is what taxes round to."""
    for n, order in enumerate(Pick(world, cause).orders(8, plain)):
        world.order_row(order)["Shop_Total__c"] += CENT if n % 2 else -CENT


def change_orders(world: World, cause: str) -> None:
    """A change order names its original and is no second copy."""
    for order in Pick(world, cause).orders(3, plain):
        copy_of_order(
            world, order, timedelta(days=2), Shopify_Order_Id__c=None, OriginalOrderId=world.order_of[order.gid], Shop_Total__c=euros(0),
            Shop_Subtotal__c=euros(0), Shop_Discount__c=euros(0), Shop_Shipping__c=euros(0), Shop_Tax__c=euros(0), Shop_Duties__c=euros(0),
            Shop_Tip__c=euros(0),
        )  # fmt: skip


def duplicate_tidied_up(world: World, cause: str) -> None:
    """A second copy that somebody has deleted already."""
    for order in Pick(world, cause).orders(3, plain):
        extra = copy_of_order(world, order, timedelta(seconds=30), Shopify_Order_Id__c=None)
        for sobject, key in (("Order", "Id"), ("OrderItem", "OrderId")):
            for row in world.org[sobject].values():
                if row[key] == extra:
                    row["IsDeleted"] = True


def business_without_contact(world: World, cause: str) -> None:
    """An order of a business that hangs on the business and on none of its people."""
    for order in Pick(world, cause).orders(3, lambda one: plain(one) and one.buyer.company is not None):
        world.order_row(order)["BillToContactId"] = None


def cancelled_without_lines(world: World, cause: str) -> None:
    """A cancelled order whose lines were taken out in Salesforce."""
    for order in Pick(world, cause).orders(3, lambda one: one.cancelled is not None):
        for item in world.items(order):
            del world.org["OrderItem"][item["Id"]]
        for line in order.lines:
            world.item_of.pop(line.gid, None)


def orders_of_the_sales_team(world: World, cause: str) -> None:
    """Orders that were made in Salesforce and claim nothing of the shop."""
    for order in Pick(world, cause).orders(3, plain):
        copy_of_order(world, order, timedelta(days=40), Shopify_Order_Id__c=None, Shopify_Order_Number__c=None, Buyer_Email__c=None,
                      Shop_Total__c=None, Placed_At__c=None)  # fmt: skip


def just_in_time(world: World, cause: str) -> None:
    """Exactly on target is not late."""
    for order in Pick(world, cause).orders(4, plain):
        world.order_row(order)["CreatedDate"] = moment(order.placed + timedelta(minutes=5))


def loaded_afterwards(world: World, cause: str) -> None:
    """Loaded again long after: that says nothing about speed."""
    for order in Pick(world, cause).orders(4, plain, youngest=20):
        row = world.order_row(order)
        row["CreatedDate"] = moment(order.placed + timedelta(days=9))
        world.touch(row, order.placed + timedelta(days=19))


def lines_without_ids(world: World, cause: str) -> None:
    """Lines that are only found by SKU and position."""
    same = {gid for gid, product in world.product_of.items() if not world.row("Product2", product)["ProductCode"].endswith("-OLD")}

    def fits(order: Order) -> bool:
        known = all(line.variant is None or line.variant.gid in same for line in order.lines)
        return known and no_refunds(order) and order.edited is None and matched_by_sku(order.lines)

    for order in Pick(world, cause).orders(5, fits):
        for item in world.items(order):
            item["Shopify_Line_Id__c"] = None


def refund_without_id(world: World, cause: str) -> None:
    """The refund is there by order and amount."""
    for order in Pick(world, cause).orders(3, lambda one: any(refund.moved for refund in one.refunds)):
        for refund in order.refunds:
            if refund.moved:
                world.row("Order_Refund__c", world.refund_of[refund.gid])["Shopify_Refund_Id__c"] = None


def merged_accounts(world: World, cause: str) -> None:
    """A duplicate that was merged away: deleted, and naming the winner."""
    for person in Pick(world, cause).people(4, lambda one: one.email is not None):
        extra = copy_of_account(world, person, world.days_ago(50))
        world.row("Account", extra).update(IsDeleted=True, MasterRecordId=world.account_of[person.key])


def just_signed_up(world: World, cause: str) -> None:
    """Customers of the last minutes, who are still on their way."""
    for minutes in (1, 3, 5):
        moment = world.now - timedelta(minutes=minutes)
        email = f"just.now.{minutes + 10 * world.outlet.place}@example.com"
        person = Customer(world.ids.gid("Customer"), "Neu", "Hier", email, None, Address("", "", "", "DE"), moment, moment)
        world.people.customers.append(person)
        world.taken.add(person.key)
    world.done[cause] += 3


def erased_everywhere(world: World, cause: str) -> None:
    """Redacted in the shop, and erased from Salesforce."""
    for person in [one for one in world.people.customers if one.redacted and one.key not in world.taken][::2]:
        world.forget_person(person)
        world.done[cause] += 1


def placeholders(world: World, cause: str) -> None:
    """A role address of a business belongs to several people."""
    for n in range(3):
        for _ in range(2):
            world.add("Account", {
                "IsPersonAccount": True, "FirstName": "Kunde", "LastName": "Empfang", "Name": "Kunde Empfang",
                "PersonEmail": f"info@firma{n}.example.com", "CurrencyIsoCode": "EUR",
            }, world.days_ago(70 - n))  # fmt: skip
    world.done[cause] += 3


def other_case(world: World, cause: str) -> None:
    """Capitals in an address change nothing."""
    for person in Pick(world, cause).people(4, lambda one: one.email is not None):
        row = world.person_row(person)
        row["PersonEmail"] = row["PersonEmail"].title()


def last_piece(world: World, cause: str) -> None:
    """Sold out is not oversold."""
    for level in Pick(world, cause).levels(4, 0, lambda one: one.safety == 0 and one.on_hand > 0):
        level.committed = level.on_hand


def service_not_sent(world: World, cause: str) -> None:
    """What has no stock is not part of the catalogue that Salesforce keeps."""
    for product in world.catalogue.fresh:
        for variant in product.variants:
            if not variant.tracked:
                world.forget_product(variant)
                world.done[cause] += 1


def closed_shelf(world: World, cause: str) -> None:
    """Stock at a place where the product is no longer kept."""
    for level in Pick(world, cause).levels(4, 1, lambda one: True):
        level.active = False
        world.row("ProductItem", world.stock_of[level.gid])["QuantityOnHand"] += 3


def price_in_another_currency(world: World, cause: str) -> None:
    """An entry in dollars says nothing about the price in euros."""
    for variant in Pick(world, cause).variants(4, lambda one: True, shared=True):
        entry = world.entry_of["Shopify Price Book", variant.gid]
        world.copy("PricebookEntry", entry, world.days_ago(60), CurrencyIsoCode="USD", UnitPrice=euros(variant.price * 2))


def stale_standard_price(world: World, cause: str) -> None:
    """The amounts of the standard price book, of inactive entries and of archived products are nobody's business."""
    for (book, gid), entry in list(world.entry_of.items())[:40]:
        row = world.row("PricebookEntry", entry)
        if book == "Standard Price Book" and gid not in world.taken:
            row["UnitPrice"] += 5
