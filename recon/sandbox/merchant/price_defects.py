"""Causes that strike price book entries: they are not there, or in another currency."""

from __future__ import annotations

from recon.sandbox.merchant.ids import tail
from recon.sandbox.merchant.integration import SHOP_BOOK
from recon.sandbox.merchant.picks import Pick
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
