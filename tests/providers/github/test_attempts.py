"""Runs that were run again, as a whole or in part."""

from __future__ import annotations

from typing import Any

import pytest

from buildtimetrend.model import BuildRef, Result
from buildtimetrend.providers.base import Latest
from buildtimetrend.providers.github import GitHub
from tests.providers.github.answers import REPO, RUNS, fetched, job, paged, run
from tests.providers.github.conftest import Opener
from tests.providers.server import Reply, Server

AGAIN: dict[str, Any] = {
    "run_attempt": 2,
    "run_started_at": "2026-03-03T08:00:00Z",
    "updated_at": "2026-03-03T08:10:00Z",
}
RAN: dict[str, Any] = {"created_at": "2026-03-03T08:00:01Z", "started_at": "2026-03-03T08:00:05Z"}
NOW: dict[str, Any] = {**RAN, "completed_at": "2026-03-03T08:04:05Z", "run_attempt": 2}


def test_jobs_that_were_left_alone_belong_to_the_earlier_attempt(server: Server, github: GitHub) -> None:
    """They come with new ids and the later attempt's number, but their first times."""
    untouched = job(11, "lint", run_attempt=2, created_at="2026-03-03T08:00:00Z")
    build = fetched(server, github, run(**AGAIN), [untouched, job(12, "test", **NOW)])
    assert [each.name for each in build.jobs] == ["test"]
    assert build.attempt == 2
    assert build.duration == 245.0
    assert build.queued_at == build.started_at
    assert build.jobs[0].queue_time == 4.0


def test_jobs_that_say_their_attempt_are_believed(server: Server, github: GitHub) -> None:
    build = fetched(
        server, github, run(**AGAIN), [job(11, "lint", **{**NOW, "run_attempt": 1}), job(12, **NOW)]
    )
    assert [each.id for each in build.jobs] == ["12"]


def test_skipped_jobs_of_the_earlier_attempt_are_left_out_too(server: Server, github: GitHub) -> None:
    skipped = job(
        11, "deploy", run_attempt=2, conclusion="skipped", completed_at="2026-03-01T10:00:01Z", steps=[]
    )
    again = job(13, "report", conclusion="skipped", steps=[], **NOW)
    build = fetched(server, github, run(**AGAIN), [skipped, job(12, **NOW), again])
    assert [each.id for each in build.jobs] == ["12", "13"]


def test_the_first_attempt_keeps_all_its_jobs_and_its_own_end(server: Server, github: GitHub) -> None:
    """A later attempt moved `updated_at`."""
    first = run(conclusion="failure", updated_at="2026-03-03T08:10:00Z")
    build = fetched(server, github, first, [job(1, "lint"), job(2, "test", conclusion="failure")])
    assert len(build.jobs) == 2
    assert build.duration == 300.0


def test_an_attempt_is_fetched_by_its_own_address(server: Server, github: GitHub) -> None:
    server.routes[f"{RUNS}/9001"] = Reply(run(**AGAIN))
    server.routes[f"{RUNS}/9001/attempts/1"] = Reply(run(conclusion="failure"))
    server.routes[f"{RUNS}/9001/attempts/1/jobs"] = paged("jobs", [job(conclusion="failure")])
    build = github.fetch(BuildRef("github", github.instance, REPO, "9001", attempt=1))
    assert (build.attempt, build.result) == (1, Result.FAILED)
    assert f"{RUNS}/9001" not in server.paths()


def test_each_attempt_of_a_listed_run_is_a_build_to_fetch(server: Server, github: GitHub) -> None:
    listed = [run(3, 9), run(2, 8, run_attempt=3), run(1, 7, status="in_progress", conclusion=None)]
    server.routes[RUNS] = paged("workflow_runs", listed)
    found = [(ref.id, ref.attempt) for ref in github.select(REPO, Latest(10))]
    assert found == [("3", 1), ("2", 3), ("2", 2), ("2", 1)]


def test_a_server_without_jobs_of_attempts_lists_those_of_all(server: Server, github: GitHub) -> None:
    server.routes[f"{RUNS}/9001"] = Reply(run(**AGAIN))
    server.routes[f"{RUNS}/9001/jobs"] = paged("jobs", [job(1), job(2, "test", **NOW)])
    build = github.fetch(BuildRef("github", github.instance, REPO, "9001"))
    assert [each.id for each in build.jobs] == ["2"]
    assert {asked.query["filter"] for asked in server.asked if asked.path == f"{RUNS}/9001/jobs"} == {"all"}


@pytest.mark.parametrize("person", [{"login": "hubot"}, None])
def test_the_actor_is_who_started_this_attempt(
    server: Server, github: GitHub, person: dict[str, str] | None
) -> None:
    build = fetched(server, github, run(triggering_actor=person), [job()])
    assert build.actor == (person or {"login": "octocat"})["login"]


def test_needs_lead_to_jobs_of_the_earlier_attempt(server: Server, github: GitHub) -> None:
    from tests.providers.github.test_which_pipeline import file

    file(server, "jobs: {lint: {}, test: {needs: lint}}")
    build = fetched(server, github, run(**AGAIN), [job(11, "lint", run_attempt=2), job(12, "test", **NOW)])
    assert [(each.name, each.needs) for each in build.jobs] == [("test", ("11",))]


THREE = {
    1: [job(1, "lint"), job(2, "test", conclusion="failure"), job(3, "test (a)"), job(4, "test (a)")],
    2: [job(12, "test", conclusion="failure", **NOW)],
    3: [
        job(
            22, "test", run_attempt=3, created_at="2026-03-04T08:00:01Z", started_at="2026-03-04T08:00:05Z",
            completed_at="2026-03-04T08:01:00Z",
        )
    ],
}  # fmt: skip
STARTS = {1: "2026-03-01T10:00:00Z", 2: "2026-03-03T08:00:00Z", 3: "2026-03-04T08:00:00Z"}


def serve_three(server: Server, every: Any = None) -> None:
    from tests.providers.github.test_which_pipeline import file

    file(server, "jobs: {lint: {}, test: {needs: lint}}")
    before: list[dict[str, Any]] = []
    for attempt, own in THREE.items():
        told = run(run_attempt=attempt, run_started_at=STARTS[attempt], conclusion="failure")
        server.routes[f"{RUNS}/9001/attempts/{attempt}"] = Reply(told)
        ran = {each["name"] for each in own}
        left = [each for each in before if each["name"] not in ran]
        server.routes[f"{RUNS}/9001/attempts/{attempt}/jobs"] = paged("jobs", [*left, *own])
        before = [*left, *own]
        server.routes[RUNS] = paged("workflow_runs", [told])
    if every is not None:
        server.routes[f"{RUNS}/9001/jobs"] = every


def lists(*attempts: int) -> Any:
    return paged("jobs", [each for attempt in attempts for each in THREE[attempt]])


@pytest.mark.parametrize(
    ("every", "requests"),
    [
        (lists(3, 2, 1), 1 + 1 + 2 + 1),  # the list, all jobs, two attempts, the file
        (lists(3), 1 + 2 + 2 * 2 + 1),  # a server that lists those of the latest alone
        (None, 1 + 2 + 2 * 2 + 1),  # one without such a list, which is asked for once
        (Reply({"jobs": [{**job(1), "run_attempt": None}]}), 1 + 2 + 2 * 2 + 1),
    ],
)
def test_a_history_has_each_attempt_for_one_request(
    server: Server, opened: Opener, every: Any, requests: int
) -> None:
    serve_three(server, every)
    github = opened()
    builds = [github.fetch(ref) for ref in github.select(REPO, Latest(10))]
    assert len(server.asked) == requests
    assert [(build.attempt, [each.id for each in build.jobs]) for build in builds] == [
        (3, ["22"]),
        (2, ["12"]),
        (1, ["1", "2", "3", "4"]),
    ]
    assert [each.needs for build in builds for each in build.jobs if each.name == "test"][:3] == [("1",)] * 3
    asked_one_by_one = [
        opened().fetch(BuildRef("github", github.instance, REPO, "9001", attempt=attempt))
        for attempt in (3, 2, 1)
    ]
    assert builds == asked_one_by_one
