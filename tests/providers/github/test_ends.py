"""What has ended and what has not; runs without jobs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from buildtimetrend.model import BuildRef, Result
from buildtimetrend.providers.base import Latest
from buildtimetrend.providers.github import GitHub
from tests.providers.github.answers import REPO, RUNS, fetched, job, paged, run
from tests.providers.server import Reply, Server


@pytest.mark.parametrize(
    ("status", "conclusion"),
    [
        ("completed", "action_required"),
        ("completed", None),
        ("in_progress", None),
        ("queued", None),
        ("waiting", None),
        ("pending", None),
        ("requested", None),
        ("something_new", None),
    ],
)
def test_what_goes_on_is_no_end(server: Server, github: GitHub, status: str, conclusion: str | None) -> None:
    told = run(status=status, conclusion=conclusion)
    build = fetched(server, github, told, [])
    assert (build.result, build.finished_at) == (None, None)
    assert build.raw_result == (conclusion or status)
    server.routes[RUNS] = paged("workflow_runs", [told])
    assert list(github.select(REPO, Latest(5))) == []


@pytest.mark.parametrize(
    ("conclusion", "result"),
    [("startup_failure", Result.ERRORED), ("cancelled", Result.CANCELED), ("skipped", Result.SKIPPED)],
)
def test_a_run_without_jobs_ended_when_it_changed_last(
    server: Server, github: GitHub, conclusion: str, result: Result
) -> None:
    build = fetched(server, github, run(conclusion=conclusion), [])
    assert (build.result, build.jobs) == (result, ())
    assert build.finished_at == datetime(2026, 3, 1, 10, 9, tzinfo=UTC)


def test_a_run_without_jobs_has_no_end_once_it_was_run_again(server: Server, github: GitHub) -> None:
    server.routes[f"{RUNS}/9001"] = Reply(run(run_attempt=2))
    server.routes[f"{RUNS}/9001/attempts/1"] = Reply(run(conclusion="cancelled"))
    server.routes[f"{RUNS}/9001/attempts/1/jobs"] = paged("jobs", [])
    build = github.fetch(BuildRef("github", github.instance, REPO, "9001", attempt=1))
    assert (build.result, build.finished_at) == (Result.CANCELED, None)


def test_a_run_that_has_ended_while_jobs_go_on_says_so(server: Server, github: GitHub) -> None:
    going = job(2, "slow", status="in_progress", conclusion=None, completed_at=None)
    build = fetched(server, github, run(), [job(), going])
    assert build.result is Result.PASSED
    assert [each.result for each in build.jobs] == [Result.PASSED, None]


def test_a_run_that_lags_its_jobs_has_not_ended(server: Server, github: GitHub) -> None:
    build = fetched(server, github, run(status="in_progress", conclusion=None), [job()])
    assert (build.result, build.finished_at) == (None, None)
    assert build.jobs[0].result is Result.PASSED


@pytest.mark.parametrize(
    ("conclusion", "result"),
    [
        ("success", Result.PASSED),
        ("neutral", Result.PASSED),
        ("failure", Result.FAILED),
        ("timed_out", Result.FAILED),
        ("startup_failure", Result.ERRORED),
        ("stale", Result.ERRORED),
        ("cancelled", Result.CANCELED),
        ("skipped", Result.SKIPPED),
        ("something_new", Result.ERRORED),
    ],
)
def test_each_conclusion_with_its_own_word(
    server: Server, github: GitHub, conclusion: str, result: Result
) -> None:
    build = fetched(server, github, run(conclusion=conclusion), [job(conclusion=conclusion)])
    assert (build.result, build.raw_result) == (result, conclusion)
    assert (build.jobs[0].result, build.jobs[0].raw_result) == (result, conclusion)


def test_a_run_that_waited_for_an_approval_begins_with_its_first_job(server: Server, github: GitHub) -> None:
    """It was `action_required` for two days, under the same id."""
    late = {"created_at": "2026-03-03T09:00:00Z", "started_at": "2026-03-03T09:00:10Z"}
    told = [job(1, **late, completed_at="2026-03-03T09:05:00Z"), job(2, conclusion="skipped", steps=[])]
    build = fetched(server, github, run(updated_at="2026-03-03T09:05:01Z"), told)
    assert (build.queued_at, build.duration) == (None, 300.0)
    assert build.jobs[0].queue_time == 10.0


def test_a_run_whose_jobs_waited_long_for_a_runner_was_not_held(server: Server, github: GitHub) -> None:
    told = [job(1, started_at="2026-03-01T12:00:00Z", completed_at="2026-03-01T12:05:00Z")]
    build = fetched(server, github, run(), told)
    assert (build.duration, build.jobs[0].queue_time) == (7500.0, 7198.0)
