"""No query runs for ever: one thread interrupts those that take too long."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

AGAIN = 0.1  # seconds


class Watchdog:
    """Its thread sleeps until the first query is due; where there is none, until one begins."""

    def __init__(self) -> None:
        self._due: dict[duckdb.DuckDBPyConnection, float] = {}
        self._changed = threading.Condition()
        self._wakes_at = math.inf  # unless it is told
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="queries", daemon=True)
        self._thread.start()

    @contextmanager
    def over(self, cursor: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
        """Whatever runs on the cursor meanwhile raises `duckdb.InterruptException` after so many seconds."""
        with self._changed:
            due = time.monotonic() + seconds
            if due < self._wakes_at:
                self._wakes_at = due
                self._changed.notify()
            self._due[cursor] = due
        try:
            yield
        finally:
            with self._changed:
                del self._due[cursor]

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                waits = [due - now for due in self._due.values()]
                for cursor, left in zip(self._due, waits, strict=True):
                    if left <= 0:
                        cursor.interrupt()
                # One that is interrupted between two statements of its query begins the second: once more.
                wait = max(min(waits), AGAIN) if waits else None
                self._wakes_at = math.inf if wait is None else now + wait
                self._changed.wait(wait)
