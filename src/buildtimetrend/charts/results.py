"""Results of builds and jobs, and builds per branch."""

from __future__ import annotations

from collections import Counter
from typing import Any

from buildtimetrend.charts.base import GROUPS, NAMES, NONE, OTHER, Chart, spread
from buildtimetrend.model import Column, Query, Result
from buildtimetrend.store.base import Store, Table
from buildtimetrend.store.reads import ask

RESULTS = tuple(result.value for result in Result)


def builds(store: Store, query: Query) -> tuple[Column, ...]:
    return spread(query, RESULTS, "builds", _cells(ask(store, query, _BUILDS)))


def jobs(store: Store, query: Query) -> tuple[Column, ...]:
    return spread(query, RESULTS, "jobs", _cells(ask(store, query, _JOBS)))


def matrix_results(store: Store, query: Query) -> tuple[Column, ...]:
    found = ask(store, query, _MATRIX_RESULTS)
    cells = _cells(found)
    sizes = Counter[Any]()
    for (matrix, _), count in cells.items():
        sizes[matrix] += count
    shown = sorted(sizes, key=lambda matrix: (-sizes[matrix], matrix))[:GROUPS]
    return (
        Column("matrix", "", tuple(shown)),
        *(Column(result, "jobs", tuple(cells[matrix, result] for matrix in shown)) for result in RESULTS),
    )


def builds_per_branch(store: Store, query: Query) -> tuple[Column, ...]:
    found = _cells(ask(store, query, _BUILDS_PER_BRANCH))
    sizes = Counter[Any]()
    for (_, branch), count in found.items():
        sizes[branch or NONE] += count
    shown = sorted(sizes, key=lambda branch: (-sizes[branch], branch))[:NAMES]
    cells = Counter[tuple[Any, Any]]()
    for (bucket, branch), count in found.items():
        cells[bucket, branch or NONE if (branch or NONE) in shown else OTHER] += count
    names = shown if len(sizes) == len(shown) or OTHER in shown else [*shown, OTHER]
    return spread(query, names, "builds", cells)


def _cells(table: Table) -> Counter[Any]:
    """Counts by the first two columns; what is not there is 0."""
    places, names, counts = table.values()
    return Counter(dict(zip(zip(places, names, strict=True), counts, strict=True)))


# Few builds run again: joining those is half the work of ordering all attempts, as DISTINCT ON does.
_LAST_ATTEMPTS = """
    WITH chosen AS (
        SELECT provider, instance, build_id, attempt, result, branch, finished_at FROM build WHERE {builds}
    ), again AS (
        SELECT provider, instance, build_id, max(attempt) AS last FROM chosen WHERE attempt > 1
        GROUP BY provider, instance, build_id
    ), last_attempts AS (
        SELECT result, branch, finished_at FROM chosen LEFT JOIN again USING (provider, instance, build_id)
        WHERE last IS NULL OR attempt = last
    )
"""
_BUILDS = f"""
    {_LAST_ATTEMPTS}
    SELECT {{bucket}} AS bucket, result, count(*) AS builds FROM last_attempts GROUP BY 1, 2
"""  # noqa: S608 - fixed text only
_BUILDS_PER_BRANCH = f"""
    {_LAST_ATTEMPTS}
    SELECT {{bucket}} AS bucket, branch, count(*) AS builds FROM last_attempts GROUP BY 1, 2
"""  # noqa: S608 - fixed text only
_JOBS = """
    SELECT {bucket} AS bucket, result, count(*) AS jobs
    FROM job WHERE {jobs} GROUP BY 1, 2
"""
_MATRIX_RESULTS = "SELECT matrix, result, count(*) AS jobs FROM job WHERE {jobs} GROUP BY 1, 2"

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
        f"Build jobs by result for each entry of the build matrix; the {GROUPS} with most jobs.",
        matrix_results,
    ),
    Chart(
        "builds_per_branch",
        "Builds per branch",
        "builds",
        f"Builds by branch: the {NAMES} branches with most builds in the range, all others as `{OTHER}`.",
        builds_per_branch,
    ),
)
