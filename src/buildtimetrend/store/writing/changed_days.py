"""Which days' summaries a save makes out of date."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from buildtimetrend.store.base import Statement
from buildtimetrend.store.columns import utc
from buildtimetrend.store.rows import EncodedBuild
from buildtimetrend.store.writing.attempts import Attempt

FIRST_DAY = datetime(1970, 1, 5, tzinfo=UTC)  # day 0, a Monday
DAY = timedelta(days=1)
WEEK = 7  # days
CHANGED_DAY = ["repo_id", "day"]


def day_of(instant: datetime) -> int:
    """The number of the day, in UTC, that an instant lies in."""
    return (instant - FIRST_DAY) // DAY


def day_at(day: int) -> datetime:
    """When a day begins."""
    return FIRST_DAY + day * DAY


def touches_marks(statements: Iterable[Statement]) -> bool:
    """Whether some of them may take marks of changed days off."""
    return any("changed_day" in sql for sql, _ in statements)


def changed_days(repo_id: int, build: EncodedBuild, replaced: Iterable[Attempt]) -> set[tuple[int, int]]:
    """(repo id, day) on which a build that is being saved ended, and its jobs, and those that it takes the
    place of.
    """
    ended_at = build.build.finished_at
    ends = [ended_at and utc(ended_at), *(job.finished_at for job in build.jobs)]
    for attempt in replaced:
        ends += [run.finished_at for run in (attempt.build, *attempt.jobs)]
    return {(repo_id, day_of(end)) for end in ends if end is not None}
