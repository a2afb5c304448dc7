"""Waiting, at a start, for servers that are away: a machine that boots starts all of them at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import structlog

from buildtimetrend.errors import Error
from buildtimetrend.signals import cut_short

log = structlog.get_logger(__name__)
T = TypeVar("T")

# Seconds from a try that failed to the next: twice as long each time.
SHORTEST = 0.5
LONGEST = 5.0


class StartWait:
    """So many seconds, for all that a start waits for together; with 0 nothing is waited for."""

    def __init__(self, seconds: float) -> None:
        self._seconds = self._left = seconds

    def until_there(self, what: str, reach: Callable[[], T]) -> T:
        """What `reach` gives, which is tried again while it raises an error that may pass.

        Raises any other at once, and `Error` when the seconds are over; a signal ends the wait.
        """
        pause = SHORTEST
        while True:
            began = time.monotonic()
            try:
                with cut_short():
                    found = reach()
            except Error as error:
                if not error.retry or not self._seconds:
                    raise
                self._left -= time.monotonic() - began
                if self._left <= 0:
                    raise self._in_vain(what, error) from error
                again_in = min(max(pause, error.retry_after or 0.0), self._left)
                log.warning(
                    "start.waits",
                    waits_for=what,
                    reason=error.message,
                    again_in=round(again_in, 1),
                    gives_up_in=round(self._left, 1),
                )
            else:
                if pause > SHORTEST:
                    log.info("start.goes_on", reached=what)
                return found
            with cut_short():
                time.sleep(again_in)
            self._left -= again_in
            pause = min(2 * pause, LONGEST)

    def _in_vain(self, what: str, error: Error) -> Error:
        waited = self._seconds - self._left
        reason = " ".join(error.message.split()).rstrip(".")
        return Error(
            f"Gave up after {waited:.0f} s of waiting for {what}. {reason}. "
            "start_wait (BTT_START_WAIT) says how long a start waits.",
            detail=error.detail,
        )
