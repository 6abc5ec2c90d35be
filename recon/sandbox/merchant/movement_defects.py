"""Causes that strike what moves: goods that leave the house, money that goes back, and the flow between the systems itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from recon.sandbox.merchant.ids import tail
from recon.sandbox.merchant.integration import copy_refund, copy_shipment, order_amounts
from recon.sandbox.merchant.life import Order, Refund, Shipment
from recon.sandbox.merchant.money import euros
from recon.sandbox.merchant.picks import Pick, plain
from recon.sandbox.merchant.shopdocs import financial_status
from recon.sandbox.merchant.world import World

# -- the flow itself ------------------------------------------------------------------------------------------------------


def flow_stands_still(world: World, cause: str) -> None:
    """The password of the integration's user expired this morning: the shop sells on, and nothing arrives any more."""
    lost = [order for order in world.orders if order.age == 0 and order.gid in world.order_of and not order.test]
    waiting = []
    for order in lost:
        world.taken.add(order.gid)
        world.forget_order(order)
        if order.placed < world.now - timedelta(minutes=15):
            waiting.append(order)
            world.truth.shop("order.missing_in_salesforce", cause, tail(order.gid))
    world.truth.shop("sync.stopped", cause, tail(min(waiting, key=lambda one: (one.placed, one.number)).gid))
    world.done[cause] += len(lost)


# -- money that goes back -------------------------------------------------------------------------------------------------


def moved(order: Order) -> bool:
    """Whether any money of an order went back; its refunds can then be told apart by what they are."""
    return any(refund.moved for refund in order.refunds)


def first_moved(order: Order) -> Refund:
    """The first refund of an order that paid anything out."""
    return next(refund for refund in order.refunds if refund.moved)


def refunded_twice(world: World, cause: str) -> None:
    """Service paid the whole order back at the payment provider, and the shop did so on its own a minute before."""

    def fits(order: Order) -> bool:
        return order.refunded >= order.received > 0 and not order.returns and not order.cancelled and order.edited is None

    for order in Pick(world, cause).orders(3, fits):
        first = order.refunds[-1]
        again = replace(
            first, gid=world.ids.gid("Refund"), transaction=world.ids.gid("OrderTransaction"), lines=[], shipping=0, shipping_tax=0,
            adjustment=0, amount=order.received, created=first.created + timedelta(minutes=1), note="Doppelt erstattet",
        )  # fmt: skip
        order.refunds.append(again)
        copy_refund(world, world.order_of[order.gid], again)
        world.order_row(order).update(order_amounts(order) | {"Payment_Status__c": financial_status(order).lower()})
        world.truth.shop("refund.exceeds_paid", cause, tail(order.gid))


def refund_written_net(world: World, cause: str) -> None:
    """The flow adds up the goods of a refund and forgets the tax that went back with them."""

    def fits(order: Order) -> bool:
        return moved(order) and _tax(first_moved(order)) > 1 and first_moved(order).amount > _tax(first_moved(order))

    for order in Pick(world, cause).orders(3, fits):
        refund = first_moved(order)
        row = world.row("Order_Refund__c", world.refund_of[refund.gid])
        row["Amount__c"] -= euros(_tax(refund))
        world.order_row(order)["Shop_Refunded__c"] -= euros(_tax(refund))
        world.truth.shop("refund.amount_drift", cause, tail(refund.gid), row["Id"])


def _tax(refund: Refund) -> int:
    return sum(line.tax for line in refund.lines) + refund.shipping_tax


# -- goods that leave the house -------------------------------------------------------------------------------------------


def packed_twice(world: World, cause: str) -> None:
    """The packing list was printed twice, and one line of it left the house in a second parcel."""

    def fits(order: Order) -> bool:
        if not plain(order) or order.location is not None or len(order.shipments) != 1 or order.shipments[0].cancelled:
            return False
        _, line, units = order.shipments[0].lines[0]
        return line.shipped + units > line.sold  # what still waits for stock may leave in a second parcel

    for order in Pick(world, cause).orders(3, fits):
        first = order.shipments[0]
        _, line, units = first.lines[0]
        line.shipped += units
        order.shipments.append(
            Shipment(
                world.ids.gid("Fulfillment"), 2, first.created + timedelta(minutes=10), first.delivered, first.location,
                [(world.ids.gid("FulfillmentLineItem"), line, units)], f"{first.tracking}2",
            )
        )  # fmt: skip
        copy_shipment(world, world.order_of[order.gid], order.shipments[-1])
        world.truth.shop("fulfillment.over_shipped", cause, tail(line.gid))


def _one_parcel(order: Order) -> bool:
    whole = all(line.shipped >= line.sold for line in order.lines)
    return plain(order) and whole and len(order.shipments) == 1 and not order.shipments[0].cancelled


def _units(order: Order) -> int:
    return sum(units for _, _, units in order.shipments[0].lines)


def second_parcel_lost(world: World, cause: str) -> None:
    """The integration takes an order for done with its first parcel, and never asks again."""

    def fits(order: Order) -> bool:
        return len(order.shipments) > 1 and not order.shipments[-1].cancelled and not order.cancelled

    for order in Pick(world, cause).orders(2, fits):
        last = order.shipments[-1]
        world.forget_shipment(last)
        world.truth.shop("fulfillment.missing_in_salesforce", cause, tail(last.gid))


def parcel_not_copied(world: World, cause: str) -> None:
    """The call about the parcel was refused, as the order was locked by a person at that moment, and nobody sent it again."""
    for order in Pick(world, cause).orders(2, _one_parcel):
        world.forget_shipment(order.shipments[0])
        world.truth.shop("fulfillment.missing_in_salesforce", cause, tail(order.shipments[0].gid))


def lines_counted_for_units(world: World, cause: str) -> None:
    """The flow counts the lines of a parcel and calls them units."""
    for order in Pick(world, cause).orders(3, lambda one: _one_parcel(one) and _units(one) != len(one.shipments[0].lines)):
        row = world.row("Order_Shipment__c", world.shipment_of[order.shipments[0].gid])
        row["Units__c"] = len(order.shipments[0].lines)
        world.truth.shop("fulfillment.quantity_drift", cause, tail(order.shipments[0].gid), row["Id"])


def parcel_cancelled_by_hand(world: World, cause: str) -> None:
    """Somebody cancelled the parcel in Salesforce, where it only is a copy: it had left long before."""
    for order in Pick(world, cause).orders(3, _one_parcel):
        row = world.row("Order_Shipment__c", world.shipment_of[order.shipments[0].gid])
        row["Status__c"] = "Cancelled"
        world.touch(row, world.days_ago(1))
        world.truth.shop("fulfillment.status_drift", cause, tail(order.shipments[0].gid), row["Id"])


def tracking_came_later(world: World, cause: str) -> None:
    """The carrier gave the number an hour after the parcel was booked, and the integration never reads a parcel twice."""
    for order in Pick(world, cause).orders(3, _one_parcel):
        row = world.row("Order_Shipment__c", world.shipment_of[order.shipments[0].gid])
        row["Tracking_Number__c"] = None
        world.truth.shop("fulfillment.tracking_missing", cause, tail(order.shipments[0].gid), row["Id"])


# -- goods that come back -------------------------------------------------------------------------------------------------


def return_not_copied(world: World, cause: str) -> None:
    """The integration was never told of the topic of returns when it was moved to another server."""
    for order in Pick(world, cause).orders(3, lambda one: bool(one.returns)):
        back = order.returns[0]
        world.forget_return(back)
        world.truth.shop("return.missing_in_salesforce", cause, tail(back.gid))


def return_left_open(world: World, cause: str) -> None:
    """The goods are back and the return is closed in the shop; in Salesforce it still waits for them."""
    for order in Pick(world, cause).orders(3, lambda one: bool(one.returns) and one.returns[0].closed is not None):
        back = order.returns[0]
        row = world.row("Order_Return__c", world.return_of[back.gid])
        row.update(Status__c="Open", Closed_At__c=None)
        world.truth.shop("return.status_drift", cause, tail(back.gid), row["Id"])


# -- what hangs on what ---------------------------------------------------------------------------------------------------


def order_lookup_cleared(world: World, cause: str) -> None:
    """An order was deleted and taken back from the recycle bin: what pointed to it points to nothing since then."""
    for order in Pick(world, cause).orders(3, moved):
        row = world.row("Order_Refund__c", world.refund_of[first_moved(order).gid])
        row["Order__c"] = None
        world.truth.salesforce("integrity.orphan_line", cause, row["Id"])


def refund_loaded_again(world: World, cause: str) -> None:
    """Refunds were loaded from a spreadsheet, which makes 880.0 of the id 880: to a unique field that is another id."""
    for order in Pick(world, cause).orders(3, moved):
        refund = first_moved(order)
        first = world.row("Order_Refund__c", world.refund_of[refund.gid])
        again = world.copy("Order_Refund__c", first["Id"], world.days_ago(1), Shopify_Refund_Id__c=f"{first['Shopify_Refund_Id__c']}.0")
        world.truth.salesforce("integrity.duplicate_external_id", cause, again)


def product_made_anew(world: World, cause: str) -> None:
    """A product was deleted in Salesforce and made anew; orders that were placed before still name the deleted one."""
    for order in Pick(world, cause).orders(3, lambda one: plain(one) and one.lines[0].variant is not None):
        item = world.items(order)[0]
        product = item["Product2Id"]
        # NOTE: what lies in the recycle bin carries neither the shop's id nor the SKU any more: both went to the new one.
        item["Product2Id"] = world.copy(
            "Product2", product, world.days_ago(300), IsDeleted=True, Shopify_Variant_Id__c=None, StockKeepingUnit=None,
            ProductCode=f"{world.row('Product2', product)['ProductCode']} (old)",
        )  # fmt: skip
        world.truth.salesforce("integrity.bad_reference", cause, item["Id"])


FIRST: tuple[Callable[[World, str], None], ...] = (flow_stands_still,)
"""Takes what is youngest, before anybody else does"""

CAUSES: tuple[Callable[[World, str], None], ...] = (
    second_parcel_lost,
    return_left_open,
    return_not_copied,
    refunded_twice,
    refund_written_net,
    order_lookup_cleared,
    refund_loaded_again,
    packed_twice,
    parcel_not_copied,
    lines_counted_for_units,
    parcel_cancelled_by_hand,
    tracking_came_later,
    product_made_anew,
)
