"""How often one server is asked for lists of builds: what imports and sweeps share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from buildtimetrend.errors import Stopped, TemporaryError
from buildtimetrend.providers.base import Provider

LONGEST_WAIT = 30.0  # seconds


def spacing_of(provider: Provider, asked: float) -> float:
    """Seconds between the builds of an import. A CI that tells its limit is asked as fast as that allows."""
    return asked if provider.rate_limit() is None else 0.0


class Budget:
    """So many requests at once, and after those so many in a second. Safe to use from several threads."""

    def __init__(
        self, burst: int = 200, per_second: float = 20.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._burst = burst
        self._per_second = per_second
        self._clock = clock
        self._lock = threading.Lock()
        self._left = float(burst)
        self._at = clock()
        self._closed = threading.Event()

    def take(self) -> None:
        """Wait for a request's turn. Raises `TemporaryError` where it is far, `Stopped` when closed."""
        with self._lock:
            now = self._clock()
            left = min(float(self._burst), self._left + (now - self._at) * self._per_second)
            wait = max(0.0, (1.0 - left) / self._per_second)
            if wait > LONGEST_WAIT:
                raise TemporaryError("Lists of builds were asked for too often; this one is asked for later.")
            self._left, self._at = left - 1.0, now
        if self._closed.wait(wait) if wait else self._closed.is_set():
            raise Stopped("This process stops: the list was given up.")

    def close(self) -> None:
        """Let nobody wait any longer. Idempotent."""
        self._closed.set()
