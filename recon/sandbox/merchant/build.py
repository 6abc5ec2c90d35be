"""Makes the merchant: shop documents, Salesforce rows and the truth about them; the same for the same seed, size and time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from recon.sandbox.merchant import shopify
from recon.sandbox.merchant.catalogue import Catalogue, make_catalogue
from recon.sandbox.merchant.defects import CAUSES, FIRST, NEAR_MISSES, plant, reserve
from recon.sandbox.merchant.ids import Ids
from recon.sandbox.merchant.integration import count_orders, integrate
from recon.sandbox.merchant.life import Order
from recon.sandbox.merchant.orders import make_orders
from recon.sandbox.merchant.outlet import ONLY, Outlet
from recon.sandbox.merchant.people import make_people
from recon.sandbox.merchant.shopdocs import Doc
from recon.sandbox.merchant.truth import Truth, TruthRow
from recon.sandbox.merchant.world import Row, World


@dataclass(frozen=True)
class Merchant:
    """One Shopify shop and its org: what the stand-ins are loaded with, and what an audit of them has to find."""

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
    world = make_world(seed, orders, whole_seconds(now or datetime.now(UTC)))
    live(world, defects=defects, unsaid=shopify.UNSAID)
    org = {name: list(rows.values()) for name, rows in world.org.items()}
    return Merchant(shopify.documents(world), org, shopify.truth(world), dict(world.done))


def whole_seconds(now: datetime) -> datetime:
    """The moment in UTC without fractions, as everything is dated."""
    return now.astimezone(UTC).replace(microsecond=0)


def live(world: World, *, defects: bool = True, unsaid: frozenset[str] = frozenset()) -> None:
    """Copy the shop to Salesforce, and plant what goes wrong and what only looks so, except what the platform cannot say."""
    integrate(world)
    reserve(world)
    plant(world, FIRST, unsaid)
    if defects:
        plant(world, CAUSES, unsaid)
    plant(world, NEAR_MISSES, unsaid)
    count_orders(world)


def _move_stock(catalogue: Catalogue, orders: list[Order], now: datetime) -> None:
    """The shelf that a product is sold from was touched when it was last sold."""
    sold = {line.variant.gid: order.placed for order in orders for line in order.lines if line.variant}
    for variant in catalogue.everything:
        if variant.levels and variant.gid in sold:
            # NOTE: not within the grace time, in which a difference would not count.
            touched = min(sold[variant.gid] + timedelta(minutes=1), now - timedelta(hours=2))
            variant.levels[0].updated = max(variant.levels[0].updated, touched)


def make_world(seed: int, orders: int, now: datetime, outlet: Outlet = ONLY) -> World:
    """The shop alone, before anything is copied."""
    ids = Ids(outlet.place)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    own = seed + 1000 * outlet.place
    people = make_people(own, orders, midnight, ids, outlet)
    catalogue = make_catalogue(own, midnight, ids, outlet)
    made = make_orders(own, orders, now, people, catalogue, ids)
    _move_stock(catalogue, made, now)
    return World(own, now, ids, people, catalogue, made, Truth(), outlet=outlet)
