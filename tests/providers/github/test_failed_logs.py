"""Logs of failed jobs, where they are wanted: they add how the job ended to the steps that the API has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from buildtimetrend.errors import TemporaryError
from buildtimetrend.ingest import Ingest
from buildtimetrend.model import BuildRef, Exit, Job, LogState, Origin
from buildtimetrend.providers.github import GitHub
from buildtimetrend.settings import Settings
from buildtimetrend.store.base import Store
from buildtimetrend.tasks.asked import new_task
from tests.logs.github.recorded import recorded
from tests.providers.github.answers import REPO, fetched, job, run, serve
from tests.providers.github.conftest import Opener
from tests.providers.server import Reply, Server, serving

LOG = recorded("python-2350842179-orig")
JOBS = f"/repos/{REPO}/actions/jobs"
FAILED: dict[str, Any] = {"conclusion": "failure"}


def read(
    github: GitHub, server: Server, *jobs: dict[str, Any]
) -> list[tuple[Job, LogState | None, Exit | None]]:
    build = fetched(server, github, run(**FAILED), jobs)
    found: list[tuple[Job, LogState | None, Exit | None]] = []
    for each in build.jobs:
        log = github.log(build, each)
        ending = github.parse(log.chunks).exit if log else None
        found.append((each, log.state if log else None, ending))
    return found


def test_the_log_of_a_failed_job_says_command_and_code(server: Server, opened: Opener) -> None:
    """It lies at a storage host, which must not get the token."""
    with serving() as storage:
        storage.routes["/signed"] = Reply(LOG)
        server.routes[f"{JOBS}/1/logs"] = Reply(b"", 302, {"Location": f"{storage.url}/signed"})
        github = opened(github_failed_logs=True, github_token="t0ken")
        [(_, state, ending)] = read(github, server, job(**FAILED))
        assert "authorization" not in storage.asked[0].headers
    assert server.asked[-1].headers["authorization"] == "Bearer t0ken"
    assert state is LogState.COMPLETE
    assert ending == Exit("done", 2, "python -m pytest", "script", "Process completed with exit code 2.")


def test_the_limits_of_a_storage_host_are_none_of_the_ci(server: Server, opened: Opener) -> None:
    limit = {"X-RateLimit-Limit": "9", "X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "4102444800"}
    with serving() as storage:
        storage.routes["/signed"] = Reply(LOG, headers=limit)
        server.routes[f"{JOBS}/1/logs"] = Reply(b"", 302, {"Location": f"{storage.url}/signed"})
        github = opened(github_failed_logs=True)
        assert read(github, server, job(**FAILED))[0][1] is LogState.COMPLETE
        assert github.rate_limit() is None
        storage.routes["/signed"] = Reply(b"", 429, {"Retry-After": "900"})
        with pytest.raises(TemporaryError, match="429") as busy:
            read(github, server, job(**FAILED))
        assert busy.value.retry_after is None, "the CI itself may be asked"
        server.routes[f"{JOBS}/1/logs"] = Reply(b"", 302, {"Location": f"{storage.url}/signed", **limit})
        with pytest.raises(TemporaryError):
            read(github, server, job(**FAILED))
    told = github.rate_limit()
    assert told is not None
    assert told.limit == 9, "the API's own answer counts"


def test_other_jobs_and_those_that_never_ran_are_not_asked_for(server: Server, opened: Opener) -> None:
    github = opened(github_failed_logs=True)
    never: dict[str, Any] = {"runner_id": 0, "runner_name": "", "steps": []}
    jobs = [job(1), job(2, conclusion="cancelled"), job(3, **FAILED, **never), job(4, conclusion="skipped")]
    assert [state for _, state, _ in read(github, server, *jobs)] == [None] * 4
    assert not any("/logs" in path for path in server.paths())


def test_unless_it_is_wanted_no_log_is_read(server: Server, github: GitHub) -> None:
    assert read(github, server, job(**FAILED))[0][1] is None


@pytest.mark.parametrize("status", [404, 410])
def test_a_log_that_is_gone_is_missing(server: Server, opened: Opener, status: int) -> None:
    server.routes[f"{JOBS}/1/logs"] = Reply({"message": "Gone"}, status)
    assert read(opened(github_failed_logs=True), server, job(**FAILED))[0][1] is LogState.MISSING


@pytest.mark.parametrize("wanted", [False, True])
def test_steps_are_those_of_the_api_with_or_without_a_log(
    server: Server, opened: Opener, store: Store, wanted: bool
) -> None:
    server.routes[f"{JOBS}/1/logs"] = Reply(LOG)
    serve(server, run(**FAILED), [job(**FAILED)])
    github = opened(github_failed_logs=wanted)
    ref = BuildRef("github", github.instance, REPO, "9001")
    task = new_task(ref, Origin.REQUEST, datetime.now(UTC), delay=0.0)
    collected = Ingest(Settings(), store).collect(github, task)
    collected.stored.result()
    steps = store.select("SELECT name, phase, result FROM step ORDER BY position", {})
    assert list(zip(*steps.values(), strict=True)) == [
        ("Set up job", "setup", "passed"),
        ("Run make", "script", "passed"),
    ]
    found = store.select("SELECT log_state, exit_code, exit_command FROM job", {})
    [told] = zip(*found.values(), strict=True)
    assert told == (("complete", 2, "python -m pytest") if wanted else ("unneeded", None, None))
