"""Causes that strike parts of orders: edits, lines and refunds that did not follow."""

from __future__ import annotations

from recon.sandbox.merchant.ids import tail
from recon.sandbox.merchant.integration import copy_line, order_amounts
from recon.sandbox.merchant.life import Order
from recon.sandbox.merchant.money import euros
from recon.sandbox.merchant.picks import Pick, no_refunds
from recon.sandbox.merchant.world import World


def edit_not_followed(world: World, cause: str) -> None:
    """The order was edited after it had been copied: lines, quantities and the current total stay behind."""
    for order in Pick(world, cause).orders(12, _shows_its_edit):
        order_id = world.order_of[order.gid]
        if order.before is not None:
            _keep_as_placed(world, cause, order, order.before)
            continue
        _undo_edit(world, cause, order, order_id)
        row = world.order_row(order)
        row["Shop_Current_Total__c"] = euros(order.total)
        # NOTE: with a refund on the order, current totals differ for other reasons, and the rule keeps silent.
        if not order.refunds and abs(order.total - order.current_total) > 1:
            world.truth.shop("order.total_drift", cause, tail(order.gid), order_id)


def _shows_its_edit(order: Order) -> bool:
    if order.before is not None:
        # NOTE: what an edit took out wholly is nowhere to be seen in a shop that changes orders in place.
        kept = {line.gid for line in order.lines}
        return abs(order.total - order.before.total) > 1 and all(line.gid in kept for line in order.before.lines)
    return order.edited is not None and order.later_value != 0 and not order.returns


def _keep_as_placed(world: World, cause: str, order: Order, before: Order) -> None:
    """Salesforce keeps the order that was placed; the shop has only the one that it became."""
    order_id = world.order_of[order.gid]
    world.order_row(order).update(order_amounts(before))
    placed = {line.gid: line for line in before.lines}
    for line in order.lines:
        old = placed.get(line.gid)
        if old is None or old.quantity != line.quantity:
            del world.org["OrderItem"][world.item_of.pop(line.gid)]
        if old is None:
            world.truth.shop("line.missing_in_salesforce", cause, tail(line.gid), order_id)
        elif old.quantity != line.quantity:
            copy_line(world, order_id, old, order.placed, order.placed)
            world.truth.shop("line.quantity_drift", cause, tail(line.gid), world.item_of[line.gid])
    world.truth.shop("order.total_drift", cause, tail(order.gid), order_id)


def _undo_edit(world: World, cause: str, order: Order, order_id: str) -> None:
    for line in order.lines:
        if line.later:
            del world.org["OrderItem"][world.item_of.pop(line.gid)]
            world.truth.shop("line.missing_in_salesforce", cause, tail(line.gid), order_id)
        elif line.removed:
            removed, line.removed = line.removed, 0
            if line.gid in world.item_of:
                del world.org["OrderItem"][world.item_of.pop(line.gid)]
            copy_line(world, order_id, line, order.placed, order.placed)
            line.removed = removed
            world.truth.shop("line.quantity_drift", cause, tail(line.gid), world.item_of[line.gid])


def line_failed(world: World, cause: str) -> None:
    """One line was refused (a price book entry was missing for a moment) and only logged."""
    for order in Pick(world, cause).orders(6, lambda one: no_refunds(one) and one.edited is None and len(one.lines) > 1):
        line = order.lines[-1]
        del world.org["OrderItem"][world.item_of.pop(line.gid)]
        world.truth.shop("line.missing_in_salesforce", cause, tail(line.gid), world.order_of[order.gid])


def order_without_lines(world: World, cause: str) -> None:
    """The order arrived and not one of its lines."""
    for order in Pick(world, cause).orders(3, lambda one: no_refunds(one) and one.edited is None):
        for line in order.lines:
            del world.org["OrderItem"][world.item_of.pop(line.gid)]
            world.truth.shop("line.missing_in_salesforce", cause, tail(line.gid), world.order_of[order.gid])


def quantity_cut(world: World, cause: str) -> None:
    """A flow writes 1 where the buyer ordered more."""
    for order in Pick(world, cause).orders(4, lambda one: no_refunds(one) and one.edited is None and one.lines[0].quantity > 1):
        item = world.org["OrderItem"][world.item_of[order.lines[0].gid]]
        item["Quantity"], item["TotalPrice"] = 1, item["UnitPrice"]
        world.truth.shop("line.quantity_drift", cause, tail(order.lines[0].gid), item["Id"])


def refund_not_copied(world: World, cause: str) -> None:
    """Money went back, and Salesforce does not know."""
    for order in Pick(world, cause).orders(8, lambda one: any(refund.moved for refund in one.refunds)):
        refund = next(refund for refund in order.refunds if refund.moved)
        world.forget_refund(refund)
        world.order_row(order)["Shop_Refunded__c"] = euros(order.refunded - refund.amount)
        world.truth.shop("refund.missing_in_salesforce", cause, tail(refund.gid), world.order_of[order.gid])
