"""Walking a list in the order of ids, so that what is added, deleted or moved meanwhile makes no record slip through.

WooCommerce pages by position only. A page therefore begins one record before the place where the last one ended: is that record the one
that came last, nothing has moved. Stands another one there, the walk steps back until it finds known ground.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from recon.errors import IncompleteError, RetriableError
from recon.systems.woocommerce.client import Client, Page, TooMuch

ROUNDS = 3
"""How often a list is walked until as many records came as the shop counts."""

_REPEATS = 3
_SMALLEST = 5
_GROW_AFTER = 5

Record = dict[str, Any]


@dataclass(frozen=True)
class Pass:
    """One list that is walked: ``label`` names it in states and proofs."""

    label: str
    route: str
    params: Mapping[str, Any]


@dataclass
class Place:
    """How far a walk has come: the last id, how many came, where the next page begins, and the shop's own count."""

    last: int = 0
    found: int = 0
    offset: int = 0
    total: int | None = None
    turn: int = 1
    ended: bool = False
    by_page: bool = False
    """Something on the site ignores positions, so whole pages are asked for by their numbers"""

    def state(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


class Pager:
    """Asks for pages, smaller ones where the host gives up, and larger ones again when it has recovered."""

    def __init__(self, client: Client, size: int) -> None:
        self.client = client
        self.most = self.size = self.asked = size
        """Largest size, the present one, and that of the last page that came"""
        self._good = 0

    def page(self, todo: Pass, offset: int, *, by_page: bool) -> Page:
        """One page from a position on; or the numbered page in which that position lies."""
        rescued = False
        while True:
            size = self.size
            start = {"page": offset // size + 1} if by_page else {"offset": offset}
            params = {**todo.params, "orderby": "id", "order": "asc", "per_page": size, **(start if offset else {})}
            try:
                found = self.client.list(todo.route, params, shrinkable=size > _SMALLEST)
            except TooMuch:
                self._shrink(size // 2)
                self.client.http.host.clock.sleep(2.0)
                continue
            except RetriableError:
                if rescued or size <= _SMALLEST:
                    raise
                rescued = True
                self._shrink(_SMALLEST)
                continue
            self.asked = size
            self._good += 1
            if self._good >= _GROW_AFTER and size < self.most:
                self.size, self._good = min(self.most, size * 2), 0
            return found

    def _shrink(self, size: int) -> None:
        self.size, self._good = max(_SMALLEST, size), 0


def walk(pager: Pager, todo: Pass, place: Place) -> Iterator[tuple[list[Record], Place]]:
    """Yield what is new on each page with the place after it; the last place has ``ended``.

    Raises IncompleteError where the list does not come in the order of ids, or the same page comes again and again.
    """
    step, repeats = 8, 0
    while not place.ended:
        start = max(place.offset - 1, 0) if place.last else 0
        page = pager.page(todo, place.offset if place.by_page else start, by_page=place.by_page)
        records: list[Record] = page.data
        ids = _ids(pager, todo, records)
        if place.last and start and not place.by_page and (not ids or ids[0] > place.last):
            place.offset, step = max(start - step, 0), step * 2  # records before this place are gone: look where the list stands now
            continue
        fresh = [record for record, number in zip(records, ids, strict=True) if number > place.last]
        if not fresh and len(records) > 1:
            repeats += 1
            if repeats > _REPEATS and place.by_page:
                raise _circle(pager, todo)
            if repeats > _REPEATS:
                place.by_page, place.last, place.found, place.offset, repeats = True, 0, 0, 0, 0
            pager.client.http.host.clock.sleep(2.0 ** (repeats - 1))
            continue
        repeats, step = 0, 8
        place.found += len(fresh)
        place.last = ids[-1] if fresh else place.last
        place.offset = (place.offset // pager.asked * pager.asked if place.by_page else start) + len(records)
        place.total = page.total if page.total is not None and (page.total or not start) else place.total
        if not fresh or (place.total and place.offset >= place.total):
            _end(place)
        yield fresh, place


def _end(place: Place) -> None:
    """The list is at its end; where the shop counts more than came, it is walked once more."""
    if place.total is not None and place.found < place.total and place.turn < ROUNDS:
        place.last, place.found, place.offset, place.turn = 0, 0, 0, place.turn + 1
    else:
        place.ended = True


def _ids(pager: Pager, todo: Pass, records: list[Record]) -> list[int]:
    ids = [int(record["id"]) for record in records]
    if any(left >= right for left, right in itertools.pairwise(ids)):
        raise IncompleteError(
            f"{pager.client.name}: the list {todo.route} does not come in the order of ids.",
            "A plugin changes the order of lists in the API; exclude the API from it.",
            system=pager.client.name,
        )
    return ids


def _circle(pager: Pager, todo: Pass) -> IncompleteError:
    return IncompleteError(
        f"{pager.client.name}: the same page of {todo.route} comes again and again.",
        "Run the same command again; a cache or a plugin may answer instead of the shop.",
        system=pager.client.name,
    )
