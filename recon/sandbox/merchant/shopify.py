"""The merchant as a Shopify shop: the neutral ids are its own, and it can express everything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from recon.sandbox.merchant.doors import Doors, Opened, quoted
from recon.sandbox.merchant.org import CURRENCIES
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
from recon.sandbox.merchant.truth import TruthRow
from recon.sandbox.merchant.world import World
from recon.sandbox.shopify import Shop

SYSTEM, PREFIX, TITLE = "shop", "Shopify", "Nordhaus web shop"
UNSAID = frozenset({
    # which list a company buys from is told by the catalogues of its locations, which are not read
    "company_list_not_followed",
    # checkouts and drafts are no orders here and have ids of their own
    "checkout_taken_for_order", "checkout_given_up",
})  # fmt: skip
"""Causes that cannot be planted on it"""

DOMAIN, CLIENT = "nordhaus-demo.myshopify.com", "recon-demo-shop-app"


def documents(world: World) -> dict[str, list[Doc]]:
    """Kind → documents of the whole shop."""
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


def load(shop: Shop, world: World) -> None:
    """Fill a stand-in with the merchant."""
    for kind, found in documents(world).items():
        shop.load(kind, found)


def prepare(world: World) -> None:
    """There is nothing that this platform has no counterpart of."""


def record_ids(world: World) -> Mapping[str, str]:
    """Neutral id → record_id in the warehouse, where it is not the end of the neutral one."""
    return {}


def truth(world: World) -> list[TruthRow]:
    """What an audit of this shop has to find."""
    return world.truth.sorted()


def make(folder: Path, world: World, now: Callable[[], datetime]) -> None:
    """The filled stand-in in a folder."""
    shop = Shop(
        folder, domain=DOMAIN, name="Nordhaus", time_zone="Europe/Berlin", currency="EUR", presentment_currencies=CURRENCIES,
        taxes_included=True, now=now,
    )  # fmt: skip
    load(shop, world)
    shop.close()


def open_up(folder: Path, doors: Doors) -> Opened:
    """Serve what lies in a folder, with a client for the auditor."""
    from recon.sandbox.faults import Faults
    from recon.sandbox.shopify import create_app, create_storage_app

    shop, faults = doors.closing(Shop(folder, now=doors.now)), Faults()
    secret, reference = doors.secret("shopify-client-secret")
    shop.add_client(CLIENT, secret)
    api, storage = doors.serve(SYSTEM, create_app(shop, faults)), doors.serve("storage", create_storage_app(shop, faults))
    shop.set_storage_url(storage)
    places = {SYSTEM: api, "results of its bulk operations": storage}
    return Opened(shop, settings(DOMAIN, api, storage, doors.ca, CLIENT, reference), places)


def settings(domain: str, url: str, storage: str, ca: str, client: str, secret: str) -> str:
    """The lines of recon.toml; ``ca`` and ``secret`` are TOML values."""
    return f"""shop = {quoted(domain)}
url = {quoted(url)}              # a real shop needs no url and no ca_bundle
ca_bundle = {ca}
result_hosts = [{quoted(storage.removeprefix("https://"))}]    # where results of bulk operations may come from
client_id = {quoted(client)}
client_secret = {secret}
"""
