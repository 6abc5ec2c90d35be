"""Causes that leave several records to choose from, with nothing that tells which is the right one."""

from __future__ import annotations

from datetime import timedelta

from recon.sandbox.merchant.ids import tail
from recon.sandbox.merchant.people_defects import copy_of_account
from recon.sandbox.merchant.picks import Pick
from recon.sandbox.merchant.world import World


def couple_in_one_mailbox(world: World, cause: str) -> None:
    """Sales entered husband and wife by hand, without the id of the shop; both have the e-mail address of the one account there."""
    for person in Pick(world, cause).people(2, lambda one: one.email is not None and one.last.isalpha()):
        world.person_row(person)["Shopify_Customer_Id__c"] = None
        copy_of_account(world, person, world.days_ago(14), FirstName="Ottilie" if person.first[0] != "O" else "Wendelin", Phone=None)
        world.truth.shop("integrity.missing_external_id", cause, tail(person.gid or ""))


def article_imported_twice(world: World, cause: str) -> None:
    """A list of products was imported again, with SKUs in small letters: two records of one SKU, and none has the id of the shop."""
    for variant in Pick(world, cause).variants(2, lambda one: one.sku is not None):
        first = world.product_of[variant.gid]
        world.row("Product2", first)["Shopify_Variant_Id__c"] = None
        world.copy("Product2", first, variant.created + timedelta(days=12), StockKeepingUnit=(variant.sku or "").lower())
        world.truth.shop("integrity.missing_external_id", cause, tail(variant.gid))
        world.truth.salesforce("product.duplicate_sku", cause, first)


CAUSES = (couple_in_one_mailbox, article_imported_twice)
