"""A query over a source as SQL that every engine runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from buildtimetrend.keen.language.errors import KeenError
from buildtimetrend.keen.language.intervals import number_of
from buildtimetrend.keen.language.query import Events, Measure, Query
from buildtimetrend.keen.sql.columns import Binder, Column, Source
from buildtimetrend.keen.sql.conditions import where
from buildtimetrend.store.base import Statement

# Rows of one answer. More than these are a mistake more often than a question.
MOST_ROWS = 100_000
# Keeps 20 values' 55 % at rank 11: as a binary fraction it is a bit more.
ROUNDING = 1e-12

_NEAREST_RANK = "percentile_disc({share}) WITHIN GROUP (ORDER BY n{n})"
_AGGREGATES = {
    "count": "count(*)",
    "count_unique": "count(DISTINCT k{n})",
    "minimum": "min(n{n})",
    "maximum": "max(n{n})",
    "sum": "sum(n{n})",
    "average": "avg(n{n})",
    "median": _NEAREST_RANK,
    "percentile": _NEAREST_RANK,
    "standard_deviation": "stddev_pop(n{n})",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement whose columns are `bucket`, `g0`, `g1`, … and `m0`, `m1`, … for `measures`."""

    statement: Statement
    groups: Sequence[Column]
    targets: Sequence[Column | None]
    measures: Sequence[Measure]


def figures(query: Query, source: Source, bind: Binder) -> Asked:
    """All measures that are one value, by bucket and group."""
    measures = [measure for measure in query.measures if measure.kind != "select_unique"]
    prepared = _Prepared(query, source, bind, measures)
    shown = [f"{_aggregate(measure, n, bind)} AS m{n}" for n, measure in enumerate(measures)]
    by = f" GROUP BY {', '.join(prepared.split)}" if prepared.split else ""
    return prepared.asked(f"SELECT {', '.join([*prepared.split, *shown])} FROM events{by}")  # noqa: S608 - only our own names


def uniques(query: Query, measure: Measure, source: Source, bind: Binder) -> Asked:
    """The values of one property, by bucket and group."""
    prepared = _Prepared(query, source, bind, [measure])
    shown = ", ".join([*prepared.split, "k0 AS m0"])
    return prepared.asked(f"SELECT DISTINCT {shown} FROM events")  # noqa: S608 - only our own names


def selected(events: Events, source: Source, bind: Binder, columns: str) -> str:
    """SELECT of some columns of events, newest first."""
    return f"SELECT {columns} {_events(events, source, bind)} ORDER BY {source.at} DESC"


def matching(events: Events, source: Source, bind: Binder, columns: str) -> str:
    """SELECT of some columns of events, in any order."""
    return f"SELECT {columns} {_events(events, source, bind)}"


class _Prepared:
    """The events that count, with all that is asked of them, as a table `events`."""

    def __init__(self, query: Query, source: Source, bind: Binder, measures: Sequence[Measure]) -> None:
        self._bind = bind
        self._measures = measures
        self._groups = [source.column(group.path) for group in query.groups]
        self._targets = [source.column(each.target) if each.target else None for each in measures]
        columns = [f"{column.key} AS g{n}" for n, column in enumerate(self._groups)]
        for n, (measure, target) in enumerate(zip(measures, self._targets, strict=True)):
            if target:
                columns.append(_wanted(measure, target, n))
        self.split = [f"g{n}" for n in range(len(self._groups))]
        if query.buckets:
            bucket = source.once(number_of(query.buckets, source.at, bind), "bucket")
            columns.insert(0, f"{bucket} AS bucket")
            self.split.insert(0, "bucket")
        self._inner = matching(query.events, source, bind, ", ".join(columns) or "1 AS one")
        # What no node of a cluster can answer for its own repos alone is answered where all rows are.
        kinds = {measure.kind for measure in measures}
        self._apart = source.spread and kinds & {"median", "percentile"}

    def asked(self, outer: str) -> Asked:
        if self._apart:
            sql = f"WITH events AS MATERIALIZED ({self._inner}) {outer}"
        else:
            sql = outer.replace(" FROM events", f" FROM ({self._inner}) AS events", 1)
        sql += f" LIMIT {MOST_ROWS + 1}"
        return Asked(self._bind.statement(sql), self._groups, self._targets, self._measures)


def too_many() -> KeenError:
    return KeenError(
        f"The answer has more than {MOST_ROWS} rows: ask for fewer buckets or groups.", "ResultTooLargeError"
    )


def _events(events: Events, source: Source, bind: Binder) -> str:
    """FROM and WHERE. The filter comes first: what it asks for decides about the tables."""
    conditions = [where(events.filter, source.column, bind)] if events.filter.parts else []
    if events.span:
        conditions.append(
            f"{source.at} >= {bind(events.span.since)} AND {source.at} < {bind(events.span.until)}"
        )
    tables = source.tables()
    return f"FROM {tables} WHERE {' AND '.join([*source.conditions(), *conditions])}"


def _wanted(measure: Measure, target: Column, n: int) -> str:
    if measure.kind in ("count_unique", "select_unique"):
        return f"{target.key} AS k{n}"
    return f"CAST({target.number or 'NULL'} AS DOUBLE PRECISION) AS n{n}"


def _aggregate(measure: Measure, n: int, bind: Binder) -> str:
    sql = _AGGREGATES[measure.kind]
    share = bind(max(measure.percentile / 100 - ROUNDING, 0.0)) if "{share}" in sql else ""
    return sql.format(n=n, share=share)
