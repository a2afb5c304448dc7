"""Webhooks of GitHub and GitLab, twice, too early, forged or lost: the store has the runs as they were."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from buildtimetrend.demo.history import Expected
from buildtimetrend.demo.organisation import GITHUB, GITLAB
from buildtimetrend.demo.process import GitHubProcess, GitLabProcess, SimulatedProcess
from buildtimetrend.demo.runs.history import RunHistory
from buildtimetrend.settings import ROWS
from tests.e2e.processes import Service
from tests.e2e.test_service import within

NOW = int(time.time())
SLUGS = {"github": "simulated/engine", "gitlab": "simulated/platform/gateway"}
LATE = 2.0  # seconds that the API needs, after a webhook, to know how a run ended


@pytest.fixture(scope="module", params=["github", "gitlab"])
def ci(request: pytest.FixtureRequest) -> Iterator[SimulatedProcess]:
    started: SimulatedProcess
    if request.param == "github":
        started = GitHubProcess(RunHistory(GITHUB, now=NOW), late_by=LATE)
    else:
        started = GitLabProcess(RunHistory(GITLAB, now=NOW), late_by=LATE)
    with started:
        yield started


@pytest.fixture
def service(tmp_path: Path, ci: SimulatedProcess) -> Service:
    settings = {str(ROWS[name].env): str(value) for name, value in ci.settings.items()}
    return Service(tmp_path, {**settings, f"BTT_{ci.kind.upper()}_DELAY": "0.2", "BTT_SWEEP_INTERVAL": "5"})


def newest(ci: SimulatedProcess, number: int) -> list[Expected]:
    """Runs that were not repeated, the newest first."""
    every = list(ci.history.expected(SLUGS[ci.kind]))
    once = [each for each in every if sum(other.id == each.id for other in every) == 1]
    return [each for each in reversed(once) if each.state == "passed"][:number]


def attempts(service: Service, ci: SimulatedProcess, run: Expected) -> list[tuple[str, int]]:
    """Result and number of jobs of each attempt that is stored."""
    path = f"{service.url}/api/v1/projects/{SLUGS[ci.kind]}/builds/{ci.kind}/{run.number}"
    answer = httpx.get(path, params={"filter_pipeline": run.pipeline})
    found = answer.json()["attempts"] if answer.status_code == 200 else []
    return [
        (each["build"]["result"], len(each["jobs"]))
        for each in found
        if each["build"]["build_id"] == str(run.id)
    ]


def notify(service: Service, ci: SimulatedProcess, run: Expected, signing: str = "own") -> int:
    return ci.notify(f"{service.url}{ci.hook}", SLUGS[ci.kind], run.id, signing=signing)


def test_a_webhook_that_comes_twice_and_before_the_api_knows_is_one_run(
    service: Service, ci: SimulatedProcess
) -> None:
    run = newest(ci, 1)[0]
    with service:
        assert [notify(service, ci, run) for _ in range(2)] == [202, 202]
        within(60, lambda: attempts(service, ci, run))
        assert attempts(service, ci, run) == [("passed", len(run.jobs))]


def test_a_forged_webhook_is_refused_and_leaves_nothing(service: Service, ci: SimulatedProcess) -> None:
    run = newest(ci, 1)[0]
    with service:
        assert [notify(service, ci, run, signing) for signing in ("foreign", "none")] == [401, 401]
        assert httpx.get(f"{service.url}/api/v1/tasks").json()["tasks"] == []


def test_runs_whose_webhooks_were_lost_are_found_by_the_sweep(service: Service, ci: SimulatedProcess) -> None:
    *lost, told = newest(ci, 3)
    with service:
        assert notify(service, ci, told) == 202
        within(120, lambda: all(attempts(service, ci, run) for run in lost))
        for run in lost:
            assert attempts(service, ci, run) == [("passed", len(run.jobs))]


def test_a_run_that_is_run_again_is_stored_with_what_was_run_again(
    service: Service, ci: SimulatedProcess
) -> None:
    run = newest(ci, 6)[-1]
    with service:
        notify(service, ci, run)
        within(60, lambda: attempts(service, ci, run))
        ci.control("/_restart", id=run.id)
        notify(service, ci, run)
        if ci.kind == "github":
            within(60, lambda: len(attempts(service, ci, run)) == 2)
        assert attempts(service, ci, run)[0] == ("passed", len(run.jobs))
