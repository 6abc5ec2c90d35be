"""Errors that the integration left in Salesforce where nobody looks, and such as are none any more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from recon.sandbox.merchant.picks import Pick, plain
from recon.sandbox.merchant.world import World, moment

RULE = "sync.write_errors"


def _letter(world: World, target: str, kind: str, text: str, when: datetime, *, resolved: bool = False) -> str:
    """A record of the integration about another one that it could not write."""
    fields = {
        "Name": f"E-{len(world.org['Integration_Error__c']) + 1:05}", "Message__c": text, "Record_Id__c": target, "Record_Type__c": kind,
        "Happened_At__c": moment(when), "Resolved__c": resolved,
    }  # fmt: skip
    return world.add("Integration_Error__c", fields, when)


def update_refused(world: World, cause: str) -> None:
    """Somebody made a field of the order required: the integration cannot update old orders, and says so in its error field."""
    for order in Pick(world, cause).orders(2, lambda one: plain(one) and one.updated < world.days_ago(3)):
        row = world.order_row(order)
        row.update(
            Sync_Error__c="REQUIRED_FIELD_MISSING: Required fields are missing: [Ship_Method__c]",
            Sync_Error_At__c=moment(world.days_ago(2)),
        )
        world.truth.salesforce(RULE, cause, row["Id"])


def dead_letter_of_customer(world: World, cause: str) -> None:
    """A duplicate rule refuses changes of a customer; the integration tried three times and put the message aside."""
    for person in Pick(world, cause).people(2, lambda one: one.key in world.account_of and one.created < world.days_ago(5)):
        text = "DUPLICATES_DETECTED: Use one of these records?"
        world.truth.salesforce(RULE, cause, _letter(world, world.account_of[person.key], "Customer", text, world.days_ago(4)))


def letter_resolved(world: World, cause: str) -> None:
    """The office dealt with it and ticked the box."""
    for order in Pick(world, cause).orders(1, lambda one: plain(one) and one.updated < world.days_ago(3)):
        _letter(world, world.order_of[order.gid], "Order", "ENTITY_IS_LOCKED", world.days_ago(2), resolved=True)


def letter_outlived(world: World, cause: str) -> None:
    """A record was locked for a moment; the next change of the order went through, and nobody cleared the message away."""
    for order in Pick(world, cause).orders(1, plain):
        _letter(world, world.order_of[order.gid], "Order", "UNABLE_TO_LOCK_ROW", order.placed + timedelta(seconds=10))


def error_outlived(world: World, cause: str) -> None:
    """The integration never empties its error field; the order was written an hour later all the same."""
    for order in Pick(world, cause).orders(2, lambda one: plain(one) and one.updated > one.placed + timedelta(hours=2)):
        when = order.updated - timedelta(hours=1)
        world.order_row(order).update(Sync_Error__c="UNABLE_TO_LOCK_ROW", Sync_Error_At__c=moment(when))


CAUSES: tuple[Callable[[World, str], None], ...] = (update_refused, dead_letter_of_customer)

NEAR_MISSES: tuple[Callable[[World, str], None], ...] = (letter_resolved, letter_outlived, error_outlived)
