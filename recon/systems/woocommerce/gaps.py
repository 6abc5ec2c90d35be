"""Ids that lie between listed orders and are no listed order: where orders in statuses hide that no list shows."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any


class Gaps:
    """Collects the newest gaps while the main list is walked; keeps no more of them than will be looked up.

    Ids are shared with products, pages and refunds, so most of what lies between is no order; refunds are known from their orders.
    """

    def __init__(self, most: int, state: Mapping[str, Any]) -> None:
        self._most = most
        kept = state.get("gaps") or {}
        self._last = int(kept.get("last") or 0)
        self._total = int(kept.get("total") or 0)
        self._ranges: deque[tuple[int, int]] = deque(((a, b) for a, b in kept.get("ranges") or ()), maxlen=max(most, 1))
        self._known: set[int] = set(kept.get("known") or ())

    def see(self, label: str, records: Sequence[Mapping[str, Any]]) -> None:
        """Look at records of a list; only the main one (``any``) makes gaps."""
        for record in records:
            number = int(record["id"])
            self._known.update(int(entry["id"]) for entry in record.get("refunds") or ())
            if label != "any":
                self._known.add(number)
                continue
            if self._last and number > self._last + 1:
                self._ranges.append((self._last + 1, number - 1))
                self._total += number - 1 - self._last
            self._last = max(self._last, number)
        self._known = set(heapq.nlargest(4 * self._most, self._known))

    def state(self) -> dict[str, Any]:
        """As JSON, for the state of a chunk."""
        kept = {"last": self._last, "total": self._total, "ranges": list(self._ranges), "known": sorted(self._known)}
        return {"gaps": kept} if self._most else {}

    def ids(self) -> list[int]:
        """What to look up, the newest first."""
        found: list[int] = []
        for first, last in sorted(self._ranges, reverse=True):
            for number in range(last, first - 1, -1):
                if len(found) >= self._most:
                    return found
                if number not in self._known:
                    found.append(number)
        return found

    def left(self, looked_up: int) -> int:
        """About how many ids between listed orders nobody looked at."""
        return max(0, self._total - looked_up - sum(1 for number in self._known if self._inside(number))) if self._most else 0

    def _inside(self, number: int) -> bool:
        return any(first <= number <= last for first, last in self._ranges)
