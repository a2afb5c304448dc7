"""The headline of a slow build names what the simulation did to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any

import pytest

from buildtimetrend.critical_path.timings import timed
from buildtimetrend.enough import SIDE
from buildtimetrend.store.reads import Usual
from buildtimetrend.web.analysis.explained.verdict import Verdict, verdict
from tests.demo.planted import Played, What, of_the_demo, planted

NOW = 1_760_000_000
BUILDS, SLOWEST = 20, 50


@pytest.fixture(scope="module")
def histories() -> list[list[Played]]:
    """The builds of each pipeline that passed, in the order in which they began."""
    found = defaultdict(list)
    for build in of_the_demo(NOW):
        found[build.repo, build.pipeline].append(build)
    return [sorted(builds, key=lambda build: build.begins) for builds in found.values()]


def compared(histories: list[list[Played]]) -> Iterator[tuple[float, Played, Sequence[Played]]]:
    """How much longer each took than is usual, with the builds before it that say what is."""
    for builds in histories:
        for place, build in enumerate(builds):
            before = [one for one in builds[max(0, place - BUILDS - 5) : place] if one.ends <= build.begins]
            if len(before) >= SIDE:
                yield build.wall - median(one.wall for one in before[-BUILDS:]), build, before[-BUILDS:]


def rows_of(build: Played) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """As the store gives them."""
    of = {"started_at": _at(build.begins), "finished_at": _at(build.ends), "result": "passed"}
    jobs = [
        {
            "build_id": f"{build.number}",
            "attempt": 1,
            "job_id": job.id,
            "name": job.name,
            "matrix": job.matrix,
            "number": job.number,
            "stage": None,
            "result": "passed" if job.passed else "failed",
            "allow_failure": job.allow_failure,
            "queued_at": _at(ready),
            "started_at": _at(begun),
            "finished_at": _at(ended),
            "boot_time": job.boots,
            "needs": None if job.needs is None else [build.jobs[need].id for need in job.needs],
            "steps": [
                {"key": step, "phase": "", "depth": 0, "duration": seconds}
                for step, seconds in job.steps.items()
            ],
            **{f"build_{name}": value for name, value in of.items()},
        }
        for job, (ready, begun, ended) in zip(build.jobs, build.times(), strict=True)
    ]
    return of, jobs


def _at(second: float) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def usual_of(before: Sequence[Played]) -> Usual:
    jobs, steps = defaultdict(list), defaultdict(list)
    for build in before:
        for job in build.jobs:
            if job.passed:
                jobs[job.matrix, job.name].append(job.runs)
                for step, seconds in job.steps.items():
                    steps[job.matrix, job.name, step].append(seconds)
    return Usual(
        builds=len(before),
        duration=median(build.wall for build in before),
        jobs={name: median(found) for name, found in jobs.items() if len(found) >= SIDE},
        steps={name: median(found) for name, found in steps.items() if len(found) >= SIDE},
        passed_jobs=[row for build in before for row in rows_of(build)[1]],
    )


def said_of(build: Played, before: Sequence[Played]) -> Verdict:
    of, jobs = rows_of(build)
    return verdict(of, jobs, timed(of, jobs), usual_of(before))


def named(found: Verdict) -> set[What]:
    """The causes in the words of the simulation."""
    whats = set()
    for cause in found.causes:
        entry = f"{cause.job['name']}/{cause.job['matrix']}" if cause.job else ""
        whats.add(What("again") if cause.kind == "again" else What(cause.kind, entry, cause.key or ""))
        whats |= {What("waiting")} if cause.kind == "waiting" and cause.difference > 0 else set()
    return whats


def test_the_simulation_is_played_as_it_was(histories: list[list[Played]]) -> None:
    assert sum(map(len, histories)) > 2000
    assert all(job.waits >= 0 and job.runs >= 0 for builds in histories for one in builds for job in one.jobs)


def test_the_headline_of_the_slowest_builds_names_what_the_simulation_planted(
    histories: list[list[Played]],
) -> None:
    slowest = sorted(compared(histories), key=lambda one: -one[0])[:SLOWEST]
    missed = []
    for _, build, before in slowest:
        found, truth = said_of(build, before), planted(build, before)
        if truth not in named(found):
            missed.append((build.repo, build.number, truth, found.sentence))
    share = 1 - len(missed) / SLOWEST
    print(f"of the {SLOWEST} slowest builds {share:.0%} name the planted cause; not: {missed}")
    assert share >= 0.95
