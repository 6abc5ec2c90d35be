"""Walks a list by its key: ``key gt last``, sorted by the key, always the first page.

Page numbers would lose and repeat records when others are added or removed meanwhile, and past the end some versions repeat the last page
for ever. A key that only grows has neither trouble.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from recon.errors import IncompleteError
from recon.systems.adobe_commerce.client import Broken, Client, Filter, PageTooLarge
from recon.systems.adobe_commerce.streams import Reading

REPEATS = 3
"""How often a page that brings what was there before is asked for again: something in between may have kept it."""
_STEPS = 25
"""How many records in a row that the shop stumbles over are stepped over."""

Records = list[dict[str, Any]]
Page = tuple[Records, dict[str, Any]]


class Walk:
    """One list, or a part of it given by ``filters``."""

    def __init__(self, client: Client, reading: Reading, filters: Sequence[Filter], *, fields: str | None = None) -> None:
        self.client = client
        self.reading = reading
        self.filters = tuple(filters)
        self.fields = fields
        self._size = client.page_limit
        self._before: set[str] = set()

    def pages(self, state: Mapping[str, Any]) -> Iterator[Page]:
        """Pages and the state after each: ``last`` key, ``distinct`` records so far, ``walked`` at the end, ``skipped``, ``hidden``."""
        last = state.get("last", "" if self.reading.text_key else -1)
        kept = {"distinct": int(state.get("distinct") or 0), "skipped": int(state.get("skipped") or 0)}
        walked = bool(state.get("walked"))
        while not walked:
            records, total, skipped = self._next(last)
            self._check(records, last)
            if records:
                last = records[-1][self.reading.field]
            walked = not records or total <= len(records)
            kept = {"distinct": kept["distinct"] + len(records), "skipped": kept["skipped"] + skipped}
            hidden = total if walked and not records else 0
            yield records, {"last": last, **kept, "walked": walked, "hidden": hidden}

    def _next(self, last: Any) -> tuple[Records, int, int]:
        """The next page, how many records are left from here on, and how many were stepped over."""
        for attempt in range(REPEATS):
            records, total, skipped = self._whole_or_less(last)
            if not self._is_repeated(records, last):
                return records, total, skipped
            self.client.http.host.clock.sleep(2.0**attempt)
        raise IncompleteError(
            f"{self.client.name}: the list {self.reading.path} brings the same page again and again.",
            "Look for a cache in front of the shop that answers for its API.",
            system=self.client.name,
            stream=self.reading.stream.name,
        )

    def _is_repeated(self, records: Records, last: Any) -> bool:
        keys = [record.get(self.reading.field) for record in records]
        if self.reading.text_key:
            # the shop's collation decides what comes after what, so only equality can be judged here
            return bool({str(key) for key in keys} & (self._before | {str(last)}))
        return any(isinstance(key, int) and key <= last for key in keys)

    def _check(self, records: Records, last: Any) -> None:
        keys: list[Any] = [record.get(self.reading.field) if isinstance(record, dict) else None for record in records]
        whole = all(isinstance(key, str if self.reading.text_key else int) for key in keys) and len(set(keys)) == len(keys)
        if not whole or (not self.reading.text_key and keys != sorted(keys)):
            raise IncompleteError(
                f"{self.client.name}: the list {self.reading.path} is not sorted by {self.reading.key}.",
                "An extension may change the list; recon cannot walk it.",
                system=self.client.name,
                stream=self.reading.stream.name,
            )
        self._before = {str(key) for key in keys}

    def _whole_or_less(self, last: Any) -> tuple[Records, int, int]:
        """A page; half of one where the shop stumbles; the record behind where it stumbles over a single one."""
        while True:
            size = min(self._size, self.client.page_limit)
            try:
                records, total = self._ask(last, size)
            except Broken:
                if size == 1:
                    return self._beyond(last)
                self._size = size // 2
                continue
            self._size = min(size * 2, self.client.page_limit)
            return records, total, 0

    def _beyond(self, last: Any) -> tuple[Records, int, int]:
        for page in range(2, _STEPS + 2):
            try:
                records, total = self._ask(last, 1, page)
            except Broken:
                continue
            return records, total - page + 1, page - 1
        raise self.client.stumbles(self.reading.path)

    def _ask(self, last: Any, size: int, page: int = 1) -> tuple[Records, int]:
        reading, after = self.reading, [] if last == "" else [(self.reading.key, "gt", str(last))]
        while True:
            try:
                return self.client.search(reading.path, [*self.filters, *after], sort=reading.key, size=size, page=page, fields=self.fields)
            except PageTooLarge as error:
                if error.largest >= size:
                    raise self.client.stumbles(reading.path) from None
                self.client.page_limit = size = error.largest
