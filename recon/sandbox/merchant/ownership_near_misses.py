"""Changes in the history objects that are nobody's fault."""

from __future__ import annotations

from recon.sandbox.merchant.ownership_defects import tracked
from recon.sandbox.merchant.picks import Pick, plain
from recon.sandbox.merchant.world import World


def corrected_once(world: World, cause: str) -> None:
    """The integration wrote a wrong tax and corrected it: once is no flapping, and it may write."""
    for order in Pick(world, cause).orders(2, plain, youngest=12):
        held = world.order_row(order)["Shop_Tax__c"]
        tracked(world, order, "Shop_Tax__c", [held, held + 1, held], ["Shop Integration"] * 2, world.days_ago(4))


def note_by_the_office(world: World, cause: str) -> None:
    """The office changes a field that the integration does not know, back and forth."""
    for order in Pick(world, cause).orders(2, plain, youngest=12):
        tracked(world, order, "Description", ["a", "b", "a", "b", "a"], ["Office User"] * 4, world.days_ago(4))


def settled_long_ago(world: World, cause: str) -> None:
    """A flow that was switched off six weeks ago."""
    for order in Pick(world, cause).orders(2, plain, youngest=60):
        held = world.order_row(order)["Shop_Shipping__c"]
        tracked(world, order, "Shop_Shipping__c", [held, held + 1, held], ["Price Flow", "Shop Integration"], world.days_ago(42))
