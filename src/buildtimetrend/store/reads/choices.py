"""What the filters can be set to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from buildtimetrend.filters import FILTERS, Filter, of_table
from buildtimetrend.model import Query
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.filters import ask
from buildtimetrend.store.reads.pipelines import pipelines


def choices(store: Store, query: Query) -> dict[str, list[str]]:
    """The distinct values of each filter among the jobs that the query asks for, in order.

    Those of pipelines are their references, in the order of their labels.
    """
    of_jobs = of_table("job")
    of_builds = [row for row in FILTERS.values() if row not in of_jobs]
    found = dict(ask(store, query, _values("job", of_jobs, "{jobs}")))
    if of_builds:
        found |= ask(store, query, _values("build", of_builds, "{builds}"))
    with_pipelines = {value for value in found["pipeline"] if value}
    return {
        **{name: sorted({str(value) for value in found[name] if value}) for name in FILTERS},
        "pipeline": [one.reference for one in pipelines(store, query.repo) if one.id in with_pipelines],
    }


def _values(table: Literal["job", "build"], rows: Sequence[Filter], chosen: str) -> str:
    """Each filter's values by themselves: there are several times as many combinations of them."""
    columns = ", ".join(f'"{row.columns[table]}" AS "{row.name}"' for row in rows)
    sets = ", ".join(f'("{row.columns[table]}")' for row in rows)
    return f"SELECT {columns} FROM {table} WHERE {chosen} GROUP BY GROUPING SETS ({sets})"  # noqa: S608
