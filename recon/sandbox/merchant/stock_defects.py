"""Causes that strike the catalogue: products, prices and stock."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from recon.sandbox.merchant.ids import tail
from recon.sandbox.merchant.integration import SHOP_BOOK, WHOLESALE_BOOK
from recon.sandbox.merchant.picks import Pick
from recon.sandbox.merchant.world import World

HAMBURG = 1
CHANGED_DAYS_AGO = 3
"""When prices were changed; nobody bought at the old ones since"""


def product_never_sent(world: World, cause: str) -> None:
    """New products of last week that nobody sent to Salesforce."""
    for product in world.catalogue.fresh[:2]:
        for variant in product.variants:
            world.taken.add(variant.gid)
            world.forget_product(variant)
            world.truth.shop("product.missing_in_salesforce", cause, tail(variant.gid))
            world.done[cause] += 1


def sku_mistyped(world: World, cause: str) -> None:
    """The product was made by hand in Salesforce, with another SKU and without id: nothing tells that it is the same."""
    for variant in Pick(world, cause).variants(3, lambda one: one.sku is not None and one.wholesale is None):
        row = world.row("Product2", world.product_of[variant.gid])
        row.update(Shopify_Variant_Id__c=None, StockKeepingUnit=f"{variant.sku}-OLD", ProductCode=f"{variant.sku}-OLD")
        world.truth.shop("product.missing_in_salesforce", cause, tail(variant.gid))
        sold = [(order.placed, order.gid, line) for order in world.orders if not (order.test or order.unfinished)
                for line in order.lines if line.variant is variant]  # fmt: skip
        if sold:
            world.truth.shop("line.unknown_sku", cause, tail(min(sold, key=lambda one: one[:2])[2].gid))


def product_without_id(world: World, cause: str) -> None:
    """Products from an old import: the SKU agrees, the id of the shop is blank."""
    for variant in Pick(world, cause).variants(3, lambda one: one.sku is not None, shared=True):
        world.row("Product2", world.product_of[variant.gid])["Shopify_Variant_Id__c"] = None
        world.truth.shop("integrity.missing_external_id", cause, tail(variant.gid), world.product_of[variant.gid])


def price_not_followed(world: World, cause: str) -> None:
    """The price was changed in the shop."""
    sold = {line.variant.gid for order in world.orders if order.age <= CHANGED_DAYS_AGO for line in order.lines if line.variant}
    for n, variant in enumerate(Pick(world, cause).variants(6, lambda one: one.gid not in sold, shared=True)):
        variant.price += (200, -150, 1)[n % 3]
        variant.updated = variant.product.updated = world.days_ago(CHANGED_DAYS_AGO) + timedelta(hours=9)
        world.truth.shop("price.drift", cause, tail(variant.gid), world.entry_of[SHOP_BOOK, variant.gid])


def wholesale_changed_by_hand(world: World, cause: str) -> None:
    """Somebody changed wholesale prices in Salesforce only."""
    for variant in Pick(world, cause).variants(3, lambda one: one.wholesale is not None, shared=True):
        entry = world.row("PricebookEntry", world.entry_of[WHOLESALE_BOOK, variant.gid])
        entry["UnitPrice"] += Decimal("2.50")
        world.touch(entry, world.days_ago(2))
        world.truth.shop("price.negotiated_drift", cause, tail(variant.gid), entry["Id"])


def adjustments_lost(world: World, cause: str) -> None:
    """Stock taking in one warehouse never reached Salesforce."""
    for n, level in enumerate(Pick(world, cause).levels(10, HAMBURG, lambda one: one.on_hand > 10)):
        row = world.row("ProductItem", world.stock_of[level.gid])
        row["QuantityOnHand"] += (7, -3, 1)[n % 3]
        world.truth.shop("inventory.quantity_drift", cause, tail(level.gid), row["Id"])


def oversold(world: World, cause: str) -> None:
    """More was promised than lies there: two channels sold the last pieces at the same time."""
    for n, level in enumerate(Pick(world, cause).levels(4, 0, lambda one: one.safety == 0)):
        level.committed = level.on_hand + 1 + n % 3
        world.truth.shop("inventory.oversold", cause, tail(level.gid))
