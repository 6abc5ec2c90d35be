"""Goods that only look wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from recon.sandbox.merchant.catalogue_defects import product_that_was
from recon.sandbox.merchant.life import Product
from recon.sandbox.merchant.picks import Pick
from recon.sandbox.merchant.world import World

FIELD_OF_A_LIST = 28
"""Characters that some field of an old connector keeps of a title"""


def name_in_other_dress(world: World, cause: str) -> None:
    """Capitals, and other signs between the parts."""
    for n, variant in enumerate(Pick(world, cause).variants(2, lambda one: one.title != "Default Title", shared=True)):
        dress = variant.name.upper() if n else f"{variant.product.title} ({variant.title})"
        world.row("Product2", world.product_of[variant.gid])["Name"] = dress


def name_without_option(world: World, cause: str) -> None:
    """Only the product's own title."""
    for variant in Pick(world, cause).variants(1, lambda one: one.title != "Default Title"):
        world.row("Product2", world.product_of[variant.gid])["Name"] = variant.product.title


def name_cut_short(world: World, cause: str) -> None:
    """A title longer than the field that it went through."""
    for variant in Pick(world, cause).variants(1, lambda one: len(one.name) > FIELD_OF_A_LIST, shared=True):
        world.row("Product2", world.product_of[variant.gid])["Name"] = variant.name[:FIELD_OF_A_LIST]


def barcode_in_other_dress(world: World, cause: str) -> None:
    """With a zero before it, and with blanks between its groups."""
    for n, variant in enumerate(Pick(world, cause).variants(2, lambda one: one.barcode is not None, shared=True)):
        code = variant.barcode or ""
        world.row("Product2", world.product_of[variant.gid])["Barcode__c"] = f"0{code}" if n else f"{code[:1]} {code[1:7]} {code[7:]}"


def retired_record(world: World, cause: str) -> None:
    """An inactive record with the SKU of one that is in use, and an inactive one of a product that the shop deleted."""
    for variant in Pick(world, cause).variants(1, lambda one: one.sku is not None):
        world.copy("Product2", world.product_of[variant.gid], variant.created, IsActive=False, Shopify_Variant_Id__c=None,
                   StockKeepingUnit=(variant.sku or "").lower())  # fmt: skip
    product_that_was(world, "X", active=False)


def product_of_sales(world: World, cause: str) -> None:
    """What only the sales team sells has no id of a shop."""
    code = f"HOUR-{world.outlet.letter}"
    row = {"Name": "Consulting, one hour", "ProductCode": code, "StockKeepingUnit": code, "IsActive": True}
    world.add("Product2", row, world.days_ago(300))
    world.done[cause] += 1


def copied_as_draft(world: World, cause: str) -> None:
    """A copy that somebody prepares has the SKU of its model until it goes on sale."""
    for variant in Pick(world, cause).variants(1, lambda one: one.sku is not None):
        model = variant.product
        made = world.now - timedelta(days=2)
        draft = Product(world.ids.gid("Product"), f"Copy of {model.title}", model.kind, "DRAFT", made, made)
        draft.variants = [
            replace(variant, gid=world.ids.gid("ProductVariant"), item_gid=world.ids.gid("InventoryItem"), product=draft, created=made,
                    updated=made, levels=[], wholesale=None)
        ]  # fmt: skip
        world.catalogue.products.append(draft)
