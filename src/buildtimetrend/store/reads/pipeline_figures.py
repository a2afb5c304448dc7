"""Figures of each of a repo's pipelines: what takes most time, and how it develops."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from buildtimetrend.enough import change_of_medians
from buildtimetrend.model import Query, Value
from buildtimetrend.store.base import Store, Table, rows
from buildtimetrend.store.reads.filters import DECIDED, FAILED, ask
from buildtimetrend.store.reads.spread import QUARTILES, percentiles


def pipeline_figures(store: Store, query: Query) -> list[dict[str, Any]]:
    """A row for each pipeline with builds or jobs in the range, by id, that with most job time first.

    `jobs`, `seconds` (of all of them) and `success_rate` (%) are of jobs; `builds`, and of their wall time
    (s) `median_duration`, `previous_median_duration` and `change` as in `projects`; `last_…` is the last
    build in the range. A filter on the pipeline has no effect.
    """
    query = query.filtered(pipeline=None)
    previous = replace(query, since=query.since - (query.until - query.since), until=query.since)
    jobs = _by_pipeline(ask(store, query, _JOBS))
    now, before = (_by_pipeline(ask(store, of, _BUILDS)) for of in (query, previous))
    last = _by_pipeline(ask(store, query, _LAST))
    found = [
        {"id": id} | _figures(*(table.get(id, {}) for table in (jobs, now, before, last)))
        for id in jobs.keys() | now.keys()
    ]
    return sorted(found, key=lambda row: (-row["seconds"], row["id"]))


def pipeline_trends(store: Store, query: Query) -> Table:
    """The median wall time (s) of builds by `pipeline`, an id, and `bucket`; without those that had none."""
    return ask(store, query.filtered(pipeline=None), _TRENDS)


def _by_pipeline(table: Table) -> dict[Value, dict[str, Any]]:
    return {row["pipeline"]: row for row in rows(table)}


def _figures(
    jobs: dict[str, Any], now: dict[str, Any], before: dict[str, Any], last: dict[str, Any]
) -> dict[str, Any]:
    decided = jobs.get("passed", 0) + jobs.get("failed", 0)
    counts = now.get("compared", 0), before.get("compared", 0)
    changed = change_of_medians((now, counts[0]), (before, counts[1]))
    return {
        "jobs": jobs.get("jobs", 0),
        "seconds": jobs.get("seconds") or 0.0,
        "success_rate": 100.0 * jobs["passed"] / decided if decided else None,
        "builds": now.get("builds", 0),
        "median_duration": now.get("median"),
        "previous_median_duration": before.get("median"),
        "compared_builds": counts[0],
        "previous_builds": counts[1],
        "change": changed.percent,
        "change_verdict": changed.verdict,
        "last_build": last.get("number"),
        "last_build_id": last.get("build_id"),
        "last_result": last.get("result"),
        "last_branch": last.get("branch"),
        "last_finished_at": last.get("finished_at"),
    }


_JOBS = f"""
    SELECT pipeline, count(*) AS jobs, count(*) FILTER (WHERE result = 'passed') AS passed,
           count(*) FILTER (WHERE {FAILED}) AS failed, sum(duration) AS seconds
    FROM job WHERE {{jobs}} GROUP BY pipeline
"""  # noqa: S608 - fixed text only
# A build counts once, by its last attempt in the range.
_BUILDS = f"""
    WITH last AS (
        SELECT DISTINCT ON (pipeline, build_id) pipeline, build_id, result, duration
        FROM build WHERE {{builds}} ORDER BY pipeline, build_id, attempt DESC
    )
    SELECT pipeline, count(*) AS builds, count(duration) FILTER (WHERE {DECIDED}) AS compared,
           {percentiles("duration", DECIDED, QUARTILES)}
    FROM last GROUP BY pipeline
"""  # noqa: S608 - fixed text only
_LAST = """
    SELECT DISTINCT ON (pipeline) pipeline, build_id, number, result, branch, finished_at
    FROM build WHERE {builds} ORDER BY pipeline, finished_at DESC, attempt DESC, build_id DESC
"""
_TRENDS = f"""
    SELECT pipeline, {{bucket}} AS bucket, percentile_cont(0.5) WITHIN GROUP (ORDER BY duration) AS median
    FROM build WHERE {{builds}} AND duration IS NOT NULL AND {DECIDED} GROUP BY 1, 2
"""  # noqa: S608 - fixed text only
