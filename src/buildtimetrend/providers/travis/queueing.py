"""Since when a job waited for a worker."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime


class StageEnds:
    """When each stage of a build ended: a job is created with its build, but waits only from the end of the
    stage before its own.
    """

    def __init__(self, jobs: Iterable[tuple[int, datetime | None]]) -> None:
        """Takes stage number and end of every job."""
        self._ends: dict[int, datetime] = {}
        for stage, end in jobs:
            if end is not None and (stage not in self._ends or end > self._ends[stage]):
                self._ends[stage] = end

    def end_of_stages_below(self, stage: int) -> datetime | None:
        return max((end for number, end in self._ends.items() if number < stage), default=None)


def latest(*times: datetime | None) -> datetime | None:
    return max((t for t in times if t is not None), default=None)
