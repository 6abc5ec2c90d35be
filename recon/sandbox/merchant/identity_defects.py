"""Causes that make one person several records, or several people one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from recon.sandbox.merchant.ids import tail
from recon.sandbox.merchant.integration import copy_person
from recon.sandbox.merchant.life import Customer, Order
from recon.sandbox.merchant.people_defects import copy_of_account
from recon.sandbox.merchant.picks import Pick
from recon.sandbox.merchant.world import World

NICKNAMES = {"David": "Dave", "Anna": "Annie", "Ben": "Benjamin", "Hannes": "Johannes", "Lotte": "Charlotte", "Tilda": "Mathilde"}
"""Given name in the shop → what the sales team calls the customer."""


def _duplicate(world: World, cause: str, person: Customer, extra: str) -> None:
    world.truth.salesforce("customer.duplicate_in_salesforce", cause, min(world.account_of[person.key], extra))


def called_by_nickname(world: World, cause: str) -> None:
    """A salesman entered a customer whom the shop had sent already, by the name that everybody uses."""
    for person in Pick(world, cause).people(2, lambda one: one.first in NICKNAMES and one.email is not None):
        _duplicate(world, cause, person, copy_of_account(world, person, world.days_ago(25), FirstName=NICKNAMES[person.first], Phone=None))


def heard_on_the_phone(world: World, cause: str) -> None:
    """The call centre wrote the family name as it heard it: two letters changed places."""

    def fits(one: Customer) -> bool:
        return one.phone is not None and one.last.isascii() and one.last.isalpha() and len(one.last) >= 6 and one.last[3] != one.last[4]

    for person in Pick(world, cause).people(2, fits):
        heard = person.last[:3] + person.last[4] + person.last[3] + person.last[5:]
        _duplicate(world, cause, person, copy_of_account(world, person, world.days_ago(12), LastName=heard, PersonEmail=None))


def registered_twice(world: World, cause: str) -> None:
    """Somebody forgot the account and registered again with the mail box of the same name at another provider."""
    for person in Pick(world, cause).people(2, lambda one: one.phone is not None and one.email is not None and one.address.address1 != ""):
        box, _, host = (person.email or "").partition("@")
        again = replace(
            person, gid=world.ids.gid("Customer"), email=f"{box}@{'example.org' if host != 'example.org' else 'example.net'}", phone=None,
            address=replace(person.address), created=world.days_ago(40), updated=world.days_ago(39), sms_state="NOT_SUBSCRIBED",
            consent_at=world.days_ago(40), orders=0, spent=0, tags=(),
        )  # fmt: skip
        world.people.customers.append(again)
        world.taken.add(again.key)
        copy = copy_person(world, again, timedelta(seconds=30))
        world.truth.shop("customer.duplicate_in_shop", cause, min(tail(person.gid or ""), tail(again.gid or "")))
        _duplicate(world, cause, person, copy)


def ordered_on_the_double(world: World, cause: str) -> None:
    """A flow that did not find the customer made a second record and hung the next order on it."""
    free: dict[str, list[Order]] = {}
    for order in world.orders:
        if order.gid in world.order_of and order.gid not in world.taken and not order.test and not order.guest and order.age >= 3:
            free.setdefault(order.buyer.key, []).append(order)
    for person in Pick(world, cause).people(2, lambda one: one.email is not None and len(free.get(one.key, [])) > 1):
        order = free[person.key][-1]
        extra = copy_of_account(world, person, order.placed)
        world.order_row(order)["AccountId"] = extra
        world.taken.update({order.gid, free[person.key][0].gid})  # without an order of its own the first record is no half of anybody
        world.truth.salesforce("customer.split_identity", cause, min(world.account_of[person.key], extra))
        world.truth.shop("order.customer_mismatch", cause, tail(order.gid), world.order_of[order.gid])
        _duplicate(world, cause, person, extra)


def household_merged(world: World, cause: str) -> None:
    """Somebody took husband and wife for one customer and merged them in Salesforce: the record that is left carries the ids of both."""
    buyers = {order.buyer.key for order in world.orders}

    def fits(one: Customer) -> bool:
        plain = one.email is not None and one.phone is None and one.address.phone is None and one.last.isalpha() and one.first.isalpha()
        return plain and one.key not in buyers and one.email_state == "NOT_SUBSCRIBED" and one.sms_state == "NOT_SUBSCRIBED"

    for winner in Pick(world, cause).people(2, fits):
        loser = Pick(world, cause).people(1, lambda one, other=winner: fits(one) and one.first != other.first)[0]  # type: ignore[misc]
        loser.last, loser.address = winner.last, replace(winner.address)
        row = world.person_row(loser)
        row.update(IsDeleted=True, MasterRecordId=world.account_of[winner.key], LastName=loser.last)
        world.truth.salesforce("customer.shared_identity", cause, world.account_of[winner.key])
        for rule in ("customer.email_drift", "customer.name_drift"):
            world.truth.shop(rule, cause, tail(loser.gid or ""), world.account_of[winner.key])
