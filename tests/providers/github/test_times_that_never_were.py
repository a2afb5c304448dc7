"""Times of what was skipped, cancelled before it began, or told wrongly."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from buildtimetrend.model import Job, Result
from buildtimetrend.providers.github import GitHub
from tests.providers.github.answers import fetched, job, run, step
from tests.providers.server import Server

NOBODY: dict[str, Any] = {"runner_id": 0, "runner_name": "", "runner_group_name": "", "steps": []}


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-01T{clock}+00:00")


def only(server: Server, github: GitHub, **changes: Any) -> Job:
    [found] = fetched(server, github, run(), [job(**changes)]).jobs
    return found


def test_a_skipped_job_has_no_times(server: Server, github: GitHub) -> None:
    found = only(
        server, github, conclusion="skipped", started_at="2026-03-01T10:00:12Z",
        completed_at="2026-03-01T10:00:02Z", **NOBODY,
    )  # fmt: skip
    assert (found.result, found.started_at, found.finished_at) == (Result.SKIPPED, None, None)
    assert (found.duration, found.queue_time) == (None, None)


def test_a_job_that_was_cancelled_long_before_its_start_never_ran(server: Server, github: GitHub) -> None:
    found = only(
        server, github, conclusion="cancelled", started_at="2026-03-23T10:00:00Z",
        completed_at="2026-03-01T10:00:05Z", **NOBODY,
    )  # fmt: skip
    assert (found.started_at, found.duration, found.queue_time) == (None, None, None)
    assert found.finished_at == at("10:00:05")


def test_a_job_that_no_runner_took_never_ran(server: Server, github: GitHub) -> None:
    """Cancelled after 15 minutes and a second; its start is that of its wait."""
    found = only(
        server, github, conclusion="cancelled", started_at="2026-03-01T10:00:02Z",
        completed_at="2026-03-01T10:15:03Z", **NOBODY,
    )  # fmt: skip
    assert (found.started_at, found.finished_at) == (None, at("10:15:03"))
    assert (found.duration, found.queue_time) == (None, None)
    assert found.worker.name is None


def test_a_job_that_failed_without_a_runner_never_ran(server: Server, github: GitHub) -> None:
    found = only(server, github, conclusion="failure", **{**NOBODY, "runner_id": None, "runner_name": None})
    assert (found.result, found.started_at) == (Result.FAILED, None)


def test_a_job_that_was_cancelled_while_it_ran_has_its_times(server: Server, github: GitHub) -> None:
    found = only(server, github, conclusion="cancelled")
    assert (found.duration, found.queue_time) == (288.0, 10.0)


@pytest.mark.parametrize("status", ["queued", "waiting", "pending", "requested"])
def test_a_job_that_waits_has_no_start(server: Server, github: GitHub, status: str) -> None:
    found = only(
        server, github, status=status, conclusion=None, started_at="2026-03-01T10:00:02Z", completed_at=None
    )
    assert (found.result, found.started_at, found.finished_at) == (None, None, None)


def test_a_job_that_runs_has_no_end_whatever_is_told(server: Server, github: GitHub) -> None:
    found = only(server, github, status="in_progress", conclusion="")
    assert (found.result, found.started_at, found.finished_at) == (None, at("10:00:12"), None)


@pytest.mark.parametrize(
    ("created", "seconds"),
    [
        ("2026-03-01T10:00:12Z", 0.0),
        ("2026-03-01T10:00:15Z", 0.0),
        ("2026-03-01T10:30:00Z", None),
        ("2026-03-01T09:00:12Z", 3600.0),
        (None, None),
        ("0001-01-01T00:00:00Z", None),
    ],
)
def test_a_queue_of_less_than_nothing_is_a_clock_s_or_unknown(
    server: Server, github: GitHub, created: str | None, seconds: float | None
) -> None:
    assert only(server, github, created_at=created).queue_time == seconds


def test_year_one_is_no_time(server: Server, github: GitHub) -> None:
    found = only(server, github, started_at="0001-01-01T00:00:00Z")
    assert (found.started_at, found.duration, found.queue_time) == (None, None, None)


def test_an_end_a_second_before_the_start_is_a_clock_s(server: Server, github: GitHub) -> None:
    assert only(server, github, completed_at="2026-03-01T10:00:11Z").duration == 0.0


def test_an_end_long_before_the_start_makes_both_unknown(server: Server, github: GitHub) -> None:
    found = only(server, github, completed_at="2026-03-01T09:00:00Z")
    assert (found.started_at, found.finished_at, found.duration) == (None, None, None)


@pytest.mark.parametrize(
    ("changes", "result", "ran"),
    [
        ({"conclusion": "skipped"}, Result.SKIPPED, False),
        ({"conclusion": "cancelled", "completed_at": "2026-03-01T09:00:00Z"}, Result.CANCELED, False),
        ({"conclusion": "cancelled"}, Result.CANCELED, True),
        ({"conclusion": None, "status": "queued", "started_at": None, "completed_at": None}, None, False),
        ({"conclusion": None, "status": "in_progress", "completed_at": None}, None, False),
        ({"started_at": None, "completed_at": None}, Result.PASSED, False),
        ({"completed_at": "0001-01-01T00:00:00Z"}, Result.PASSED, False),
        ({"completed_at": "2026-03-01T10:00:11Z"}, Result.PASSED, True),
    ],
)
def test_a_step_that_did_not_run_has_no_time(
    server: Server, github: GitHub, changes: dict[str, Any], result: Result | None, ran: bool
) -> None:
    [found] = only(server, github, steps=[step(3, "Run make", **{"conclusion": "success", **changes})]).steps
    assert (found.number, found.name, found.result, found.ran) == (3, "Run make", result, ran)


def test_steps_have_their_milliseconds_and_zones(server: Server, github: GitHub) -> None:
    times = {"started_at": "2026-03-01T19:00:00.250+09:00", "completed_at": "2026-03-01T10:00:01.5Z"}
    [found] = only(server, github, steps=[step(1, "a", **times)]).steps
    assert (found.started_at, found.duration) == (datetime(2026, 3, 1, 10, 0, 0, 250_000, UTC), 1.25)


def test_a_run_waits_from_its_creation(server: Server, github: GitHub) -> None:
    build = fetched(server, github, run(run_started_at="2026-03-01T10:00:25Z"), [job()])
    assert (build.queued_at, build.started_at) == (at("10:00:00"), at("10:00:25"))


def test_a_wait_in_an_environment_is_no_wait_for_a_runner(server: Server, github: GitHub) -> None:
    from tests.providers.github.test_which_pipeline import file

    file(server, "jobs: {deploy: {environment: production}, build: {}}")
    late = {"started_at": "2026-03-01T12:00:12Z", "completed_at": "2026-03-01T12:05:00Z"}
    told = [job(1, "deploy", **late), job(2, "build", **late), job(3, "deploy")]
    found = fetched(server, github, run(), told).jobs
    assert [each.queue_time for each in found] == [None, 7210.0, 10.0]
