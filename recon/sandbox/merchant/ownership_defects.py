"""Causes that the history objects tell: fields that somebody else than their owner writes, and values that go back and forth."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from recon.sandbox.merchant.ids import tail
from recon.sandbox.merchant.life import Customer, Order
from recon.sandbox.merchant.picks import Pick, plain
from recon.sandbox.merchant.world import World

CONFLICT, FLAPPING = "sync.ownership_conflict", "sync.flapping"


def user(world: World, name: str) -> str:
    """The id of one of the org's users."""
    return next(record_id for record_id, row in world.org["User"].items() if row["Name"] == name)


def tracked(world: World, order: Order, field: str, values: list[object], writers: list[str], begin: datetime) -> None:
    """The history of a field of an order, an hour between two changes; the last value is what the record holds."""
    pairs = zip(values, values[1:], writers, strict=False)
    for n, (old, new, name) in enumerate(pairs):
        world.change("Order", world.order_of[order.gid], field, (str(old), str(new)), user(world, name), begin + timedelta(hours=n))


def flow_writes_over_owner(world: World, cause: str) -> None:
    """A price flow adds a handling fee to the shipping; the integration writes the shop's amount again the next hour."""
    for order in Pick(world, cause).orders(3, plain, youngest=12):
        held = world.order_row(order)["Shop_Shipping__c"]
        values = [held, held + Decimal("3.50"), held]
        tracked(world, order, "Shop_Shipping__c", values, ["Price Flow", "Shop Integration"], world.days_ago(6))
        world.truth.shop(CONFLICT, cause, tail(order.gid), world.order_of[order.gid])


def number_typed_by_hand(world: World, cause: str) -> None:
    """Somebody in the office corrects a customer's phone number where it does not belong: the shop's comes back at night."""

    def fits(person: Customer) -> bool:
        return person.key in world.account_of and person.phone is not None and bool(person.email)

    for person in Pick(world, cause).people(3, fits):
        account = world.account_of[person.key]
        held, typed = str(world.person_row(person)["Phone"]), "+49 30 5550199"
        for n, (name, pair) in enumerate((("Office User", (held, typed)), ("Shop Integration", (typed, held)))):
            world.change("Account", account, "Phone", pair, user(world, name), world.days_ago(4) + timedelta(hours=9 * n))
        world.truth.shop(CONFLICT, cause, tail(person.gid or ""), account)


def write_war(world: World, cause: str) -> None:
    """The flow and the integration each take their discount for the right one, and write it again whenever the other did."""
    for order in Pick(world, cause).orders(2, plain, youngest=12):
        held = world.order_row(order)["Shop_Discount__c"]
        values = [held, held + 5, held, held + 5, held]
        tracked(world, order, "Shop_Discount__c", values, ["Price Flow", "Shop Integration"] * 2, world.days_ago(5))
        for rule in (CONFLICT, FLAPPING):
            world.truth.shop(rule, cause, tail(order.gid), world.order_of[order.gid])


def stale_messages(world: World, cause: str) -> None:
    """Messages of the queue arrive in the wrong order: an old state follows the new one, again and again."""
    for order in Pick(world, cause).orders(2, plain, youngest=12):
        held = world.order_row(order)["Payment_Status__c"]
        values = ["pending", held, "pending", held]
        tracked(world, order, "Payment_Status__c", values, ["Shop Integration"] * 3, world.days_ago(3))
        world.truth.shop(FLAPPING, cause, tail(order.gid), world.order_of[order.gid])
