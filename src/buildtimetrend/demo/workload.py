"""When a project is worked on: busy hours and days, and times when nobody builds at all."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime
from itertools import accumulate

HOUR = 3600
_DAYS = 365
_QUIET_END = 2 * HOUR  # nothing is queued so late that it would still run now
_WEEKDAYS = (1.0, 1.05, 1.1, 1.0, 0.85, 0.2, 0.15)
_HOURS = (
    *[0.05] * 6,
    0.1,
    0.25,
    0.6,
    0.9,
    1.0,
    1.0,
    0.7,
    0.8,
    1.0,
    1.0,
    0.95,
    0.7,
    0.4,
    0.3,
    0.3,
    0.25,
    0.15,
    0.1,
)
_GAP = (131, 140)  # days of the year before now in which the CI stood still


def busyness(second: float) -> float:
    """How much work there is at this Unix time, 0 to 1.1."""
    at = datetime.fromtimestamp(second, UTC)
    holidays = (at.month, at.day) >= (12, 24) or (at.month, at.day) <= (1, 1)
    return 0.0 if holidays else _WEEKDAYS[at.weekday()] * _HOURS[at.hour]


class Workload:
    """Places shares of a year's work in the year that ends at `now` (Unix time)."""

    def __init__(self, now: int) -> None:
        self.now = now
        self._start = now - now % HOUR - _QUIET_END - _DAYS * 24 * HOUR
        gap = range(_GAP[0] * 24, _GAP[1] * 24)
        hours = range(_DAYS * 24)
        work = (0.0 if hour in gap else busyness(self._start + hour * HOUR) for hour in hours)
        self._done = list(accumulate(work, initial=0.0))

    @property
    def latest(self) -> int:
        """The Unix time of an hour or two ago: what is queued then has ended by now."""
        return self.now - self.now % HOUR - HOUR

    def instant(self, share: float) -> int:
        """The Unix time at which this share (0 to 1) of the year's work is done."""
        done = share * self._done[-1]
        hour = bisect_right(self._done, done, hi=len(self._done) - 1) - 1
        part = (done - self._done[hour]) / (self._done[hour + 1] - self._done[hour])
        return int(self._start + (hour + part) * HOUR)

    def age(self, second: float) -> float:
        """Years since the start."""
        return (second - self._start) / (_DAYS * 24 * HOUR)
