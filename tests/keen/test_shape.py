"""Builds as events of the old service."""

from __future__ import annotations

from dataclasses import replace

import pytest

from buildtimetrend.ingest import trimmed
from buildtimetrend.keen.instants import time_of
from buildtimetrend.keen.shape import LONGEST_TEXT, Event, event_id, job_event, substage_events
from buildtimetrend.model import Build, Job, Matrix, PullRequest, Worker
from tests.store.examples import at, build, job, pull_request, step

# What the old dashboard groups by, filters by or reckons with.
OLD_JOB = {
    "job.build",
    "job.job",
    "job.branch",
    "job.repo",
    "job.ci_platform",
    "job.result",
    "job.duration",
    "job.build_trigger",
    "job.pull_request.is_pull_request",
    "job.build_matrix.language",
    "job.build_matrix.summary",
    "job.worker.hostname",
    "job.worker.os",
    "job.started_at.hour_24",
    "job.started_at.day_of_week",
    "job.finished_at.isotimestamp",
    "buildtime_trend.project_name",
    "keen.timestamp",
}


def _paths(event: Event, prefix: str = "") -> set[str]:
    """Dotted paths of all properties."""
    found: set[str] = set()
    for name, value in event.items():
        found |= _paths(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}"}
    return found


def _events(build: Build, job: Job) -> list[Event]:
    return [job_event(build, job), *substage_events(build, job)]


def test_a_job_is_one_event_with_all_that_the_old_dashboard_asks_for() -> None:
    event = job_event(build(), build().jobs[0])
    assert _paths(event) >= OLD_JOB
    assert (event["job"]["build"], event["job"]["job"]) == ("1", "1.11")
    assert (event["job"]["result"], event["job"]["duration"]) == ("passed", 100.0)
    assert event["job"]["started_at"] == time_of(at(0))
    assert event["job"]["pull_request"] == {"is_pull_request": False}
    assert event["buildtime_trend"]["project_name"] == "ann/tool"


def test_a_step_is_one_event_with_its_job() -> None:
    [first, *_] = events = list(substage_events(build(), build().jobs[0]))
    assert [event["stage"]["name"] for event in events] == ["step.0", "step.1", "step.2"]
    assert _paths(first) >= OLD_JOB | {"stage.name", "stage.duration", "stage.started_at.isotimestamp"}
    assert first["stage"]["started_at"] == time_of(at(0))


def test_events_carry_the_end_of_the_job_as_their_instant() -> None:
    for event in _events(build(), job("11", start=0, seconds=60)):
        assert event["keen"] == {"timestamp": "2024-03-01T12:01:00+00:00"}


def test_a_job_that_was_canceled_before_it_began_has_the_instant_of_its_build() -> None:
    canceled = build(start=None, queued_at=at(-5), finished_at=at(7))
    event = job_event(canceled, canceled.jobs[0])
    assert event["keen"] == {"timestamp": "2024-03-01T12:00:07+00:00"}
    assert not _paths(event) & {"job.duration", "job.started_at.hour_24"}


def test_an_event_of_no_known_instant_has_none() -> None:
    nowhen = build(start=None, queued_at=None, finished_at=None)
    assert "keen" not in job_event(nowhen, replace(nowhen.jobs[0], queued_at=None, finished_at=None))


def test_nested_steps_are_left_out_so_that_a_sum_counts_no_time_twice() -> None:
    nested = (step("outer", 0, 30), step("inner", 5, 10, depth=1), step("next", 30, 5))
    events = list(substage_events(build(), job(steps=nested)))
    assert [(event["stage"]["name"], event["stage"]["position"]) for event in events] == [
        ("outer", 1),
        ("next", 3),
    ]
    assert sum(event["stage"]["duration"] for event in events) == 35


def test_a_pull_request_has_its_number_and_title() -> None:
    event = job_event(pull_request(), job())
    assert event["job"]["pull_request"] == {"is_pull_request": True, "number": "7", "title": "Do more"}
    untitled = replace(pull_request(), pull_request=PullRequest("7"))
    assert job_event(untitled, job())["job"]["pull_request"] == {"is_pull_request": True, "number": "7"}


def test_the_matrix_has_the_old_names() -> None:
    values = {"language": "ruby", "version": "2.2", "rvm": "2.2", "components": "sdk", "env": "A=1 B=2"}
    event = job_event(build(), job(matrix=Matrix("ruby 2.2 sdk A=1 B=2", values)))
    assert event["job"]["build_matrix"] == {
        "language": "ruby",
        "language_version": "2.2",
        "rvm": "2.2",
        "language_components": "sdk",
        "parameters": "A=1 B=2",
        "summary": "ruby 2.2 sdk A=1 B=2",
    }


def test_what_is_not_known_is_left_out() -> None:
    bare = Job(id="11", number=None, result=None, raw_result="errored")
    event = job_event(replace(build(), branch=None, message=None), bare)
    assert event["job"]["job"] == "11"
    assert not _paths(event) & {
        "job.branch",
        "job.number",
        "build.message",
        "job.result",
        "job.build_matrix.summary",
    }
    assert not event["job"].keys() & {"worker", "build_matrix", "exit"}
    assert None not in event["job"].values()


def test_names_stay_few_whatever_a_worker_says_of_itself() -> None:
    talkative = job(worker=Worker("h", facts={f"$fact.{n}": "x" for n in range(40)}))
    paths = _paths(job_event(build(), talkative))
    assert not [path for path in paths if "fact" in path or "$" in path]


def test_minimal_detail_leaves_the_essential_properties_and_no_step() -> None:
    small = trimmed(build(), "minimal")
    event = job_event(small, small.jobs[0])
    assert list(substage_events(small, small.jobs[0])) == []
    assert event["job"]["build_matrix"] == {"summary": "python 3.11 linux"}
    assert not _paths(event) & {"build.message", "build.author", "job.worker.hostname", "job.exit.reason"}


def test_texts_are_no_longer_than_keen_io_takes() -> None:
    long = build(message="m" * 20_000, jobs=(job(steps=(step(command="c" * 20_000),)),))
    [of_job, of_step] = _events(long, long.jobs[0])
    assert len(of_job["build"]["message"]) == len(of_step["stage"]["command"]) == LONGEST_TEXT


@pytest.mark.parametrize(
    "other",
    [
        build(id="2"),
        build(attempt=2),
        build(instance="https://ci.example.org"),
        build(provider="github"),
        build(jobs=(job("12"),)),
    ],
    ids=["build", "attempt", "instance", "provider", "job"],
)
def test_an_event_of_anything_else_has_another_id(other: Build) -> None:
    one = build(jobs=(job("11"),))
    ids = {event["buildtime_trend"]["event_id"] for event in _events(one, one.jobs[0])}
    others = {event["buildtime_trend"]["event_id"] for event in _events(other, other.jobs[0])}
    assert len(ids) == len(others) == 4
    assert not ids & others


def test_an_event_keeps_its_id_when_what_it_says_changes() -> None:
    before, after = build(), build(result=None, message="other")
    assert event_id(before, job("11")) == event_id(after, job("11", seconds=5))
    assert event_id(before, job("11")) == event_id(build(attempt=1), job("11"))
