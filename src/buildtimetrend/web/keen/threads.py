"""Threads for what waits for the store: however much is asked here, pages and hooks have theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from anyio import CapacityLimiter, to_thread

# As many run at a time. Each has a cursor of the store's, which has 8 for all.
READING = 3
WRITING = 2

Given = TypeVarTuple("Given")
Found = TypeVar("Found")


class Threads:
    def __init__(self, most: int) -> None:
        self._most = most
        self._limiter: CapacityLimiter | None = None

    async def run(self, call: Callable[[*Given], Found], *given: *Given) -> Found:
        if self._limiter is None:
            self._limiter = CapacityLimiter(self._most)  # it belongs to the event loop that runs now
        return await to_thread.run_sync(call, *given, limiter=self._limiter)
