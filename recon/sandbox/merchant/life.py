"""What a shop knows, as plain objects: amounts in euro cents, times aware and in UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from recon.sandbox.merchant.money import share


def stamp(moment: datetime) -> str:
    """A moment as Shopify writes it: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Address:
    """Where somebody lives; ``phone`` is what the buyer typed for the parcel service."""

    address1: str
    city: str
    zip: str
    country: str
    province: str | None = None
    phone: str | None = None
    company: str | None = None


@dataclass
class Company:
    """A business buyer."""

    gid: str
    location_gid: str
    name: str
    number: str
    address: Address
    created: datetime
    contacts: list[tuple[str, Customer]] = field(default_factory=list)
    """gid of the company contact and the customer behind it"""
    price_list: str = "Wholesale EU"


@dataclass
class Customer:
    """A customer of the shop, or (``gid`` None) somebody who bought as a guest."""

    gid: str | None
    first: str
    last: str
    email: str | None
    phone: str | None
    address: Address
    created: datetime
    updated: datetime
    email_state: str = "NOT_SUBSCRIBED"
    sms_state: str = "NOT_SUBSCRIBED"
    consent_at: datetime | None = None
    company: Company | None = None
    redacted: bool = False
    merged: bool = False
    """a redacted customer has no name left; a merged one is no longer in any list"""
    tags: tuple[str, ...] = ()
    locale: str = "de"
    orders: int = 0
    spent: int = 0

    @property
    def key(self) -> str:
        """What tells two people apart inside the generator."""
        return self.gid or f"guest:{self.email}:{self.first}:{self.last}"


@dataclass
class Location:
    """A warehouse or store."""

    gid: str
    name: str
    city: str
    zip: str
    country: str
    active: bool = True


@dataclass
class Variant:
    """Something that can be sold."""

    gid: str
    item_gid: str
    sku: str | None
    barcode: str | None
    title: str
    price: int
    compare_at: int | None
    tracked: bool
    product: Product
    created: datetime
    updated: datetime
    levels: list[Level] = field(default_factory=list)
    wholesale: int | None = None
    """price in the wholesale list, where it is in it"""

    @property
    def name(self) -> str:
        """What the buyer reads."""
        return self.product.title if self.title == "Default Title" else f"{self.product.title} - {self.title}"


@dataclass
class Product:
    """A product with its variants; ``status`` is ACTIVE, DRAFT or ARCHIVED."""

    gid: str
    title: str
    kind: str
    status: str
    created: datetime
    updated: datetime
    gift_card: bool = False
    variants: list[Variant] = field(default_factory=list)


@dataclass
class Level:
    """Stock of one variant at one location."""

    gid: str
    location: Location
    on_hand: int
    committed: int
    safety: int
    incoming: int
    updated: datetime
    active: bool = True

    @property
    def available(self) -> int:
        """What can still be sold; below zero once more was promised than lies there."""
        return self.on_hand - self.committed - self.safety


@dataclass
class Line:
    """A line of an order. ``discount`` is the whole goods discount that falls on it."""

    gid: str
    variant: Variant | None
    title: str
    sku: str | None
    quantity: int
    unit: int
    discount: int = 0
    tax: int = 0
    rate: int = 0
    gift_card: bool = False
    removed: int = 0
    """units taken out by an order edit"""
    refunded: int = 0
    """units on refunds, whether or not money followed"""
    later: bool = False
    """added after the order was placed, by an edit or an exchange"""
    shipped: int = 0

    @property
    def goods(self) -> int:
        """Value before discounts."""
        return self.unit * self.quantity

    @property
    def current(self) -> int:
        """Units that are still part of the order."""
        return self.quantity - self.removed - self.refunded

    @property
    def sold(self) -> int:
        """Units sold: what an order system has to show."""
        return self.quantity - self.removed

    def net(self, units: int) -> int:
        """Value of some units after discounts."""
        return self.unit * units - share(self.discount, units, self.quantity)

    def tax_of(self, units: int) -> int:
        """Tax of some units."""
        return share(self.tax, units, self.quantity)


@dataclass
class RefundLine:
    """A line of a refund; ``subtotal`` is 0 where an order edit only left a trace."""

    gid: str
    line: Line
    quantity: int
    subtotal: int
    tax: int
    restock: str


@dataclass
class Refund:
    """A refund; money moved only where ``status`` is SUCCESS."""

    gid: str
    created: datetime
    note: str | None
    lines: list[RefundLine]
    amount: int
    status: str | None
    transaction: str
    shipping: int = 0
    shipping_tax: int = 0
    adjustment: int = 0
    return_gid: str | None = None

    @property
    def moved(self) -> bool:
        """Whether the buyer has the money."""
        return self.status == "SUCCESS" and self.amount > 0


@dataclass
class Shipment:
    """A parcel."""

    gid: str
    number: int
    created: datetime
    delivered: datetime | None
    location: Location
    lines: list[tuple[str, Line, int]]
    tracking: str
    cancelled: bool = False


@dataclass
class Return:
    """A return; ``exchanged`` are the lines sent instead."""

    gid: str
    name: str
    status: str
    created: datetime
    closed: datetime | None
    lines: list[tuple[str, Line, int]]
    exchanged: list[tuple[str, Line]] = field(default_factory=list)


@dataclass
class Hold:
    """Money that the buyer's bank keeps for the shop: it is captured in one or more parts, given up, or lapses."""

    expires: datetime
    captured: list[tuple[datetime, int]] = field(default_factory=list)
    released: datetime | None = None
    lapsed: bool = False


@dataclass
class Order:
    """An order with everything that happened to it."""

    gid: str
    number: int
    placed: datetime
    buyer: Customer
    guest: bool
    address: Address
    presentment: str
    tax_included: bool
    source: str
    lines: list[Line]
    age: int
    """days between the day it was placed and today; nothing happens later than yesterday"""
    shipping: int = 0
    shipping_before_discount: int = 0
    shipping_tax: int = 0
    duties: int = 0
    tip: int = 0
    rounding: int = 0
    test: bool = False
    paid: bool = True
    hold: Hold | None = None
    """how money was promised; without it, it is paid at once, or awaited from a bank"""
    gift_card_paid: int = 0
    location: Location | None = None
    code: str | None = None
    tags: tuple[str, ...] = ()
    note: str | None = None
    """what the buyer wrote at the checkout"""
    cancelled: datetime | None = None
    closed: datetime | None = None
    edited: datetime | None = None
    refunds: list[Refund] = field(default_factory=list)
    shipments: list[Shipment] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    unfinished: bool = False
    """a checkout that never became an order"""
    given_number: int | None = None
    """another order's number, where it was given twice"""
    before: Order | None = None
    """as it was placed, where the platform keeps only what an edit made of it"""

    @property
    def name(self) -> str:
        """What a person calls it."""
        return f"#{self.shown_number}"

    @property
    def shown_number(self) -> int:
        """The number that it goes by."""
        return self.given_number or self.number

    @property
    def first_lines(self) -> list[Line]:
        """Lines as placed."""
        return [line for line in self.lines if not line.later]

    @property
    def subtotal(self) -> int:
        """Goods before discounts, as placed."""
        return sum(line.goods for line in self.first_lines)

    @property
    def discount(self) -> int:
        """All goods discounts, as placed."""
        return sum(line.discount for line in self.first_lines)

    @property
    def tax(self) -> int:
        """Tax of goods and shipping, as placed."""
        return sum(line.tax for line in self.first_lines) + self.shipping_tax

    @property
    def total(self) -> int:
        """What the buyer agreed to pay; rounding of cash changes what is received, not this."""
        added = 0 if self.tax_included else self.tax
        return self.subtotal - self.discount + self.shipping + added + self.duties + self.tip

    @property
    def later_value(self) -> int:
        """What edits and exchanges changed."""
        changed = 0
        for line in self.lines:
            units = line.sold if line.later else -line.removed
            changed += line.net(units) + (0 if self.tax_included else line.tax_of(units))
        return changed

    @property
    def given_back(self) -> int:
        """Value of what refunds took out of the order, whether or not money moved."""
        return sum(refund_value(self, refund) for refund in self.refunds)

    @property
    def current_total(self) -> int:
        """What the order is worth now."""
        if self.cancelled:
            return 0
        return self.total + self.later_value - self.given_back

    @property
    def refunded(self) -> int:
        """Money that went back."""
        return sum(refund.amount for refund in self.refunds if refund.moved)

    @property
    def received(self) -> int:
        """Money that came in."""
        return self.total + self.rounding + max(0, self.later_value) if self.paid else 0

    @property
    def updated(self) -> datetime:
        """The last time anything happened."""
        moments = [self.placed + timedelta(seconds=2), self.cancelled, self.closed, self.edited]
        moments += [refund.created for refund in self.refunds]
        moments += [moment for one in self.shipments for moment in (one.created, one.delivered)]
        moments += [moment for one in self.returns for moment in (one.created, one.closed)]
        return max(moment for moment in moments if moment is not None)


def refund_value(order: Order, refund: Refund) -> int:
    """What a refund takes out of the order: goods with their tax, shipping and adjustments."""
    goods = sum(line.subtotal + (0 if order.tax_included else line.tax) for line in refund.lines)
    return goods + refund.shipping + (0 if order.tax_included else refund.shipping_tax) + refund.adjustment


@dataclass
class Subscription:
    """Somebody who gets the same every month; ``status`` is active, paused or cancelled."""

    gid: str
    customer: Customer
    amount: int
    created: datetime
    updated: datetime
    next_billing: datetime
    status: str = "active"
