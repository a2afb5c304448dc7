"""What is recorded, as a person reads it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from buildtimetrend.model import BuildRef, PullRequest, Result
from buildtimetrend.providers.gitlab import GitLab
from tests.providers.server import Reply, Server

DATA = Path(__file__).parents[2] / "data" / "gitlab" / "api"


def recorded(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_bytes())


def served(server: Server, repo: str, told: Any, jobs: Any = (), bridges: Any = ()) -> None:
    path = f"/api/v4/projects/{repo.replace('/', '%2F')}/pipelines/{told['id']}"
    server.routes |= {
        path: Reply(told),
        f"{path}/jobs": Reply(list(jobs)),
        f"{path}/bridges": Reply(list(bridges)),
    }


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("id", "number", "result", "request_number", "branch", "started", "finished"),
    [
        (
            1078343570,
            "36229",
            Result.PASSED,
            "5394",
            None,
            "2023-11-20T07:17:10.123",
            "2023-11-21T01:54:29.748",
        ),
        (
            1079555385,
            "36248",
            Result.PASSED,
            None,
            "master",
            "2023-11-21T03:28:32.970",
            "2023-11-21T03:51:44.872",
        ),
        (
            1079502706,
            "36242",
            Result.FAILED,
            "5500",
            None,
            "2023-11-21T01:57:31.260",
            "2023-11-21T02:00:55.705",
        ),
    ],
)
def test_a_recorded_pipeline(
    server: Server,
    gitlab: GitLab,
    id: int,
    number: str,
    result: Result,
    request_number: str | None,
    branch: str | None,
    started: str,
    finished: str,
) -> None:
    repo = "merico-dev/ee/vdev.co"
    served(server, repo, recorded(f"vdev-pipeline-{id}"))
    build = gitlab.fetch(BuildRef("gitlab", gitlab.instance, repo, id=str(id)))
    assert (build.repo, build.number, build.result, build.branch) == (repo, number, result, branch)
    assert build.pull_request == (PullRequest(request_number) if request_number else None)
    assert (build.started_at, build.finished_at) == (utc(started), utc(finished))
    assert (build.code_host, build.repo_id) == ("gitlab.com", "12345678")
    assert build.pipeline == ("merge_request_event" if request_number else "push")


def test_a_recorded_job_that_was_run_again_the_next_day(server: Server, gitlab: GitLab) -> None:
    repo = "merico/pip_test"
    served(server, repo, recorded("pip_test-pipeline-41"), recorded("pip_test-jobs-41"))
    build = gitlab.fetch(BuildRef("gitlab", gitlab.instance, repo, id="41"))
    assert [(job.id, job.name, job.own_attempt, job.result) for job in build.jobs] == [
        ("119", "format", 1, Result.FAILED),
        ("120", "format", 2, Result.PASSED),
    ]
    assert [job.duration for job in build.jobs] == [None, 56.8]
    assert (build.started_at, build.finished_at) == (
        utc("2022-07-29T02:10:58.370"),
        utc("2022-07-29T02:11:55.170"),
    )
    assert (build.branch, build.actor, build.jobs[1].worker.name) == (
        "master",
        "merico",
        "merico  chinese runner",
    )


def test_a_recorded_bridge_is_a_job_of_its_pipeline(server: Server, gitlab: GitLab) -> None:
    repo = "merico/pip_test"
    told, jobs = recorded("pip_test-pipeline-73"), recorded("pip_test-jobs-73")
    served(server, repo, told, jobs, recorded("pip_test-bridges-73"))
    build = gitlab.fetch(BuildRef("gitlab", gitlab.instance, repo, id="73"))
    assert [(job.id, job.name, job.stage, job.result) for job in build.jobs] == [
        ("1", "deploy", "deploy", Result.PASSED),
        ("152", "format", "test", Result.FAILED),
    ]


def test_recorded_jobs_of_every_status(server: Server, gitlab: GitLab) -> None:
    repo = "merico/pip_test"
    jobs = recorded("pip_test-jobs-of-every-status")
    served(server, repo, jobs[0]["pipeline"], jobs)
    build = gitlab.fetch(BuildRef("gitlab", gitlab.instance, repo, id="16"))
    assert build.result is Result.FAILED
    assert {job.raw_result: job.result for job in build.jobs} == {
        "created": Result.SKIPPED,
        "waiting_for_resource": None,
        "preparing": None,
        "pending": None,
        "running": None,
        "manual": Result.SKIPPED,
        "scheduled": None,
        "skipped": Result.SKIPPED,
    }
