"""Chooses the records that a cause is planted on: each at most once, and never one that would blur what is expected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from recon.errors import UsageError
from recon.sandbox.merchant.ids import seeded
from recon.sandbox.merchant.life import Customer, Level, Line, Order, Variant
from recon.sandbox.merchant.world import World

USUAL_SIZE = 3000
"""Orders of the demo as it is usually made; the numbers of planted cases are given for this size."""

LARGE_SIZE = 9000
"""From so many orders on, the catalogue may offer fewer records than a cause wants."""


class _Named(Protocol):
    @property
    def gid(self) -> str | None: ...


_Record = TypeVar("_Record", bound=_Named)


class Pick:
    """The records of one cause. ``amount`` is how many at the usual size; never fewer than three."""

    def __init__(self, world: World, cause: str) -> None:
        self.world, self.cause = world, cause
        self._rng = seeded(world.seed, cause)

    def orders(self, amount: int, fits: Callable[[Order], bool], youngest: int = 3) -> list[Order]:
        """Copied orders that are no tests and some days old."""
        found = [order for order in self.world.orders if order.age >= youngest and not order.test and order.gid in self.world.order_of]
        return self._some(found, amount, fits)

    def tests(self, amount: int) -> list[Order]:
        """Test orders that were copied."""
        found = [order for order in self.world.orders if order.test and order.gid in self.world.order_of and order.age >= 1]
        return self._some(found, amount, lambda order: True)

    def people(self, amount: int, fits: Callable[[Customer], bool]) -> list[Customer]:
        """Consumers with an account in the shop and an ordinary state."""
        found = [one for one in self.world.people.customers if not (one.company or one.redacted or one.merged)]
        return self._some(found, amount, fits)

    def variants(self, amount: int, fits: Callable[[Variant], bool], *, shared: bool = False) -> list[Variant]:
        """Variants on sale whose stock is tracked; with ``shared`` also those that other shops sell too, whose product in
        Salesforce belongs to all of them."""
        found = [
            v for v in self.world.catalogue.variants if v.product.status == "ACTIVE" and v.tracked and (shared or self.world.sells_alone(v))
        ]
        return self._some(found, amount, fits, most=_share(found, amount))

    def levels(self, amount: int, place: int, fits: Callable[[Level], bool]) -> list[Level]:
        """Stock at one location."""
        where = self.world.catalogue.locations[min(place, len(self.world.catalogue.locations) - 1)]
        found = [level for v in self.world.catalogue.variants if v.product.status == "ACTIVE" and v.gid not in self.world.taken
                 for level in v.levels if level.location is where]  # fmt: skip
        return self._some(found, amount, fits, most=_share(found, amount))

    def _some(self, found: Iterable[_Record], amount: int, fits: Callable[[_Record], bool], most: int | None = None) -> list[_Record]:
        wanted = max(3, round(amount * len(self.world.orders) / USUAL_SIZE)) if amount > 3 else amount
        free = [record for record in found if record.gid not in self.world.taken and fits(record)]
        if most is not None:
            # NOTE: a catalogue does not grow with the orders: where everything sells daily, few products lay still for days.
            wanted = min(wanted, most, len(free) if len(self.world.orders) > LARGE_SIZE else most)
        if len(free) < wanted:
            raise UsageError(
                f"The merchant is too small to plant {self.cause}: it offers {len(free)} of {wanted} records.", "Ask for more orders."
            )
        chosen = self._rng.sample(free, wanted)
        self.world.taken.update(str(record.gid) for record in chosen)
        self.world.done[self.cause] += wanted
        return chosen


def _share(found: Sequence[object], amount: int) -> int:
    """How many records of the catalogue one cause may take: it grows more slowly than the orders do."""
    return max(amount, len(found) // 30)


def no_refunds(order: Order) -> bool:
    """Nothing was refunded and nothing cancelled."""
    return not order.refunds and not order.cancelled


def plain(order: Order) -> bool:
    """Neither refunded, cancelled nor edited, and worth something."""
    return no_refunds(order) and order.edited is None and order.total > 1000


def matched_by_sku(lines: list[Line]) -> bool:
    """Lines that can be told apart without ids."""
    skus = [line.sku for line in lines]
    return all(skus) and len(set(skus)) == len(skus)
