"""The demo, as a user starts it, has every build that the simulated CI systems served."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from buildtimetrend.demo.servers import postgres, redis
from tests.e2e.processes import ROOT
from tests.servers.fixtures import missing

PATIENCE = 900  # s: beside other tests it took a third of that

pytestmark = [pytest.mark.long, pytest.mark.timeout(PATIENCE + 60)]


def checked(folder: Path, *arguments: str) -> str:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("BTT_", "TRAVIS_"))}
    ended = subprocess.run(
        [sys.executable, "-m", "buildtimetrend", "demo", "--check", "--port", "0", *arguments],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env={**own, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "200"},
        text=True,
        timeout=PATIENCE,
    )
    assert ended.returncode == 0, ended.stdout[-4000:]
    return ended.stdout


def test_the_demo_collects_every_build_of_all_ci_systems_as_it_was(tmp_path: Path) -> None:
    said = checked(tmp_path)
    assert "Everything as served." in said
    for slug in ("simulated/boxes", "simulated/engine", "simulated/platform/gateway"):
        assert slug in said


def test_so_do_workers_on_postgresql(tmp_path: Path) -> None:
    """Of two of the CI systems, for time."""
    if postgres.programs() is None or not redis.program():
        missing("no PostgreSQL or no Redis")
    systems = ("--ci", "github", "--ci", "gitlab")
    assert "Everything as served." in checked(tmp_path, "--workers", "--store", "postgresql", *systems)
