"""Prices that only look as if somebody had sold below them."""

from __future__ import annotations

from datetime import timedelta

from recon.sandbox.merchant.integration import SHOP_BOOK
from recon.sandbox.merchant.life import Variant
from recon.sandbox.merchant.picks import Pick
from recon.sandbox.merchant.price_defects import last_sales, raise_price
from recon.sandbox.merchant.world import World


def raised_after_the_sale(world: World, cause: str) -> None:
    """What was sold at the price of its day costs more since."""
    last = last_sales(world)

    def fits(variant: Variant) -> bool:
        is_sold = variant.gid in last and last[variant.gid][0].age >= 2
        # NOTE: where only the product is dated, a new price of one variant makes those of the others unknown.
        is_free = not any(one.gid in world.repriced for one in variant.product.variants)
        return is_sold and is_free and (SHOP_BOOK, variant.gid) in world.entry_of

    for variant in Pick(world, cause).variants(2, fits):
        raise_price(world, variant, last[variant.gid][0].placed + timedelta(hours=6))


NEAR_MISSES = (raised_after_the_sale,)
