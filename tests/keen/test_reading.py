"""Events read back as builds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from buildtimetrend.keen.exchange.reading import Reader
from buildtimetrend.keen.instants import time_of
from buildtimetrend.keen.shape import Event, job_event, substage_events
from buildtimetrend.model import Build, Exit, Job, LogState, Matrix, Result, Worker
from tests.store.examples import at, build, job, pull_request, step

ORG = "https://api.travis-ci.org"


def read(jobs: Iterable[Event], substages: Iterable[Event] = ()) -> tuple[list[Build], dict[str, int]]:
    """The builds, and what was skipped."""
    reader = Reader(ORG)
    for event in jobs:
        reader.job(event)
    for event in substages:
        reader.substage(event)
    return [reader.take(key) for key in reader.waiting], dict(reader.skipped)


def told(*builds: Build) -> tuple[list[Event], list[Event]]:
    """The events of builds."""
    jobs = [job_event(each, job) for each in builds for job in each.jobs]
    steps = [event for each in builds for job in each.jobs for event in substage_events(each, job)]
    return jobs, steps


def old_job(number: str = "158.1", **properties: Any) -> Event:
    """As the old library sent it: no id of the CI, parts of instants, numbers as text."""
    job: dict[str, Any] = {
        "build": number.partition(".")[0],
        "job": number,
        "branch": "master",
        "repo": "ann/tool",
        "ci_platform": "travis",
        "result": "passed",
        "duration": 95.5,
        "build_trigger": "push",
        "pull_request": {"is_pull_request": False, "title": None, "number": None},
        "build_matrix": {"language": "python", "language_version": "2.7", "summary": "python 2.7"},
        "worker": {"hostname": "worker-linux-1", "os": "travis-linux-1"},
        "started_at": time_of(at(0)),
        "finished_at": time_of(at(100)),
    }
    job.update(properties)
    return {
        "job": {name: value for name, value in job.items() if value is not None},
        "buildtime_trend": {"project_name": "ann/tool", "version": "0.3.dev", "schema_version": "1"},
        "keen": {
            "timestamp": "2024-03-01T12:01:40.000Z",
            "created_at": "2024-03-01T12:05:00.000Z",
            "id": "5f",
        },
    }


def old_substage(name: str, start: float, seconds: float, number: str = "158.1") -> Event:
    stage = {
        "name": name,
        "command": f"run {name}",
        "duration": seconds,
        "started_at": time_of(at(start)),
        "finished_at": time_of(at(start + seconds)),
    }
    return {"stage": stage, **old_job(number)}


EVERYTHING = replace(
    pull_request(),
    attempt=2,
    tag="v1",
    jobs=(
        job(
            "11",
            name="unit tests",
            stage="test",
            allow_failure=True,
            exit=Exit("failed", 2, "make test", "script", "make: *** [test] Error 2"),
            worker=Worker("h", "linux", "jammy", "amd64", "i-1", 2.5),
            matrix=Matrix("ruby 2.2 A=1", {"language": "ruby", "version": "2.2", "rvm": "2.2", "env": "A=1"}),
            log=LogState.CUT,
            steps=(step("script.1", 3, 0.25, command="make  test "), step("script.2", 4, 1.5, command=None)),
        ),
        job("12", start=None),
    ),
)


def test_builds_that_were_told_as_events_are_read_back_as_they_were() -> None:
    builds = [EVERYTHING, build("2", attempt=1), build("3", attempt=1, start=None, finished_at=at(5))]
    assert read(*told(*builds)) == (builds, {})


def test_events_of_the_old_service_make_builds() -> None:
    jobs = [old_job("158.1"), old_job("158.2", result="failed", finished_at=time_of(at(300)))]
    steps = [
        old_substage("install.1", 0, 30),
        old_substage("script.1", 30, 60),
        old_substage("script.1", 0, 9, "158.2"),
    ]
    [found], skipped = read(jobs, steps)
    assert skipped == {}
    assert (found.provider, found.instance, found.repo, found.number) == ("travis", ORG, "ann/tool", "158")
    assert (found.result, found.started_at, found.finished_at) == (Result.FAILED, at(0), at(300))
    assert (found.branch, found.trigger, found.pull_request) == ("master", "push", None)
    first, second = found.jobs
    assert (first.number, first.result, first.started_at, first.finished_at) == (
        "158.1",
        Result.PASSED,
        at(0),
        at(100),
    )
    assert first.matrix == Matrix("python 2.7", {"language": "python", "version": "2.7"})
    assert first.worker == Worker("worker-linux-1", "travis-linux-1")
    assert [(each.name, each.phase, each.command, each.duration) for each in first.steps] == [
        ("install.1", "install", "run install.1", 30.0),
        ("script.1", "script", "run script.1", 60.0),
    ]
    assert [each.started_at for each in second.steps] == [at(0)]


def test_jobs_come_in_the_order_of_their_numbers() -> None:
    [found], _ = read([old_job(f"7.{n}") for n in (10, 2, 1)])
    assert [each.number for each in found.jobs] == ["7.1", "7.2", "7.10"]


def test_numbers_may_be_numbers() -> None:
    [found], skipped = read([old_job(build=158, job=158.1, duration="95.5")])
    assert (found.number, found.jobs[0].number, skipped) == ("158", "158.1", {})


def test_a_pull_request_is_read() -> None:
    [found], _ = read([old_job(pull_request={"is_pull_request": True, "number": 7, "title": "Do more"})])
    assert found.pull_request is not None
    assert (found.pull_request.number, found.pull_request.title) == ("7", "Do more")


@pytest.mark.parametrize(
    ("missing", "started", "finished"),
    [
        ({"finished_at": None, "duration": 90}, at(0), at(90)),
        ({"started_at": None, "duration": 90}, at(10), at(100)),
        ({"started_at": None, "finished_at": None, "duration": 90}, at(10), at(100)),
        ({"started_at": None, "duration": None}, None, at(100)),
    ],
)
def test_instants_that_are_missing_follow_from_the_others(
    missing: dict[str, Any], started: Any, finished: Any
) -> None:
    [found], _ = read([old_job(**missing)])
    assert (found.jobs[0].started_at, found.jobs[0].finished_at) == (started, finished)


def test_the_same_job_twice_is_one_and_the_later_counts() -> None:
    first, later = old_job(), old_job(result="errored")
    later["keen"] = {**later["keen"], "created_at": "2024-03-02T00:00:00Z"}
    for events in ([first, later], [later, first]):
        [found], skipped = read(events)
        assert [each.result for each in found.jobs] == [Result.ERRORED]
        assert skipped == {"the same job twice": 1}


def test_the_same_substage_twice_is_one() -> None:
    twice = [old_substage("script.1", 0, 60)] * 2
    [found], skipped = read([old_job()], twice)
    assert (len(found.jobs[0].steps), skipped) == (1, {"the same substage twice": 1})


def test_a_job_whose_own_event_is_missing_is_made_of_its_substages() -> None:
    [found], skipped = read([], [old_substage("script.1", 0, 60)])
    assert (found.jobs[0].result, len(found.jobs[0].steps), skipped) == (Result.PASSED, 1, {})


@pytest.mark.parametrize(
    ("event", "why"),
    [
        ({}, "no repo"),
        ({"job": "158.1"}, "no repo"),
        (old_job(repo=None) | {"buildtime_trend": {}}, "no repo"),
        (old_job(build=None, job=None), "no build number"),
        (old_job(result=None), "the result is missing"),
        (old_job(result="received"), "the result received"),
    ],
    ids=["empty", "no object", "no repo", "no number", "no result", "not ended"],
)
def test_what_is_no_job_is_skipped_with_its_reason(event: Event, why: str) -> None:
    [found], skipped = read([event, old_job("159.1")])
    assert (found.number, skipped) == ("159", {why: 1})


@pytest.mark.parametrize(
    "stage",
    [
        {},
        {"name": "x"},
        {"name": "x", "duration": 3},
        {"started_at": time_of(at(0))},
        {"started_at": time_of(at(0)), "duration": -1},
    ],
)
def test_a_substage_without_its_times_is_skipped(stage: Event) -> None:
    [found], skipped = read([old_job()], [{**old_job(), "stage": stage}])
    assert (found.jobs[0].steps, skipped) == ((), {"a substage without its times": 1})


def test_repos_and_attempts_are_kept_apart() -> None:
    other = old_job(repo="bob/tool")
    builds, _ = read([old_job(), other, *told(build("158", attempt=1), build("158", attempt=2))[0]])
    assert len(builds) == 4


def test_a_step_without_a_name_has_its_command() -> None:
    event = old_substage("", 0, 60)
    event["stage"]["command"] = "make"
    [found], _ = read([old_job()], [event])
    assert [each.name for each in found.jobs[0].steps] == ["make"]


def test_a_job_that_canceled_a_build_is_no_failure() -> None:
    [found], _ = read([old_job("1.1"), old_job("1.2", result="canceled")])
    assert found.result is Result.CANCELED


def test_jobs_are_values() -> None:
    assert isinstance(read([old_job()])[0][0].jobs[0], Job)
