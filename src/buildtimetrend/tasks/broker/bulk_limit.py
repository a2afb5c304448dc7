"""Keeps a thread of Celery's free for what is fresh, whatever else is at hand."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable


class BulkLimit:
    """Runs imports and sweeps on the threads that call it, at most `bulk` at a time.

    One that comes when there is no room is put aside, and its thread is free again; the next thread that gets
    done with another takes it on at once. Put aside it is nobody's yet: it may be lost with the process.
    """

    def __init__(self, bulk: int) -> None:
        self._bulk = bulk
        self._lock = threading.Lock()
        self._running = 0
        self._aside: deque[str] = deque()
        self._closed = False

    def run(self, task_id: str, collect: Callable[[str], None]) -> None:
        with self._lock:
            if self._running >= self._bulk:
                self._aside.append(task_id)
                return
            self._running += 1
        following: str | None = task_id
        while following is not None:
            try:
                collect(following)
            finally:
                following = self._following()

    def close(self) -> None:
        """Let go of what is put aside."""
        with self._lock:
            self._closed = True

    def _following(self) -> str | None:
        with self._lock:
            if self._aside and not self._closed:
                return self._aside.popleft()
            self._running -= 1
            return None
