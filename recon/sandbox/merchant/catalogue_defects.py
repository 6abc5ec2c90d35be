"""Causes that strike the goods themselves: what is on sale, how it is called, and the keys by which it is found."""

from __future__ import annotations

from datetime import timedelta

from recon.sandbox.merchant.ids import tail
from recon.sandbox.merchant.life import Product, Variant
from recon.sandbox.merchant.picks import Pick
from recon.sandbox.merchant.world import World


def whole_products(world: World, cause: str, amount: int, *, shared: bool = False) -> list[Product]:
    """Products whose variants all are still free; all of them are taken."""

    def is_free(one: Variant) -> bool:
        return one is one.product.variants[0] and not any(v.gid in world.taken for v in one.product.variants)

    products = [variant.product for variant in Pick(world, cause).variants(amount, is_free, shared=shared)]
    world.taken.update(variant.gid for product in products for variant in product.variants)
    return products


def sku_never_given(world: World, cause: str) -> None:
    """The sample boxes were typed in without a SKU, and were copied as they are."""
    for product in world.catalogue.products:
        if product.kind == "Sample":
            for variant in product.variants:
                row = world.row("Product2", world.product_of[variant.gid])
                row.update(StockKeepingUnit=None, ProductCode=f"V{tail(variant.gid)}")
                for order in world.orders:
                    for line in order.lines:
                        if line.variant is variant:
                            line.sku = None
                variant.sku = None
                world.taken.add(variant.gid)
                world.truth.shop("product.missing_sku", cause, tail(variant.gid))
                world.done[cause] += 1


def sku_not_copied(world: World, cause: str) -> None:
    """An early version of the integration wrote the id and left the SKU blank."""
    for variant in Pick(world, cause).variants(2, lambda one: one.sku is not None):
        world.row("Product2", world.product_of[variant.gid])["StockKeepingUnit"] = None
        world.truth.shop("product.missing_sku", cause, tail(variant.gid), world.product_of[variant.gid])


def sku_used_twice(world: World, cause: str) -> None:
    """A new product was made as a copy of an old one, and nobody changed the SKU."""
    pairs = Pick(world, cause).variants(2, lambda one: one.sku is not None)
    older, newer = sorted(pairs, key=lambda one: (one.created, int(tail(one.gid))))
    newer.sku = older.sku
    world.truth.shop("product.duplicate_sku", cause, tail(older.gid))


def product_entered_twice(world: World, cause: str) -> None:
    """A colleague did not find the product and typed it in again, the SKU in small letters."""
    for variant in Pick(world, cause).variants(2, lambda one: one.sku is not None):
        first = world.product_of[variant.gid]
        world.copy("Product2", first, variant.created + timedelta(days=20), StockKeepingUnit=(variant.sku or "").lower(),
                   Shopify_Variant_Id__c=None)  # fmt: skip
        world.truth.salesforce("product.duplicate_sku", cause, first)


def withdrawn_in_shop(world: World, cause: str) -> None:
    """The shop took products off sale; Salesforce never heard of it."""
    for product in whole_products(world, cause, 2):
        product.status, product.updated = "DRAFT", world.days_ago(4)
        for variant in product.variants:
            world.truth.shop("product.status_drift", cause, tail(variant.gid), world.product_of[variant.gid])


def deactivated_in_salesforce(world: World, cause: str) -> None:
    """Somebody tidied up Salesforce and deactivated what the shop sells every day."""
    for variant in Pick(world, cause).variants(2, lambda one: True):
        row = world.row("Product2", world.product_of[variant.gid])
        row["IsActive"] = False
        world.touch(row, world.days_ago(6))
        world.truth.shop("product.status_drift", cause, tail(variant.gid), row["Id"])


def renamed_in_shop(world: World, cause: str) -> None:
    """Marketing gave products new names, and only stock and prices are sent after a product is made."""
    for product in whole_products(world, cause, 2):
        product.title, product.updated = f"Nordhaus {product.title}, second edition", world.days_ago(5)
        for variant in product.variants:
            world.truth.shop("product.title_drift", cause, tail(variant.gid), world.product_of[variant.gid])


def name_typed_over(world: World, cause: str) -> None:
    """A note for colleagues was written into the name."""
    for variant in Pick(world, cause).variants(2, lambda one: True):
        row = world.row("Product2", world.product_of[variant.gid])
        row["Name"] = f"Do not offer before June: {row['Name']}"
        world.truth.shop("product.title_drift", cause, tail(variant.gid), row["Id"])


def barcode_not_followed(world: World, cause: str) -> None:
    """Another supplier, another barcode; the label in Salesforce is the old one."""
    for variant in Pick(world, cause).variants(2, lambda one: one.barcode is not None):
        variant.barcode = f"54{(variant.barcode or '')[2:]}"
        variant.updated = variant.product.updated = world.days_ago(8)
        world.truth.shop("product.barcode_drift", cause, tail(variant.gid), world.product_of[variant.gid])


def barcode_wiped(world: World, cause: str) -> None:
    """An import with an empty column took the barcodes away."""
    for variant in Pick(world, cause).variants(2, lambda one: one.barcode is not None):
        world.row("Product2", world.product_of[variant.gid])["Barcode__c"] = None
        world.truth.shop("product.barcode_drift", cause, tail(variant.gid), world.product_of[variant.gid])


def discontinued_in_shop(world: World, cause: str) -> None:
    """The shop deleted products years ago; Salesforce goes on offering them."""
    for n in range(3):
        world.truth.salesforce("product.missing_in_shop", cause, product_that_was(world, str(n), active=True))
        world.done[cause] += 1


def product_that_was(world: World, word: str, *, active: bool) -> str:
    """Salesforce's record of a product that the shop had once; its id."""
    code = f"LAN-{world.outlet.letter}{word}"
    row = {
        "Name": f"Lantern {word}", "ProductCode": code, "StockKeepingUnit": code, "IsActive": active,
        "Shopify_Variant_Id__c": tail(world.ids.gid("ProductVariant")),
    }  # fmt: skip
    return world.add("Product2", row, world.days_ago(600))
