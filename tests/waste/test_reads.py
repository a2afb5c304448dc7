"""What worker time came to nothing: the same on every engine."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from buildtimetrend.model import Build, Job, PullRequest, Query, Result, Worker
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store

BEGUN = datetime(2026, 3, 2, 8, tzinfo=UTC)  # a Monday
MINUTE = timedelta(minutes=1)


def build(repo: str, number: int, at: datetime, jobs: list[Job], **more: object) -> Build:
    result = next((job.result for job in jobs if job.result is not Result.PASSED), Result.PASSED)
    made = Build(
        provider="github", instance="https://api.github.com", repo=repo, id=f"{repo}-{number}",
        number=str(number), result=result, raw_result="x", attempt=1, pipeline="ci.yml", branch="main",
        commit=f"{number:040x}", trigger="push", started_at=at, finished_at=at + 10 * MINUTE,
        jobs=tuple(replace(job, started_at=at, finished_at=at + timedelta(seconds=60)) for job in jobs),
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def job(id: str, result: Result = Result.PASSED, *, name: str = "test", labels: tuple[str, ...] = ()) -> Job:
    return Job(
        id=id, number=None, result=result, raw_result="x", name=name, worker=Worker(labels=labels, os="linux")
    )


def kinds(store: Store, repo: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in reads.spent(store, Query(repo, BEGUN - timedelta(days=1), BEGUN + timedelta(days=30), "day")):
        counts[row.kind] += row.jobs
    return counts


def saved(store: Store, *builds: Build) -> None:
    for each in builds:
        store.save(each).result()


def test_failed_and_canceled_jobs_came_to_nothing(store: Store) -> None:
    repo = "spent/results"
    saved(
        store,
        build(
            repo,
            1,
            BEGUN,
            [
                job("a"),
                job("b", Result.FAILED, name="b"),
                job("c", Result.ERRORED, name="c"),
                job("d", Result.CANCELED, name="d"),
            ],
        ),
    )
    assert kinds(store, repo) == {"useful": 1, "failed": 2, "canceled": 1}


def test_a_job_of_the_same_commit_in_the_same_pipeline_is_repeated(store: Store) -> None:
    repo, first = "spent/again", [job("a", Result.FAILED)]
    one = build(repo, 1, BEGUN, first)
    again = replace(build(repo, 1, BEGUN + 60 * MINUTE, [job("a2")]), attempt=2)
    same = build(repo, 2, BEGUN + 120 * MINUTE, [job("b")], commit=one.commit)
    other = build(repo, 3, BEGUN + 180 * MINUTE, [job("c")], commit=one.commit, pipeline="nightly.yml")
    merged = build(
        repo,
        4,
        BEGUN + 240 * MINUTE,
        [job("d")],
        commit=one.commit,
        trigger="pull_request",
        pull_request=PullRequest("7"),
    )
    saved(store, one, again, same, other, merged)
    assert kinds(store, repo) == {"failed": 1, "repeated": 2, "useful": 2}


def test_parallel_jobs_of_one_name_are_not_repeated_but_those_that_the_ci_ran_again_are(store: Store) -> None:
    repo = "spent/parallel"
    saved(
        store,
        build(repo, 1, BEGUN, [job("a"), job("b")]),
        build(
            repo,
            2,
            BEGUN + 60 * MINUTE,
            [replace(job("c", Result.FAILED), own_attempt=1), replace(job("d"), own_attempt=2)],
        ),
    )
    assert kinds(store, repo) == {"useful": 2, "failed": 1, "repeated": 1}


def test_a_build_that_a_newer_one_of_its_branch_overtook_is_superseded(store: Store) -> None:
    repo = "spent/overtaken"
    saved(
        store,
        build(repo, 1, BEGUN, [job("a")]),
        build(repo, 2, BEGUN + 5 * MINUTE, [job("b")]),
        build(repo, 3, BEGUN + 7 * MINUTE, [job("c")], branch="other"),
        build(repo, 4, BEGUN + 15 * MINUTE, [job("d")]),  # begins as the second ends
    )
    assert kinds(store, repo) == {"superseded": 1, "useful": 3}


def test_weeks_begin_on_monday_and_labels_are_what_was_asked_of_the_runner(store: Store) -> None:
    repo = "spent/labels"
    odd = ('a "quoted", one', "b]c")
    saved(
        store,
        build(repo, 1, BEGUN, [job("a", labels=("ubuntu-latest",))]),
        build(repo, 2, BEGUN + timedelta(days=7), [job("b", labels=odd), job("c", name="plain")]),
    )
    query = Query(repo, BEGUN - timedelta(days=1), BEGUN + timedelta(days=30), "day")
    found = {(row.week.day, row.labels): (row.job, row.seconds) for row in reads.spent(store, query)}
    assert found == {
        (2, ("ubuntu-latest",)): ("test", 60.0),
        (9, odd): ("test", 60.0),
        (9, ("linux",)): ("plain", 60.0),
    }
