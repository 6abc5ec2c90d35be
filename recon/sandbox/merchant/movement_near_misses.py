"""What looks like a fault of goods or money on the move and is none: nothing here may be reported."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from recon.sandbox.merchant.money import euros
from recon.sandbox.merchant.movement_defects import first_moved, moved
from recon.sandbox.merchant.order_defects import CENT
from recon.sandbox.merchant.picks import Pick
from recon.sandbox.merchant.world import World


def refund_in_two_parts(world: World, cause: str) -> None:
    """One refund of the shop stands in Salesforce as two, one for the goods and one for the rest: all the money is there."""
    for order in Pick(world, cause).orders(2, lambda one: moved(one) and first_moved(one).amount > 200):
        refund = first_moved(order)
        row = world.row("Order_Refund__c", world.refund_of[refund.gid])
        part = euros(refund.amount // 3)
        row.update(Shopify_Refund_Id__c=None, Amount__c=row["Amount__c"] - part)
        world.copy("Order_Refund__c", row["Id"], refund.created + timedelta(minutes=2), Amount__c=part)


def refund_off_by_a_cent(world: World, cause: str) -> None:
    """A cent is what taxes round to."""
    for order in Pick(world, cause).orders(2, moved):
        world.row("Order_Refund__c", world.refund_of[first_moved(order).gid])["Amount__c"] += CENT


def parcels_without_ids(world: World, cause: str) -> None:
    """Parcels of a split order that carry no id are known by their numbers, and one that was delivered was sent as well."""
    for order in Pick(world, cause).orders(1, lambda one: len(one.shipments) > 1 and not one.cancelled):
        for shipment in order.shipments:
            row = world.row("Order_Shipment__c", world.shipment_of[shipment.gid])
            row["Shopify_Fulfillment_Id__c"] = None
            if not shipment.cancelled:
                row["Status__c"] = "Delivered"


def return_without_id(world: World, cause: str) -> None:
    """The only return of an order needs no id to be known."""
    for order in Pick(world, cause).orders(2, lambda one: len(one.returns) == 1):
        world.row("Order_Return__c", world.return_of[order.returns[0].gid])["Shopify_Return_Id__c"] = None


FIRST: tuple[Callable[[World, str], None], ...] = (parcels_without_ids, return_without_id)
"""Need orders of which a small merchant has a handful, and choose before any cause does"""

NEAR_MISSES: tuple[Callable[[World, str], None], ...] = (refund_in_two_parts, refund_off_by_a_cent)
