"""Where sums over the steps of a range come from: summaries of whole weeks, and rows for the rest.

Rows are read of the ends of the range, of weeks that have changed since they were summed up, and of all of it
where a filter or a short bucket asks for more than a week's sums tell. Where steps were dropped, their days'
summaries stand for them. All parts together say what the rows alone would say. Sums are read only where they
have all that the query filters by: of dropped steps that are filtered by something else nothing is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from buildtimetrend.filters import covers
from buildtimetrend.model import Query
from buildtimetrend.store.base import Store, Table
from buildtimetrend.store.reads.repos import repo_id
from buildtimetrend.store.reads.summed_weeks import Weeks, between, days_until, summed_weeks
from buildtimetrend.store.writing.changed_days import day_at

# Of a shorter range the rows are read sooner than what else there is.
SHORT = timedelta(days=35)


@dataclass(frozen=True, slots=True)
class Parts:
    """Half-open ranges: of weeks, of days whose steps were dropped, and of instants whose rows are there.

    Of jobs of the repo that finished before the day `kept_from` no steps are left.
    """

    repo: int
    kept_from: int
    weeks: tuple[tuple[int, int], ...]
    days: tuple[tuple[int, int], ...]
    rows: tuple[tuple[datetime, datetime], ...]
    by_bucket: bool

    @property
    def only_rows(self) -> bool:
        return not self.weeks and not self.days


def from_parts(store: Store, query: Query, answer: Callable[[Parts], Table], *, by_bucket: bool) -> Table:
    """The answer out of the query's parts; see `parts`.

    They are found before the answer is: it may lack steps that were dropped meanwhile, and is then asked for
    anew.
    """
    while True:
        found = parts(store, query, by_bucket=by_bucket)
        table = answer(found)
        if dropped_before(store, found.repo) == found.kept_from:
            return table


def parts(store: Store, query: Query, *, by_bucket: bool) -> Parts:
    """Of the query's range; `by_bucket` where sums are wanted for each of its buckets.

    A day whose steps were dropped belongs to the range, whole, if it begins in it.
    """
    repo = repo_id(store, query.repo)
    before = dropped_before(store, repo)
    weeks: Weeks = ()
    short = query.until - query.since < SHORT
    if covers("step_week", query.filters) and not (short or (by_bucket and query.interval != "week")):
        # Of what was dropped the summary alone is known: only rows that are there may have changed.
        weeks = summed_weeks(store, repo, query, before=before)
    rest = list(between(query, weeks))
    days = tuple(_dropped(rest, before)) if covers("step_day", query.filters) else ()
    rows = tuple(_kept(rest, before))
    if not (rows or weeks or days):
        rows = tuple(rest)
    return Parts(repo, before, tuple(weeks), days, rows, by_bucket)


def dropped_before(store: Store, repo: int) -> int:
    """Steps of a repo's jobs that finished before that day are dropped; 0 if none are."""
    found = store.select("SELECT dropped_before FROM summary WHERE repo_id = $repo_id", {"repo_id": repo})
    return int(str(found["dropped_before"][0])) if found["dropped_before"] else 0


def _dropped(ranges: Iterable[tuple[datetime, datetime]], before: int) -> Iterator[tuple[int, int]]:
    for since, until in ranges:
        first, last = days_until(since), min(before, days_until(until))
        if first < last:
            yield first, last


def _kept(ranges: Iterable[tuple[datetime, datetime]], before: int) -> Iterator[tuple[datetime, datetime]]:
    for since, until in ranges:
        if max(since, day_at(before)) < until:
            yield max(since, day_at(before)), until
