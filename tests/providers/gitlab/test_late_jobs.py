"""What runs again, and what runs late, moves no build's end; all of it is kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from buildtimetrend.model import Result
from buildtimetrend.providers.base import Latest
from buildtimetrend.providers.gitlab import GitLab
from tests.providers.gitlab.answers import (
    LIST,
    REPO,
    at,
    fetched,
    instant,
    job,
    jobs_of,
    never_ran,
    node,
    pages,
    pipeline,
    serve,
    serve_graph,
    whole,
)
from tests.providers.server import Server

WEEKS = 3 * 7 * 86_400


def test_a_job_that_is_run_again_is_a_job_of_the_one_pipeline(server: Server, gitlab: GitLab) -> None:
    first = job(1, "test", status="failed", finished_at=at(60), failure_reason="script_failure")
    second = job(2, "test", started_at=at(63), finished_at=at(600))
    serve(server, whole(), [second, first, job(3, "other")])
    build = fetched(gitlab)
    assert [(each.id, each.name, each.own_attempt, each.result) for each in build.jobs] == [
        ("1", "test", 1, Result.FAILED),
        ("2", "test", 2, Result.PASSED),
        ("3", "other", 1, Result.PASSED),
    ]
    assert (build.attempt, build.finished_at) == (1, instant(600))
    assert "include_retried=true" in str(server.asked[1].query).replace("': '", "=")


@pytest.mark.parametrize("told", [True, False])
def test_a_manual_job_played_weeks_later_moves_no_end(server: Server, gitlab: GitLab, told: bool) -> None:
    late = {"started_at": at(WEEKS + 5), "finished_at": at(WEEKS + 65), "allow_failure": True}
    jobs = [
        job(1, "build"),
        job(2, "deploy", **late),
        job(3, "smoke", started_at=at(WEEKS + 70), finished_at=at(WEEKS + 90)),
    ]
    serve(server, whole(finished_at=at(WEEKS + 90), duration=700), jobs)
    if told:
        serve_graph(server, node(1, "build"), node(2, "deploy", manualJob=True), node(3, "smoke", "deploy"))
    build = fetched(gitlab)
    assert (build.started_at, build.finished_at) == (instant(4), instant(600))
    assert build.duration == 596
    assert jobs_of(build)["2"].finished_at == instant(WEEKS + 65)


def test_a_person_that_a_job_waited_for_is_apart_from_its_queue(server: Server, gitlab: GitLab) -> None:
    late = {"started_at": at(3600), "finished_at": at(3700), "queued_duration": 8.0, "allow_failure": True}
    serve(server, whole(finished_at=at(3700)), [job(1, "build"), job(2, "deploy", stage="deploy", **late)])
    serve_graph(server, node(1, "build"), node(2, "deploy", "build", manualJob=True))
    deploy = jobs_of(fetched(gitlab))["2"]
    assert (deploy.blocked_at, deploy.unblocked_at) == (instant(600), instant(3592))
    assert (deploy.queue_time, deploy.blocked_time) == (8.0, 2992.0)


def test_a_pipeline_ends_with_what_was_canceled_with_it(server: Server, gitlab: GitLab) -> None:
    """Also one from a list, which does not tell its end."""
    server.routes[LIST] = pages([pipeline(status="canceled"), pipeline(899, 8, status="canceled")])
    first, second = gitlab.select(REPO, Latest(5))
    waited = never_ran(2, "deploy", "canceled", finished_at=at(900), allow_failure=True)
    serve(server, whole(status="canceled"), [job(1), waited])
    serve(server, whole(id=899, iid=8), [never_ran(3, "x", "canceled", finished_at=at(30))])
    assert gitlab.fetch(first).finished_at == instant(900)
    build = gitlab.fetch(second)
    assert (build.started_at, build.finished_at) == (None, instant(30))


def test_a_blocking_manual_job_is_part_of_the_run(server: Server, gitlab: GitLab) -> None:
    gate = job(2, "approve", stage="deploy", started_at=at(7200), finished_at=at(7300))
    serve(server, whole(finished_at=at(7300)), [job(1, "build"), gate])
    build = fetched(gitlab)
    assert build.finished_at == instant(7300)


@pytest.mark.parametrize(("gap", "end"), [(600, 1300), (WEEKS, 600)])
def test_a_job_that_is_run_again_much_later_moves_no_end(
    server: Server, gitlab: GitLab, gap: int, end: int
) -> None:
    again = job(3, "test", started_at=at(600 + gap), finished_at=at(700 + gap))
    first = job(2, "test", status="failed", started_at=at(20), finished_at=at(100))
    serve(server, whole(finished_at=at(700 + gap)), [job(1, "build"), first, again])
    assert fetched(gitlab).finished_at == instant(end)


def test_a_gate_that_nobody_opens_for_weeks_moves_no_end(server: Server, gitlab: GitLab) -> None:
    gate = job(2, "approve", started_at=at(WEEKS), finished_at=at(WEEKS + 60))
    serve(server, whole(finished_at=at(WEEKS + 60)), [job(1, "build"), gate])
    assert fetched(gitlab).finished_at == instant(600)


def test_a_long_queue_is_no_pause_of_a_person(server: Server, gitlab: GitLab) -> None:
    waited = job(
        2, "flaky", started_at=at(4200), finished_at=at(4300), queued_duration=3599.0, allow_failure=True
    )
    serve(server, whole(finished_at=at(4300)), [job(1, "build"), waited])
    assert fetched(gitlab).finished_at == instant(4300)


def test_an_optional_manual_job_leaves_success_and_is_skipped(server: Server, gitlab: GitLab) -> None:
    serve(
        server,
        whole(),
        [job(1), never_ran(2, "deploy", "manual", allow_failure=True), never_ran(3, "x", "created")],
    )
    build = fetched(gitlab)
    assert build.result is Result.PASSED
    assert [(each.result, each.raw_result) for each in build.jobs[1:]] == [
        (Result.SKIPPED, "manual"),
        (Result.SKIPPED, "created"),
    ]


def test_a_pipeline_that_runs_again_after_success_has_not_ended(server: Server, gitlab: GitLab) -> None:
    serve(
        server,
        whole(status="running", finished_at=None),
        [job(1), job(2, "deploy", status="running", finished_at=None)],
    )
    build = fetched(gitlab)
    assert (build.result, build.finished_at, build.jobs[1].result) == (None, None, None)


def test_a_job_that_still_runs_in_a_pipeline_that_has_ended_has_no_result(
    server: Server, gitlab: GitLab
) -> None:
    serve(server, whole(), [job(1), job(2, "late", status="running", finished_at=None)])
    build = fetched(gitlab)
    assert (build.result, build.jobs[1].result) == (Result.PASSED, None)


def test_pipelines_that_changed_lately_are_listed_for_the_sweep_however_old_they_are(
    server: Server, gitlab: GitLab
) -> None:
    late = pipeline(5003, 1, created_at=at(0), updated_at=at(9 * 86_400))
    runs = pipeline(5006, 2, created_at=at(60), updated_at=at(9 * 86_400), status="running")
    new = pipeline(5009, 3, created_at=at(9 * 86_400), updated_at=at(9 * 86_400 + 60))
    server.routes[LIST] = pages([new, runs, late])
    since = datetime.fromisoformat(at(8 * 86_400))
    assert [(each.ref.id, each.at) for each in gitlab.changed_since(REPO, since)] == [
        ("5009", instant(9 * 86_400 + 60)),
        ("5003", instant(9 * 86_400)),
    ]
    assert server.asked[0].query["updated_after"] == f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
