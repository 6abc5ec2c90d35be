"""Causes that strike whole orders: lost, doubled, unlinked, wrong amounts, wrong states."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from recon.sandbox.merchant.ids import seeded, tail
from recon.sandbox.merchant.integration import copy_person
from recon.sandbox.merchant.life import Order
from recon.sandbox.merchant.money import converted, euros
from recon.sandbox.merchant.picks import Pick, no_refunds, plain
from recon.sandbox.merchant.world import Row, World, moment

CENT = Decimal("0.01")

LONG_ENOUGH = 5
"""Orders lost in a row that make a stretch of time worth a finding of its own."""


def lost_webhooks(world: World, cause: str) -> None:
    """The receiver was down from one evening to the next morning: nothing of that night ever arrived."""
    by_night: dict[int, list[Order]] = {}
    for order in world.orders:
        # NOTE: a night reaches from 19:00 to 10:00; it carries the number of the day on which it begins.
        night = order.age if order.placed.hour >= 19 else order.age + 1 if order.placed.hour < 10 else 0
        free = order.gid in world.order_of and not order.test and order.gid not in world.taken
        if 4 <= night <= 90 and free:
            by_night.setdefault(night, []).append(order)
    lost = max(by_night.values(), key=len)
    for order in lost:
        world.taken.add(order.gid)
        world.forget_order(order)
        world.truth.shop("order.missing_in_salesforce", cause, tail(order.gid))
    if len(lost) >= LONG_ENOUGH:
        world.truth.shop("sync.gap", cause, tail(min(lost, key=lambda one: (one.placed, one.number)).gid))
    _keep_borders(world, lost)
    world.done[cause] += len(lost)


def _keep_borders(world: World, lost: list[Order]) -> None:
    """What arrived just before and after a stretch says where it ends: nothing else may happen to it."""
    began, ended = min(order.placed for order in lost), max(order.placed for order in lost)
    arrived = [order for order in world.orders if order.gid in world.order_of and not order.test]
    before = [order for order in arrived if order.placed < began][-3:]
    after = [order for order in arrived if order.placed > ended][:3]
    world.taken.update(order.gid for order in (*before, *after))


def deleted_in_salesforce(world: World, cause: str) -> None:
    """Somebody tidied up in Salesforce: the orders lie in the recycle bin."""
    for order in Pick(world, cause).orders(3, plain):
        row = world.order_row(order)
        row["IsDeleted"] = True
        world.touch(row, world.days_ago(1))
        for item in world.items(order):
            item["IsDeleted"] = True
        for shipment in order.shipments:
            world.row("Order_Shipment__c", world.shipment_of[shipment.gid])["IsDeleted"] = True
        for back in order.returns:
            if back.gid in world.return_of:
                world.row("Order_Return__c", world.return_of[back.gid])["IsDeleted"] = True
        world.truth.shop("order.missing_in_salesforce", cause, tail(order.gid))


def retried_without_key(world: World, cause: str) -> None:
    """The answer got lost and the flow tried again, without the external id that would have met the first copy."""
    for n, order in enumerate(Pick(world, cause).orders(8, no_refunds)):
        for copy in range(2 if n == 0 else 1):
            extra = copy_of_order(world, order, timedelta(seconds=40 + 50 * copy), Shopify_Order_Id__c=None)
            world.truth.shop("order.duplicate_in_salesforce", cause, tail(order.gid), extra)


def copy_of_order(world: World, order: Order, delay: timedelta, **changes: object) -> str:
    """A second Salesforce order with copies of the lines, which carry no ids."""
    original = world.order_of[order.gid]
    created = order.placed + timedelta(minutes=2) + delay
    extra = world.copy("Order", original, created, **changes)
    for item in world.items(order):
        world.copy("OrderItem", item["Id"], created, OrderId=extra, Shopify_Line_Id__c=None)
    return extra


def deleted_in_shop(world: World, cause: str) -> None:
    """The order was deleted in the shop, which only leaves an event; Salesforce keeps it."""
    for order in Pick(world, cause).orders(5, plain):
        world.deleted.append((order.gid, "ORDER", world.days_ago(2)))
        world.orders.remove(order)
        world.truth.salesforce("order.missing_in_shop", cause, world.order_of[order.gid])


def invented_number(world: World, cause: str) -> None:
    """Orders typed in Salesforce with a number that looks like one of the shop's."""
    for n, order in enumerate(Pick(world, cause).orders(3, plain)):
        extra = copy_of_order(
            world, order, timedelta(days=1), Shopify_Order_Id__c=None, Shopify_Order_Number__c=f"#9{n}0001", Buyer_Email__c=None
        )
        world.truth.salesforce("order.missing_in_shop", cause, extra)


def blank_external_id(world: World, cause: str) -> None:
    """A flow that writes no external id: the order is found by its number."""
    for order in Pick(world, cause).orders(8, plain):
        world.order_row(order)["Shopify_Order_Id__c"] = None
        world.truth.shop("order.unlinked", cause, tail(order.gid), world.order_of[order.gid])


def wrong_external_id(world: World, cause: str) -> None:
    """A flow that writes the id of the checkout where the id of the order belongs."""
    for order in Pick(world, cause).orders(4, plain):
        world.order_row(order)["Shopify_Order_Id__c"] = str(38_000_000_000_000 + order.number)
        world.truth.shop("order.unlinked", cause, tail(order.gid), world.order_of[order.gid])


def blank_id_and_number(world: World, cause: str) -> None:
    """Neither id nor number: only e-mail, amount and day tell which order it is."""
    seen: dict[tuple[str | None, int], list[Order]] = {}
    for order in world.orders:
        seen.setdefault((order.buyer.email, order.total), []).append(order)
    alone = {id(orders[0]) for orders in seen.values() if len(orders) == 1}
    for order in Pick(world, cause).orders(3, lambda one: plain(one) and one.buyer.email is not None and id(one) in alone):
        world.order_row(order).update(Shopify_Order_Id__c=None, Shopify_Order_Number__c=None)
        world.taken.add(order.buyer.key)  # whose address has to stay what it is
        world.truth.shop("order.unlinked", cause, tail(order.gid), world.order_of[order.gid])


def tax_written_net(world: World, cause: str) -> None:
    """Prices with tax are taken for net prices, and the tax is lost on the way."""
    for order in Pick(world, cause).orders(8, lambda one: plain(one) and one.tax_included and one.tax > 100):
        row = world.order_row(order)
        row["Shop_Subtotal__c"] -= row["Shop_Tax__c"]
        row["Shop_Total__c"] -= row["Shop_Tax__c"]
        row["Shop_Tax__c"] = euros(0)
        _total_drift(world, cause, order)


def shipping_lost(world: World, cause: str) -> None:
    """Shipping is no line, so a flow that adds up lines loses it."""
    for order in Pick(world, cause).orders(6, lambda one: plain(one) and one.shipping > 100):
        row = world.order_row(order)
        row["Shop_Total__c"] -= row["Shop_Shipping__c"]
        row["Shop_Shipping__c"] = euros(0)
        _total_drift(world, cause, order)


def discount_lost(world: World, cause: str) -> None:
    """The order's discount never arrived; the buyer seems to have paid the full price."""
    for order in Pick(world, cause).orders(6, lambda one: plain(one) and one.discount > 100):
        row = world.order_row(order)
        row["Shop_Total__c"] += row["Shop_Discount__c"]
        row["Shop_Discount__c"] = euros(0)
        _total_drift(world, cause, order)


def cents_rounded(world: World, cause: str) -> None:
    """Line prices were rounded one by one: some cents are off."""
    for n, order in enumerate(Pick(world, cause).orders(6, lambda one: plain(one) and len(one.lines) >= 2)):
        row = world.order_row(order)
        off = CENT * (2, -3, 4)[n % 3]
        row["Shop_Subtotal__c"] += off
        row["Shop_Total__c"] += off
        _total_drift(world, cause, order)


def _total_drift(world: World, cause: str, order: Order) -> None:
    row = world.order_row(order)
    row["Shop_Current_Total__c"] = row["Shop_Total__c"]
    world.truth.shop("order.total_drift", cause, tail(order.gid), world.order_of[order.gid])


def presentment_amount(world: World, cause: str) -> None:
    """The amount that the buyer saw is written as if it were euros."""
    for order in Pick(world, cause).orders(6, lambda one: plain(one) and one.presentment != "EUR"):
        row, currency = world.order_row(order), order.presentment
        for name in ("Shop_Discount__c", "Shop_Shipping__c", "Shop_Tax__c", "Shop_Duties__c", "Shop_Total__c"):
            row[name] = converted(int(row[name] * 100), currency)
        added = euros(0) if order.tax_included else row["Shop_Tax__c"]
        row["Shop_Subtotal__c"] = row["Shop_Total__c"] + row["Shop_Discount__c"] - row["Shop_Shipping__c"] - row["Shop_Duties__c"] - added
        row["Shop_Current_Total__c"] = row["Shop_Total__c"]
        world.truth.shop("order.currency_drift", cause, tail(order.gid), world.order_of[order.gid])


def wrong_currency_code(world: World, cause: str) -> None:
    """The flow leaves the currency to the org, whose default for that user is another one."""
    user = list(world.org["User"])[1]
    for order in Pick(world, cause).orders(5, plain):
        world.order_row(order).update(CurrencyIsoCode="USD", CreatedById=user)
        for item in world.items(order):
            item["CurrencyIsoCode"] = "USD"
        world.truth.shop("order.currency_drift", cause, tail(order.gid), world.order_of[order.gid])


def archive_not_followed(world: World, cause: str) -> None:
    """The shop archived the order; Salesforce still shows it as active."""
    for order in Pick(world, cause).orders(12, lambda one: one.closed is not None and not one.cancelled):
        world.order_row(order)["Status"] = "Activated"
        world.truth.shop("order.status_drift", cause, tail(order.gid), world.order_of[order.gid])


def cancellation_not_followed(world: World, cause: str) -> None:
    """Cancelled in the shop; in Salesforce it waits to be shipped."""
    for order in Pick(world, cause).orders(6, lambda one: one.cancelled is not None):
        world.order_row(order).update(Status="Activated", Cancelled_At__c=None)
        world.truth.shop("order.cancelled_but_open", cause, tail(order.gid), world.order_of[order.gid])


def cancelled_by_hand(world: World, cause: str) -> None:
    """Cancelled in Salesforce only: the shop will ship it."""
    for order in Pick(world, cause).orders(3, lambda one: no_refunds(one) and one.closed is None):
        world.order_row(order).update(Status="Cancelled", Cancelled_At__c=moment(world.days_ago(1)))
        world.truth.shop("order.cancelled_but_open", cause, tail(order.gid), world.order_of[order.gid])


def mixed_up_household(world: World, cause: str) -> None:
    """Two people share an e-mail address; the flow looks the account up by e-mail and takes the wrong one."""
    partner = {customer.key: guest for customer, guest in world.people.households}
    for order in Pick(world, cause).orders(4, lambda one: one.buyer.key in partner):
        guest = partner[order.buyer.key]
        if guest.key not in world.account_of:
            guest.created = guest.updated = order.placed - timedelta(days=1)
            copy_person(world, guest, timedelta(seconds=30))
        world.order_row(order)["AccountId"] = world.account_of[guest.key]
        world.truth.shop("order.customer_mismatch", cause, tail(order.gid), world.order_of[order.gid])


def tests_as_revenue(world: World, cause: str) -> None:
    """Test orders that nobody marked as such."""
    for order in Pick(world, cause).tests(4):
        world.order_row(order)["Is_Test__c"] = False
        world.truth.shop("order.test_in_salesforce", cause, tail(order.gid), world.order_of[order.gid])


def flow_breaks_sum(world: World, cause: str) -> None:
    """A price flow in Salesforce writes a flat shipping price over the real one and leaves the total alone."""
    flow = list(world.org["User"])[-1]
    for order in Pick(world, cause).orders(5, lambda one: plain(one) and one.tax_included and one.shipping == 0):
        row = world.order_row(order)
        row["Shop_Shipping__c"] = Decimal("9.90")
        row["LastModifiedById"] = flow
        world.truth.salesforce("order.arithmetic", cause, world.order_of[order.gid])
        world.truth.shop("order.component_drift", cause, tail(order.gid), world.order_of[order.gid])


def queue_backlog(world: World, cause: str) -> None:
    """The queue stood still for an afternoon; everything arrived, hours late."""
    rng = seeded(world.seed, cause)
    by_day: dict[int, list[Order]] = {}
    for order in world.orders:
        free = order.gid in world.order_of and not order.test and order.gid not in world.taken
        if 2 <= order.age <= 60 and 12 <= order.placed.hour < 19 and free:
            by_day.setdefault(order.age, []).append(order)
    late = max(by_day.values(), key=len)
    for order in late:
        world.taken.add(order.gid)
        row = world.order_row(order)
        created = order.placed + timedelta(minutes=rng.randint(15, 400))
        row["CreatedDate"] = moment(created)
        world.touch(row, max(created, order.updated + timedelta(minutes=1)))
        world.truth.shop("sync.latency", cause, tail(order.gid), world.order_of[order.gid])
    world.done[cause] += len(late)


def same_minute(row: Row, order: Order, delay: timedelta) -> None:
    """Move the creation of a Salesforce row to so long after the order."""
    row["CreatedDate"] = moment(order.placed + delay)
