"""Job durations per build matrix and per branch."""

from __future__ import annotations

from functools import partial
from typing import Any

from buildtimetrend.charts.base import GROUPS, NONE, Chart, columns
from buildtimetrend.model import Column, Query
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads import ask, p50, p95
from buildtimetrend.store.reads.entries import by_entry


def matrix(store: Store, query: Query) -> tuple[Column, ...]:
    # One more than are shown: jobs without an entry are put in by name.
    found: dict[str, list[Any]] = by_entry(partial(ask, store, query, groups=GROUPS + 1), _MATRIX)
    largest = sorted(range(len(found["jobs"])), key=lambda row: (-found["jobs"][row], found["matrix"][row]))
    return columns({name: [values[row] for row in largest[:GROUPS]] for name, values in found.items()})


def branches(store: Store, query: Query) -> tuple[Column, ...]:
    found = ask(store, query, _BRANCHES, groups=GROUPS)
    return columns({**found, "branch": [branch or NONE for branch in found["branch"]]})


_FIGURES = f"""
    avg(duration) AS average, {p50("duration")} AS p50, {p95("duration")} AS p95, count(*) AS jobs
"""
_MATRIX = f"""
    SELECT {{entry}} AS matrix, {_FIGURES} FROM job WHERE {{timed}}{{of entry}} GROUP BY 1
    ORDER BY jobs DESC, 1 LIMIT $groups
"""  # noqa: S608 - fixed text only
_BRANCHES = f"""
    SELECT branch, {_FIGURES} FROM job WHERE {{timed}} GROUP BY branch
    ORDER BY jobs DESC, branch LIMIT $groups
"""  # noqa: S608 - fixed text only

CHARTS = (
    Chart(
        "matrix",
        "Job duration per build matrix",
        "s",
        f"Duration of jobs by entry of the build matrix, by name where there is none; the {GROUPS} with "
        "most jobs.",
        matrix,
    ),
    Chart(
        "branches",
        "Job duration per branch",
        "s",
        f"Duration of jobs on each branch; the {GROUPS} with most jobs.",
        branches,
    ),
)
