"""SIGKILL at random moments of an import, with restarts, ends with the rows of an undisturbed run."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from buildtimetrend.demo.process import SimulatedProcess, organisation
from buildtimetrend.model import Value
from buildtimetrend.providers import PROVIDERS
from buildtimetrend.settings import ROWS as ROWS_OF_SETTINGS
from buildtimetrend.store import open_store
from tests.e2e.processes import Service

NOW = 1_780_000_000
BUILDS = 150
# `BTT_TEST_KILLS=50` is the full run; fewer in the usual one, for time.
KILLS = int(os.environ.get("BTT_TEST_KILLS", "5"))

# Ids of pipelines follow the order in which builds land.
_PIPELINE = (
    "(SELECT key FROM pipeline AS p WHERE p.repo_id = {0}.repo_id AND p.id = {0}.pipeline) AS pipeline_key"
)
ROWS = {
    "build": f"""
        SELECT repo.slug, {_PIPELINE.format("build")}, build.* EXCLUDE (repo_id, pipeline)
        FROM build JOIN repo ON repo.id = build.repo_id ORDER BY ALL
    """,
    "job": f"""
        SELECT repo.slug, {_PIPELINE.format("job")}, job.* EXCLUDE (repo_id, job_key, pipeline)
        FROM job JOIN repo ON repo.id = job.repo_id ORDER BY ALL
    """,
    "step": """
        SELECT repo.slug, job.job_id, job.attempt, step.* EXCLUDE (repo_id, job_key)
        FROM step JOIN job ON job.repo_id = step.repo_id AND job.job_key = step.job_key
        JOIN repo ON repo.id = step.repo_id ORDER BY ALL
    """,
}
BACKFILLS = {
    "travis": {"provider": "travis", "repo": "simulated/boxes", "first": 1, "last": BUILDS},
    "github": {"provider": "github", "repo": "simulated/engine", "builds": f"latest {BUILDS}"},
    "gitlab": {"provider": "gitlab", "repo": "simulated/platform/gateway", "builds": f"latest {BUILDS}"},
}


@pytest.fixture(scope="module", params=[kind for kind in BACKFILLS if kind in PROVIDERS])
def ci(request: pytest.FixtureRequest) -> Iterator[SimulatedProcess]:
    with organisation(NOW)[request.param] as running:
        yield running


def service(folder: Path, ci: SimulatedProcess) -> Service:
    folder.mkdir()
    environment = {
        **{str(ROWS_OF_SETTINGS[name].env): str(value) for name, value in ci.settings.items()},
        f"BTT_{ci.kind.upper()}_DELAY": "0.1",
        "BTT_MULTI_DELAY": "0",
        "BTT_MULTI_MAX_BUILDS": "1000",
        "BTT_SWEEP_INTERVAL": "0",
    }
    return Service(folder, environment)


def start_import(running: Service, ci: SimulatedProcess, token: str = "") -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = httpx.post(f"{running.url}/api/v1/imports", json=BACKFILLS[ci.kind], headers=headers, timeout=30)
    assert answer.status_code == 202, answer.text


def open_tasks(running: Service) -> int:
    states = httpx.get(f"{running.url}/api/v1/imports", timeout=30).json()["imports"]
    return sum(int(state["waiting"]) + int(state["running"]) for state in states)


def wait_until_done(running: Service) -> None:
    deadline = time.monotonic() + 120
    while open_tasks(running):
        assert time.monotonic() < deadline, "the import did not end"
        time.sleep(0.1)


def rows(database: Path) -> dict[str, list[tuple[Value, ...]]]:
    store = open_store(f"duckdb:///{database}")
    try:
        return {name: list(zip(*store.select(sql).values(), strict=True)) for name, sql in ROWS.items()}
    finally:
        store.close()


def test_kill_9_at_random_moments_loses_and_doubles_nothing(tmp_path: Path, ci: SimulatedProcess) -> None:
    with service(tmp_path / "undisturbed", ci) as undisturbed:
        begin = time.monotonic()
        start_import(undisturbed, ci)
        wait_until_done(undisturbed)
        took = time.monotonic() - begin
    moments = random.Random(4711)

    with service(tmp_path / "killed", ci) as killed:
        start_import(killed, ci)
        for _ in range(KILLS):
            # Spread over an import that each restart shortens: most kills fall into its work.
            time.sleep(moments.uniform(0, 2 * took / KILLS))
            killed.kill()
            killed.start()
        wait_until_done(killed)

    expected, found = rows(undisturbed.database), rows(killed.database)
    assert len(expected["build"]) > BUILDS * 0.9
    assert len(expected["step"]) > len(expected["job"]) > len(expected["build"])
    for table in ROWS:
        differ = [(a, b) for a, b in zip(found[table], expected[table], strict=True) if a != b]
        fields = [[(x, y) for x, y in zip(*pair, strict=True) if x != y] for pair in differ]
        assert not differ, (len(differ), fields[:3])
