"""What only a merchant with several shops has: people who buy in two of them, and integrations that know nothing of each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from recon.sandbox.merchant.ids import seeded, tail
from recon.sandbox.merchant.life import Customer, Order
from recon.sandbox.merchant.picks import Pick, plain
from recon.sandbox.merchant.world import World

DOUBLED = UNNAMED = 3
"""People of each shop on whom a cause is planted."""


@dataclass(frozen=True)
class Pair:
    """One person who buys in two shops under one e-mail address; ``cause`` is what went wrong with the second, if anything did."""

    first: World
    person: Customer
    second: World
    again: Customer
    cause: str | None = None

    @property
    def accounts(self) -> tuple[str, str]:
        """The records that the integrations of both shops made."""
        return self.first.account_of[self.person.key], self.second.account_of[self.again.key]


def share_people(worlds: list[World], *, defects: bool) -> list[Pair]:
    """Let some customers of every shop be customers of the shop before it. Before anything is copied."""
    pairs: list[Pair] = []
    for first, second in pairwise(worlds):
        here, there = _ordinary(first), _ordinary(second)
        amount = min(len(here), len(there), max(3 * DOUBLED, len(there) // 20))
        rng = seeded(second.seed, "people of two shops")
        for n, (person, again) in enumerate(zip(rng.sample(here, amount), rng.sample(there, amount), strict=True)):
            cause = None if not defects or n >= DOUBLED + UNNAMED else "account_per_shop" if n < DOUBLED else "second_id_not_written"
            _become(again, person)
            first.taken.add(person.key)
            second.taken.add(again.key)
            second.done[cause or "person_of_two_shops"] += 1
            pairs.append(Pair(first, person, second, again, cause))
    return pairs


def _ordinary(world: World) -> list[Customer]:
    """Consumers whose address and number nobody else has."""
    busy = {one.key for one, _ in world.people.households} | world.taken
    shared = {one.address.phone for one in world.people.customers if not one.phone}
    return [
        one
        for one in world.people.customers
        if one.email and one.phone and one.phone not in shared and one.key not in busy and not (one.company or one.redacted or one.merged)
    ]


def _become(again: Customer, person: Customer) -> None:
    again.first, again.last, again.email, again.phone = person.first, person.last, person.email, person.phone
    again.address, again.locale = replace(person.address), person.locale
    again.email_state, again.sms_state = person.email_state, person.sms_state


def declare(pair: Pair) -> None:
    """What an audit has to find of a pair."""
    first, second = pair.accounts
    if pair.cause == "account_per_shop":
        pair.second.truth.salesforce("customer.duplicate_in_salesforce", pair.cause, min(first, second))
        if _has_bought(pair.first, first) and _has_bought(pair.second, second):
            pair.second.truth.salesforce("customer.split_identity", pair.cause, min(first, second))
    elif pair.cause is not None:
        pair.second.truth.shop("integrity.missing_external_id", pair.cause, tail(pair.again.gid or ""), first)


def _has_bought(world: World, account: str) -> bool:
    return any(
        row["AccountId"] == account and not (row["IsDeleted"] or row["Is_Test__c"] or row.get("OriginalOrderId"))
        for row in world.org["Order"].values()
    )


def store_not_written(world: World, cause: str) -> None:
    """A flow that writes neither the shop nor its id: several shops have an order of this number, and the e-mail tells which it is."""

    changed = {row.record_id for row in world.truth.rows if row.rule == "customer.email_drift"}

    def fits(order: Order) -> bool:
        return plain(order) and order.buyer.email is not None and tail(order.buyer.gid or "/") not in changed

    for order in Pick(world, cause).orders(3, fits):
        world.order_row(order).update(Shopify_Order_Id__c=None, Store__c=None)
        world.truth.shop("order.unlinked", cause, tail(order.gid), world.order_of[order.gid])


MIX_CAUSES = (store_not_written,)


def nothing_tells_whose(worlds: list[World]) -> None:
    """A flow that writes a number and nothing else: several shops have an order of this number, and nobody can say which it is."""
    first, *others = worlds
    cause = nothing_tells_whose.__name__
    numbers = [{order.number: order for order in other.orders} for other in others]

    def fits(order: Order) -> bool:
        same = [(other, found[order.number]) for other, found in zip(others, numbers, strict=True) if order.number in found]
        free = [(first, order), *same]
        return plain(order) and bool(same) and all(one.gid in world.order_of and one.gid not in world.taken for world, one in free)

    # NOTE: two shops may number their orders so differently that none is like another.
    enough = sum(order.age > 3 and fits(order) for order in first.orders) >= 2
    for order in Pick(first, cause).orders(2, fits) if enough else []:
        row = first.order_row(order)
        row.update(Shopify_Order_Id__c=None, Store__c=None, Buyer_Email__c=None, Shop_Total__c=None, Shop_Current_Total__c=None)
        first.truth.salesforce("order.number_collision", cause, first.order_of[order.gid])
