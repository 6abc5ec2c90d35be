"""Causes that strike stock: records and places that are not there, and figures that stand still."""

from __future__ import annotations

from recon.sandbox.merchant.ids import tail
from recon.sandbox.merchant.life import Level, Variant
from recon.sandbox.merchant.picks import Pick
from recon.sandbox.merchant.world import Row, World

HAMBURG, STORE_ABROAD = 1, 2


def place_never_linked(world: World, cause: str) -> None:
    """The store abroad was opened after the integration was made; nobody told Salesforce of it."""
    place = world.catalogue.locations[STORE_ABROAD]
    for variant in world.catalogue.everything:
        for level in variant.levels:
            if level.location is place:
                world.forget_stock(level)
    there = next(record_id for record_id, row in world.org["Location"].items() if row["Name"] == place.name)
    del world.org["Location"][there]
    world.truth.shop("inventory.location_unmapped", cause, tail(place.gid))
    world.done[cause] += 1


def place_made_by_hand(world: World, cause: str) -> None:
    """Sales keeps goods for fairs and for a customer at places of its own, of which no shop knows."""
    start = world.days_ago(90)
    variants = Pick(world, cause).variants(3, lambda one: True)
    for name in ("Fair", "Consignment"):
        place: Row = {
            "Name": f"{name} {world.outlet.letter}",
            "ExternalReference": None,
            "LocationType": "Van",
            "IsInventoryLocation": True,
        }
        there = world.add("Location", place, start)
        for n, variant in enumerate(variants):
            row: Row = {
                "Product2Id": world.product_of[variant.gid],
                "LocationId": there,
                "QuantityOnHand": 2 + n,
                "QuantityUnitOfMeasure": "Each",
            }
            world.add("ProductItem", row, start)
        world.truth.salesforce("inventory.location_unmapped", cause, there)


def level_never_made(world: World, cause: str) -> None:
    """A product was put on a second shelf, and the integration only updates records that are there."""
    for level in Pick(world, cause).levels(3, HAMBURG, lambda one: one.on_hand > 0 and one.available > 0):
        world.forget_stock(level)
        world.truth.shop("inventory.missing_level", cause, tail(level.gid))


def sold_out_not_followed(world: World, cause: str) -> None:
    """The last pieces went over the counter; Salesforce still shows them."""
    for variant in Pick(world, cause).variants(3, lambda one: _is_in_stock(world, one)):
        world.truth.shop("inventory.phantom", cause, tail(variant.gid), world.product_of[variant.gid])
        for level in variant.levels:
            world.taken.add(level.gid)
            level.on_hand = level.committed = level.safety = 0
            level.updated = world.days_ago(2)
            held = world.stock_of.get(level.gid)
            if held and world.row("ProductItem", held)["QuantityOnHand"]:
                world.truth.shop("inventory.quantity_drift", cause, tail(level.gid), held)


def _is_in_stock(world: World, variant: Variant) -> bool:
    """Whether Salesforce shows some of it, knows every place where some of it lies, and nothing has happened to its stock."""
    full = [level for level in variant.levels if level.on_hand]
    return (
        bool(full) and all(level.gid in world.stock_of for level in full) and not any(level.gid in world.taken for level in variant.levels)
    )


def stock_feed_stopped(world: World, cause: str) -> None:
    """Some products fell out of the nightly list of stock weeks ago; so far what was sold and what came in happen to be even."""
    sold = {
        line.variant.gid for order in world.orders for line in order.lines
        if line.variant and line.sold > 0 and 3 <= order.age <= 20 and not order.test and not order.cancelled
    }  # fmt: skip

    def fits(variant: Variant) -> bool:
        return variant.gid in sold and _is_in_stock(world, variant)

    for variant in Pick(world, cause).variants(3, fits):
        for level in variant.levels:
            _stand_still(world, level)
        world.truth.shop("inventory.stale", cause, tail(variant.gid), world.product_of[variant.gid])


def _stand_still(world: World, level: Level) -> None:
    world.taken.add(level.gid)
    if level.gid in world.stock_of:
        world.touch(world.row("ProductItem", world.stock_of[level.gid]), world.days_ago(45))
