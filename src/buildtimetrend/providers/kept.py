"""What was learned by the way and saves a request later: bounded, and for a while where it may change."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """The latest `most` values, each for so many seconds if any. Safe to use from several threads."""

    def __init__(
        self, most: int, seconds: float = math.inf, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._values: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def put(self, key: K, value: V) -> None:
        with self._lock:
            self._values[key] = (self._clock(), value)
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)

    def get(self, key: K) -> V | None:
        with self._lock:
            at, value = self._values.get(key, (0.0, None))
            return value if value is not None and self._clock() - at < self._seconds else None

    def take(self, key: K) -> V | None:
        """Once: who asks again wants to know how it is by then."""
        value = self.get(key)
        with self._lock:
            self._values.pop(key, None)
        return value

    def items(self) -> Iterator[tuple[K, V]]:
        """The latest first."""
        with self._lock:
            known = [(key, value) for key, (_, value) in reversed(self._values.items())]
        return iter(known)
