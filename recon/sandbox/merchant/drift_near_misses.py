"""What looks like a drift of states, parts or dates and is none."""

from __future__ import annotations

from recon.sandbox.merchant.drift_defects import checkouts
from recon.sandbox.merchant.money import euros
from recon.sandbox.merchant.picks import Pick, plain
from recon.sandbox.merchant.world import World, moment


def other_words(world: World, cause: str) -> None:
    """The same states in capitals and with blanks, and a word of the warehouse that nobody has mapped."""
    for n, order in enumerate(Pick(world, cause).orders(4, lambda one: not one.cancelled and any(refund.moved for refund in one.refunds))):
        row = world.order_row(order)
        row["Payment_Status__c"] = row["Payment_Status__c"].replace("_", " ").title()
        row["Fulfillment_Status__c"] = "Waiting for pick-up" if n % 2 else row["Fulfillment_Status__c"].upper()


def amounts_without_tax(world: World, cause: str) -> None:
    """The org keeps goods and shipping without the tax that the shop's prices hold; total and tax are the same."""
    for order in Pick(world, cause).orders(4, lambda one: plain(one) and one.tax_included and one.shipping_tax > 10 and not one.discount):
        row = world.order_row(order)
        row["Shop_Shipping__c"] -= euros(order.shipping_tax)
        row["Shop_Subtotal__c"] -= row["Shop_Tax__c"] - euros(order.shipping_tax)


def tip_within_shipping(world: World, cause: str) -> None:
    """An org without a field for tips adds them to shipping."""
    for order in Pick(world, cause).orders(2, lambda one: plain(one) and one.tip > 0):
        row = world.order_row(order)
        row["Shop_Shipping__c"] += row["Shop_Tip__c"]
        row["Shop_Tip__c"] = euros(0)


def whole_minutes(world: World, cause: str) -> None:
    """The time of the order without its seconds."""
    for order in Pick(world, cause).orders(4, plain):
        world.order_row(order)["Placed_At__c"] = moment(order.placed.replace(second=0))


def checkout_given_up(world: World, cause: str) -> None:
    """A checkout that failed and that Salesforce never saw."""
    checkouts(world, cause, 650_000)


def address_in_other_dress(world: World, cause: str) -> None:
    """The same addresses in capitals, with the house number on a line of its own, or with a postal code without its blank."""
    for n, order in enumerate(Pick(world, cause).orders(4, lambda one: plain(one) and one.location is None)):
        row = world.order_row(order)
        street = row["ShippingStreet"]
        row["ShippingStreet"] = street.upper() if n % 2 else "\n".join(reversed(street.rsplit(" ", 1)))
        row["BillingPostalCode"] = row["BillingPostalCode"].replace(" ", "").replace("-", "")


FIRST = (tip_within_shipping,)
"""Few buyers leave a tip"""

NEAR_MISSES = (other_words, amounts_without_tax, whole_minutes, checkout_given_up, address_in_other_dress)
