"""What was acknowledged is there after kill -9, whole."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from buildtimetrend.store import open_store
from tests.store.examples import column, counts

pytestmark = [pytest.mark.races, pytest.mark.servers]

ROUNDS = 5
ROOT = Path(__file__).parents[2]


def saved_until_killed(url: str, first: int, seconds: float) -> set[str]:
    """Ids that the process acknowledged before it was killed, `seconds` after its first."""
    command = [sys.executable, "-m", "tests.store.saver", url, str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        time.sleep(seconds)
        process.kill()
        lines += process.stdout.readlines()
    return {line.strip() for line in lines if line.endswith("\n")}


def test_killed_at_random_moments_no_acknowledged_build_is_lost_or_torn(tmp_path: Path) -> None:
    url = f"duckdb:///{tmp_path}/store.duckdb"
    moments = random.Random(20240301)
    acknowledged: set[str] = set()
    for round_ in range(ROUNDS):
        acknowledged |= saved_until_killed(url, 100_000 * (round_ + 1), moments.uniform(0, 0.7))
        store = open_store(url, memory_limit="200MB")
        builds, jobs, steps = counts(store)
        stored = set(column(store, "SELECT build_id FROM build"))
        assert acknowledged <= stored
        assert set(column(store, "SELECT id FROM task")) == stored
        assert (jobs, steps) == (2 * builds, 6 * builds)
        store.close()
    assert len(acknowledged) > ROUNDS
