"""What a chart is, and the shapes that several charts share.

All charts count runs: every attempt of a job is one job, while a build counts once, by its last attempt in
the range. A job belongs to the instant at which it finished, and so does a build. Durations are those of jobs
that passed, failed or errored; the result filter selects others. Buckets without data are there, with a count
of 0 and null for everything else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from buildtimetrend import timeframes
from buildtimetrend.model import Column, Query, Series, Value
from buildtimetrend.store.base import Store, Table

# More series than these cannot be told apart on one chart, more bars not be read.
NAMES = 20
GROUPS = 50
OTHER = "other"
NONE = "(none)"  # a build without a branch

UNITS = {
    "average": "s",
    "p50": "s",
    "p95": "s",
    "previous": "s",
    "duration": "s",
    "queue_time": "s",
    "job_time": "s",
    **dict.fromkeys(("waiting", "booting", "longest_step", "other_steps", "between"), "s"),
    "share": "%",
    "change": "%",
    "success_rate": "%",
    "jobs": "jobs",
    "builds": "builds",
    "runs": "runs",
    "previous_runs": "runs",
}


class Chosen(NamedTuple):
    """Some rows of many: `columns` have `shown` of them, there were `of`."""

    columns: tuple[Column, ...]
    shown: int
    of: int


@dataclass(frozen=True, slots=True)
class Chart:
    """`unit` is that of the drawn values; `help` says in a sentence or two what they are."""

    name: str
    title: str
    unit: str
    help: str
    columns: Callable[[Store, Query], tuple[Column, ...] | Chosen]

    def draw(self, store: Store, query: Query) -> Series:
        found = self.columns(store, query)
        chosen = found if isinstance(found, Chosen) else (found,)
        return Series(self.name, self.title, query.since, query.until, query.interval, *chosen)


def columns(table: Table) -> tuple[Column, ...]:
    """A table as it is, each column with the unit that its name has."""
    return tuple(Column(name, UNITS.get(name, ""), tuple(values)) for name, values in table.items())


def filled(key: str, places: Iterable[Value], table: Table) -> tuple[Column, ...]:
    """The table's rows by their first column, in the order of `places`; those that it lacks are empty."""
    places = tuple(places)
    keys, *rest = table
    row_of = {place: row for row, place in enumerate(table[keys])}
    rows = [row_of.get(place) for place in places]
    return (
        Column(key, "", places),
        *(
            Column(
                name,
                UNITS[name],
                tuple(_empty(UNITS[name]) if row is None else table[name][row] for row in rows),
            )
            for name in rest
        ),
    )


def over_time(query: Query, table: Table) -> tuple[Column, ...]:
    """`filled` with every bucket of the range."""
    return filled("time", timeframes.buckets(query.since, query.until, query.interval), table)


def spread(
    query: Query, names: Sequence[str], unit: str, cells: Mapping[tuple[Any, Any], Value]
) -> tuple[Column, ...]:
    """One column per name over every bucket of the range, out of cells by (bucket, name)."""
    times = timeframes.buckets(query.since, query.until, query.interval)
    return (
        Column("time", "", tuple(times)),
        *(
            Column(name, unit, tuple(cells.get((time, name), _empty(unit)) for time in times))
            for name in names
        ),
    )


def cells(table: Table) -> Counter[Any]:
    """Counts by the first two columns; what is not there is 0."""
    places, names, counts = table.values()
    return Counter(dict(zip(zip(places, names, strict=True), counts, strict=True)))


def _empty(unit: str) -> int | None:
    return 0 if unit in ("jobs", "builds", "runs") else None
