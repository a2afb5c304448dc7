"""What is usual for each of many builds: as `usual` says it of one, in three queries for each pipeline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from buildtimetrend import json_text
from buildtimetrend.model import Value
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.columns import DETAILS
from buildtimetrend.store.reads.names import named
from buildtimetrend.store.reads.repos import repo_id
from buildtimetrend.store.reads.usual import ASIDE, BUILDS, Usual

Row = dict[str, Any]
# Attempts that passed, of which some were tried again, beyond those that are asked about.
LOOKED_AT = 2 * BUILDS


def usuals(
    store: Store, repo: str, builds: Sequence[Mapping[str, Any]], least: int
) -> list[tuple[list[Row], Usual]]:
    """For each of the builds, attempts of one pipeline that passed, as `builds` has them: its jobs with their
    `steps`, of which each has key, phase, depth and duration, and what was usual when it began.
    """
    if not builds:
        return []
    of: dict[str, Value] = {"repo_id": repo_id(store, repo), "pipeline": builds[0]["pipeline_id"]}
    newest = max(build["finished_at"] for build in builds)
    ended = rows(store.select(_ENDED, of | {"until": newest, "most": len(builds) + LOOKED_AT}))
    before = [_before(build, ended) for build in builds]
    wanted = {_key(one): one for one in (*builds, *(one for found in before for one in found))}
    jobs = _jobs(store, of, list(wanted.values()))
    return [
        ([dict(job) for job in jobs[_key(build)]], _usual(found, jobs, least))
        for build, found in zip(builds, before, strict=True)
    ]


def _before(build: Mapping[str, Any], ended: Iterable[Row]) -> list[Row]:
    """The last attempts of the builds that had passed when it began, the latest first."""
    began = build["started_at"] or build["queued_at"] or build["finished_at"]
    last: dict[Any, Row] = {}
    for one in ended:
        if one["finished_at"] <= began and one["build_id"] != build["build_id"]:
            known = last.get(one["build_id"])
            if known is None or one["attempt"] > known["attempt"]:
                last[one["build_id"]] = one
    passed = [one for one in last.values() if one["result"] == "passed"]
    return sorted(passed, key=lambda one: (one["finished_at"], one["build_id"]), reverse=True)[:BUILDS]


def _key(row: Mapping[str, Any]) -> tuple[str, int]:
    return row["build_id"], row["attempt"]


def _jobs(
    store: Store, of: Mapping[str, Value], builds: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, int], list[Row]]:
    _, ids = named("build", [build["build_id"] for build in builds])
    _, attempts = named("attempt", [build["attempt"] for build in builds])
    chosen = ", ".join(f"(${one}, ${other})" for one, other in zip(ids, attempts, strict=True))
    since = min(build["started_at"] or build["finished_at"] for build in builds) - ASIDE
    until = max(build["finished_at"] for build in builds) + ASIDE
    given: dict[str, Value] = {**of, **ids, **attempts, "since": since, "until": until}
    found = rows(store.select(_JOBS.replace("{attempts}", chosen), given))
    steps = _steps(store, _STEPS.replace("{attempts}", chosen), given, [job["job_key"] for job in found])
    times = {_key(build): build for build in builds}
    jobs = defaultdict(list)
    for job in found:
        details = json_text.loads(job.pop(DETAILS) or "{}")
        build = times[_key(job)]
        job |= {"needs": details.get("needs"), "steps": steps[job["job_key"]]}
        job |= {f"build_{name}": build[name] for name in ("started_at", "finished_at")}
        jobs[_key(job)].append(job)
    return jobs


def _steps(store: Store, sql: str, given: Mapping[str, Value], keys: Sequence[int]) -> dict[int, list[Row]]:
    found = defaultdict(list)
    if keys:
        # The bounds let an engine skip the parts of the tables that cannot have them.
        for row in rows(store.select(sql, {**given, "first": min(keys), "last": max(keys)})):
            found[row["job_key"]].append(row | {"depth": 0})
    return found


def _usual(
    builds: Sequence[Mapping[str, Any]], jobs: Mapping[tuple[str, int], Sequence[Row]], least: int
) -> Usual:
    if len(builds) < max(1, least):
        return Usual(len(builds))
    of_them = [job for build in sorted(builds, key=_key) for job in jobs.get(_key(build), ())]
    known = [build["duration"] for build in builds if build["duration"] is not None]
    durations, steps = defaultdict(list), defaultdict(list)
    for job in of_them:
        if job["result"] == "passed":
            if job["duration"] is not None:
                durations[job["matrix"], job["name"]].append(job["duration"])
            for step in job["steps"]:
                steps[job["matrix"], job["name"], step["key"]].append(step["duration"])
    return Usual(
        builds=len(builds),
        duration=median(known) if known else None,
        jobs={name: median(found) for name, found in durations.items() if len(found) >= least},
        steps={name: median(found) for name, found in steps.items() if len(found) >= least},
        passed_jobs=of_them,
    )


_ENDED = """
    SELECT build_id, attempt, result, started_at, finished_at, duration FROM build
    WHERE repo_id = $repo_id AND pipeline = $pipeline AND (result = 'passed' OR attempt > 1)
        AND finished_at <= $until
    ORDER BY finished_at DESC LIMIT $most
"""
_OF_THEM = """
    repo_id = $repo_id AND pipeline = $pipeline AND (build_id, attempt) IN ({attempts})
    AND (finished_at IS NULL OR finished_at BETWEEN $since AND $until)
"""
_JOBS = f"""
    SELECT build_id, attempt, job_id, job_key, number, matrix, name, stage, result, allow_failure, queued_at,
           started_at, finished_at, boot_time, duration, details
    FROM job WHERE {_OF_THEM} ORDER BY build_id, attempt, job_key
"""  # noqa: S608 - fixed text only
_STEPS = f"""
    WITH chosen AS (
        SELECT job_key FROM job WHERE {_OF_THEM} AND job_key BETWEEN $first AND $last
    )
    SELECT step.job_key, key, min(phase) AS phase, sum(duration) AS duration
    FROM step JOIN chosen ON step.job_key = chosen.job_key
    WHERE repo_id = $repo_id AND step.job_key BETWEEN $first AND $last AND depth = 0 AND duration IS NOT NULL
    GROUP BY step.job_key, key
"""  # noqa: S608 - fixed text only
