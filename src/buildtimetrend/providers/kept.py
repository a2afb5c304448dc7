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
    """The latest values that together weigh `most`, each for so many seconds if any. Unless it is said how
    to `weigh` one, each weighs 1. Safe to use from several threads.
    """

    def __init__(
        self,
        most: int,
        seconds: float = math.inf,
        clock: Callable[[], float] = time.monotonic,
        weigh: Callable[[V], int] = lambda _: 1,
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._weigh = weigh
        self._weight = 0
        self._lock = threading.Lock()
        self._values: OrderedDict[K, tuple[float, int, V]] = OrderedDict()

    def put(self, key: K, value: V) -> None:
        weight = self._weigh(value)
        with self._lock:
            self._drop(key)
            self._values[key] = (self._clock(), weight, value)
            self._weight += weight
            while self._weight > self._most:
                self._drop(next(iter(self._values)))

    def get(self, key: K) -> V | None:
        with self._lock:
            at, _, value = self._values.get(key, (0.0, 0, None))
            return value if value is not None and self._clock() - at < self._seconds else None

    def take(self, key: K) -> V | None:
        """Once: who asks again wants to know how it is by then."""
        value = self.get(key)
        with self._lock:
            self._drop(key)
        return value

    def items(self) -> Iterator[tuple[K, V]]:
        """The latest first."""
        with self._lock:
            known = [(key, value) for key, (_, _, value) in reversed(self._values.items())]
        return iter(known)

    def _drop(self, key: K) -> None:
        _, weight, _ = self._values.pop(key, (0.0, 0, None))
        self._weight -= weight
