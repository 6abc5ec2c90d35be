"""The merchant's ERP: items, prices and stock of all shops in one database. It owns both, so shops and Salesforce are held against it.

Its amounts and quantities are those from before anything went wrong; what then goes wrong in a shop or in Salesforce shows itself against
them. Some things go wrong with the ERP's own values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from recon.sandbox.merchant.ids import seeded, tail
from recon.sandbox.merchant.integration import SHOP_BOOK, WHOLESALE_BOOK
from recon.sandbox.merchant.life import Level, Location, Variant
from recon.sandbox.merchant.money import SHOP_CURRENCY, euros
from recon.sandbox.merchant.platforms import Platform
from recon.sandbox.merchant.truth import TruthRow
from recon.sandbox.merchant.world import World

SYSTEM, TITLE = "erp", "Nordhaus ERP"
ITEM_FIELD, PLACE_FIELD = "Erp_Item_Number__c", "Erp_Warehouse__c"
"""Where Salesforce keeps the ERP's numbers."""

_LISTS = {SHOP_BOOK: "RETAIL", WHOLESALE_BOOK: "WHOLESALE"}

TABLES = {
    "item": ("item_no", "sku", "description"),
    "warehouse": ("code", "name"),
    "stock": ("item_no", "warehouse", "on_hand", "reserved", "booked_at"),
    "price": ("id", "item_no", "list", "currency", "amount", "minimum", "company", "valid_from", "changed_at"),
}
"""Table → columns."""


@dataclass
class Stock:
    """What lies of an item in a warehouse."""

    item: str
    warehouse: str
    on_hand: int
    reserved: int
    booked: datetime

    @property
    def record_id(self) -> str:
        """As recon names it."""
        return f"{self.item}/{self.warehouse}"


@dataclass
class Price:
    """What an item costs in a list, from a quantity and a day on."""

    item: str
    list: str
    cents: int
    changed: datetime
    currency: str = SHOP_CURRENCY
    minimum: int = 1
    company: str | None = None
    """number of the only business that pays it"""
    valid_from: datetime | None = None

    def row(self, number: int) -> tuple[object, ...]:
        """Its row in the database."""
        amount = euros(self.cents)
        return number, self.item, self.list, self.currency, amount, self.minimum, self.company, self.valid_from, self.changed


@dataclass
class Erp:
    """The ERP's books."""

    now: datetime
    items: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    """item number → SKU and description"""
    warehouses: dict[str, str] = field(default_factory=dict)
    stock: dict[str, Stock] = field(default_factory=dict)
    """by :func:`level_key`"""
    prices: dict[tuple[str, str], Price] = field(default_factory=dict)
    """(item, list) → what holds today"""
    further: list[Price] = field(default_factory=list)
    """prices that are nobody's business today"""
    numbers: dict[str, str] = field(default_factory=dict)
    """gid of a variant → its item; what somebody then does to SKUs changes no number"""
    truth: list[TruthRow] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    def rows(self) -> Iterator[tuple[str, list[tuple[object, ...]]]]:
        """Table → rows, with times in UTC and amounts as decimals."""
        yield "item", [(number, sku, text) for number, (sku, text) in self.items.items()]
        yield "warehouse", list(self.warehouses.items())
        yield "stock", [(one.item, one.warehouse, one.on_hand, one.reserved, one.booked) for one in self.stock.values()]
        yield "price", [one.row(n) for n, one in enumerate([*self.prices.values(), *self.further], 1)]


def item_number(world: World, variant: Variant) -> str:
    """The SKU, and a number of its own for what has none."""
    return variant.sku or f"N{world.outlet.place}-{tail(variant.gid)}"


def warehouse(location: Location) -> str:
    """The code of a place."""
    return f"W{tail(location.gid)}"


def level_key(variant: Variant, level: Level) -> str:
    """What tells levels apart over all shops."""
    return f"{variant.gid} {level.location.gid}"


def open_books(worlds: Iterable[World]) -> Erp:
    """The ERP as everybody agrees on it; after the shops took their shape, before anything is planted."""
    erp: Erp | None = None
    for world in worlds:
        erp = erp or Erp(world.now)
        erp.warehouses |= {warehouse(place): place.name for place in world.catalogue.locations}
        for variant in world.catalogue.everything:
            _book(erp, world, variant)
    if erp is None:
        raise ValueError("an ERP needs a shop")
    return erp


def _book(erp: Erp, world: World, variant: Variant) -> None:
    item, changed = item_number(world, variant), world.days_ago(300)
    erp.numbers[variant.gid] = item
    erp.items[item] = (variant.sku, variant.name)
    for book, cents in ((SHOP_BOOK, variant.price), (WHOLESALE_BOOK, variant.wholesale)):
        if cents is not None:
            erp.prices[item, _LISTS[book]] = Price(item, _LISTS[book], cents, changed)
    for level in variant.levels:
        erp.stock[level_key(variant, level)] = Stock(item, warehouse(level.location), level.on_hand, level.committed, level.updated)


# -- what the shops' causes come to against the ERP ------------------------------------------------------------------------


def held_against(erp: Erp, world: World, rows: list[TruthRow]) -> list[TruthRow]:
    """Rows of a shop's truth, where those about prices and stock become what the ERP makes of them."""
    kept = [row for row in rows if row.rule not in _OWNED]
    held = _Held(erp, world)
    return kept + [told for row in world.truth.rows if (told := held.told(row)) is not None] + list(_shops_alone(rows))


_OWNED = {
    "price.drift": "price.shop_drift", "price.negotiated_drift": "price.shop_drift",
    "price.wrong_currency": None, "price.missing_entry": None,
    "inventory.quantity_drift": "inventory.shop_drift", "inventory.missing_level": None, "inventory.phantom": None, "inventory.stale": None,
    "inventory.location_unmapped": None,
}  # fmt: skip
"""Rule → the one that says the same of a shop and the ERP"""
_IN_SHOP = {"price_not_followed", "oversold", "sold_out_not_followed"}
"""Causes that changed the shop's value, and nobody else's."""


def _shops_alone(rows: Iterable[TruthRow]) -> Iterator[TruthRow]:
    for row in rows:
        rule = _OWNED.get(row.rule)
        if rule is not None and row.cause in _IN_SHOP:
            yield replace(row, rule=rule, salesforce_id=None)


class _Held:
    """What the ERP and Salesforce make of a finding about a shop."""

    def __init__(self, erp: Erp, world: World) -> None:
        self._erp, self._world = erp, world
        self._entries = {entry: (book, gid) for (book, gid), entry in world.entry_of.items()}
        self._stock = _stock_of(erp, world)
        self._items = {tail(gid): number for gid, number in erp.numbers.items()}
        self._places = {tail(place.gid): warehouse(place) for place in world.catalogue.locations}

    def told(self, row: TruthRow) -> TruthRow | None:
        """The finding as the ERP has it; None where ERP and Salesforce agree, and for what is no matter of the ERP."""
        if row.rule in {"price.drift", "price.negotiated_drift", "price.wrong_currency"}:
            return self._price(row)
        if row.rule == "inventory.quantity_drift":
            stock = self._stock[row.record_id or ""]
            held = self._world.row("ProductItem", row.salesforce_id or "")["QuantityOnHand"]
            return replace(row, system=SYSTEM, record_id=stock.record_id) if held != stock.on_hand else None
        if row.rule == "inventory.missing_level":
            return replace(row, system=SYSTEM, record_id=self._stock[row.record_id or ""].record_id)
        if row.rule in {"price.missing_entry", "inventory.stale"}:
            return replace(row, system=SYSTEM, record_id=self._items[row.record_id or ""])
        if row.rule == "inventory.location_unmapped":
            return replace(row, system=SYSTEM, record_id=self._places[row.record_id]) if row.record_id else row
        return None

    def _price(self, row: TruthRow) -> TruthRow | None:
        """The ERP's lists are for everybody."""
        book, gid = self._entries[row.salesforce_id or ""]
        price = self._erp.prices[self._erp.numbers[gid], _LISTS[book]]
        entry = self._world.row("PricebookEntry", row.salesforce_id or "")
        if entry["CurrencyIsoCode"] != price.currency:
            return replace(row, rule="price.wrong_currency", system=SYSTEM, record_id=price.item)
        return replace(row, rule="price.drift", system=SYSTEM, record_id=price.item) if entry["UnitPrice"] != euros(price.cents) else None


def _stock_of(erp: Erp, world: World) -> dict[str, Stock]:
    """End of a level's id → its stock."""
    return {tail(level.gid): erp.stock[level_key(v, level)] for v in world.catalogue.everything for level in v.levels}


def join(erp: Erp, module: Platform, world: World, *, defects: bool) -> None:
    """Let a shop whose life is made, and its copy in Salesforce, know the ERP."""
    for variant in world.catalogue.everything:
        if variant.gid in world.product_of:
            world.row("Product2", world.product_of[variant.gid])[ITEM_FIELD] = erp.numbers[variant.gid]
    codes = {place.name: warehouse(place) for place in world.catalogue.locations}
    for row in world.org["Location"].values():
        row[PLACE_FIELD] = codes.get(row["Name"])
    _follow_closed_shelves(erp, world)
    _follow_prices(erp, world)
    _plant(erp, module, world, defects=defects)


def _follow_closed_shelves(erp: Erp, world: World) -> None:
    """Where a shop no longer keeps a product, ERP and Salesforce agree without it."""
    for variant in world.catalogue.everything:
        for level in variant.levels:
            if not level.active and level.gid in world.stock_of:
                erp.stock[level_key(variant, level)].on_hand = world.row("ProductItem", world.stock_of[level.gid])["QuantityOnHand"]


def _follow_prices(erp: Erp, world: World) -> None:
    """What was raised everywhere was raised in the ERP first."""
    for variant in world.catalogue.everything:
        if variant.gid in world.repriced:
            price = erp.prices[erp.numbers[variant.gid], _LISTS[SHOP_BOOK]]
            price.cents, price.changed = variant.price, world.repriced[variant.gid]


# -- what goes wrong with the ERP's own values ------------------------------------------------------------------------------


@dataclass
class Planter:
    """One shop and its ERP while causes are planted."""

    erp: Erp
    module: Platform
    world: World

    def __post_init__(self) -> None:
        self.ids = self.module.record_ids(self.world)
        self.rng: Random = seeded(self.world.seed, "erp")

    def record(self, gid: str) -> str:
        """The shop's id of a record."""
        return self.ids.get(gid, tail(gid))

    def tell(self, rule: str, cause: str, system: str, record_id: str, salesforce_id: str | None = None) -> None:
        """Declare a finding."""
        self.erp.truth.append(TruthRow(rule, system, record_id, salesforce_id, cause))

    def free(self) -> list[Variant]:
        """Variants on sale that nothing has happened to and that no other shop sells, with stock."""
        found = [
            v
            for v in self.world.catalogue.variants
            if v.product.status == "ACTIVE" and v.levels and self.world.sells_alone(v) and v.gid not in self.world.taken
        ]
        return [v for v in found if not any(level.gid in self.world.taken for level in v.levels)]

    def take(self, cause: str, amount: int = 3) -> list[Variant]:
        """Some of them, once."""
        chosen = self.rng.sample(self.free(), amount)
        self.world.taken.update(v.gid for v in chosen)
        self.erp.done[cause] += amount
        return chosen

    def price(self, variant: Variant) -> Price:
        """The ERP's retail price of a variant."""
        return self.erp.prices[self.erp.numbers[variant.gid], "RETAIL"]

    def stock(self, variant: Variant, level: Level) -> Stock:
        """The ERP's row of a level."""
        return self.erp.stock[level_key(variant, level)]


def price_not_sent(one: Planter, cause: str) -> None:
    """The ERP has a new price that reached neither the shop nor Salesforce."""
    for variant in one.take(cause):
        price = one.price(variant)
        price.cents += 150
        price.changed = one.world.days_ago(5)
        one.tell("price.drift", cause, SYSTEM, price.item, one.world.entry_of[SHOP_BOOK, variant.gid])
        one.tell("price.shop_drift", cause, one.module.SYSTEM, one.record(variant.gid))


def goods_receipt_not_sent(one: Planter, cause: str) -> None:
    """Goods came in; only the ERP knows."""
    for variant in one.take(cause):
        level = variant.levels[0]
        stock = one.stock(variant, level)
        stock.on_hand += 24
        stock.booked = one.world.days_ago(2)
        one.tell("inventory.quantity_drift", cause, SYSTEM, stock.record_id, one.world.stock_of[level.gid])
        one.tell("inventory.shop_drift", cause, one.module.SYSTEM, one.record(level.gid))


def counted_in_shop_only(one: Planter, cause: str) -> None:
    """Somebody counted the shelf and typed it into the shop."""
    for variant in one.take(cause):
        level = variant.levels[0]
        level.on_hand += 4
        one.tell("inventory.shop_drift", cause, one.module.SYSTEM, one.record(level.gid))


def stock_typed_into_salesforce(one: Planter, cause: str) -> None:
    """A colleague set the quantity in Salesforce right by hand, and wrong."""
    for variant in one.take(cause):
        level = variant.levels[0]
        row = one.world.row("ProductItem", one.world.stock_of[level.gid])
        row["QuantityOnHand"] += 2
        one.tell("inventory.quantity_drift", cause, SYSTEM, one.stock(variant, level).record_id, row["Id"])


def sold_out_in_erp_only(one: Planter, cause: str) -> None:
    """The warehouse sent the last pieces to a fair; shops and Salesforce go on selling them."""
    for variant in one.take(cause, 2):
        item = one.erp.numbers[variant.gid]
        one.tell("inventory.phantom", cause, SYSTEM, item, one.world.product_of[variant.gid])
        one.tell("inventory.shop_phantom", cause, one.module.SYSTEM, one.record(variant.gid))
        for level in variant.levels:
            level.on_hand = max(level.on_hand, 3)
            level.committed = level.safety = 0
            stock = one.stock(variant, level)
            stock.on_hand = stock.reserved = 0
            stock.booked = one.world.days_ago(3)
            one.tell("inventory.shop_drift", cause, one.module.SYSTEM, one.record(level.gid))
            if level.gid in one.world.stock_of:
                row = one.world.row("ProductItem", one.world.stock_of[level.gid])
                row["QuantityOnHand"] = level.on_hand
                one.tell("inventory.quantity_drift", cause, SYSTEM, stock.record_id, row["Id"])


def contract_not_followed(one: Planter, cause: str) -> None:
    """A business has prices of its own; two of the four were agreed anew, and Salesforce still has the old ones."""
    company = one.world.people.companies[0].number
    name = f"Contract {one.module.PREFIX} {company}"
    book = one.world.add("Pricebook2", {"Name": name, "IsActive": True, "IsStandard": False}, one.world.days_ago(400))
    for n, variant in enumerate(one.take(cause, 4)):
        price = one.price(variant)
        agreed = replace(price, list=name, cents=price.cents * 8 // 10, company=company)
        one.erp.further.append(agreed)
        old = agreed.cents + 120 * (n % 2)
        row = {"Pricebook2Id": book, "Product2Id": one.world.product_of[variant.gid], "UnitPrice": euros(old),
               "CurrencyIsoCode": SHOP_CURRENCY, "IsActive": True, "UseStandardPrice": False}  # fmt: skip
        entry = one.world.add("PricebookEntry", row, one.world.days_ago(300))
        if old != agreed.cents:
            one.tell("price.negotiated_drift", cause, SYSTEM, price.item, entry)


CAUSES = (
    price_not_sent,
    goods_receipt_not_sent,
    counted_in_shop_only,
    stock_typed_into_salesforce,
    sold_out_in_erp_only,
    contract_not_followed,
)


def price_of_next_month(one: Planter, cause: str) -> None:
    """A price that does not hold yet, one for large quantities and one in dollars say nothing about what is asked today."""
    for n, variant in enumerate(one.take(cause, 3)):
        price = one.price(variant)
        other = replace(price, cents=price.cents + 900)
        changes: tuple[dict[str, object], ...] = ({"valid_from": one.erp.now + timedelta(days=20)}, {"minimum": 10}, {"currency": "USD"})
        one.erp.further.append(replace(other, **changes[n % 3]))  # type: ignore[arg-type]


def booked_just_now(one: Planter, cause: str) -> None:
    """Goods that were booked minutes ago are still on their way."""
    for variant in one.take(cause):
        stock = one.stock(variant, variant.levels[0])
        stock.on_hand += 6
        stock.booked = one.erp.now - timedelta(minutes=4)


def raw_material(one: Planter, cause: str) -> None:
    """What nobody sells, and what lies where nobody sells from."""
    item, place = f"RAW-{one.world.outlet.letter}", f"Q{one.world.outlet.place}"
    one.erp.items[item] = (item, "Clay, 25 kg")
    one.erp.warehouses[place] = f"Quarantine {one.world.outlet.place + 1}"
    one.erp.prices[item, "RETAIL"] = Price(item, "RETAIL", 1900, one.world.days_ago(100))
    sold = one.erp.numbers[one.take(cause, 1)[0].gid]
    for number in (item, sold):
        one.erp.stock[f"{number} {place}"] = Stock(number, place, 40, 0, one.world.days_ago(30))


NEAR_MISSES = (price_of_next_month, booked_just_now, raw_material)


def _plant(erp: Erp, module: Platform, world: World, *, defects: bool) -> None:
    """Plant the ERP's causes on the goods of one shop, and what only looks like one."""
    one = Planter(erp, module, world)
    for cause in (*(CAUSES if defects else ()), *NEAR_MISSES):
        cause(one, cause.__name__)


# -- the database ---------------------------------------------------------------------------------------------------------

SETTINGS = '''currency = "EUR"
time_zone = "UTC"

[systems.erp.tables.products]
select = "select item_no as record_id, sku, description as title from item"

[systems.erp.tables.locations]
select = "select code as record_id, code, name from warehouse"

[systems.erp.tables.inventory_levels]
select = """
select item_no || '/' || warehouse as record_id, item_no as product_id, warehouse as location_id, on_hand, on_hand - reserved as available,
  booked_at as updated_at
from stock
"""

[systems.erp.tables.prices]
select = """
select id as record_id, case list when 'RETAIL' then 'default' when 'WHOLESALE' then 'Wholesale EU' else list end as price_list,
  item_no as product_id, amount, currency, minimum as min_quantity, company as company_id, valid_from, changed_at as updated_at
from price
"""
'''
"""Below how the database is reached; the same for every engine."""

OWNERSHIP = """[ownership]                   # whose values count; everything else is the shops'
prices = "erp"
inventory_levels = "erp"
"""

_KINDS = {"on_hand": "integer", "reserved": "integer", "minimum": "integer", "id": "integer"}
_MOMENTS = {"booked_at", "changed_at", "valid_from"}


def statements(*, amount: str, moment: str) -> Iterator[str]:
    """What makes the tables, with an engine's types for amounts and moments."""
    for table, columns in TABLES.items():
        kinds = [(c, amount if c == "amount" else moment if c in _MOMENTS else _KINDS.get(c, "varchar(200)")) for c in columns]
        yield f"create table {table} ({', '.join(f'{column} {kind}' for column, kind in kinds)})"


def as_text(value: object) -> object:
    """A value for an engine that has neither decimals nor moments."""
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value
