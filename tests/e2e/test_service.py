"""The service as a process: notification to badge, a clean stop, and what is said when things go wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from buildtimetrend.demo.history import History
from buildtimetrend.demo.process import TravisProcess
from buildtimetrend.store import open_store
from tests.e2e.processes import SERVICE, Service

NOW = int(time.time())
SLUG = "simulated/streams"


@pytest.fixture(scope="module")
def travis() -> Iterator[TravisProcess]:
    with TravisProcess(History(1, NOW)) as running:
        yield running


@pytest.fixture
def service(tmp_path: Path, travis: TravisProcess) -> Service:
    environment = {"BTT_TRAVIS_API_URL": travis.url, "BTT_TRAVIS_DELAY": "0.2", "BTT_MULTI_DELAY": "0"}
    return Service(tmp_path, environment, program=SERVICE)


def within(seconds: float, true: Callable[[], object]) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)


def test_a_notification_becomes_steps_durations_and_a_badge(service: Service, travis: TravisProcess) -> None:
    every = reversed(list(travis.history.expected(SLUG)))
    newest = next(build for build in every if build.state == "passed" and all(build.steps))
    with service:
        assert "unknown" in httpx.get(f"{service.url}/badge/{SLUG}/latest/year").text
        assert travis.notify(f"{service.url}/travis", SLUG, newest.number) == 202
        build = f"{service.url}/api/v1/projects/{SLUG}/builds/travis/{newest.number}"
        within(20, lambda: httpx.get(build).status_code == 200)
        (attempt,) = httpx.get(build).json()["attempts"]
        assert attempt["build"]["result"] == "passed"
        assert sorted(len(job["steps"]) for job in attempt["jobs"]) == sorted(newest.steps)
        badge = httpx.get(f"{service.url}/badge/{SLUG}/latest/year")
        assert badge.headers["content-type"].startswith("image/svg+xml")
        assert "unknown" not in badge.text
        assert SLUG in httpx.get(f"{service.url}/dashboard").text
        assert service.stop() == 0


def test_a_forged_notification_is_refused_and_leaves_nothing(service: Service, travis: TravisProcess) -> None:
    number = travis.history.numbers(SLUG)[-1]
    with service:
        for signing in ("wrong", "foreign", "none"):
            assert travis.notify(f"{service.url}/travis", SLUG, number, signing=signing) == 401
        assert httpx.get(f"{service.url}/api/v1/tasks").json()["tasks"] == []


def test_sigterm_during_an_import_loses_nothing(service: Service, travis: TravisProcess) -> None:
    with service:
        assert httpx.post(f"{service.url}/travis/{SLUG}/1/60").status_code == 202

        def count(*states: str) -> int:
            (batch,) = httpx.get(f"{service.url}/api/v1/imports").json()["imports"]
            return sum(int(batch[state]) for state in states)

        within(60, lambda: count("done") > 0)
        assert service.stop() == 0
        service.start()
        within(120, lambda: count("waiting", "running") == 0)
    assert not list(service.database.parent.glob("*.address"))
    assert "service.stopping" in service.log.read_text(encoding="utf-8")
    store = open_store(f"duckdb:///{service.database}")
    found = store.select("SELECT number, attempt FROM build")
    store.close()
    expected = [build.number for build in travis.history.expected(SLUG) if build.number <= 60]
    assert sorted(int(str(number)) for number in found["number"]) == expected
    assert set(found["attempt"]) == {1}


def test_a_second_service_on_the_same_file_says_who_has_it(service: Service, tmp_path: Path) -> None:
    with service:
        second = Service(tmp_path, {})
        with pytest.raises(AssertionError, match="Another process has the store"):
            second.start()


def test_no_secret_is_in_the_log(tmp_path: Path, travis: TravisProcess) -> None:
    secrets = {"BTT_TRAVIS_TOKEN": "s3cret-token", "BTT_ADMIN_TOKEN": "s3cret-admin"}
    service = Service(tmp_path, {"BTT_TRAVIS_API_URL": travis.url, "BTT_LOGLEVEL": "DEBUG", **secrets})
    with service:
        httpx.post(f"{service.url}/travis/{SLUG}/1", headers={"Authorization": "Bearer s3cret-admin"})
        httpx.post(f"{service.url}/travis/{SLUG}/1", headers={"Authorization": "Bearer wrong"})
        travis.notify(f"{service.url}/travis", SLUG, travis.history.numbers(SLUG)[-1])
        time.sleep(1)
    text = service.log.read_text(encoding="utf-8")
    assert "http.request" in text
    assert "s3cret" not in text


def test_serve_says_where_it_is_and_where_its_data_is(service: Service) -> None:
    with service:
        said = service.log.read_text(encoding="utf-8")
    assert f"Buildtime Trend is at {service.url} and keeps its data in {service.database}." in said
