"""Causes that strike prices: entries that are not there or in another currency, and sales at a price that nobody asks."""

from __future__ import annotations

from datetime import datetime, timedelta

from recon.sandbox.merchant.ids import tail
from recon.sandbox.merchant.integration import SHOP_BOOK
from recon.sandbox.merchant.life import Line, Order, Variant
from recon.sandbox.merchant.money import SHOP_CURRENCY, euros
from recon.sandbox.merchant.picks import Pick, plain
from recon.sandbox.merchant.world import World


def entry_never_made(world: World, cause: str) -> None:
    """The product was sent, its price was refused, and nobody read the error."""
    for variant in Pick(world, cause).variants(2, lambda one: (SHOP_BOOK, one.gid) in world.entry_of):
        gone = world.entry_of.pop((SHOP_BOOK, variant.gid))
        del world.org["PricebookEntry"][gone]
        for item in world.org["OrderItem"].values():
            if item.get("PricebookEntryId") == gone:
                item["PricebookEntryId"] = None
        world.truth.shop("price.missing_entry", cause, tail(variant.gid), world.product_of[variant.gid])


def entry_deactivated(world: World, cause: str) -> None:
    """A clean-up of old prices went too far."""
    for variant in Pick(world, cause).variants(2, lambda one: (SHOP_BOOK, one.gid) in world.entry_of):
        entry = world.row("PricebookEntry", world.entry_of[SHOP_BOOK, variant.gid])
        entry["IsActive"] = False
        world.touch(entry, world.days_ago(9))
        world.truth.shop("price.missing_entry", cause, tail(variant.gid), world.product_of[variant.gid])


def entry_in_dollars(world: World, cause: str) -> None:
    """The entry was written by a user whose own currency is the dollar, and nobody named another one."""
    for variant in Pick(world, cause).variants(3, lambda one: (SHOP_BOOK, one.gid) in world.entry_of):
        entry = world.row("PricebookEntry", world.entry_of[SHOP_BOOK, variant.gid])
        entry["CurrencyIsoCode"] = "USD"
        world.truth.shop("price.wrong_currency", cause, tail(variant.gid), entry["Id"])


RECENT = 200
"""Days that a sale may lie back"""


def page_kept_old_price(world: World, cause: str) -> None:
    """A price was raised, but a cached page of the shop went on selling at the old one for days."""
    _sell_below_list(world, cause, timedelta(hours=40))


def app_makes_own_price(world: World, cause: str) -> None:
    """An app in the checkout puts a price of its own on the line, and writes no discount."""
    _sell_below_list(world, cause, timedelta(days=6))


def _sell_below_list(world: World, cause: str, before: timedelta) -> None:
    """The last sale of a product was made at less than what was asked by then; each to somebody else, since prices may be agreed."""
    last = last_sales(world)
    buyers = {last[gid][0].buyer.key for gid in world.repriced if gid in last}

    def fits(variant: Variant) -> bool:
        if variant.gid not in last or variant.wholesale is not None or (SHOP_BOOK, variant.gid) not in world.entry_of:
            return False
        order, line, earlier = last[variant.gid]
        is_usual = order.tax_included and order.presentment == SHOP_CURRENCY and order.source == "web" and not order.discount
        is_whole = plain(order) and not order.returns and not line.later and not line.removed and order.buyer.key not in buyers
        is_alone = all(abs(one.unit - line.unit) > 2 for one in order.lines if one is not line)
        when = order.placed - before
        is_dated = max(one.updated for one in variant.product.variants) <= when and variant.product.updated <= when
        return (
            is_usual
            and is_whole
            and is_alone
            and is_dated
            and order.gid not in world.taken
            and 2 <= order.age <= RECENT
            and earlier < when
            and not any(one.gid in world.repriced for one in variant.product.variants)
        )

    for variant in Pick(world, cause).variants(1, fits):
        order, line, _ = last[variant.gid]
        # NOTE: where only the product is dated, whatever is changed of a sibling makes this price unknown.
        world.taken.update([order.gid, *(one.gid for one in variant.product.variants)])
        raise_price(world, variant, order.placed - before)
        world.truth.shop("price.sold_below_list", cause, tail(line.gid))


def raise_price(world: World, variant: Variant, when: datetime) -> None:
    """Everybody knows the new price: shop, Salesforce, and the ERP where there is one."""
    variant.price, variant.compare_at = variant.price * 5 // 4, None
    variant.updated = when
    variant.product.updated = max(variant.product.updated, when)
    world.repriced[variant.gid] = when
    entry = world.row("PricebookEntry", world.entry_of[SHOP_BOOK, variant.gid])
    entry["UnitPrice"] = euros(variant.price)
    world.touch(entry, when + timedelta(minutes=1))


def last_sales(world: World) -> dict[str, tuple[Order, Line, datetime]]:
    """gid of a variant → its last order, the line, and when it was sold before."""
    found: dict[str, tuple[Order, Line, datetime]] = {}
    for order in sorted(world.orders, key=lambda one: one.placed):
        for line in order.lines:
            if line.variant:
                before = found.get(line.variant.gid)
                found[line.variant.gid] = (order, line, before[0].placed if before else world.days_ago(1000))
    return found
