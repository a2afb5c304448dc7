"""Threads apart from those of pages, notifications and health checks: these wait for nobody who asks much."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from anyio import CapacityLimiter, to_thread

Given = TypeVarTuple("Given")
Found = TypeVar("Found")


class OwnThreads:
    """A few for one kind of request: the others of that kind wait."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._limiter: CapacityLimiter | None = None

    async def run(self, call: Callable[[*Given], Found], *given: *Given) -> Found:
        """What the call returns. From the event loop."""
        if self._limiter is None:
            self._limiter = CapacityLimiter(self._most)  # it belongs to the event loop that runs now
        return await to_thread.run_sync(call, *given, limiter=self._limiter)
