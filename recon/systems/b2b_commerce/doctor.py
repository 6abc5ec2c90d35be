"""The store's part of ``recon doctor``: the way in, the stores, and what the org has and shows of each object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from recon.errors import ReconError
from recon.systems.b2b_commerce.streams import READINGS, Reading
from recon.systems.base import Check
from recon.systems.salesforce_api import org

if TYPE_CHECKING:
    from recon.systems.b2b_commerce.extract import CommerceExtractor

RIGHT = "Give the integration user's permission set read access and View All on {source}."


def checks(shop: CommerceExtractor) -> Iterator[Check]:
    """Everything that can be known before reading; ends where there is no way in."""
    for check in org.run(shop.settings, shop.client):
        yield check
        if check.subject == "credentials" and check.level == "fail":
            return
    yield from org.single_currency(shop.settings, shop.catalogue)
    try:
        yield _stores(shop)
    except ReconError as error:
        yield Check("fail", "stores", error.message, error.hint)
        return
    yield from _life_cycle(shop)
    for reading in READINGS:
        yield _object(shop, reading)


def _stores(shop: CommerceExtractor) -> Check:
    alive = [store for store in shop.chosen() if not store.is_deleted]
    if not alive:
        text = "The org has no web store that the integration user can see; all its orders are read as one shop."
        return Check("warn", "stores", text, "Give the user read access to WebStore, unless the org only has Order Management.")
    return Check("ok", "stores", f"This shop is {', '.join(f'{store.name} ({store.kind})' for store in alive)}.")


def _life_cycle(shop: CommerceExtractor) -> Iterator[Check]:
    """Managed summaries are kept by Salesforce itself and are never corrected."""
    described = shop.catalogue.object("OrderSummary")
    if described is None or described.field("OrderLifeCycleType") is None:
        return
    managed = shop.client.count("OrderSummary", "OrderLifeCycleType = 'MANAGED'")
    total = shop.client.count("OrderSummary")
    yield Check("ok", "summaries", f"{managed:,} of {total:,} order summaries are managed by Salesforce; those are never written.")


def _object(shop: CommerceExtractor, reading: Reading) -> Check:
    why = shop.why_not(reading)
    if why and reading.licence:
        return Check("ok", reading.title, f"Left out: {why}")
    if why:
        return Check("fail", reading.title, why, RIGHT.format(source=reading.source))
    lost = shop.plans()[reading.name].unreadable
    if lost:
        text = f"Unknown without fields that are hidden or absent: {', '.join(sorted(lost))}."
        return Check("warn", reading.title, text, f"Allow the fields of {reading.source} by field-level security.")
    return Check("ok", reading.title, "Can be read.")
