"""Reads lists that end at 10,000, tell no total, and move while they are read: window by window of time.

A window that holds more is halved. Every page begins with the last record of the page before; where it does not, records have moved
over the place that was reached, and the window is read again. A window ends with a page that brings nothing new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from recon.systems.commerce_cloud.client import Broken

CEILING = 10_000
"""offset + limit may not pass this (vendor's specification of getOrders)."""
RESTARTS = 3
"""How often a window whose records move is read again before it is halved."""
STUMBLES = 5
"""Records in a row that cannot be answered; more of them, and it is the platform that is broken and not a record."""
CALM = 20
"""Pages after which a page that was made smaller may grow again."""
_SECOND = timedelta(seconds=1)

Records = list[dict[str, Any]]


@dataclass(frozen=True)
class Span:
    """From ``start``, which belongs to it, to ``end``, which does not; whole seconds in UTC."""

    start: datetime
    end: datetime

    def halves(self) -> tuple[Span, Span]:
        """The two halves; both the same where it cannot be halved."""
        middle = self.start + timedelta(seconds=int((self.end - self.start) / _SECOND) // 2)
        return Span(self.start, middle), Span(middle, self.end)

    @property
    def is_smallest(self) -> bool:
        """Whether it lasts one second or less."""
        return self.end - self.start <= _SECOND

    def plain(self) -> list[str]:
        """As JSON."""
        return [stamp(self.start), stamp(self.end)]

    @classmethod
    def of(cls, plain: list[str]) -> Span:
        """From JSON."""
        return cls(*(datetime.fromisoformat(text) for text in plain))


Ask = Callable[[Span, int, int], Records]
"""window, offset, limit → one page"""


@dataclass
class Place:
    """How far a walk has come; plain JSON by :meth:`plain`."""

    todo: list[Span]
    offset: int = 0
    last: str | None = None
    restarts: int = 0
    fits: bool = False
    """the window is known to hold no more than can be read"""
    counted: int = 0
    """records of the windows that are done"""
    skipped: int = 0
    overflow: int = 0
    """windows of one second that hold more than can be read"""
    unrest: int = 0
    """windows whose records never stood still"""
    was_short: bool = False
    """the page before held fewer records than were asked for"""
    short: int = 0
    """pages of windows that nothing can enter any more which were short although more records followed"""

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        kept = {name: value for name, value in vars(self).items() if name != "todo"}
        return {"todo": [span.plain() for span in self.todo], **kept}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Place:
        """From JSON."""
        return cls(**{**plain, "todo": [Span.of(span) for span in plain["todo"]]})

    def next(self, *more: Span) -> None:
        """The window is done, or ``more`` takes its place."""
        self.todo[:1] = more
        self.offset, self.last, self.restarts, self.fits, self.was_short = 0, None, 0, False, False


@dataclass
class Walk:
    """One list. ``ceiling`` None: offsets may grow for ever, and there is one window only."""

    ask: Ask
    key: str
    largest: int
    sleep: Callable[[float], None]
    ceiling: int | None
    closed: datetime | None = None
    """no record can come into a window that ends before this"""
    _size: int = field(init=False)
    _calm: int = 0
    _stumbled: int = 0

    def __post_init__(self) -> None:
        self._size = self.largest

    def pages(self, place: Place) -> Iterator[Records]:
        """The pages that are left; after each, ``place`` says how to go on. A record may come twice, never be left out silently."""
        while place.todo:
            if place.offset and not place.fits:  # the first page was full
                if self._is_too_large(place):
                    place.next(*place.todo[0].halves())
                    continue
                place.fits = True
            records = self._page(place)
            if records is not None:
                yield records

    def _is_too_large(self, place: Place) -> bool:
        """Whether the window holds more than can be read: its last readable record is asked for alone."""
        if self.ceiling is None or place.todo[0].is_smallest:
            return False
        try:
            return bool(self.ask(place.todo[0], self.ceiling - 1, 1))
        except Broken:  # one record that cannot be answered is there as well
            return True

    def _page(self, place: Place) -> Records | None:
        """What is new in the next page; None where there is nothing to keep."""
        overlap = 1 if place.last is not None and self._size > 1 else 0
        limit = self._size
        if self.ceiling is not None:
            limit = min(limit, self.ceiling - place.offset + overlap)
        if limit <= overlap:
            self._full(place)
            return None
        try:
            page = self.ask(place.todo[0], place.offset - overlap, limit)
        except Broken:
            if self._size == 1 and self._stumbled >= STUMBLES:
                raise
            self._smaller(place)
            return None
        self._stumbled = 0
        self._calm += 1
        if self._calm >= CALM:
            self._size, self._calm = min(self._size * 2, self.largest), 0
        if overlap and (not page or page[0].get(self.key) != place.last):
            self._moved(place)
            return None
        records = page[overlap:]
        if not records:
            place.counted += place.offset
            place.next()
            return []
        if place.was_short and self.closed is not None and place.todo[0].end <= self.closed:
            place.short += 1
        place.was_short = len(page) < limit
        place.fits = place.fits or place.was_short
        place.offset += len(records)
        place.last = str(records[-1].get(self.key))
        return records

    def _full(self, place: Place) -> None:
        """The window has grown to the ceiling since it was looked at."""
        if place.todo[0].is_smallest:
            place.overflow += 1
            place.counted += place.offset
            place.next()
        else:
            place.next(*place.todo[0].halves())

    def _smaller(self, place: Place) -> None:
        """The answer was too large: half as many; a single record that cannot be answered is stepped over."""
        self._calm = 0
        if self._size > 1:
            self._size //= 2
            return
        self._stumbled += 1
        place.offset += 1
        place.skipped += 1
        place.last = None

    def _moved(self, place: Place) -> None:
        """Records moved over the place: again from the beginning of the window, then by smaller windows, then as it is."""
        restarts = place.restarts + 1
        if restarts <= RESTARTS:
            self.sleep(2.0 ** (restarts - 1))
            place.next(place.todo[0])
            place.restarts = restarts
        elif self.ceiling is not None and not place.todo[0].is_smallest:
            place.next(*place.todo[0].halves())
        else:
            place.unrest += 1
            place.last = None


def stamp(moment: datetime) -> str:
    """A moment as the APIs take it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
