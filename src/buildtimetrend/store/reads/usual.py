"""How long a build, its jobs and its steps took before: medians of the builds that passed last.

A history may be long: what is asked for lies within a stretch of time, which an engine finds by its index or
skips to by its columns of instants alone, so that the texts of other builds are not read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from operator import itemgetter
from statistics import median
from typing import Any

from buildtimetrend import json_text
from buildtimetrend.model import Value
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.columns import DETAILS
from buildtimetrend.store.reads.names import named
from buildtimetrend.store.reads.repos import repo_id

BUILDS = 20
# Attempts that passed, of which some were tried again: so many are looked at first, then eight times more.
LOOKED_AT, MORE = 2 * BUILDS, 8
# A job that ends so long after its build, or so long before it, says nothing about what is usual.
ASIDE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Usual:
    """Medians (s) over the jobs that passed in the last `builds` builds that did, at most `BUILDS`.

    A job is known by its matrix and name, a step of depth 0 by these and its key. What never ran, or in too
    few jobs, is in neither. `passed_jobs` has a row for each job of these builds, with when both began
    and ended (`build_started_at`, …), for what medians do not tell.
    """

    builds: int = 0
    duration: float | None = None
    jobs: Mapping[tuple[str, str | None], float] = field(default_factory=dict)
    steps: Mapping[tuple[str, str | None, str], float] = field(default_factory=dict)
    passed_jobs: Sequence[Mapping[str, Any]] = ()


def usual(store: Store, repo: str, build: Mapping[str, Value], least: int = 1) -> Usual:
    """Of the builds of the same pipeline that had passed when this attempt (a row of `builds`) began.

    Of each its last attempt until then: what is tried again later changes nothing of it. `least` jobs are
    needed for a median; of fewer builds there are none at all.
    """
    began = build["started_at"] or build["queued_at"] or build["finished_at"]
    if began is None:
        return Usual()
    of: dict[str, Value] = {"repo_id": repo_id(store, repo), "pipeline": build["pipeline_id"]}
    passed = _passed(store, of | {"began": began}, str(build["build_id"]))
    if len(passed) < max(1, least):
        return Usual(len(passed))
    of |= _times(passed)
    jobs = _jobs(store, of, passed)
    jobs_passed = [job for job in jobs if job["result"] == "passed"]
    return Usual(
        builds=len(passed),
        duration=_median(row["duration"] for row in passed),
        jobs=_medians(jobs_passed, least),
        steps=_steps(store, of, passed, jobs_passed, least),
        passed_jobs=_passed_jobs(passed, jobs),
    )


def _passed(store: Store, of: dict[str, Value], besides: str) -> list[dict[str, Any]]:
    """The last attempts of the builds that passed last, the latest first, but for one build."""
    looked_at = LOOKED_AT
    while True:
        ends = store.select(_ENDS, of | {"most": looked_at})["finished_at"]
        if not ends:
            return []
        ended = rows(store.select(_ENDED, of | {"since": ends[-1]}))
        found = _last_that_passed([row for row in ended if row["build_id"] != besides])
        if len(found) == BUILDS or len(ends) < looked_at:
            return found
        looked_at *= MORE


def _last_that_passed(ended: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    last = {row["build_id"]: row for row in sorted(ended, key=itemgetter("attempt"))}
    passed = [dict(row) for row in last.values() if row["result"] == "passed"]
    return sorted(passed, key=itemgetter("finished_at", "build_id"), reverse=True)[:BUILDS]


def _times(passed: Sequence[Mapping[str, Any]]) -> dict[str, Value]:
    """When jobs of these attempts ended, at most."""
    began = min(row["started_at"] or row["finished_at"] for row in passed)
    ended = max(row["finished_at"] for row in passed)
    return {"since": began - ASIDE, "until": ended + ASIDE}


def _jobs(store: Store, of: Mapping[str, Value], passed: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of these attempts, in the order of the builds' ids, attempts and the jobs' keys."""
    names, ids = named("build", [row["build_id"] for row in passed])
    found = rows(store.select(_JOBS.replace("{builds}", names), {**of, **ids}))
    attempts = {(row["build_id"], row["attempt"]) for row in passed}
    return [job for job in found if (job["build_id"], job["attempt"]) in attempts]


def _medians(jobs: Sequence[Mapping[str, Any]], least: int) -> dict[tuple[str, str | None], float]:
    durations = defaultdict(list)
    for job in jobs:
        durations[job["matrix"], job["name"]].append(job["duration"])
    found = {key: _median(values) for key, values in durations.items() if len(values) >= least}
    return {key: value for key, value in found.items() if value is not None}


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _passed_jobs(
    builds: Sequence[Mapping[str, Any]], jobs: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, Any], ...]:
    times = {(row["build_id"], row["attempt"]): row for row in builds}
    return tuple(
        {name: value for name, value in job.items() if name not in ("duration", DETAILS)}
        | {"needs": json_text.loads(job[DETAILS] or "{}").get("needs")}
        | {
            f"build_{name}": times[job["build_id"], job["attempt"]][name]
            for name in ("started_at", "finished_at")
        }
        for job in jobs
    )


def _steps(
    store: Store,
    of: Mapping[str, Value],
    passed: Sequence[Mapping[str, Any]],
    jobs: Sequence[Mapping[str, Any]],
    least: int,
) -> dict[tuple[str, str | None, str], float]:
    keys = [job["job_key"] for job in jobs]
    if not keys:
        return {}
    _, ids = named("build", [row["build_id"] for row in passed])
    _, attempts = named("attempt", [row["attempt"] for row in passed])
    chosen = ", ".join(f"(${one}, ${other})" for one, other in zip(ids, attempts, strict=True))
    # The bounds let an engine skip the parts of the tables that cannot have them.
    bounds: dict[str, Value] = {"first": min(keys), "last": max(keys)}
    params: dict[str, Value] = {**of, **ids, **attempts, **bounds, "least": least}
    found = rows(store.select(_STEPS.replace("{attempts}", chosen), params))
    return {(row["matrix"], row["job_name"], row["step_key"]): row["median"] for row in found}


_OF_PIPELINE = "repo_id = $repo_id AND pipeline = $pipeline"
_ENDS = f"""
    SELECT finished_at FROM build WHERE {_OF_PIPELINE} AND finished_at <= $began AND result = 'passed'
    ORDER BY finished_at DESC LIMIT $most
"""  # noqa: S608 - fixed text only
_ENDED = f"""
    SELECT build_id, attempt, result, started_at, finished_at, duration
    FROM build WHERE {_OF_PIPELINE} AND finished_at BETWEEN $since AND $began
"""  # noqa: S608 - fixed text only
_IN_TIME = f"{_OF_PIPELINE} AND (finished_at IS NULL OR finished_at BETWEEN $since AND $until)"
_JOBS = f"""
    SELECT build_id, attempt, job_id, job_key, matrix, name, stage, result, allow_failure, queued_at,
           started_at, finished_at, boot_time, duration, details
    FROM job WHERE {_IN_TIME} AND build_id IN ({{builds}})
    ORDER BY build_id, attempt, job_key
"""  # noqa: S608 - fixed text only
_STEPS = f"""
    WITH chosen AS (
        SELECT job_key, matrix, name AS job_name FROM job
        WHERE {_IN_TIME} AND (build_id, attempt) IN ({{attempts}})
          AND job_key BETWEEN $first AND $last AND result = 'passed'
    ), run AS (
        SELECT matrix, job_name, step.key AS step_key, sum(step.duration) AS seconds
        FROM step JOIN chosen ON step.job_key = chosen.job_key
        WHERE repo_id = $repo_id AND step.job_key BETWEEN $first AND $last
          AND depth = 0 AND step.duration IS NOT NULL
        GROUP BY step.job_key, matrix, job_name, step.key
    )
    SELECT matrix, job_name, step_key, percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median
    FROM run GROUP BY matrix, job_name, step_key HAVING count(*) >= $least
"""  # noqa: S608 - fixed text only
