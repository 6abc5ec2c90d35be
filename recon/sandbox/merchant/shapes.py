"""What platforms have in common that cannot express everything: changes of the neutral shop, made before anything is copied."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from recon.sandbox.merchant.life import Level, Order, Variant, refund_value
from recon.sandbox.merchant.money import share
from recon.sandbox.merchant.truth import SALESFORCE, TruthRow
from recon.sandbox.merchant.world import World


def shipped_of_sold(order: Order) -> str:
    """What was shipped, where units count as sold although they came back."""
    sent, due = sum(line.shipped for line in order.lines), sum(line.sold for line in order.lines)
    return "unfulfilled" if sent == 0 else "fulfilled" if sent >= due else "partial"


def without_additions(world: World) -> None:
    """Nothing can be added to an order: edits that did, and goods that were sent instead of others, are left out."""
    for order in world.orders:
        order.lines = order.first_lines
        order.returns = [replace(one, exchanged=[]) for one in order.returns]


def without_tests(world: World) -> None:
    """There is no such thing as a test order."""
    world.orders = [order for order in world.orders if not order.test]


def without_rounding(world: World) -> None:
    """Sums of cash are not rounded: what was paid and what goes back is the sum itself."""
    for order in world.orders:
        for refund in order.refunds:
            if order.rounding and refund.amount == refund_value(order, refund) + order.rounding:
                refund.amount -= order.rounding
        order.rounding = 0


def edits_in_place(world: World) -> None:
    """An edited order is another order from then on: its lines and amounts are those of today, and nothing tells the old ones."""
    for order in world.orders:
        if any(line.later or line.removed for line in order.lines):
            _edit_in_place(order)


def _edit_in_place(order: Order) -> None:
    first = [replace(line, removed=0, refunded=0) for line in order.first_lines]
    before = replace(order, lines=first, refunds=[], returns=[], edited=None)
    for line in order.lines:
        line.tax, line.discount = line.tax_of(line.sold), share(line.discount, line.sold, line.quantity)
        line.quantity, line.removed, line.later = line.sold, 0, False
    order.lines = [line for line in order.lines if line.quantity]
    order.refunds = [refund for refund in order.refunds if refund.amount or any(line.subtotal for line in refund.lines)]
    order.before = None if order.returns else before


def one_stock(world: World, name: str) -> None:
    """All stock is one number at one place: what can still be sold."""
    place = world.catalogue.locations[0]
    place.name = name
    world.catalogue.locations = [place]
    for variant in world.catalogue.everything:
        variant.levels = _summed(variant)


def _summed(variant: Variant) -> list[Level]:
    if not variant.levels:
        return []
    first = variant.levels[0]
    return [replace(first, on_hand=sum(level.available for level in variant.levels), committed=0, safety=0, incoming=0)]


def erased_are_gone(rows: Iterable[TruthRow]) -> list[TruthRow]:
    """Who was erased is not marked but gone: what stays in Salesforce names a customer that is not there."""
    return [
        replace(row, rule="customer.missing_in_shop", system=SALESFORCE, record_id=None)
        if row.rule == "customer.erased_still_present"
        else row
        for row in rows
    ]


def lists_for_anybody(rows: Iterable[TruthRow]) -> list[TruthRow]:
    """Nothing tells which customers a price list is for: what was agreed with a business is a list price like any other."""
    return [replace(row, rule="price.drift") if row.rule == "price.negotiated_drift" else row for row in rows]
