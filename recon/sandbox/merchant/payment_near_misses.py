"""What looks like money that nobody took, and is none: nothing here may be reported. Money that is awaited from a bank is in every shop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from recon.sandbox.merchant.life import Hold
from recon.sandbox.merchant.orders import HOLDS
from recon.sandbox.merchant.payment_defects import promise, takes_later
from recon.sandbox.merchant.picks import Pick
from recon.sandbox.merchant.world import World


def captured_in_parts(world: World, cause: str) -> None:
    """Two captures, one for each parcel that was planned: together they are what was authorised."""
    for order in Pick(world, cause).orders(1, takes_later, youngest=9):
        part = order.total // 3
        taken = [(order.placed + timedelta(days=1), part), (order.placed + timedelta(days=2), order.received - part)]
        promise(world, order, Hold(order.placed + HOLDS, captured=taken), paid=True)


def authorization_given_up(world: World, cause: str) -> None:
    """Service gave the authorisation up, as the buyer will pay at the till; the order stays open until then."""
    for order in Pick(world, cause).orders(1, takes_later, youngest=9):
        promise(world, order, Hold(order.placed + HOLDS, released=order.placed + timedelta(days=3)))


def cancelled_and_lapsed(world: World, cause: str) -> None:
    """The order was cancelled, and nobody troubled to give up the authorisation: it lapsed by itself."""
    for order in Pick(world, cause).orders(1, lambda one: one.cancelled is not None and not one.paid and one.total > 0, youngest=9):
        promise(world, order, Hold(order.placed + HOLDS, lapsed=True))


def held_for_a_month(world: World, cause: str) -> None:
    """The payment provider keeps money for thirty days, and says so: seven days are long over, and nothing is lost."""
    for order in Pick(world, cause).orders(1, takes_later, youngest=9):
        promise(world, order, Hold(world.midnight + timedelta(days=12)))


FIRST: tuple[Callable[[World, str], None], ...] = (captured_in_parts, authorization_given_up, cancelled_and_lapsed, held_for_a_month)
"""They need orders of which a small merchant has a handful, and choose before any cause does."""
