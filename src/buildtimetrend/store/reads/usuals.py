"""What is usual for each of many builds: as `usual` says it of one, in three queries for each pipeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from buildtimetrend.model import Value
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.kept_jobs import Row
from buildtimetrend.store.reads.jobs_of_builds import jobs_of
from buildtimetrend.store.reads.repos import repo_id
from buildtimetrend.store.reads.usual import BUILDS, Usual, usual_of

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
    repo_number, pipeline = repo_id(store, repo), builds[0]["pipeline_id"]
    of: dict[str, Value] = {"repo_id": repo_number, "pipeline": pipeline}
    newest = max(build["finished_at"] for build in builds)
    ended = rows(store.select(_ENDED, of | {"until": newest, "most": len(builds) + LOOKED_AT}))
    before = [_before(build, ended) for build in builds]
    wanted = {_key(one): one for one in (*builds, *(one for found in before for one in found))}
    jobs = jobs_of(store, repo_number, pipeline, list(wanted.values()))
    return [
        ([dict(job) for job in jobs[_key(build)]], usual_of(found, jobs, least))
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


_ENDED = """
    SELECT build_id, attempt, result, started_at, finished_at, duration FROM build
    WHERE repo_id = $repo_id AND pipeline = $pipeline AND (result = 'passed' OR attempt > 1)
        AND finished_at <= $until
    ORDER BY finished_at DESC LIMIT $most
"""
