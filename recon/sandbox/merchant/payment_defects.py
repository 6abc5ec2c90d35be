"""Causes that strike money which was promised and never taken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from recon.sandbox.merchant.ids import tail
from recon.sandbox.merchant.integration import status
from recon.sandbox.merchant.life import Hold, Order
from recon.sandbox.merchant.orders import HOLDS
from recon.sandbox.merchant.picks import Pick, plain
from recon.sandbox.merchant.world import World


def takes_later(order: Order) -> bool:
    """Paid by card alone and not archived: its money might as well have been authorised first and captured later."""
    return plain(order) and order.paid and not (order.closed or order.location or order.gift_card_paid or order.unfinished)


def promise(world: World, order: Order, hold: Hold, *, paid: bool = False) -> None:
    """Make of an order one whose money was authorised; the integration copied what the shop says of it."""
    order.hold, order.paid = hold, paid
    world.order_row(order).update(Status=status(order), Payment_Status__c=world.payment_word(order))


def capture_job_stopped(world: World, cause: str) -> None:
    """The job that captures money when a parcel leaves went with the old warehouse: the goods are gone, and no money came in."""
    for order in Pick(world, cause).orders(2, lambda one: takes_later(one) and bool(one.shipments), youngest=9):
        promise(world, order, Hold(order.placed + HOLDS, lapsed=True))
        world.truth.shop("payment.uncaptured", cause, tail(order.gid))


def renewed_once_more(world: World, cause: str) -> None:
    """Goods are awaited, so an app had the money authorised anew every week; the last time ends tomorrow, and the app is gone."""
    for order in Pick(world, cause).orders(1, takes_later, youngest=9):
        promise(world, order, Hold(world.midnight + timedelta(hours=36)))
        world.truth.shop("payment.uncaptured", cause, tail(order.gid))


CAUSES: tuple[Callable[[World, str], None], ...] = (capture_job_stopped, renewed_once_more)
"""They need orders of which a small merchant has a handful, and choose before others do."""
