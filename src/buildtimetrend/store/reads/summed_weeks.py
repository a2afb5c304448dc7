"""Which whole weeks of a range have sums that are up to date, and what they leave of the range."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeAlias

from buildtimetrend.model import Query
from buildtimetrend.store.base import Store
from buildtimetrend.store.writing.changed_days import DAY, WEEK, day_at, day_of

# Of more stretches all rows are read, with those that lie between them.
STRETCHES = 6

# Of sums that came after those of steps: of days in one of these tables they are not up to date.
NEW_MARKS = ("changed_day", "path_day")

Weeks: TypeAlias = Sequence[tuple[int, int]]  # half-open ranges of their numbers, in order


def summed_weeks(
    store: Store, repo: int, query: Query, marks: Sequence[str] = ("changed_day",), before: int = 0
) -> Weeks:
    """None where they would leave too many stretches. `marks` are the tables of days that are to be summed up
    anew; none from before the day `before` is.
    """
    whole = range(-(-days_until(query.since) // WEEK), day_of(query.until) // WEEK)
    weeks = list(_runs(set(whole) - _changed(store, repo, marks, before, whole)))
    return weeks if len(weeks) < STRETCHES else ()


def between(query: Query, weeks: Weeks) -> Iterator[tuple[datetime, datetime]]:
    """What the weeks leave of the range."""
    since = query.since
    for first, last in weeks:
        if since < day_at(first * WEEK):
            yield since, day_at(first * WEEK)
        since = day_at(last * WEEK)
    if since < query.until:
        yield since, query.until


def in_ranges(column: str, ranges: Sequence[tuple[int, int]]) -> str:
    """The condition that a number lies in one of the half-open ranges."""
    return " OR ".join(f"{column} >= {first} AND {column} < {last}" for first, last in ranges) or "1 = 0"


def days_until(instant: datetime) -> int:
    """Days until an instant, the one that it lies in too: the first that begins at or after it."""
    return -(-(instant - day_at(0)) // DAY)


def _changed(store: Store, repo: int, marks: Sequence[str], before: int, weeks: range) -> set[int]:
    if not weeks:
        return set()
    found = store.select(
        " UNION ALL ".join(_MARKED.replace("{marks}", table) for table in marks),
        {"repo_id": repo, "first": max(before, weeks.start * WEEK), "last": weeks.stop * WEEK},
    )
    return {int(str(day)) // WEEK for day in found["day"]}


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Numbers as half-open ranges, in order."""
    first = last = None
    for number in sorted(numbers):
        if first is None or last is None:
            first = number
        elif number != last:
            yield first, last
            first = number
        last = number + 1
    if first is not None and last is not None:
        yield first, last


_MARKED = "SELECT DISTINCT day FROM {marks} WHERE repo_id = $repo_id AND day >= $first AND day < $last"
