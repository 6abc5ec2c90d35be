"""Shop life: orders are placed, shipped (whole, in part, in several parcels), edited, cancelled, refunded, returned and exchanged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from recon.sandbox.merchant.catalogue import Catalogue
from recon.sandbox.merchant.ids import Ids, seeded
from recon.sandbox.merchant.life import Customer, Hold, Line, Location, Order, Variant
from recon.sandbox.merchant.money import share, tax_on, tax_within
from recon.sandbox.merchant.people import People, address
from recon.sandbox.merchant.stories import STORIES, after

YOUNG_MINUTES = (1, 2, 4, 6, 8)
"""Ages of the youngest orders; the integration has not copied all of them, which is no fault yet."""

TODAY = 12
"""Orders placed in the last hours."""

HOLDS = timedelta(days=7)
"""How long a bank keeps money that was authorised."""

_STORY_DECK = (
    ("plain",) * 51 + ("open",) * 8 + ("unpaid",) * 2 + ("test",) * 3 + ("free",) * 2 + ("cancel_unpaid",) * 2 + ("cancel_refunded",) * 2
    + ("edit_reduce",) * 2 + ("edit_remove",) + ("edit_add",) * 2 + ("edit_trace",) + ("refund_lines",) * 4 + ("refund_full",) * 2
    + ("refund_amount",) * 2 + ("refund_shipping",) + ("refund_failed",) + ("refund_credit",) + ("sent_back",) * 2 + ("exchanged",) * 2
    + ("partial",) * 3 + ("split",) * 3 + ("free_shipping",) * 3
)  # fmt: skip
_BUYER_DECK = ("registered",) * 68 + ("guest",) * 16 + ("business",) * 7 + ("store",) * 9

_PRESENTMENT = {"GB": "GBP", "US": "USD", "JP": "JPY", "KW": "KWD"}
_RATES = {"DE": 190, "AT": 200, "NL": 210, "FR": 200, "GB": 200, "US": 0, "JP": 100, "KW": 0}
"""Tax in tenths of a percent."""

_SHIPPING = {"DE": 490, "AT": 690, "NL": 690, "FR": 790, "GB": 1290, "US": 1990, "JP": 2490, "KW": 2490}


@dataclass
class Maker:
    """What all steps of making orders share."""

    rng: Random
    people: People
    catalogue: Catalogue
    ids: Ids
    now: datetime
    midnight: datetime
    sellable: list[Variant]
    registered: list[Customer]


def make_orders(seed: int, count: int, now: datetime, people: People, catalogue: Catalogue, ids: Ids) -> list[Order]:
    """Orders of the last year, oldest first, with everything that happened to them until yesterday."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rng = seeded(seed, "orders")
    sellable = [v for v in catalogue.variants if v.product.status == "ACTIVE"]
    # NOTE: some customers never buy (newsletter only): they are there to be missed without orders hanging on them.
    registered = [c for n, c in enumerate(people.customers) if n % 5 != 4 and not (c.redacted or c.merged or c.company)]
    maker = Maker(rng, people, catalogue, ids, now, midnight, sellable, registered)
    stories, buyers = _deck(rng, _STORY_DECK, count), _deck(rng, _BUYER_DECK, count)
    orders = []
    for n, (placed, age) in enumerate(_moments(maker, count)):
        story = stories[n] if age >= 12 or stories[n] in {"plain", "test", "unpaid"} else "plain"
        buyer = buyers[n] if story != "test" else "registered"
        order = _place(maker, 1001 + n, placed, age, buyer)
        _happen(maker, order, story)
        orders.append(order)
    _count(orders)
    return orders


def _deck(rng: Random, deck: tuple[str, ...], count: int) -> list[str]:
    """Exact shares of each kind in every hundred orders, in a random order."""
    drawn: list[str] = []
    while len(drawn) < count:
        cards = list(deck)
        rng.shuffle(cards)
        drawn += cards
    return drawn[:count]


def _moments(maker: Maker, count: int) -> list[tuple[datetime, int]]:
    """When orders were placed, with the age in days. All but today's lie at the same place of their day whatever the time is now."""
    old = []
    for _ in range(count - TODAY - len(YOUNG_MINUTES)):
        age = 1 + int(364 * maker.rng.random() ** 1.4)
        # NOTE: the evening of yesterday stays quiet, so that today's orders are the newest also just after midnight.
        hour = min(23.99 if age > 1 else 21.4, max(0.0, maker.rng.gauss(14, 5)))
        old.append((maker.midnight - timedelta(days=age) + timedelta(seconds=int(hour * 3600)), age))
    old.sort(key=lambda one: one[0])
    # NOTE: after midnight, today's orders would lie before yesterday's last ones; they only have to be older than the grace time.
    today = [(maker.now - timedelta(minutes=40 + 7 * (TODAY - n)), 0) for n in range(TODAY)]
    return old + today + [(maker.now - timedelta(minutes=minutes), 0) for minutes in reversed(YOUNG_MINUTES)]


def _place(maker: Maker, number: int, placed: datetime, age: int, kind: str) -> Order:
    rng = maker.rng
    buyer = _buyer(maker, kind, number, placed)
    country = "NL" if kind == "store" else buyer.address.country
    where = buyer.address if kind != "store" else address(rng, country)
    order = Order(
        gid=maker.ids.gid("Order"), number=number, placed=placed, buyer=buyer, guest=buyer.gid is None, address=where,
        presentment="EUR" if kind in {"store", "business"} else _PRESENTMENT.get(country, "EUR"),
        tax_included=country != "US" and kind != "business", source={"store": "pos", "business": "shopify_draft_order"}.get(kind, "web"),
        lines=[], age=age, location=maker.catalogue.locations[2] if kind == "store" else None,
        tags=_tags(rng, kind),
    )  # fmt: skip
    order.lines = [
        _line(maker, order, variant) for variant in rng.sample(maker.sellable, rng.choices((1, 2, 3, 4, 6), (42, 30, 16, 9, 3))[0])
    ]
    if rng.random() < 0.02:
        order.lines.append(Line(maker.ids.gid("LineItem"), None, "Engraving", None, 1, 1500, rate=_RATES[country]))
    _discounts(rng, order)
    _charges(rng, order, country, kind)
    price(order)
    if kind == "store":
        _till(rng, order)
    return order


def _buyer(maker: Maker, kind: str, number: int, placed: datetime) -> Customer:
    if kind == "guest":
        household = number % 9 == 0 and maker.people.households
        return (
            maker.people.households[number // 9 % len(maker.people.households)][1] if household else maker.rng.choice(maker.people.guests)
        )
    if kind == "business":
        company = maker.rng.choice(maker.people.companies)
        person = company.contacts[number % len(company.contacts)][1]
    elif number % 23 == 5:
        person = maker.people.households[number // 23 % len(maker.people.households)][0]
    else:
        person = maker.rng.choice(maker.registered)
    if person.created > placed:
        # NOTE: nobody buys before the account exists; the first order makes it.
        person.created = placed - timedelta(minutes=30)
        person.consent_at = person.consent_at and placed - timedelta(minutes=29)
        person.updated = min(person.updated, person.created + timedelta(days=1)) if person.updated < placed else person.updated
    return person


def _tags(rng: Random, kind: str) -> tuple[str, ...]:
    tags = ["B2B"] if kind == "business" else []
    if rng.random() < 0.08:
        tags.append(rng.choice(("gift", "express", "Süden", "nachlieferung, teil 1", "vip")))
    return tuple(tags)


def _line(maker: Maker, order: Order, variant: Variant) -> Line:
    unit = variant.price if order.source != "shopify_draft_order" else share(variant.wholesale or variant.price, 100, 119)
    quantity = maker.rng.choices((1, 2, 3, 5), (70, 20, 8, 2))[0] * (4 if order.source == "shopify_draft_order" else 1)
    rate = 0 if variant.product.gift_card else _RATES[order.address.country]
    if order.address.country == "US" and order.number % 2:
        rate = 85
    return Line(
        maker.ids.gid("LineItem"), variant, variant.name, variant.sku, quantity, unit, rate=rate, gift_card=variant.product.gift_card,
    )  # fmt: skip


def _discounts(rng: Random, order: Order) -> None:
    """A percentage or a fixed amount over the whole order, spread over the lines so that nothing is lost to rounding."""
    drawn = rng.random()
    if drawn < 0.14:
        order.code = "WELCOME10"
        whole = share(order.subtotal, 10, 100)
    elif drawn < 0.20:
        order.code = "FIVE"
        whole = min(500, order.subtotal)
    else:
        return
    spread_discount(order, whole)


def spread_discount(order: Order, whole: int) -> None:
    """Give every line its part of a discount; the last one takes what rounding leaves."""
    left, value = whole, order.subtotal
    for line in order.lines:
        line.discount = left if line is order.lines[-1] else min(left, share(whole, line.goods, value))
        left -= line.discount


def _charges(rng: Random, order: Order, country: str, kind: str) -> None:
    if kind != "store":
        order.shipping_before_discount = order.shipping = 0 if order.subtotal > 12_000 else _SHIPPING[country]
    if country == "US" and rng.random() < 0.3:
        order.duties = share(order.subtotal, 4, 100)
    if rng.random() < 0.05:
        order.gift_card_paid = 1


def price(order: Order) -> None:
    """Work out the taxes of lines and shipping from what the order holds."""
    for line in order.lines:
        net = line.net(line.quantity)
        line.tax = tax_within(net, line.rate) if order.tax_included else tax_on(net, line.rate)
    rate = max((line.rate for line in order.lines), default=0)
    order.shipping_tax = tax_within(order.shipping, rate) if order.tax_included else tax_on(order.shipping, rate)
    if order.gift_card_paid:
        order.gift_card_paid = min(2500, order.total)


def _till(rng: Random, order: Order) -> None:
    """Some leave a tip; cash is rounded to five cents."""
    if rng.random() < 0.4:
        order.tip = rng.choice((50, 100, 250, 333))
    if rng.random() < 0.5:
        order.rounding = (5 * ((order.total + 2) // 5)) - order.total


def _happen(maker: Maker, order: Order, story: str) -> None:
    context = (maker.rng, maker.ids, maker.catalogue)
    if story == "free":
        spread_discount(order, order.subtotal)
        order.code, order.shipping, order.shipping_before_discount, order.duties, order.tip, order.rounding = "FREE100", 0, 0, 0, 0, 0
        order.gift_card_paid = 0
        price(order)
    elif story == "free_shipping" and order.shipping:
        order.shipping, order.code = 0, order.code or "FREESHIP"
        price(order)
    order.test = story == "test"
    order.paid = story not in {"unpaid", "cancel_unpaid"}
    order.gift_card_paid = order.gift_card_paid if order.paid else 0
    STORIES.get(story, STORIES["plain"])(order, *context)
    if order.cancelled and not order.paid:
        order.hold = Hold(order.placed + HOLDS, released=order.cancelled)
    elif not order.paid and order.number % 2 and order.age < 4:
        order.hold = Hold(order.placed + HOLDS)


def _count(orders: list[Order]) -> None:
    """Order count and spend of each customer; test orders do not count."""
    for order in orders:
        if order.buyer.gid and not order.test:
            order.buyer.orders += 1
            order.buyer.spent += 0 if order.cancelled else max(0, order.received - order.refunded)


def nearest(locations: list[Location], order: Order) -> Location:
    """Where an order ships from."""
    return order.location or locations[order.number % 2]


__all__ = ["Maker", "after", "make_orders", "nearest", "price", "spread_discount"]
