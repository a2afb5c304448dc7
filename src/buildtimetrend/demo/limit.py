"""So many requests in a time: the rate limit of a simulated API."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """After a request: what is left of `limit`, and the Unix time at which all is there again."""

    limit: int
    used: int
    resets_at: int

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    @property
    def exceeded(self) -> bool:
        return self.used > self.limit


class Limit:
    """`window` in seconds."""

    def __init__(self, limit: int, window: int) -> None:
        self.limit = limit
        self._window = window
        self._lock = threading.Lock()
        self._used = 0
        self._resets_at = 0

    def take(self, cost: int = 1) -> Budget:
        with self._lock:
            now = int(time.time())
            if now >= self._resets_at:
                self._used, self._resets_at = 0, now + self._window
            self._used += cost
            return Budget(self.limit, self._used, self._resets_at)
