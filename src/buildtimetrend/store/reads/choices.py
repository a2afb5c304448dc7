"""What the filters can be set to."""

from __future__ import annotations

from typing import Literal

from buildtimetrend.filters import FILTERS, of_table
from buildtimetrend.model import Query
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.filters import ask
from buildtimetrend.store.reads.pipelines import pipelines


def choices(store: Store, query: Query) -> dict[str, list[str]]:
    """The distinct values of each filter among the builds and jobs that the query asks for, in order.

    Those of pipelines are their references, in the order of their labels.
    """
    found = ask(store, query, f"{_values('build', '{builds}')} UNION ALL {_values('job', '{jobs}')}")
    with_pipelines = {value for value in found["pipeline"] if value}
    return {
        **{name: sorted({str(value) for value in found[name] if value}) for name in FILTERS},
        "pipeline": [one.reference for one in pipelines(store, query.repo) if one.id in with_pipelines],
    }


def _values(table: Literal["job", "build"], chosen: str) -> str:
    """Each filter's values by themselves: there are several times as many combinations of them.

    What jobs have of their builds is asked of those: there are several times as many jobs.
    """
    told = {
        row.name: row.columns[table]
        for row in of_table(table)
        if table == "build" or row.apart or "build" not in row.columns
    }
    columns = ", ".join(
        f'"{told[name]}" AS "{name}"' if name in told else f'NULL AS "{name}"' for name in FILTERS
    )
    sets = ", ".join(f'("{column}")' for column in told.values())
    return f"SELECT {columns} FROM {table} WHERE {chosen} GROUP BY GROUPING SETS ({sets})"  # noqa: S608
