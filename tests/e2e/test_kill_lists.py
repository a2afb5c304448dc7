"""SIGKILL while the builds of a whole history are listed: the list goes on where it was."""

from __future__ import annotations

import random
import time
from pathlib import Path

import httpx

from buildtimetrend.demo.organisation import GITHUB
from buildtimetrend.demo.process import organisation
from buildtimetrend.demo.runs.history import RunHistory
from buildtimetrend.settings import ROWS
from buildtimetrend.store import open_store
from tests.e2e.processes import Service

NOW = 1_780_000_000
SLUG = "simulated/engine"
KILLS = 6


def test_kill_9_while_a_history_is_listed_loses_and_doubles_nothing(tmp_path: Path) -> None:
    expected = {(str(each.id), each.attempt) for each in RunHistory(GITHUB, now=NOW).expected(SLUG)}
    assert len(expected) > 300  # pages of a hundred
    moments = random.Random(815)
    with organisation(NOW)["github"] as ci:
        environment = {
            **{str(ROWS[name].env): str(value) for name, value in ci.settings.items()},
            "BTT_SWEEP_INTERVAL": "0",
            "BTT_WORKERS": "2",
        }
        with Service(tmp_path, environment) as running:
            wanted = {"provider": "github", "repo": SLUG, "builds": "since 5 years", "whole": True}
            created = httpx.post(f"{running.url}/api/v1/imports", json=wanted, timeout=30).json()
            assert created["listing"]
            for _ in range(KILLS):
                time.sleep(moments.uniform(0, 0.5))
                running.kill()
                running.start()
            found = progress(running, created["id"])
            while found["finished_at"] is None:
                time.sleep(0.2)
                found = progress(running, created["id"])
            database = running.database
    assert (found["total"], found["done"], found["failed"]) == (len(expected), len(expected), 0)
    store = open_store(f"duckdb:///{database}")
    stored = store.select("SELECT build_id, attempt FROM build")
    store.close()
    assert sorted(zip(stored["build_id"], stored["attempt"], strict=True)) == sorted(expected)


def progress(running: Service, import_id: str) -> dict[str, object]:
    found: dict[str, object] = httpx.get(f"{running.url}/api/v1/imports/{import_id}", timeout=30).json()
    return found
