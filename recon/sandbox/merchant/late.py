"""What changes in Salesforce while the merchant is being audited: after its snapshot was read, and before anything is reported.

An audit that looks only once would report all of it. The rows of the world are those of the end; what its ``late`` names is held back
when the org is made, and :meth:`recon.sandbox.merchant.stage.Stage.arrive` lets it happen.
"""

from __future__ import annotations

from datetime import timedelta

from recon.sandbox.merchant.ids import tail
from recon.sandbox.merchant.money import euros
from recon.sandbox.merchant.order_defects import copy_of_order
from recon.sandbox.merchant.picks import Pick, plain
from recon.sandbox.merchant.world import World

IN_FLIGHT, GONE = "in_flight", "gone"
"""What a second look makes of a difference"""


def webhook_on_its_way(world: World, cause: str) -> None:
    """The queue was stuck for days and starts to move while the audit reads: the orders arrive between its two looks."""
    for order in Pick(world, cause).orders(2, lambda one: plain(one) and one.buyer.key not in world.taken):
        world.late.unborn.setdefault("Order", set()).add(world.order_of[order.gid])
        world.late.unborn.setdefault("OrderItem", set()).update(item["Id"] for item in world.items(order))
        world.truth.shop("order.missing_in_salesforce", cause, tail(order.gid), outcome=IN_FLIGHT)


def corrected_meanwhile(world: World, cause: str) -> None:
    """Shipping got lost in the total; somebody sees it in Salesforce, too, and corrects it while the audit reads."""
    for order in Pick(world, cause).orders(2, lambda one: plain(one) and one.shipping > 100):
        row = world.order_row(order)
        total = row["Shop_Total__c"] - row["Shop_Shipping__c"]
        wrong = {"Shop_Shipping__c": euros(0), "Shop_Total__c": total, "Shop_Current_Total__c": total}
        world.late.before["Order", row["Id"]] = wrong
        world.truth.shop("order.total_drift", cause, tail(order.gid), row["Id"], outcome=IN_FLIGHT)


def tidied_up_meanwhile(world: World, cause: str) -> None:
    """Orders under a number that the shop never gave are deleted in Salesforce while the audit reads."""
    for n, order in enumerate(Pick(world, cause).orders(2, plain)):
        number = f"#8{n}0001"
        extra = copy_of_order(
            world, order, timedelta(days=1), Shopify_Order_Id__c=None, Shopify_Order_Number__c=number, Buyer_Email__c=None
        )
        world.late.doomed.add(("Order", extra))
        world.truth.salesforce("order.missing_in_shop", cause, extra, outcome=GONE)


LATE = (webhook_on_its_way, corrected_meanwhile, tidied_up_meanwhile)
"""Planted only where somebody lets them happen."""
