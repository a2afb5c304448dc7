"""What the filters can be set to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from buildtimetrend.filters import FILTERS, covers, of_table
from buildtimetrend.model import Query, Value
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.filters import ask, conditions, of_part
from buildtimetrend.store.reads.lookups import looked_up_once
from buildtimetrend.store.reads.pipelines import pipelines
from buildtimetrend.store.reads.repos import repo_id
from buildtimetrend.store.reads.summed_weeks import NEW_MARKS, Weeks, between, in_ranges, summed_weeks


@looked_up_once()
def choices(store: Store, query: Query) -> dict[str, list[str]]:
    """The distinct values of each filter among the builds and jobs that the query asks for, in order.

    Those of pipelines are their references, in the order of their labels.
    """
    sql, given = _all(query, _weeks(store, query))
    found = ask(store, query, sql, **given)
    with_pipelines = {value for value in found["pipeline"] if value}
    return {
        **{name: sorted({str(value) for value in found[name] if value}) for name in FILTERS},
        "pipeline": [one.reference for one in pipelines(store, query.repo) if one.id in with_pipelines],
    }


def columns_asked(table: Literal["build", "job"]) -> dict[str, str]:
    """By filter the table's column: what jobs have of their builds is asked of those, since there are several
    times as many jobs.
    """
    return {
        row.name: row.columns[table]
        for row in of_table(table)
        if table == "build" or row.apart or "build" not in row.columns
    }


def _weeks(store: Store, query: Query) -> Weeks:
    """Those of which the sums are read: they are of all that ended, whatever it was filtered by."""
    if query.filters or not covers("choice_week", FILTERS):
        return ()
    return summed_weeks(store, repo_id(store, query.repo), query, NEW_MARKS)


def _all(query: Query, weeks: Weeks) -> tuple[str, dict[str, Value]]:
    """The sums of these weeks, and the rows of what they leave of the range."""
    parts, given = [], dict[str, Value]()
    for table in ("build", "job"):
        chosen = conditions(query)[f"{table}s"]
        for number, ends in enumerate(between(query, weeks)):
            condition, of_ends = of_part(chosen, number, ends)
            parts.append(f"{_values(table, columns_asked(table))} {condition}")
            given |= of_ends
    if weeks or not parts:  # of a range that is empty there is nothing either
        of_weeks = {row.name: row.columns["choice_week"] for row in of_table("choice_week")}
        parts.append(
            f"{_values('choice_week', of_weeks)} repo_id = $repo_id AND ({in_ranges('week', weeks)})"
        )
    # Together: of few rows each grouping costs more than what it leaves out.
    return f"SELECT DISTINCT * FROM ({' UNION ALL '.join(parts)}) AS told", given  # noqa: S608


def _values(table: str, columns: Mapping[str, str]) -> str:
    """Every filter's value by its name: nothing where there is no column of it."""
    values = (
        f'"{columns[name]}" AS "{name}"' if name in columns else f'NULL AS "{name}"' for name in FILTERS
    )
    return f"SELECT {', '.join(values)} FROM {table} WHERE"  # noqa: S608 - names out of the table of filters
