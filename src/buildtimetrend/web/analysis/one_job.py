"""One job over time: how long it takes and waits, on which branches, and how often builds wait for it."""

from __future__ import annotations

from statistics import median
from typing import Any

from buildtimetrend.critical_path.timings import timed
from buildtimetrend.enough import SIDE
from buildtimetrend.errors import NotFound
from buildtimetrend.findings.series import job_of
from buildtimetrend.model import Query
from buildtimetrend.steps import label
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.reads.job_runs import job_runs, steps_of_job
from buildtimetrend.store.reads.middle_builds import middle_builds
from buildtimetrend.timeframes import buckets
from buildtimetrend.web.analysis.distribution import distribution
from buildtimetrend.web.analysis.runs import ENOUGH, Run, figures, grouped

SLOWEST, STEPS = 10, 30
MOST_BUILDS = 500  # whose critical paths are looked at


def one_job(store: Store, query: Query, job: str) -> dict[str, Any]:
    """Figures of all runs in the range, and by `branches`; `waited` and `waited_p95` (s), its waits for a
    worker; its `steps`; the `slowest` runs, the `distribution` of all, and `all` of them, the newest first.
    `critical` of `looked_at` builds, the middle half of each bucket, waited for it.

    Raises `NotFound` where none of the builds has such a job.
    """
    found = rows(job_runs(store, query, job))
    if not found:
        raise NotFound(f"No build of {query.repo} in this range has a job {job!r}.", detail="job")
    waits = sorted(run["queue_time"] for run in found if run["queue_time"] is not None)
    critical, looked_at = _critical(store, query, job)
    return {
        "job": job,
        "name": found[0]["name"],
        "matrix": found[0]["matrix"],
        **figures(found, _failed),
        "waited": median(waits) if waits else None,
        "waited_p95": waits[int(0.95 * len(waits))] if len(waits) >= ENOUGH else None,
        "critical": critical,
        "looked_at": looked_at,
        "branches": grouped(found, lambda run: run["branch"] or "", _failed),
        "steps": _steps(store, query, job),
        "distribution": distribution([run["seconds"] for run in found]),
        "slowest": sorted(found, key=lambda run: -run["seconds"])[:SLOWEST],
        "all": found,
    }


def _failed(run: Run) -> bool:
    return run["result"] in ("failed", "errored")


def _steps(store: Store, query: Query, job: str) -> list[dict[str, Any]]:
    """What the job ran, that with most time first."""
    found = rows(steps_of_job(store, query, job, STEPS))
    return [step | {"name": label(step["key"], step["phase"])} for step in found]


def _critical(store: Store, query: Query, job: str) -> tuple[int, int]:
    """In how many builds the job is on the critical path, of how many. None of too few."""
    places = buckets(query.since, query.until, query.interval)
    whole = query.filtered(job=None, build_matrix=None)
    critical = looked_at = 0
    builds, _ = middle_builds(store, whole, max(1, MOST_BUILDS // max(1, len(places))))
    for build in builds:
        known = timed(build.times, build.jobs, path_alone=True)
        if known is not None and known.path:
            looked_at += 1
            critical += any(job_of(build.jobs[place]) == job for place in known.path)
    return (critical, looked_at) if looked_at >= SIDE else (0, 0)
