"""How often somebody may ask for an import, or guess a token: token buckets, by client and by repo."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from buildtimetrend.errors import TooManyRequests

# So many buckets are remembered; who was forgotten starts with a full one.
REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Rate:
    burst: int
    per_second: float


PER_CLIENT = Rate(burst=30, per_second=0.5)
PER_REPO = Rate(burst=10, per_second=0.2)
# Wrong tokens, on the page and as bearers together.
SIGN_INS = Rate(burst=10, per_second=0.1)
# From all addresses together: behind a proxy that passes X-Forwarded-For on, strangers choose theirs.
ALL_SIGN_INS = Rate(burst=200, per_second=5)


class Limiter:
    """Safe to use from several threads. `clock` is in seconds."""

    def __init__(self, rate: Rate, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._what = what
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens left, at this time

    def take(self, key: str) -> None:
        """Raises `TooManyRequests` when the bucket is empty."""
        now = self._clock()
        with self._lock:
            left, then = self._buckets.pop(key, (float(self._rate.burst), now))
            left = min(self._rate.burst, left + (now - then) * self._rate.per_second)
            self._buckets[key] = (left - 1 if left >= 1 else left, now)
            if len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
        if left < 1:
            wait = (1 - left) / self._rate.per_second
            raise TooManyRequests(f"Too many {self._what}; try again later.", retry_after=wait)
