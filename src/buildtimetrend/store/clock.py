"""The clock of a store that other machines share: what is due, and whose a task is, all reckon by it."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import structlog

log = structlog.get_logger(__name__)

# Seconds of difference that nobody need be told.
TOLERATED = 2.0
# Seconds that asking may take for the answer to count, and after which one that took longer counts, too.
QUICK = 0.25
OLD = 60.0


class Clock:
    """Reckoned from what the store said last and this machine's steady clock, which nobody sets.

    As long as the store has not said anything, it is this machine's own. Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard: tuple[datetime, float] | None = None  # what it showed, when the steady clock showed that
        self._differs = False

    def now(self) -> datetime:
        heard = self._heard
        if heard is None:
            return datetime.now(UTC)
        return heard[0] + timedelta(seconds=time.monotonic() - heard[1])

    @property
    def difference(self) -> float:
        """Seconds by which this machine's own clock is ahead; less than 0 where it is behind."""
        return (datetime.now(UTC) - self.now()).total_seconds()

    def is_older_than(self, seconds: float) -> bool:
        heard = self._heard
        return heard is None or time.monotonic() - heard[1] > seconds

    def heard(self, theirs: datetime, asked: float) -> None:
        """What the store showed between `asked`, of the steady clock, and now."""
        answered = time.monotonic()
        with self._lock:
            if answered - asked > QUICK and not self.is_older_than(OLD):
                return
            self._heard = theirs, (asked + answered) / 2
            self._tell()

    def _tell(self) -> None:
        """Once when it begins to differ, and once when it no longer does."""
        difference = self.difference
        differs = abs(difference) > TOLERATED
        if differs and not self._differs:
            log.warning("clock.differs", this_machine_is_ahead_by_seconds=round(difference, 1))
        elif self._differs and not differs:
            log.warning("clock.agrees")
        self._differs = differs
