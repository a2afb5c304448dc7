"""A flaky job is a finding of its own kind: told once, closed when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from buildtimetrend.findings.outcomes.ended_builds import outcomes
from buildtimetrend.model import Build, Query, Result
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.base import Store
from buildtimetrend.web.analysis.found import found
from tests.findings.history import EVERY, USUAL, build
from tests.findings.test_watch import Watched

BEGUN = datetime.now(UTC) - timedelta(days=12)
JOBS = ("lint", "test")
QUERY = Query("", BEGUN - timedelta(days=300), BEGUN + timedelta(days=20), "week")
RESULTS = {"+": Result.PASSED, "-": Result.FAILED, "x": Result.CANCELED}


def attempts(repo: str, number: int, results: str) -> Iterator[Build]:
    """Of one build: the results of its job `test`; a re-run has that job alone."""
    begun = BEGUN + number * EVERY / 3
    for attempt, letter in enumerate(results, 1):
        at = begun + (attempt - 1) * timedelta(minutes=10)
        made = build(repo, number, at, USUAL, waiting=5.0, jobs=JOBS)
        result = RESULTS[letter]
        test = replace(made.jobs[1], id=f"{repo}-{number}-{attempt}", result=result, raw_result=result.value)
        jobs = (made.jobs[0], test) if attempt == 1 else (test,)
        yield replace(made, attempt=attempt, result=result, raw_result=result.value, jobs=jobs)


class Flaky(Watched):
    def run(self, results: list[str], first: int = 1) -> None:
        landing = [
            self.store.save(each, patience=0.05)
            for number, of_build in enumerate(results, first)
            for each in attempts(self.repo, number, of_build)
        ]
        for landed in landing:
            landed.result()


@pytest.fixture
def here() -> Iterator[Flaky]:
    with closing(open_store("duckdb://:memory:")) as store:
        yield Flaky(store, "ann/tool")


def test_a_flaky_job_is_told_once_with_its_figures_and_closed_when_it_is_over(here: Flaky) -> None:
    here.run([*["+"] * 10, *["-+", "+", "+"] * 5])
    here.look()
    here.look()
    assert here.told == [
        "ann/tool: Job test is flaky: it fails in 5 of 15 builds; 5 of 5 re-runs of the same commit gave "
        "another result."
    ]
    [row] = here.kept
    assert (row["what"], row["thing"], row["branches"], row["state"]) == ("flaky", "test", "all", "open")

    here.run(["-+", *["+"] * 30], 26)
    here.look()
    assert here.events() == ["opened", "fixed"]
    assert here.told[1:] == [
        "ann/tool: Job test was flaky: it failed in 6 of 16 builds; 6 of 6 re-runs of the same commit "
        "gave another result."
    ]
    assert len(here.kept) == 1


def test_a_job_that_is_flaky_again_later_is_another_finding(here: Flaky) -> None:
    here.run([*["-+"] * 6, *["+"] * 12])
    here.look()
    here.run(["-+"] * 6, 19)
    here.look()
    assert sorted(row["over_at"] is None for row in here.kept) == [False, True]


def test_a_failure_that_is_mended_by_the_next_commit_is_not_flaky(here: Flaky) -> None:
    here.run([*["+"] * 10, *["-", "+"] * 12])
    here.look()
    assert not here.kept


def test_a_canceled_run_says_nothing(here: Flaky) -> None:
    here.run(["x+"] * 20)
    here.look()
    assert not here.kept


def test_it_is_found_also_when_it_is_asked_for(here: Flaky) -> None:
    here.run(["-+", "+"] * 6)
    [told] = found(here.store, replace(QUERY, repo="ann/tool"))["findings"]
    assert (told["what"], told["jobs"], told["unit"], told["worse"]) == ("flaky", ["test"], "%", True)
    assert told["flaky"] == [{"job": "test", "failed": 6, "builds": 12, "reruns": 6, "changed": 6}]
    assert told["after"] == 50.0


def test_runs_are_those_of_all_attempts_on_every_engine(store: Store) -> None:
    repo = "ann/outcomes"
    for number, results in enumerate(["+", "-+", "x", "--+"], 1):
        for each in attempts(repo, number, results):
            store.save(each).result()
    of = outcomes(store, replace(QUERY, repo=repo))
    runs = [(run.build, run.passed) for run in of.runs if run.job == "test"]
    assert sorted(runs) == [(0, True), (1, False), (1, True), (3, False), (3, False), (3, True)]
    assert [(row["number"], row["result"], row["attempt"]) for row in of.builds] == [
        ("1", "passed", 1), ("2", "passed", 2), ("3", "canceled", 1), ("4", "passed", 3),
    ]  # fmt: skip
    assert len(reads.tried_builds(store, replace(QUERY, repo=repo), 2)["number"]) == 4
