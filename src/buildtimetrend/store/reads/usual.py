"""How long a build, its jobs and its steps took before: medians of the builds that passed last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from buildtimetrend.model import Value
from buildtimetrend.store.base import Store, Table, rows
from buildtimetrend.store.reads.names import named
from buildtimetrend.store.reads.repos import repo_id

BUILDS = 20


@dataclass(frozen=True, slots=True)
class Usual:
    """Medians (s) over the jobs that passed in the last `builds` builds that did, at most `BUILDS`.

    A job is known by its matrix and name, a step of depth 0 by these and its key. What never ran, or in too
    few jobs, is in neither. `before` has a row for each job of these builds, with when both began and ended
    (`build_started_at`, …), for what medians do not tell.
    """

    builds: int = 0
    duration: float | None = None
    jobs: Mapping[tuple[str, str | None], float] = field(default_factory=dict)
    steps: Mapping[tuple[str, str | None, str], float] = field(default_factory=dict)
    before: Sequence[Mapping[str, Any]] = ()


def usual(store: Store, repo: str, build: Mapping[str, Value], least: int = 1) -> Usual:
    """Of the builds of the same repo and CI that had passed when this attempt (a row of `builds`) began.

    Of each its last attempt until then: what is tried again later changes nothing of it. `least` jobs are
    needed for a median; of fewer builds there are none at all.
    """
    began = build["started_at"] or build["queued_at"] or build["finished_at"]
    if began is None:
        return Usual()
    of_repo: dict[str, Value] = {"repo_id": repo_id(store, repo)}
    of_ci = {name: build[name] for name in ("provider", "instance")}
    own = {"build_id": build["build_id"], "began": began, "builds": BUILDS}
    passed = store.select(_PASSED, of_repo | of_ci | own)
    if len(passed["build_id"]) < max(1, least):
        return Usual(len(passed["build_id"]))
    chosen, given = _attempts(passed)
    of_jobs = of_repo | of_ci | given | {"least": least}
    jobs = store.select(_JOBS.replace("{attempts}", chosen), of_jobs)
    return Usual(
        builds=len(passed["build_id"]),
        duration=_median(store, of_repo | of_ci, chosen, given),
        jobs={(row["matrix"], row["name"]): row["median"] for row in rows(jobs) if row["median"] is not None},
        steps=_steps(store, jobs, chosen, of_jobs),
        before=_before(passed, store.select(_BEFORE.replace("{attempts}", chosen), of_repo | of_ci | given)),
    )


def neighbours(store: Store, repo: str, build: Mapping[str, Value]) -> tuple[str | None, str | None]:
    """The numbers of the builds of the same repo and CI that began last before, and first after, that one."""
    of = {name: build[name] for name in ("provider", "instance", "build_id")}
    params = {"repo_id": repo_id(store, repo), **of}
    before, after = (store.select(sql, params)["number"] for sql in (_BUILD_BEFORE, _BUILD_AFTER))
    return str(before[0]) if before else None, str(after[0]) if after else None


def _attempts(passed: Table) -> tuple[str, dict[str, Value]]:
    """What goes between the brackets of `(build_id, attempt) IN ()`, and its parameters."""
    _, ids = named("build", passed["build_id"])
    _, attempts = named("attempt", passed["attempt"])
    return ", ".join(f"(${one}, ${other})" for one, other in zip(ids, attempts, strict=True)), ids | attempts


def _before(builds: Table, jobs: Table) -> tuple[dict[str, Any], ...]:
    times = {(row["build_id"], row["attempt"]): row for row in rows(builds)}
    return tuple(
        job
        | {
            f"build_{name}": times[job["build_id"], job["attempt"]][name]
            for name in ("started_at", "finished_at")
        }
        for job in rows(jobs)
    )


def _median(store: Store, of: dict[str, Value], chosen: str, given: dict[str, Value]) -> float | None:
    found = store.select(_BUILD.replace("{attempts}", chosen), of | given)["median"][0]
    return found if isinstance(found, float) else None


def _steps(
    store: Store, jobs: Table, chosen: str, of_jobs: dict[str, Value]
) -> dict[tuple[str, str | None, str], float]:
    if not jobs["first"]:
        return {}
    # The bounds let an engine skip the parts of the table that cannot have them.
    bounds: dict[str, Value] = {
        "first": min(int(str(key)) for key in jobs["first"]),
        "last": max(int(str(key)) for key in jobs["last"]),
    }
    found = rows(store.select(_STEPS.replace("{attempts}", chosen), of_jobs | bounds))
    return {(row["matrix"], row["job_name"], row["step_key"]): row["median"] for row in found}


_PASSED = """
    WITH ended AS (
        SELECT build_id, attempt, result, started_at, finished_at,
               row_number() OVER (PARTITION BY build_id ORDER BY attempt DESC) AS place
        FROM build
        WHERE repo_id = $repo_id AND provider = $provider AND instance = $instance
          AND finished_at <= $began AND build_id <> $build_id
    )
    SELECT build_id, attempt, started_at, finished_at FROM ended WHERE place = 1 AND result = 'passed'
    ORDER BY finished_at DESC, build_id DESC LIMIT $builds
"""
_OF_THEM = """
    repo_id = $repo_id AND provider = $provider AND instance = $instance
    AND (build_id, attempt) IN ({attempts})
"""
_BUILD = f"""
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY duration) AS median FROM build WHERE {_OF_THEM}
"""  # noqa: S608 - fixed text only
_JOBS = f"""
    SELECT matrix, name, percentile_cont(0.5) WITHIN GROUP (ORDER BY duration) AS median,
           min(job_key) AS first, max(job_key) AS last
    FROM job WHERE {_OF_THEM} AND result = 'passed' GROUP BY matrix, name HAVING count(*) >= $least
"""  # noqa: S608 - fixed text only
_BEFORE = f"""
    SELECT build_id, attempt, job_key, matrix, name, stage, result, allow_failure, queued_at, started_at,
           finished_at, boot_time
    FROM job WHERE {_OF_THEM} ORDER BY build_id, attempt, job_key
"""  # noqa: S608 - fixed text only
_STEPS = f"""
    WITH chosen AS (
        SELECT job_key, matrix, name AS job_name FROM job WHERE {_OF_THEM} AND result = 'passed'
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
_BEGAN = """
    WITH began AS (
        SELECT build_id, number, min(coalesce(queued_at, started_at, finished_at)) AS instant
        FROM build WHERE repo_id = $repo_id AND provider = $provider AND instance = $instance
        GROUP BY build_id, number
    ), this AS (
        SELECT instant FROM began WHERE build_id = $build_id
    )
"""
_BUILD_BEFORE = f"""
    {_BEGAN} SELECT number FROM began WHERE instant < (SELECT min(instant) FROM this)
    ORDER BY instant DESC, number DESC LIMIT 1
"""  # noqa: S608 - fixed text only
_BUILD_AFTER = f"""
    {_BEGAN} SELECT number FROM began WHERE instant > (SELECT max(instant) FROM this)
    ORDER BY instant, number LIMIT 1
"""  # noqa: S608 - fixed text only
