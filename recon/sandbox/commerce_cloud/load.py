"""How busy the instance is: requests of the last minute against what it can take, told in headers and shed when it is too much.

Vendor's guide on load shedding: ``sfdc_load`` goes from 0 to 100, ``sfdc_load_status`` is WARN from 80 percent and THROTTLE from 90.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

WINDOW = timedelta(seconds=60)
FULL = 100


class Meter:
    """Counts requests. ``capacity`` is how many a minute the instance takes; None: nothing is told and nothing shed."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.capacity: int | None = None
        self._now = now
        self._seen: deque[datetime] = deque()
        self._lock = threading.Lock()

    def take(self) -> int | None:
        """Count a request; the load in percent, or None where nothing is told. What is shed does not count."""
        if self.capacity is None:
            return None
        with self._lock:
            now = self._now()
            while self._seen and self._seen[0] <= now - WINDOW:
                self._seen.popleft()
            level = min(FULL, FULL * len(self._seen) // self.capacity)
            if level < FULL:
                self._seen.append(now)
            return level


def headers(level: int) -> list[tuple[str, str]]:
    """What an answer says of the load."""
    status = "THROTTLE" if level >= 90 else "WARN" if level >= 80 else "OK"
    return [("sfdc_load", str(level)), ("sfdc_load_status", status)]
