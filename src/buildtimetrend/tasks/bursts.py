"""Which pipelines builds keep landing in, as while a history is imported."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

MANY = 20  # saves since the last look: fewer are looked at at once
PATIENCE = 60.0  # seconds, after which it is looked at however many builds still land


class Bursts:
    """To look at each state of a history on its way in took a third of the whole import, for nothing."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._growing: dict[Hashable, tuple[float, int]] = {}  # since when, and how many saves by now

    def is_over(self, pipeline: Hashable, saves: int) -> bool:
        """Whether nothing has landed since this was asked last. `saves` are those since the last look."""
        since, before = self._growing.pop(pipeline, (self._clock(), -1))
        if saves <= MANY or saves == before or self._clock() - since >= PATIENCE:
            return True
        self._growing[pipeline] = since, saves
        return False
