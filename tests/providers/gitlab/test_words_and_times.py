"""Every status, and times of things that never ran."""

from __future__ import annotations

from typing import Any

import pytest

from buildtimetrend.errors import TemporaryError
from buildtimetrend.model import Result
from buildtimetrend.providers.gitlab import GitLab
from buildtimetrend.providers.gitlab.times import instant as read_instant
from tests.providers.gitlab.answers import at, fetched, instant, job, never_ran, pipeline, serve, whole
from tests.providers.server import Server

WORDS = {
    "success": Result.PASSED,
    "failed": Result.FAILED,
    "canceled": Result.CANCELED,
    "skipped": Result.SKIPPED,
    **dict.fromkeys(
        ["created", "waiting_for_resource", "waiting_for_callback", "preparing", "pending", "running"]
    ),
    **dict.fromkeys(["canceling", "manual", "scheduled"]),
}


@pytest.mark.parametrize("word", WORDS)
def test_what_each_word_means_of_a_pipeline(server: Server, gitlab: GitLab, word: str) -> None:
    serve(server, whole(status=word), [job()])
    build = fetched(gitlab)
    assert (build.result, build.raw_result) == (WORDS[word], word)
    assert (build.finished_at is None) == (WORDS[word] is None)


@pytest.mark.parametrize("word", WORDS)
def test_what_each_word_means_of_a_job_of_a_pipeline_that_runs(
    server: Server, gitlab: GitLab, word: str
) -> None:
    serve(server, whole(status="running"), [job(status=word)])
    (found,) = fetched(gitlab).jobs
    assert (found.result, found.raw_result) == (WORDS[word], word)


def test_skipped_jobs_have_no_times(server: Server, gitlab: GitLab) -> None:
    serve(server, whole(), [job(1), job(2, "x", status="skipped", started_at=at(9), finished_at=at(3))])
    found = fetched(gitlab).jobs[1]
    assert (found.queued_at, found.started_at, found.finished_at) == (None, None, None)


def test_a_job_that_no_runner_took_has_no_start(server: Server, gitlab: GitLab) -> None:
    stuck = never_ran(1, "x", "failed", finished_at=at(90_000), failure_reason="stuck_or_timeout_failure")
    serve(server, whole(status="failed", started_at=None, finished_at=at(90_000)), [stuck])
    build = fetched(gitlab)
    (found,) = build.jobs
    assert (found.started_at, found.finished_at, found.duration) == (None, instant(90_000), None)
    assert found.failure_reason == "stuck_or_timeout_failure"
    assert (build.started_at, build.finished_at, build.duration) == (None, instant(90_000), None)


def test_a_pipeline_without_times_has_those_of_its_jobs(server: Server, gitlab: GitLab) -> None:
    jobs = [job(1), job(2, "b", started_at=at(5), finished_at=at(300)), never_ran(3, "c", "skipped")]
    serve(server, whole(started_at=None, finished_at=None), jobs)
    build = fetched(gitlab)
    assert (build.queued_at, build.started_at, build.finished_at) == (instant(0), instant(5), instant(600))


@pytest.mark.parametrize("word", ["skipped", "canceled"])
def test_a_pipeline_that_never_ran_has_no_start(server: Server, gitlab: GitLab, word: str) -> None:
    serve(server, whole(status=word, started_at=None, finished_at=at(3)), [never_ran(1, "x", word)])
    build = fetched(gitlab)
    assert (build.started_at, build.duration) == (None, None)


@pytest.mark.parametrize(
    ("seconds", "queue"),
    [(2.5, 2.5), (0, 0.0), (-0.4, 0.0), (-5000, None), (None, None), (10**12, None)],
)
def test_the_queue_is_what_gitlab_says(
    server: Server, gitlab: GitLab, seconds: Any, queue: float | None
) -> None:
    serve(server, whole(), [job(created_at=at(-5000), queued_duration=seconds)])
    (found,) = fetched(gitlab).jobs
    assert found.queue_time == queue


def test_an_end_long_before_the_start_is_a_mistake(server: Server, gitlab: GitLab) -> None:
    serve(server, whole(), [job(1, started_at=at(900), finished_at=at(10)), job(2, "b", finished_at=at(9.4))])
    first, second = fetched(gitlab).jobs
    assert (first.started_at, first.finished_at) == (None, None)
    assert second.duration == 0.0


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T10:00:10.000Z",
        "2026-03-01T10:00:10Z",
        "2026-03-01T11:00:10.000+01:00",
        "2026-03-01 10:00:10 UTC",
        "2026-03-01 12:00:10 +0200",
        "2026-03-01T10:00:10.000+00:00",
        1772359210,
        1772359210000,
    ],
)
def test_instants_come_in_several_forms(server: Server, gitlab: GitLab, text: Any) -> None:
    serve(server, whole(started_at=text), [job(1, started_at=text)])
    build = fetched(gitlab)
    assert (build.started_at, build.jobs[0].started_at) == (instant(10), instant(10))


def test_year_1_is_no_instant(server: Server, gitlab: GitLab) -> None:
    serve(server, whole(), [never_ran(1, "x", "canceled", started_at="0001-01-01T00:00:00Z")])
    assert fetched(gitlab).jobs[0].started_at is None


def test_what_is_no_instant_is_named(server: Server, gitlab: GitLab) -> None:
    serve(server, whole(started_at="yesterday"), [job()])
    with pytest.raises(TemporaryError, match="'started_at' must be an instant"):
        fetched(gitlab)
    with pytest.raises(ValueError, match="Invalid"):
        read_instant("now UTC")


def test_the_runner_and_what_the_job_asked_of_it_are_known(server: Server, gitlab: GitLab) -> None:
    manager = {"system_id": "s_1", "platform": "linux", "architecture": "arm64", "version": "18.4.0"}
    serve(server, whole(), [job(1, runner_manager=manager), job(2, "b", runner=None, tag_list=None)])
    first, second = (found.worker for found in fetched(gitlab).jobs)
    assert (first.name, first.labels, first.os, first.arch) == (
        "runner-5",
        ("linux", "docker"),
        "linux",
        "arm64",
    )
    assert (second.name, second.labels, second.os) == (None, (), None)


@pytest.mark.parametrize("field", ["status", "id"])
def test_a_field_that_is_missing_is_named(server: Server, gitlab: GitLab, field: str) -> None:
    told = {name: value for name, value in whole().items() if name != field or name == "id"}
    serve(server, told, [{name: value for name, value in job().items() if name != field}])
    with pytest.raises(TemporaryError, match=f"{field}'"):
        fetched(gitlab)


def test_optional_fields_may_be_missing(server: Server, gitlab: GitLab) -> None:
    serve(
        server,
        {"id": 900, "status": "success"},
        [{"id": 1, "status": "success", "name": "build"}],
    )
    build = fetched(gitlab)
    assert (build.result, len(build.jobs), build.branch, build.queued_at) == (Result.PASSED, 1, None, None)
    assert pipeline()["id"] == 900
