"""How long a build, its jobs and its steps took before: medians of the builds that passed last.

A history may be long: what is asked for lies within a stretch of time, which an engine finds by its index or
skips to by its columns of instants alone, so that the texts of other builds are not read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter
from statistics import median
from typing import Any

from buildtimetrend.model import Value
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.kept_jobs import Row
from buildtimetrend.store.reads.jobs_of_builds import jobs_of
from buildtimetrend.store.reads.repos import repo_id

BUILDS = 20
# Busy pipelines have so many in so short a time: then no long history is read.
SHORTLY = timedelta(days=1)
# Attempts that passed, of which some were tried again: so many are looked at first, then eight times more.
LOOKED_AT, MORE = 2 * BUILDS, 8


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
    if not isinstance(began, datetime):
        return Usual()
    repo_number, pipeline = repo_id(store, repo), int(str(build["pipeline_id"]))
    of: dict[str, Value] = {"repo_id": repo_number, "pipeline": pipeline}
    passed = _passed(store, of, began, str(build["build_id"]))
    if len(passed) < max(1, least):
        return Usual(len(passed))
    return usual_of(passed, jobs_of(store, repo_number, pipeline, passed), least)


def usual_of(
    builds: Sequence[Mapping[str, Any]], jobs: Mapping[tuple[str, int], Sequence[Row]], least: int
) -> Usual:
    """Of builds that passed and their jobs, as `jobs_of` has them."""
    if len(builds) < max(1, least):
        return Usual(len(builds))
    of_them = [job for key in sorted(map(_key, builds)) for job in jobs[key]]
    durations, steps = defaultdict(list), defaultdict(list)
    for job in of_them:
        if job["result"] == "passed":
            if job["duration"] is not None:
                durations[job["matrix"], job["name"]].append(job["duration"])
            for step in job["steps"]:
                steps[job["matrix"], job["name"], step["key"]].append(step["duration"])
    known = [build["duration"] for build in builds if build["duration"] is not None]
    return Usual(
        builds=len(builds),
        duration=median(known) if known else None,
        jobs={name: median(found) for name, found in durations.items() if len(found) >= least},
        steps={name: median(found) for name, found in steps.items() if len(found) >= least},
        passed_jobs=of_them,
    )


def _key(row: Mapping[str, Any]) -> tuple[str, int]:
    return row["build_id"], row["attempt"]


def _passed(store: Store, of: dict[str, Value], began: datetime, besides: str) -> list[dict[str, Any]]:
    """The last attempts of the builds that passed last, the latest first, but for one build."""
    of = of | {"began": began}
    found = _since(store, of, began - SHORTLY, besides)
    looked_at = LOOKED_AT
    while len(found) < BUILDS:
        ends = store.select(_ENDS, of | {"most": looked_at})["finished_at"]
        if not ends:
            return []
        found = _since(store, of, ends[-1], besides)
        if len(ends) < looked_at:
            break
        looked_at *= MORE
    return found


def _since(store: Store, of: dict[str, Value], since: Value, besides: str) -> list[dict[str, Any]]:
    ended = rows(store.select(_ENDED, of | {"since": since}))
    return _last_that_passed([row for row in ended if row["build_id"] != besides])


def _last_that_passed(ended: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    last = {row["build_id"]: row for row in sorted(ended, key=itemgetter("attempt"))}
    passed = [dict(row) for row in last.values() if row["result"] == "passed"]
    return sorted(passed, key=itemgetter("finished_at", "build_id"), reverse=True)[:BUILDS]


_OF_PIPELINE = "repo_id = $repo_id AND pipeline = $pipeline"
_ENDS = f"""
    SELECT finished_at FROM build WHERE {_OF_PIPELINE} AND finished_at <= $began AND result = 'passed'
    ORDER BY finished_at DESC LIMIT $most
"""  # noqa: S608 - fixed text only
_ENDED = f"""
    SELECT build_id, attempt, result, started_at, finished_at, duration
    FROM build WHERE {_OF_PIPELINE} AND finished_at BETWEEN $since AND $began
"""  # noqa: S608 - fixed text only
