"""The quota that all apps of a store share: so many requests in each window of 30 seconds."""

from __future__ import annotations

import threading
from collections.abc import Callable

WINDOW = 30.0


class Quota:
    """Counts requests in windows; ``seconds`` is the clock."""

    def __init__(self, size: int, seconds: Callable[[], float]) -> None:
        self.size = size
        self._seconds = seconds
        self._start = seconds()
        self._used = 0
        self._lock = threading.Lock()

    def take(self) -> tuple[bool, list[tuple[str, str]]]:
        """Count a request: whether it may pass, and the headers that every answer carries (their names arrive in lower case)."""
        with self._lock:
            now = self._seconds()
            if now - self._start >= WINDOW:
                self._start, self._used = now, 0
            passes = self._used < self.size
            self._used += passes
            reset = max(1, int((self._start + WINDOW - now) * 1000))
            return passes, [
                ("x-rate-limit-requests-left", str(self.size - self._used)),
                ("x-rate-limit-requests-quota", str(self.size)),
                ("x-rate-limit-time-reset-ms", str(reset)),
                ("x-rate-limit-time-window-ms", str(int(WINDOW * 1000))),
            ]

    def spend(self, requests: int) -> None:
        """What other apps of the store use up."""
        with self._lock:
            self._used = min(self.size, self._used + requests)
