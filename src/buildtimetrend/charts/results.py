"""Results of builds and jobs."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

from buildtimetrend.charts.base import GROUPS, Chart, cells, spread
from buildtimetrend.model import Column, Query, Result
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads import ask
from buildtimetrend.store.reads.entries import by_entry
from buildtimetrend.store.reads.last_attempts import LAST_ATTEMPTS

RESULTS = tuple(result.value for result in Result)


def builds(store: Store, query: Query) -> tuple[Column, ...]:
    return spread(query, RESULTS, "builds", cells(ask(store, query, _BUILDS)))


def jobs(store: Store, query: Query) -> tuple[Column, ...]:
    return spread(query, RESULTS, "jobs", cells(ask(store, query, _JOBS)))


def matrix_results(store: Store, query: Query) -> tuple[Column, ...]:
    found = by_entry(partial(ask, store, query), _MATRIX_RESULTS)
    counts, sizes = Counter[Any](), Counter[Any]()
    for matrix, result, count in zip(*found.values(), strict=True):
        counts[matrix, result] += count
        sizes[matrix] += count
    shown = sorted(sizes, key=lambda matrix: (-sizes[matrix], matrix))[:GROUPS]
    return (
        Column("matrix", "", tuple(shown)),
        *(Column(result, "jobs", tuple(counts[matrix, result] for matrix in shown)) for result in RESULTS),
    )


_BUILDS = f"""
    {LAST_ATTEMPTS}
    SELECT {{bucket}} AS bucket, result, count(*) AS builds FROM last_attempts GROUP BY 1, 2
"""  # noqa: S608 - fixed text only
_JOBS = """
    SELECT {bucket} AS bucket, result, count(*) AS jobs
    FROM job WHERE {jobs} GROUP BY 1, 2
"""
_MATRIX_RESULTS = (
    "SELECT {entry} AS matrix, result, count(*) AS jobs FROM job WHERE {jobs}{of entry} GROUP BY 1, 2"
)

CHARTS = (
    Chart(
        "builds",
        "Builds",
        "builds",
        "Builds by result; one that ran again counts once, by its last attempt in the range.",
        builds,
    ),
    Chart("jobs", "Jobs", "jobs", "Build jobs by result; every attempt counts.", jobs),
    Chart(
        "matrix_results",
        "Job results per build matrix",
        "jobs",
        f"Build jobs by result and entry of the build matrix, by name where there is none; the {GROUPS} with "
        "most jobs.",
        matrix_results,
    ),
)
