"""How the last builds of a pipeline ended, of whatever branch, and the runs of their jobs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from buildtimetrend.findings.series import job_of
from buildtimetrend.model import Query, Result
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store, rows
from buildtimetrend.waste.runs import Run


@dataclass(frozen=True, slots=True)
class Outcomes:
    """`builds` are rows, in the order in which they began, of the last attempt of each; `runs` those of the
    jobs that passed or did not.
    """

    builds: list[dict[str, Any]]
    runs: list[Run]


def outcomes(store: Store, query: Query) -> Outcomes:
    """One pipeline at a time: filter by it."""
    first: dict[tuple[str, ...], dict[str, Any]] = {}
    last: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows(reads.tried_builds(store, query)):
        first.setdefault(_key(row), row)
        last[_key(row)] = row
    places = {key: place for place, key in enumerate(first)}
    jobs = [row for row in rows(reads.tried_jobs(store, query)) if _key(row) in places]
    commits = {key: _commit(row) for key, row in first.items()}
    return Outcomes(
        [last[key] | {"started_at": row["started_at"]} for key, row in first.items()],
        [
            Run(places[key], commits[key], job, passed, at)
            for key, job, passed, at in _runs(sorted(jobs, key=_of_attempt))
        ],
    )


def _runs(jobs: list[dict[str, Any]]) -> Iterator[tuple[tuple[str, ...], str, bool, Any]]:
    """Jobs that an attempt has twice by one name are one run, which passed if all of them did; those that the
    CI ran again within it are runs of their own.
    """
    for _, same in groupby(jobs, _of_attempt):
        runs = list(same)
        key, job = _key(runs[0]), job_of(runs[0])
        if runs[0]["again"]:
            yield from ((key, job, _passed(run), run["finished_at"]) for run in runs)
        else:
            yield key, job, all(map(_passed, runs)), runs[-1]["finished_at"]


def _of_attempt(job: dict[str, Any]) -> tuple[Any, ...]:
    return (*_key(job), job["attempt"], job_of(job))


def _key(row: dict[str, Any]) -> tuple[str, ...]:
    return row["provider"], row["instance"], row["build_id"]


def _passed(job: dict[str, Any]) -> bool:
    return bool(job["result"] == Result.PASSED)


def _commit(build: dict[str, Any]) -> str:
    """A pull request is built as merged into its base: that is other code than the commit alone."""
    if not build["commit_id"]:
        return f"build {build['build_id']}"
    return f"{build['commit_id']} merged" if build["is_pull"] else str(build["commit_id"])
