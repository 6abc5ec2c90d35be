"""What looks like a fault of lines and is none."""

from __future__ import annotations

from datetime import timedelta

from recon.sandbox.merchant.life import Order
from recon.sandbox.merchant.money import SHOP_CURRENCY, euros
from recon.sandbox.merchant.picks import Pick, plain
from recon.sandbox.merchant.world import World


def shipping_as_line(world: World, cause: str) -> None:
    """A flow that writes shipping as a line of the order."""
    for order in Pick(world, cause).orders(3, lambda one: plain(one) and one.shipping > 100):
        _custom_line(world, order, order.shipping)


def line_without_value(world: World, cause: str) -> None:
    """A greeting card that the warehouse adds, and that costs nothing."""
    for order in Pick(world, cause).orders(3, plain):
        _custom_line(world, order, 0)


def prices_before_discount(world: World, cause: str) -> None:
    """Lines with the price before the order's discount, which stands in the order."""
    for order in Pick(world, cause).orders(3, lambda one: plain(one) and one.discount > 100):
        for line in order.lines:
            item = world.org["OrderItem"][world.item_of[line.gid]]
            item["UnitPrice"], item["TotalPrice"] = euros(line.unit), euros(line.goods)


def prices_without_tax(world: World, cause: str) -> None:
    """Lines without the tax that the shop's prices hold, on an order that is kept with it."""
    for order in Pick(world, cause).orders(3, lambda one: plain(one) and one.tax_included and one.tax > 100):
        for line in order.lines:
            item = world.org["OrderItem"][world.item_of[line.gid]]
            item["TotalPrice"] = euros(line.net(line.sold) - line.tax_of(line.sold))
            item["UnitPrice"] = (item["TotalPrice"] / line.sold).quantize(euros(1))


def _custom_line(world: World, order: Order, cents: int) -> None:
    row = {
        "OrderId": world.order_of[order.gid], "Product2Id": next(iter(world.org["Product2"])), "Quantity": 1, "UnitPrice": euros(cents),
        "TotalPrice": euros(cents), "CurrencyIsoCode": SHOP_CURRENCY,
    }  # fmt: skip
    world.add("OrderItem", row, order.placed + timedelta(minutes=2))


NEAR_MISSES = (prices_before_discount, prices_without_tax, shipping_as_line, line_without_value)
