"""Made-up products with variants and prices, locations and stock."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from recon.sandbox.merchant.ids import Ids, seeded, tail
from recon.sandbox.merchant.life import Level, Location, Product, Variant
from recon.sandbox.merchant.outlet import ONLY, Outlet

_KINDS = (
    ("Teapot", ("Small", "Large"), 2490), ("Mug", ("Blue", "Green", "White"), 1290), ("Linen towel", ("Sand", "Slate"), 1850),
    ("Wool blanket", ("Single", "Double"), 8900), ("Candle", ("Fig", "Cedar", "Salt"), 1690), ("Notebook", ("A5", "A4"), 990),
    ("Cutting board", ("Oak", "Walnut"), 4450), ("Apron", ("S", "M", "L"), 3290), ("Espresso cup", ("Pair", "Set of 4"), 2200),
    ("Vase", ("Default Title",), 5600), ("Lamp", ("Brass", "Black"), 12900), ("Soap", ("Lavender", "Olive", "Unscented"), 690),
)  # fmt: skip
OWN_SERIES = ("Gotland", "Hvar", "Ísafjörður", "Jura")
"""Made for each shop alone; what the others sell of them are other things with other SKUs."""

_SERIES = ("Aarhus", "Bergen", "Cádiz", "Delft", "Évora", "Fünen", "Gotland", "Hvar", "Ísafjörður", "Jura")


@dataclass
class Catalogue:
    """What the merchant sells and where it lies."""

    products: list[Product] = field(default_factory=list)
    fresh: list[Product] = field(default_factory=list)
    """came last week and was not sold yet"""
    locations: list[Location] = field(default_factory=list)
    price_list: str = ""
    """gid of the wholesale price list"""

    @property
    def variants(self) -> list[Variant]:
        """All variants in catalogue order."""
        return [variant for product in self.products for variant in product.variants]

    @property
    def everything(self) -> list[Variant]:
        """All variants, and those that nobody bought yet."""
        return [variant for product in [*self.products, *self.fresh] for variant in product.variants]


def make_catalogue(seed: int, midnight: datetime, ids: Ids, outlet: Outlet = ONLY) -> Catalogue:
    """About 250 variants in 120 products, four locations. All shops of a merchant sell most of them under the same SKUs and prices."""
    rng = seeded(seed, "catalogue")
    catalogue = Catalogue(price_list=ids.gid("PriceList"))
    catalogue.locations = [
        Location(ids.gid("Location"), *where, active=n < len(outlet.places) - 1) for n, where in enumerate(outlet.places)
    ]
    for s, series in enumerate(_SERIES):
        for k, (kind, options, price) in enumerate(_KINDS):
            n = s * len(_KINDS) + k
            status = "DRAFT" if n % 37 == 11 else "ARCHIVED" if n % 37 == 23 else "ACTIVE"
            product = _product(f"{series} {kind}", kind, status, n, midnight, ids)
            for v, option in enumerate(options):
                product.variants.append(_variant(rng, product, option, price + 110 * s + 300 * v, (n, v), midnight, ids))
            catalogue.products.append(product)
    catalogue.products += _special_products(midnight, ids)
    catalogue.fresh = _fresh_products(rng, midnight, ids)
    if not outlet.alone:
        _set_apart(catalogue, outlet)
    for variant in catalogue.everything:
        if variant.tracked:
            _stock(rng, variant, catalogue.locations, midnight)
    return catalogue


def _set_apart(catalogue: Catalogue, outlet: Outlet) -> None:
    """Some series, the samples and the new ones are this shop's own."""
    for product in [*catalogue.products, *catalogue.fresh]:
        if product in catalogue.fresh or product.kind == "Sample" or product.title.split(" ")[0] in OWN_SERIES:
            for variant in product.variants:
                variant.sku = variant.sku and f"{variant.sku}-{outlet.letter}"
                variant.barcode = variant.barcode and f"4{1 + outlet.place}{variant.barcode[2:]}"


def _product(title: str, kind: str, status: str, n: int, midnight: datetime, ids: Ids) -> Product:
    created = midnight - timedelta(days=500 - n)
    return Product(ids.gid("Product"), title, kind, status, created, created + timedelta(days=30))


def _variant(rng: Random, product: Product, option: str, price: int, place: tuple[int, int], midnight: datetime, ids: Ids) -> Variant:
    n, v = place
    sku = f"{product.kind[:3].upper()}-{product.title[:2].upper()}-{n:03d}{'ABCD'[v]}"
    wholesale = price * 7 // 10 if n % 4 == 0 and product.status == "ACTIVE" else None
    return Variant(
        gid=ids.gid("ProductVariant"), item_gid=ids.gid("InventoryItem"), sku=sku, barcode=f"40{n:09d}{v}", title=option, price=price,
        compare_at=price + 500 if n % 9 == 4 else None, tracked=True, product=product, created=product.created,
        updated=midnight - timedelta(days=rng.randint(2, 200)), wholesale=wholesale,
    )  # fmt: skip


def _special_products(midnight: datetime, ids: Ids) -> list[Product]:
    """A gift card and a service (no stock is kept), and samples."""
    made = []
    plan = (("Gift card", "Gift card", ("25 €", "50 €"), True, False), ("Gift wrapping", "Service", ("Default Title",), False, False),
            ("Sample box", "Sample", ("Small", "Large"), False, True))  # fmt: skip
    for n, (title, kind, options, gift_card, tracked) in enumerate(plan):
        product = _product(title, kind, "ACTIVE", 200 + n, midnight, ids)
        product.gift_card = gift_card
        for v, option in enumerate(options):
            price = (2500, 5000)[v] if gift_card else 490 + 400 * v
            variant = Variant(
                ids.gid("ProductVariant"),
                ids.gid("InventoryItem"),
                f"{kind[:4].upper()}-{v + 1}",
                None,
                option,
                price,
                None,
                tracked,
                product,
                product.created,
                product.updated,
            )
            product.variants.append(variant)
        made.append(product)
    return made


def _fresh_products(rng: Random, midnight: datetime, ids: Ids) -> list[Product]:
    """A winter series of last week."""
    made = []
    for n, (kind, options, price) in enumerate(_KINDS[:6]):
        product = _product(f"Winter {kind}", kind, "ACTIVE", 300 + n, midnight, ids)
        product.created, product.updated = midnight - timedelta(days=6), midnight - timedelta(days=5)
        for v, option in enumerate(options):
            variant = _variant(rng, product, option, price + 900, (301 + 4 * n, v), midnight, ids)
            variant.updated = product.updated
            product.variants.append(variant)
        made.append(product)
    workshop = _product("Winter workshop", "Service", "ACTIVE", 310, midnight, ids)
    workshop.variants.append(replace(made[0].variants[0], gid=ids.gid("ProductVariant"), item_gid=ids.gid("InventoryItem"), sku="WORKSHOP",
                                     barcode=None, title="Default Title", tracked=False, product=workshop, levels=[]))  # fmt: skip
    return [*made, workshop]


def _stock(rng: Random, variant: Variant, locations: list[Location], midnight: datetime) -> None:
    for place, location in enumerate(locations):
        if location.active and (place < 2 or rng.random() < 0.5):
            on_hand = rng.randint(0, 120)
            committed = rng.randint(0, min(6, on_hand))
            safety = 2 if on_hand - committed > 20 and place == 1 else 0
            # NOTE: the number of a level's gid is that of its place; only with the item behind it does it name one level.
            gid = f"gid://shopify/InventoryLevel/{int(tail(location.gid)) + 5000}?inventory_item_id={tail(variant.item_gid)}"
            updated = midnight - timedelta(days=rng.randint(1, 30), minutes=rng.randint(0, 900))
            variant.levels.append(Level(gid, location, on_hand, committed, safety, rng.choice((0, 0, 0, 24)), updated))
