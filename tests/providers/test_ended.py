"""Builds and jobs that ended, in the words of all times: with their results, and with times for the build."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from buildtimetrend.errors import TemporaryError
from buildtimetrend.model import Build, Result
from buildtimetrend.providers.base import Received
from buildtimetrend.providers.travis import v2, v3
from tests.providers.answers import EVERYTHING, REPO, TIMES, v2_build, v2_job, v3_build, v3_job
from tests.providers.conftest import Opener
from tests.providers.server import Reply, Server
from tests.providers.signing import encoded, payload

VERSIONS = pytest.mark.parametrize("version", [3, 2])
FINISHED = {"state": "finished"}


def build_of(version: int, build: dict[str, Any], *jobs: dict[str, Any]) -> Build:
    """As one version of the API tells it; the jobs are numbered."""
    told = [(501 + n, f"12.{n + 1}", job) for n, job in enumerate(jobs)]
    if version == 3:
        answer = v3_build(**build, jobs=[v3_job(id, number, **job) for id, number, job in told])
        return v3.build_of(answer, "https://ci.example")
    answer = v2_build(**build)
    answer["jobs"] = [v2_job(id, number, **job) for id, number, job in told]
    return v2.build_of(answer, "https://ci.example", REPO)


def at(second: int) -> str:
    return f"2012-07-19T19:{second // 60:02}:{second % 60:02}Z"


def ago(minutes: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


@VERSIONS
def test_a_build_without_an_end_ends_when_its_last_job_did(version: int) -> None:
    build = build_of(
        version,
        {"state": "failed", "started_at": at(0), "finished_at": None},
        {"started_at": at(3), "finished_at": at(947)},
        {"started_at": at(0), "finished_at": at(500), "state": "failed"},
    )
    assert build.duration == 947.0
    assert build.finished_at == datetime.fromisoformat(at(947))


@VERSIONS
def test_a_build_without_a_start_starts_with_its_first_job(version: int) -> None:
    build = build_of(
        version,
        {"started_at": None, "finished_at": at(600)},
        {"started_at": at(30), "finished_at": at(600)},
        {"started_at": at(20), "finished_at": at(90)},
    )
    assert build.duration == 580.0
    assert build.started_at == datetime.fromisoformat(at(20))


@VERSIONS
def test_a_build_that_runs_on_gets_no_end_from_its_jobs(version: int) -> None:
    running = {"state": "started", "started_at": at(0), "finished_at": None}
    assert build_of(version, running, {"started_at": at(0), "finished_at": at(9)}).finished_at is None
    fast = {"state": "failed", "started_at": at(0), "finished_at": None}
    job = {"state": "started", "started_at": at(0), "finished_at": None}
    assert build_of(version, fast, {"started_at": at(0), "finished_at": at(9)}, job).finished_at is None


@VERSIONS
def test_the_end_of_an_earlier_run_is_none_of_this_one(version: int) -> None:
    restarted = {"started_at": at(900), "finished_at": None}
    assert build_of(version, restarted, {"started_at": at(0), "finished_at": at(9)}).finished_at is None


@VERSIONS
def test_a_build_that_never_ran_has_no_times(version: int) -> None:
    none = {"state": "canceled", "started_at": None, "finished_at": None}
    build = build_of(version, none, none)
    assert (build.started_at, build.finished_at) == (None, None)


@VERSIONS
@pytest.mark.parametrize(("minutes", "complete"), [(1, False), (30, True)])
def test_an_end_that_does_not_come_for_minutes_is_taken_from_the_jobs(
    version: int, minutes: float, complete: bool
) -> None:
    build = {"state": "failed", "started_at": ago(60), "finished_at": None}
    job = {"started_at": ago(60), "finished_at": ago(minutes)}
    if complete:
        assert build_of(version, build, job).finished_at == datetime.fromisoformat(job["finished_at"])
    else:
        with pytest.raises(TemporaryError, match="not complete yet"):
            build_of(version, build, job)


@VERSIONS
@pytest.mark.parametrize(
    ("told", "result"),
    [
        ({"result": 0}, Result.PASSED),
        ({"result": 1}, Result.FAILED),
        ({"status": 0}, Result.PASSED),
        ({"status": 1, "result": None}, Result.FAILED),
        ({"status_message": "Passed"}, Result.PASSED),
        ({"result_message": "Still Failing"}, Result.FAILED),
        ({"status_message": "Errored"}, Result.ERRORED),
        ({"status_message": "Canceled"}, Result.CANCELED),
        ({"result": True, "status": "odd", "status_message": 7}, None),
        ({}, None),
    ],
)
def test_a_job_that_is_finished_has_ended(version: int, told: dict[str, Any], result: Result | None) -> None:
    """Where it does not tell how, as its build did."""
    for of_build, expected in (("passed", Result.PASSED), ("failed", Result.FAILED)):
        (job,) = build_of(version, {"state": of_build}, {**FINISHED, **told}).jobs
        assert (job.result, job.raw_result) == (result or expected, "finished")
        assert job.duration == 19.0


@VERSIONS
@pytest.mark.parametrize(
    ("told", "jobs", "result"),
    [
        ({"result": 0}, ["passed"], Result.PASSED),
        ({"status": 1}, ["failed"], Result.FAILED),
        ({}, ["passed", "passed"], Result.PASSED),
        ({}, ["passed", "failed"], Result.FAILED),
        ({}, ["errored", "failed"], Result.ERRORED),
        ({}, ["canceled", "passed"], Result.CANCELED),
        ({}, ["started", "failed"], None),
        ({}, ["finished", "passed"], None),
        ({}, [], None),
    ],
)
def test_a_build_that_is_finished_ended_as_it_says_or_as_its_jobs_did(
    version: int, told: dict[str, Any], jobs: list[str], result: Result | None
) -> None:
    build = build_of(version, {**FINISHED, **told}, *({"state": state} for state in jobs))
    assert (build.result, build.raw_result) == (result, "finished")


@VERSIONS
def test_a_job_that_may_fail_does_not_fail_a_build_that_is_finished(version: int) -> None:
    build = build_of(version, FINISHED, {}, {"state": "failed", "allow_failure": True})
    assert build.result is Result.PASSED


@pytest.mark.parametrize(
    "told",
    [
        *(
            {"status_message": message}
            for message in ("Passed", "Fixed", "Broken", "Failed", "Still Failing", "Errored", "Canceled")
        ),
        {"status_message": None, "result_message": "Passed"},
        {"status_message": None, "result_message": None, "status": 0},
        {"status_message": None, "result_message": None, "result": 1},
    ],
)
def test_a_notification_of_a_finished_build_says_that_it_has_ended(
    opened: Opener, told: dict[str, Any]
) -> None:
    hook = opened(travis_verify=False).receive(Received({}, encoded({**payload(), **FINISHED, **told})))
    assert hook.finished


def test_a_finished_build_is_among_those_that_the_sweep_finds(server: Server, opened: Opener) -> None:
    build = {"id": 500, "number": "12", "state": "finished", **TIMES}
    server.routes["/repo/my-org%2Fmy-project/builds"] = Reply({"builds": [build]})
    server.routes["/repo/my-org/my-project/builds"] = Reply({"builds": [build]})
    assert [ref.id for ref in opened().select(REPO, EVERYTHING)] == ["500"]
