"""Subscriptions of a shop that sells them, and what goes wrong with them; for platforms that have such a thing."""

from __future__ import annotations

from datetime import timedelta

from recon.sandbox.merchant.ids import tail
from recon.sandbox.merchant.life import Order, Subscription
from recon.sandbox.merchant.world import World

AMOUNT = 16


def subscribe(world: World) -> None:
    """Some buyers get the same every month: each order that began or renewed a subscription is left alone by other causes. Before
    anything is copied."""
    bought: dict[str, int] = {}
    for order in world.orders:
        bought[order.buyer.key] = bought.get(order.buyer.key, 0) + 1
    fits = [order for order in world.orders if 4 <= order.age <= 24 and _is_plain(order) and bought[order.buyer.key] == 1]
    for order in fits[:: max(1, len(fits) // AMOUNT)][:AMOUNT]:
        gid, made = world.ids.gid("Subscription"), order.placed + timedelta(minutes=2)
        world.subscriptions.append(Subscription(gid, order.buyer, order.total, made, made, order.placed + timedelta(days=30)))
        world.taken.update((order.gid, order.buyer.key))


def _is_plain(order: Order) -> bool:
    quiet = not (order.refunds or order.cancelled or order.edited or order.test or order.guest or order.returns)
    return quiet and order.total > 1000 and not (order.buyer.company or order.buyer.redacted or order.buyer.merged)


def _some(world: World, cause: str, amount: int) -> list[Subscription]:
    chosen = [one for one in world.subscriptions if one.gid not in world.taken][:amount]
    world.taken.update(one.gid for one in chosen)
    world.done[cause] += len(chosen)
    return chosen


def subscription_never_sent(world: World, cause: str) -> None:
    """The integration listens to orders only; subscriptions that the shop's staff made by hand pass it by."""
    for one in _some(world, cause, 2):
        del world.org["Subscription__c"][world.subscription_of.pop(one.gid)]
        world.truth.shop("subscription.missing_in_salesforce", cause, tail(one.gid))


def subscription_cancelled_in_shop(world: World, cause: str) -> None:
    """The customer cancelled in the account of the shop; Salesforce still counts the revenue."""
    for one in _some(world, cause, 2):
        one.status, one.updated = "cancelled", world.days_ago(2)
        world.truth.shop("subscription.status_drift", cause, tail(one.gid), world.subscription_of[one.gid])


def renewal_not_followed(world: World, cause: str) -> None:
    """The customer skipped a month in the shop; Salesforce keeps the date of before."""
    for one in _some(world, cause, 2):
        one.next_billing, one.updated = one.next_billing + timedelta(days=2), world.days_ago(2)
        world.truth.shop("subscription.next_billing_drift", cause, tail(one.gid), world.subscription_of[one.gid])


def scheduler_stopped(world: World, cause: str) -> None:
    """The shop's scheduler lost its entry: the day of billing passed, and nothing was charged or sent."""
    for one in _some(world, cause, 2):
        one.next_billing = one.created - timedelta(days=62)
        one.created = one.updated = one.created - timedelta(days=92)
        row = world.row("Subscription__c", world.subscription_of[one.gid])
        row["Next_Billing__c"] = one.next_billing.strftime("%Y-%m-%dT00:00:00.000+0000")
        world.truth.shop("subscription.no_order", cause, tail(one.gid))


def subscription_entered_by_hand(world: World, cause: str) -> None:
    """The office entered what a customer has every month, and nobody wrote the id of the shop."""
    for one in _some(world, cause, 2):
        record = world.subscription_of[one.gid]
        world.row("Subscription__c", record)["Shopify_Subscription_Id__c"] = None
        world.truth.shop("integrity.missing_external_id", cause, tail(one.gid), record)


def subscription_entered_twice(world: World, cause: str) -> None:
    """Two of the office entered the same subscription; neither record has the id of the shop."""
    for one in _some(world, cause, 2):
        record = world.subscription_of[one.gid]
        world.row("Subscription__c", record)["Shopify_Subscription_Id__c"] = None
        world.copy("Subscription__c", record, one.created + timedelta(hours=3))
        world.truth.shop("integrity.missing_external_id", cause, tail(one.gid))


CAUSES = (
    subscription_never_sent, subscription_cancelled_in_shop, renewal_not_followed, scheduler_stopped, subscription_entered_by_hand,
    subscription_entered_twice,
)  # fmt: skip
