from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from buildtimetrend.store import open_store
from tests.store.examples import counts

pytestmark = pytest.mark.servers

ROOT = Path(__file__).parents[2]


def test_on_a_full_disk_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    url = f"duckdb:///{tmp_path}/store.duckdb"
    command = [sys.executable, "-m", "tests.store.full_disk", url, "3000000"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    stored, _ = map(int, done.stdout.splitlines()[-1].split())
    store = open_store(url)
    assert counts(store) == (stored, 2 * stored, 6 * stored)
    store.close()
