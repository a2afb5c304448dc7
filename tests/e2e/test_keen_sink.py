"""The service as a process, with a Keen.io that is away, and killed meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from buildtimetrend.demo.history import History
from buildtimetrend.demo.process import TravisProcess
from tests.e2e.processes import Service
from tests.keen.fake import PROJECT, WRITE_KEY, FakeKeen, failing, fake_keen

NOW = 1_780_000_000
SLUG = "simulated/boxes"
BUILDS = 30


@pytest.fixture(scope="module")
def travis() -> Iterator[TravisProcess]:
    with TravisProcess(History(1, NOW)) as running:
        yield running


@pytest.fixture
def keen() -> Iterator[FakeKeen]:
    with fake_keen() as fake:
        yield fake


def service(folder: Path, travis: TravisProcess, keen: FakeKeen) -> Service:
    environment = {
        "BTT_TRAVIS_API_URL": travis.url,
        "BTT_TRAVIS_DELAY": "0.1",
        "BTT_MULTI_DELAY": "0",
        "BTT_SWEEP_INTERVAL": "0",
        "KEEN_PROJECT_ID": PROJECT,
        "KEEN_WRITE_KEY": WRITE_KEY,
        "KEEN_BASE_URL": keen.url,
    }
    return Service(folder, environment)


def ask(service: Service, path: str) -> httpx.Response:
    return httpx.get(service.url + path, timeout=30)


def metric(service: Service, name: str) -> float:
    lines = ask(service, "/metrics").text.splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith(name))


def until(condition: object, *arguments: object, seconds: float = 60) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition(*arguments):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def imported(service: Service) -> bool:
    [latest] = ask(service, "/api/v1/imports").json()["imports"]
    assert latest["failed"] == 0
    return bool(latest["finished_at"])


def test_builds_reach_a_keen_io_that_was_away_while_the_service_was_killed(
    tmp_path: Path, travis: TravisProcess, keen: FakeKeen
) -> None:
    keen.script = failing(-1, (503, {"message": "away"}, {}))
    with service(tmp_path, travis, keen) as running:
        wanted = {"provider": "travis", "repo": SLUG, "first": 1, "last": BUILDS}
        httpx.post(f"{running.url}/api/v1/imports", json=wanted, timeout=30).raise_for_status()
        until(imported, running)
        until(lambda: metric(running, "buildtimetrend_keen_waiting") == BUILDS)
        until(lambda: "Keen.io answered 503" in ask(running, "/imports").text)
        running.kill()
        assert keen.events == {}
        keen.script = lambda _, __: None
        running.start()
        until(lambda: metric(running, "buildtimetrend_keen_waiting") == 0 and keen.events)
        jobs = ask(
            running, f"/api/v1/projects/{SLUG}/jobs?since=1990-01-01T00:00:00Z&interval=week&limit=1000"
        )
        stored = {job["number"] for job in jobs.json()["jobs"]}
    sent = [event["job"]["job"] for event in keen.events["build_jobs"]]
    assert sorted(sent) == sorted(stored)
    assert len(sent) == len(set(keen.ids()))


def test_a_service_that_is_its_own_keen_io_does_not_go_in_a_circle(
    tmp_path: Path, travis: TravisProcess, keen: FakeKeen
) -> None:
    running = service(tmp_path, travis, keen)
    running._environment["KEEN_BASE_URL"] = running.url
    with running:
        wanted = {"provider": "travis", "repo": SLUG, "first": 1, "last": 1}
        httpx.post(f"{running.url}/api/v1/imports", json=wanted, timeout=30).raise_for_status()
        until(imported, running)
        # Its own collections show its builds: nobody writes to them, itself included.
        until(lambda: metric(running, 'buildtimetrend_keen_events_total{outcome="refused"}') > 0)
        until(lambda: metric(running, "buildtimetrend_keen_waiting") == 0)
        builds = ask(
            running, f"/api/v1/projects/{SLUG}/builds?since=1990-01-01T00:00:00Z&interval=week"
        ).json()
    assert len(builds["builds"]) == 1
