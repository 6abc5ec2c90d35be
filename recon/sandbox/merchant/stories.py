"""What happens to an order after it was placed. Each story is a function; none reaches beyond yesterday."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from recon.sandbox.merchant.catalogue import Catalogue
from recon.sandbox.merchant.ids import Ids
from recon.sandbox.merchant.life import Line, Order, Refund, RefundLine, Return, Shipment, refund_value
from recon.sandbox.merchant.money import tax_on, tax_within

Story = Callable[[Order, Random, Ids, Catalogue], None]


def after(order: Order, hours: float) -> datetime | None:
    """A moment so many hours after placement, or None where that would be later than yesterday whatever the time is."""
    return order.placed + timedelta(hours=hours) if hours <= (order.age - 1) * 24 else None


def _ship(order: Order, ids: Ids, catalogue: Catalogue, parts: list[tuple[Line, int]], hours: float) -> bool:
    sent = after(order, hours)
    if sent is None or not parts:
        return False
    where = order.location or catalogue.locations[order.number % 2]
    lines = [(ids.gid("FulfillmentLineItem"), line, quantity) for line, quantity in parts]
    for line, quantity in parts:
        line.shipped += quantity
    number = len(order.shipments) + 1
    tracking = f"RC{order.number:07d}{number}DE"
    order.shipments.append(Shipment(ids.gid("Fulfillment"), number, sent, after(order, hours + 52), where, lines, tracking))
    return True


def _ship_all(order: Order, ids: Ids, catalogue: Catalogue, hours: float) -> bool:
    return _ship(order, ids, catalogue, [(line, line.current) for line in order.lines if line.current > 0], hours)


def _archive(order: Order, hours: float) -> None:
    """The shop archives what is paid and fulfilled, some days later."""
    moment = after(order, hours)
    if moment is not None and order.paid:
        order.closed = moment


def plain(order: Order, rng: Random, ids: Ids, catalogue: Catalogue) -> None:
    """Shipped, delivered, archived."""
    start = 0.1 if order.location else rng.uniform(8, 60)
    if _ship_all(order, ids, catalogue, start):
        _archive(order, start + 96)


def left_open(order: Order, rng: Random, ids: Ids, catalogue: Catalogue) -> None:
    """Shipped, never archived."""
    _ship_all(order, ids, catalogue, rng.uniform(8, 60))


def nothing(order: Order, rng: Random, ids: Ids, catalogue: Catalogue) -> None:
    """Nothing happens."""


def partial(order: Order, rng: Random, ids: Ids, catalogue: Catalogue) -> None:
    """The first parcel holds a part; the rest waits for stock."""
    first = order.lines[0]
    _ship(order, ids, catalogue, [(first, max(1, first.quantity // 2))], 30)


def split(order: Order, rng: Random, ids: Ids, catalogue: Catalogue) -> None:
    """Two parcels, one of which was first announced and then cancelled."""
    first, rest = order.lines[0], order.lines[1:]
    _ship(order, ids, catalogue, [(first, first.quantity)], 20)
    if order.shipments and order.number % 3 == 0:
        first.shipped -= first.quantity
        order.shipments[-1].cancelled, order.shipments[-1].delivered = True, None
        _ship(order, ids, catalogue, [(first, first.quantity)], 40)
    _ship(order, ids, catalogue, [(line, line.quantity) for line in rest], 60)
    _archive(order, 180)


def cancel(order: Order, rng: Random, ids: Ids, catalogue: Catalogue) -> None:
    """Cancelled; what was paid goes back."""
    moment = order.cancelled = order.placed + timedelta(hours=26)
    if order.paid:
        _refund(order, ids, [(line, line.quantity) for line in order.lines], moment, restock="CANCEL", shipping=order.shipping, rest=True)
    order.closed = after(order, 50)


def _refund(  # one place for all kinds: what differs is data
    order: Order, ids: Ids, parts: list[tuple[Line, int]], moment: datetime, *, restock: str = "RETURN", shipping: int = 0,
    adjustment: int = 0, status: str | None = "SUCCESS", note: str | None = None, rest: bool = False,
) -> Refund:  # fmt: skip
    lines = []
    for line, quantity in parts:
        lines.append(RefundLine(ids.gid("RefundLineItem"), line, quantity, line.net(quantity), line.tax_of(quantity), restock))
        line.refunded += quantity
    refund = Refund(ids.gid("Refund"), moment, note, lines, 0, status, ids.gid("OrderTransaction"), shipping, adjustment=adjustment)
    refund.shipping_tax = order.shipping_tax if shipping and shipping == order.shipping else 0
    if rest:
        refund.adjustment += order.total - refund_value(order, refund)
    # NOTE: who paid a rounded sum in cash gets a rounded sum back.
    refund.amount = refund_value(order, refund) + (order.rounding if rest else 0) if status else 0
    order.refunds.append(refund)
    return refund


def _refund_story(
    order: Order, rng: Random, ids: Ids, catalogue: Catalogue, *, whole: bool = False, status: str | None = "SUCCESS"
) -> None:
    plain(order, rng, ids, catalogue)
    moment = after(order, 230)
    if moment is None or order.total <= 0:
        return
    if whole:
        parts = [(line, line.quantity) for line in order.lines]
        _refund(order, ids, parts, moment, shipping=order.shipping, status=status, note="Vollständig retourniert", rest=True)
    else:
        _refund(order, ids, [(order.lines[0], 1)], moment, status=status)


def refund_lines(order: Order, rng: Random, ids: Ids, catalogue: Catalogue) -> None:
    """One unit comes back; sometimes a second refund follows."""
    _refund_story(order, rng, ids, catalogue)
    later = after(order, 260)
    if later is not None and len(order.lines) > 1 and order.refunds and order.number % 2:
        _refund(order, ids, [(order.lines[1], 1)], later, restock="NO_RESTOCK")


def refund_full(order: Order, rng: Random, ids: Ids, catalogue: Catalogue) -> None:
    """Everything comes back."""
    _refund_story(order, rng, ids, catalogue, whole=True)


def refund_failed(order: Order, rng: Random, ids: Ids, catalogue: Catalogue) -> None:
    """A refund whose transaction failed: there is a record, but no money moved."""
    _refund_story(order, rng, ids, catalogue, status="FAILURE")


def refund_credit(order: Order, rng: Random, ids: Ids, catalogue: Catalogue) -> None:
    """Goods came back against store credit: a refund without any transaction."""
    _refund_story(order, rng, ids, catalogue, status=None)


def refund_amount(order: Order, rng: Random, ids: Ids, catalogue: Catalogue) -> None:
    """A goodwill amount without goods."""
    plain(order, rng, ids, catalogue)
    moment = after(order, 200)
    if moment is not None and order.total > 600:
        _refund(order, ids, [], moment, adjustment=500, note="Kulanz <b>bitte</b> =1+1")


def refund_shipping(order: Order, rng: Random, ids: Ids, catalogue: Catalogue) -> None:
    """Late delivery: shipping is given back."""
    plain(order, rng, ids, catalogue)
    moment = after(order, 200)
    if moment is not None and order.shipping:
        _refund(order, ids, [], moment, shipping=order.shipping)


def sent_back(order: Order, rng: Random, ids: Ids, catalogue: Catalogue) -> None:
    """A return with refund, or one that is still on its way."""
    plain(order, rng, ids, catalogue)
    asked = after(order, 150)
    line = order.lines[0]
    if asked is None or not order.shipments or order.total <= 0:
        return
    closed = after(order, 250) if order.number % 3 else None
    back = Return(
        ids.gid("Return"), f"{order.name}-R1", "CLOSED" if closed else "OPEN", asked, closed, [(ids.gid("ReturnLineItem"), line, 1)]
    )
    order.returns.append(back)
    if closed:
        _refund(order, ids, [(line, 1)], closed).return_gid = back.gid


def exchanged(order: Order, rng: Random, ids: Ids, catalogue: Catalogue) -> None:
    """One unit goes back and another product of the same value is sent instead; no money moves."""
    plain(order, rng, ids, catalogue)
    asked, closed = after(order, 150), after(order, 200)
    old = order.lines[0]
    if asked is None or closed is None or not order.shipments or old.variant is None:
        return
    back = Return(ids.gid("Return"), f"{order.name}-R1", "CLOSED", asked, closed, [(ids.gid("ReturnLineItem"), old, 1)])
    refund = _refund(order, ids, [(old, 1)], closed, status=None, note="Umtausch")
    refund.return_gid = back.gid
    sibling = old.variant.product.variants[-1]
    new = Line(ids.gid("LineItem"), sibling, sibling.name, sibling.sku, 1, old.net(1), rate=old.rate, gift_card=old.gift_card, later=True)
    new.tax = old.tax_of(1)
    order.lines.append(new)
    back.exchanged.append((ids.gid("ExchangeLineItem"), new))
    order.returns.append(back)
    order.edited = closed


def _edit(order: Order, rng: Random, ids: Ids, catalogue: Catalogue, change: Callable[[Order], None]) -> None:
    moment = after(order, 3)
    if moment is not None:
        change(order)
        order.edited = moment
    _ship_all(order, ids, catalogue, 40)
    _archive(order, 130)


def edit_reduce(order: Order, rng: Random, ids: Ids, catalogue: Catalogue) -> None:
    """The buyer takes one unit less."""

    def change(order: Order) -> None:
        line = max(order.lines, key=lambda one: one.quantity)
        if line.quantity > 1 or len(order.lines) > 1:
            line.removed = 1

    _edit(order, rng, ids, catalogue, change)


def edit_remove(order: Order, rng: Random, ids: Ids, catalogue: Catalogue) -> None:
    """A whole line is taken out, where there is another one."""

    def change(order: Order) -> None:
        if len(order.lines) > 1:
            order.lines[-1].removed = order.lines[-1].quantity

    _edit(order, rng, ids, catalogue, change)


def edit_add(order: Order, rng: Random, ids: Ids, catalogue: Catalogue) -> None:
    """Something is added."""

    def change(order: Order) -> None:
        have = {line.variant.gid for line in order.lines if line.variant}
        variant = next(v for v in catalogue.variants[order.number % 100 :] if v.product.status == "ACTIVE" and v.sku and v.gid not in have)
        rate = order.lines[0].rate
        line = Line(ids.gid("LineItem"), variant, variant.name, variant.sku, 1, variant.price, rate=rate, later=True)
        line.tax = tax_within(line.goods, rate) if order.tax_included else tax_on(line.goods, rate)
        order.lines.append(line)

    _edit(order, rng, ids, catalogue, change)


def edit_trace(order: Order, rng: Random, ids: Ids, catalogue: Catalogue) -> None:
    """An edit that leaves a refund of nothing behind: units go, no money and no value is in the refund."""

    def change(order: Order) -> None:
        line = order.lines[-1]
        if len(order.lines) == 1 and line.quantity == 1:
            return
        line.removed = 1
        moment = order.placed + timedelta(hours=3)
        trace = RefundLine(ids.gid("RefundLineItem"), line, 1, 0, 0, "CANCEL")
        order.refunds.append(Refund(ids.gid("Refund"), moment, None, [trace], 0, None, ids.gid("OrderTransaction")))

    _edit(order, rng, ids, catalogue, change)


STORIES: dict[str, Story] = {
    "plain": plain,
    "test": nothing,
    "unpaid": nothing,
    "free": plain,
    "free_shipping": plain,
    "open": left_open,
    "partial": partial,
    "split": split,
    "cancel_unpaid": cancel,
    "cancel_refunded": cancel,
    "edit_reduce": edit_reduce,
    "edit_remove": edit_remove,
    "edit_add": edit_add,
    "edit_trace": edit_trace,
    "refund_lines": refund_lines,
    "refund_full": refund_full,
    "refund_failed": refund_failed,
    "refund_credit": refund_credit,
    "refund_amount": refund_amount,
    "refund_shipping": refund_shipping,
    "sent_back": sent_back,
    "exchanged": exchanged,
}
