"""What a person wrote down from each recorded answer, and what is read of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from buildtimetrend.model import BuildRef, PullRequest, Result, Worker
from buildtimetrend.providers.base import Latest
from buildtimetrend.providers.github import GitHub
from tests.providers.contract import DATA
from tests.providers.github.answers import paged
from tests.providers.server import Reply, Server

API = DATA / "github" / "api"


def recorded(name: str) -> Any:
    return json.loads((API / f"{name}.json").read_bytes())


def ref(github: GitHub, repo: str, id: str) -> BuildRef:
    return BuildRef("github", github.instance, repo, id)


def at(clock: str, day: str = "2026-01-28") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}+00:00")


def serve(server: Server, repo: str, id: str) -> None:
    name = f"{repo.partition('/')[2]}-{id}"
    path = f"/repos/{repo}/actions/runs/{id}"
    server.routes[path] = Reply(recorded(name))
    server.routes[f"{path}/attempts/1/jobs"] = Reply(recorded(f"{name}-jobs"))


def test_a_failed_run_of_a_pull_request_from_a_fork(server: Server, github: GitHub) -> None:
    serve(server, "biomejs/biome", "21458831126")
    build = github.fetch(ref(github, "biomejs/biome", "21458831126"))
    assert (build.number, build.attempt, build.result, build.raw_result) == (
        "16172", 1, Result.FAILED, "failure",
    )  # fmt: skip
    assert build.pipeline == ".github/workflows/pull_request_title_lint.yaml"
    assert (build.trigger, build.event, build.code_host) == (
        "pull_request", "pull_request_target", "github.com",
    )  # fmt: skip
    assert build.branch == "fixes/use-exhaustive-dependencies-regressions"
    assert build.title == (
        "fix(linter): `useExhaustiveDependencies` regressions, fixes #8802, fixes #8883, fixes #8885"
    )
    assert build.commit == "e2666f5864e5f11de8a071856f0804e6bab0fd8f"
    assert (build.queued_at, build.started_at, build.finished_at) == (
        at("23:04:50"), at("23:04:50"), at("23:05:29"),
    )  # fmt: skip
    [job] = build.jobs
    assert (job.id, job.name, job.result, job.raw_result) == (
        "61806350920", "Validate PR title", Result.FAILED, "failure",
    )  # fmt: skip
    assert (job.queue_time, job.duration) == (1.0, 37.0)
    assert job.worker == Worker(
        name="depot-6ltm0thcf4", group="default", labels=("depot-ubuntu-24.04-arm-small",), os="linux"
    )
    assert [(step.number, step.name, step.result, step.duration, step.phase) for step in job.steps] == [
        (1, "Set up job", Result.PASSED, 2.0, "setup"),
        (
            2,
            "Run amannn/action-semantic-pull-request@48f256284bd46cdaab1048c3721360e808335d50",
            Result.FAILED,
            5.0,
            "script",
        ),
        (3, "Complete job", Result.PASSED, 0.0, "after_script"),
    ]


def test_a_run_of_a_pull_request_from_a_branch_of_the_repo(server: Server, github: GitHub) -> None:
    serve(server, "biomejs/biome", "21487811823")
    build = github.fetch(ref(github, "biomejs/biome", "21487811823"))
    assert build.branch == "dyc3/codegen-refactor"
    assert build.head_repo is None
    assert build.pull_request == PullRequest(
        "8901",
        source_branch="dyc3/codegen-refactor",
        target_branch="main",
        url="https://github.com/biomejs/biome/pull/8901",
    )
    assert build.pipeline_url == (
        "https://github.com/biomejs/biome/actions/workflows/pull_request_title_lint.yaml"
    )
    assert build.url == "https://github.com/biomejs/biome/actions/runs/21487811823"


def test_a_run_whose_jobs_have_no_steps_any_more(server: Server, github: GitHub) -> None:
    serve(server, "step-security/skip-duplicate-actions", "16620109074")
    build = github.fetch(ref(github, "step-security/skip-duplicate-actions", "16620109074"))
    day = "2025-07-30"
    assert (build.started_at, build.finished_at) == (at("10:30:31", day), at("10:31:42", day))
    assert [(job.name, job.queue_time, job.duration) for job in build.jobs] == [
        ("pre_job", 9.0, 16.0),
        ("skip_individual_steps_job", 8.0, 17.0),
        ("build", 5.0, 31.0),
        ("private_action", 8.0, 48.0),
        ("main_job", 5.0, 40.0),
    ]


def test_old_answers_with_zones_skipped_steps_and_no_runners(server: Server, github: GitHub) -> None:
    [told] = [run for run in recorded("ants-runs")["workflow_runs"] if run["id"] == 2566218977]
    jobs = [job for job in recorded("ants-jobs")["jobs"] if job["run_id"] == 577324554]
    path = "/repos/panjf2000/ants/actions/runs/2566218977"
    server.routes[path] = Reply(told)
    server.routes[f"{path}/attempts/1/jobs"] = paged("jobs", jobs)
    build = github.fetch(ref(github, "panjf2000/ants", "2566218977"))
    assert len(build.jobs) == 6
    job = build.jobs[0]
    assert (job.name, job.result, job.raw_result) == ("deployubuntu", Result.CANCELED, "cancelled")
    assert job.started_at == datetime(2021, 2, 18, 6, 59, 13, tzinfo=UTC)
    assert job.duration == 125.0
    assert job.queued_at is None
    assert [(step.number, step.result, step.duration if step.ran else None) for step in job.steps] == [
        (1, Result.PASSED, 3.0),
        (2, Result.PASSED, 1.0),
        (3, Result.PASSED, 0.0),
        (4, Result.PASSED, 2.0),
        (5, Result.CANCELED, 118.0),
        (6, Result.SKIPPED, None),
        (7, Result.SKIPPED, None),
        (8, Result.SKIPPED, None),
        (16, Result.PASSED, 1.0),
        (17, Result.PASSED, 0.0),
    ]
    assert job.steps[0].started_at == datetime(2021, 2, 18, 6, 59, 13, tzinfo=UTC)


# By id, of what a person read in `ants-jobs.json`: word and result.
WORDS = {
    1924932237: ("in_progress", None),
    2011825641: ("success", Result.PASSED),
    2011825642: ("failure", Result.FAILED),
    2011825643: ("cancelled", Result.CANCELED),
    2011825644: ("timed_out", Result.FAILED),
    2011825645: ("startup_failure", Result.ERRORED),
    2011825646: ("in_progress", None),
    2011825647: ("queued", None),
    2011825648: ("waiting", None),
    2011825649: ("pending", None),
    2011825650: ("neutral", Result.PASSED),
    2011825651: ("skipped", Result.SKIPPED),
    2011825652: ("stale", Result.ERRORED),
    2011825653: ("action_required", None),
    2011825654: ("requested", None),
}


@pytest.mark.parametrize("id", WORDS)
def test_every_word_of_a_job_is_read_in_old_records_too(server: Server, github: GitHub, id: int) -> None:
    [told] = [run for run in recorded("ants-runs")["workflow_runs"] if run["id"] == 2566218977]
    jobs = [job for job in recorded("ants-jobs")["jobs"] if job["id"] == id]
    path = "/repos/panjf2000/ants/actions/runs/2566218977"
    server.routes[path] = Reply(told)
    server.routes[f"{path}/attempts/1/jobs"] = paged("jobs", jobs)
    [job] = github.fetch(ref(github, "panjf2000/ants", "2566218977")).jobs
    assert (job.raw_result, job.result) == WORDS[id]
    assert (job.finished_at is None) == (WORDS[id][1] in (None, Result.SKIPPED))


def test_of_recorded_runs_those_of_forks_that_were_run_again(server: Server, github: GitHub) -> None:
    server.routes["/repos/panjf2000/ants/actions/runs"] = Reply(recorded("ants-runs"))
    refs = [ref for ref in github.select("panjf2000/ants", Latest(100)) if ref.id == "2589885628"]
    assert [(ref.number, ref.attempt) for ref in refs] == [("75", 2), ("75", 1)]
    server.routes["/repos/panjf2000/ants/actions/runs/2589885628/attempts/2/jobs"] = paged("jobs", [])
    [now] = [run for run in recorded("ants-runs")["workflow_runs"] if run["id"] == 2589885628]
    server.routes["/repos/panjf2000/ants/actions/runs/2589885628"] = Reply(now)
    build = github.fetch(refs[0])
    assert (build.head_repo, build.branch) == ("hanfezh/ants", "master")
    assert build.started_at == at("13:34:14", "2022-07-01")
    assert build.queued_at == build.started_at
    assert build.duration == timedelta(minutes=6, seconds=33).total_seconds()
