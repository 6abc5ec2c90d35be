"""Makes the merchant: shop documents, Salesforce rows and the truth about them; the same for the same seed, size and time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from recon.sandbox.merchant.catalogue import make_catalogue
from recon.sandbox.merchant.defects import CAUSES, NEAR_MISSES, plant, reserve
from recon.sandbox.merchant.ids import Ids
from recon.sandbox.merchant.integration import integrate
from recon.sandbox.merchant.orders import make_orders
from recon.sandbox.merchant.people import make_people
from recon.sandbox.merchant.shopdocs import (
    Doc,
    OrderDoc,
    company_doc,
    customer_doc,
    destroyed_doc,
    fulfillment_order_doc,
    inventory_doc,
    location_doc,
    price_list_doc,
    product_doc,
)
from recon.sandbox.merchant.truth import Truth, TruthRow
from recon.sandbox.merchant.world import Row, World


@dataclass(frozen=True)
class Merchant:
    """What the stand-ins are loaded with, and what an audit of them has to find."""

    shop: dict[str, list[Doc]]
    """kind of document → documents"""
    org: dict[str, list[Row]]
    """Salesforce object → records, parents before children"""
    truth: list[TruthRow]
    planted: dict[str, int]
    """cause or near miss → records that it was planted on"""


def build(seed: int = 7, orders: int = 3000, now: datetime | None = None, *, defects: bool = True) -> Merchant:
    """Make a merchant whose last year of ``orders`` orders ends at ``now`` (aware; default: this moment).

    Without defects an audit finds nothing. Ids do not depend on ``now``: the merchant of tomorrow has the same findings.
    Raises UsageError where so few orders cannot carry all causes (below some 400).
    """
    moment = (now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    world = make_world(seed, orders, moment)
    integrate(world)
    reserve(world)
    if defects:
        plant(world, CAUSES)
    plant(world, NEAR_MISSES)
    return Merchant(_shop(world), {name: list(rows.values()) for name, rows in world.org.items()}, world.truth.sorted(), dict(world.done))


def make_world(seed: int, orders: int, now: datetime) -> World:
    """The shop alone, before anything is copied."""
    ids = Ids()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    people = make_people(seed, orders, midnight, ids)
    catalogue = make_catalogue(seed, midnight, ids)
    return World(seed, now, ids, people, catalogue, make_orders(seed, orders, now, people, catalogue, ids), Truth())


def _shop(world: World) -> dict[str, list[Doc]]:
    catalogue, start = world.catalogue, world.days_ago(700)
    return {
        "locations": [location_doc(location, start) for location in catalogue.locations],
        "products": [product_doc(product) for product in [*catalogue.products, *catalogue.fresh]],
        "inventory_items": [inventory_doc(variant) for variant in catalogue.everything],
        "price_lists": [price_list_doc(catalogue.price_list, "gid://shopify/CompanyLocationCatalog/77001", catalogue.variants)],
        "companies": [company_doc(company) for company in world.people.companies],
        "customers": [customer_doc(one) for one in world.people.customers if not one.merged],
        "orders": [OrderDoc(order).document() for order in world.orders],
        "fulfillment_orders": [fulfillment_order_doc(order, catalogue.locations) for order in world.orders],
        "events": [destroyed_doc(n, gid, kind, moment) for n, (gid, kind, moment) in enumerate(world.deleted)],
    }
