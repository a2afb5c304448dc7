"""What the service loads when it starts: each start of each command pays for it, whatever it is for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# Of what one path alone needs: badges, tasks on a broker, an engine, tests of providers.
LATE = (
    "badgepy",
    "requests",
    "celery",
    "kombu",
    "duckdb",
    "psycopg",
    "pytest",
    "buildtimetrend.demo",
)
# What nothing needs before the first build or notification: together 18 MiB.
AT_WORK = ("cryptography", "numpy")
LOADED = "import sys, buildtimetrend.bootstrap; print(*sys.modules)"
IDLE = """
import sys
from starlette.testclient import TestClient
from buildtimetrend.bootstrap import opened
from buildtimetrend.settings import Settings

with opened(Settings.of(store_url=f"duckdb:///{sys.argv[1]}", sweep_interval=0)) as service:
    assert TestClient(service.app).get("/").status_code == 200
print(*sys.modules)
"""


def test_it_does_not_load_what_one_path_alone_needs() -> None:
    loaded = modules(LOADED)
    assert "buildtimetrend.web.badges" in loaded
    assert not {*LATE, *AT_WORK} & loaded


def test_an_idle_service_has_not_loaded_what_builds_need_nor_does_its_first_page(tmp_path: Path) -> None:
    loaded = modules(IDLE, str(tmp_path / "store.duckdb"))
    assert {"buildtimetrend.trends.changes", "buildtimetrend.providers.travis.signature"} <= loaded
    assert not {*AT_WORK} & loaded


def modules(code: str, *given: str) -> set[str]:
    """Those that are loaded at the end of a process."""
    command = [sys.executable, "-c", code, *given]
    return {*subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()}
