"""Runs of jobs by what they were of: which of them ran the same job of the same commit again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class Run(NamedTuple):
    """One run of a job that passed or did not. `build` is the place of its build among those that are looked
    at, `commit` says what was built: runs of one commit in the same pipeline are comparable.
    """

    build: int
    commit: str
    job: str
    passed: bool
    at: datetime  # when it ended


@dataclass(frozen=True, slots=True)
class Tried:
    """A job in one build, with all runs of it there. A run is a re-run if an earlier run of the job was of
    the same commit, in this build or in one before; of `reruns` so many `changed` the result.
    """

    build: int
    commit: str
    failed: bool  # in one of its runs
    reruns: int
    changed: int

    @property
    def tells(self) -> bool:
        """Whether it shows if the job is flaky: one that failed and was not run again may be broken."""
        return not self.failed or self.reruns > 0


def called(name: str | None, matrix: str) -> str:
    """A job by its name and matrix entry: two jobs may have the same entry."""
    return f"{name} ({matrix})" if name and matrix else name or matrix


def tried(runs: Iterable[Run]) -> dict[str, list[Tried]]:
    """By job, in the order of the builds."""
    of_jobs: defaultdict[str, list[Run]] = defaultdict(list)
    for run in sorted(runs, key=lambda run: (run.build, run.at)):
        of_jobs[run.job].append(run)
    return {job: _tried(each) for job, each in of_jobs.items()}


def _tried(runs: list[Run]) -> list[Tried]:
    latest: dict[str, bool] = {}  # result of each commit
    of_builds: dict[int, Tried] = {}
    for run in runs:
        before = latest.get(run.commit)
        known = of_builds.get(run.build, Tried(run.build, run.commit, failed=False, reruns=0, changed=0))
        of_builds[run.build] = Tried(
            build=run.build,
            commit=run.commit,
            failed=known.failed or not run.passed,
            reruns=known.reruns + (before is not None),
            changed=known.changed + (before is not None and before != run.passed),
        )
        latest[run.commit] = run.passed
    return list(of_builds.values())
