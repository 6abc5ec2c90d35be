"""Causes by which an order's states, parts of its amount, date or number drift while its total stays right."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from recon.sandbox.merchant.ids import tail
from recon.sandbox.merchant.integration import copy_order
from recon.sandbox.merchant.life import Order
from recon.sandbox.merchant.money import euros
from recon.sandbox.merchant.picks import Pick, plain
from recon.sandbox.merchant.world import World, moment

BERLIN = ZoneInfo("Europe/Berlin")
CHECKOUTS = 3
"""Checkouts that are made for a cause, and for a near miss"""


def capture_not_followed(world: World, cause: str) -> None:
    """The order arrived while its payment was pending; that the money came in was never told."""
    for order in Pick(world, cause).orders(3, lambda one: plain(one) and one.paid):
        world.order_row(order)["Payment_Status__c"] = "pending"
        _tell(world, "order.payment_status_drift", cause, order)


def refund_status_not_followed(world: World, cause: str) -> None:
    """The refund itself was copied; the order still counts as paid."""
    for order in Pick(world, cause).orders(3, lambda one: not one.cancelled and any(refund.moved for refund in one.refunds)):
        world.order_row(order)["Payment_Status__c"] = "paid"
        _tell(world, "order.payment_status_drift", cause, order)


def shipment_not_followed(world: World, cause: str) -> None:
    """Everything was shipped long ago; in Salesforce the order waits for the warehouse."""
    for order in Pick(world, cause).orders(3, lambda one: plain(one) and one.closed is not None):
        world.order_row(order)["Fulfillment_Status__c"] = "unfulfilled"
        _tell(world, "order.fulfillment_status_drift", cause, order)


def first_parcel_taken_for_all(world: World, cause: str) -> None:
    """The first of several parcels left, and a flow took the order for shipped."""
    for order in Pick(world, cause).orders(3, lambda one: plain(one) and world.shipping_word(one) != "fulfilled" and bool(one.shipments)):
        world.order_row(order)["Fulfillment_Status__c"] = "fulfilled"
        _tell(world, "order.fulfillment_status_drift", cause, order)


def shipping_booked_as_goods(world: World, cause: str) -> None:
    """A flow without a field for shipping adds it to the goods: the total is right, and nobody sees what shipping costs."""
    for order in Pick(world, cause).orders(3, lambda one: plain(one) and one.shipping > 100 and not (one.duties or one.tip)):
        row = world.order_row(order)
        row["Shop_Subtotal__c"] += row["Shop_Shipping__c"]
        row["Shop_Shipping__c"] = euros(0)
        _tell(world, "order.component_drift", cause, order)


def tax_worked_out_anew(world: World, cause: str) -> None:
    """Salesforce works the tax within the prices out by itself, with the rate of another country."""
    for order in Pick(world, cause).orders(3, lambda one: plain(one) and one.tax_included and one.tax > 300):
        row = world.order_row(order)
        row["Shop_Tax__c"] += Decimal("0.87")
        _tell(world, "order.component_drift", cause, order)


def local_time_as_utc(world: World, cause: str) -> None:
    """The time of the shop's own zone is written as if it were UTC."""
    for order in Pick(world, cause).orders(3, plain):
        slip = order.placed.astimezone(BERLIN).utcoffset() or timedelta()
        world.order_row(order)["Placed_At__c"] = moment(order.placed + slip)
        _tell(world, "order.placed_at_drift", cause, order)


def day_of_sync(world: World, cause: str) -> None:
    """Orders that were loaded later carry the day on which they were loaded."""
    for order in Pick(world, cause).orders(3, plain, youngest=20):
        row = world.order_row(order)
        row["CreatedDate"] = row["Placed_At__c"] = moment(order.placed + timedelta(days=9, minutes=7))
        world.touch(row, order.placed + timedelta(days=19))
        _tell(world, "order.placed_at_drift", cause, order)


def number_of_another(world: World, cause: str) -> None:
    """Somebody typed the number over, by a digit: it is that of another order now."""
    orders = Pick(world, cause).orders(6, plain)
    for order, other in zip(orders[::2], orders[1::2], strict=False):
        world.order_row(order)["Shopify_Order_Number__c"] = str(other.number)
        _tell(world, "order.number_collision", cause, order)


def number_given_twice(world: World, cause: str) -> None:
    """The counter of numbers was set back when the shop moved: some numbers were given out again."""
    orders = Pick(world, cause).orders(6, lambda one: plain(one) and one.paid)
    for pair in zip(orders[::2], orders[1::2], strict=False):
        first, second = sorted(pair, key=lambda one: (one.placed, tail(one.gid)))
        second.given_number = first.number
        world.order_row(second)["Shopify_Order_Number__c"] = second.name
        world.truth.shop("order.number_collision", cause, tail(second.gid))


def checkout_taken_for_order(world: World, cause: str) -> None:
    """The flow listens to checkouts, and takes one whose payment failed for an order."""
    for order in checkouts(world, cause, 640_000):
        copy_order(world, order, timedelta(seconds=50))
        _tell(world, "order.not_an_order", cause, order)


def checkouts(world: World, cause: str, first: int) -> list[Order]:
    """Checkouts that failed, of buyers who then came again; orders of their own that nobody counts."""
    made = []
    for n, order in enumerate(Pick(world, cause).orders(CHECKOUTS, plain)):
        lines = [replace(line, gid=world.ids.gid("LineItem"), shipped=0, refunded=0, removed=0) for line in order.lines]
        failed = replace(
            order, gid=world.ids.gid("Order"), number=first + n, lines=lines, placed=order.placed - timedelta(minutes=20), unfinished=True,
            paid=False, gift_card_paid=0, shipments=[], returns=[], closed=None,
        )  # fmt: skip
        world.renumber(failed)
        world.orders.append(failed)
        world.taken.add(failed.gid)
        made.append(failed)
    return made


def moved_before_delivery(world: World, cause: str) -> None:
    """The buyer gave another address the same evening; the parcel of Salesforce goes to the old one."""
    for order in Pick(world, cause).orders(3, lambda one: plain(one) and one.location is None):
        world.order_row(order).update(ShippingStreet="Alte Gasse 3", ShippingPostalCode="99084", ShippingCity="Erfurt")
        _tell(world, "order.address_drift", cause, order)


def _tell(world: World, rule: str, cause: str, order: Order) -> None:
    world.truth.shop(rule, cause, tail(order.gid), world.order_of[order.gid])


FIRST = (first_parcel_taken_for_all,)
"""Needs parcels that are still to come"""

CAUSES = (
    refund_status_not_followed,
    number_given_twice,
    checkout_taken_for_order,
    shipping_booked_as_goods,
    tax_worked_out_anew,
    capture_not_followed,
    shipment_not_followed,
    local_time_as_utc,
    day_of_sync,
    number_of_another,
    moved_before_delivery,
)
