"""A process that looks at builds is killed, at any moment: what it found is told, and told once."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from buildtimetrend.store import open_store, reads
from buildtimetrend.store.statements import analyses
from tests.findings.test_watch import SLOWER, Watched

PROGRAM = """
import sys
from buildtimetrend.store import open_store
from buildtimetrend.tasks import Analyses
store = open_store(sys.argv[1])
watched = Analyses(store, lambda *_: ["mail"])
print("begun", flush=True)
watched.once()
print("done", flush=True)
sys.stdin.read()
"""


@pytest.mark.servers
@pytest.mark.races
@pytest.mark.parametrize("seconds", [0.0, 0.04, 0.15, None])
def test_who_looks_is_killed_and_what_it_found_is_told_once(tmp_path: Path, seconds: float | None) -> None:
    url = f"duckdb:///{tmp_path}/store.duckdb"
    with closing(open_store(url)) as store:
        Watched(store, "ann/tool").land(SLOWER, range(1, 61))
    command = [sys.executable, "-c", PROGRAM, url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "begun\n"
        if seconds is None:
            assert process.stdout.readline() == "done\n"
        else:
            time.sleep(seconds)
        process.kill()
    with closing(open_store(url)) as store:
        watched = Watched(store, "ann/tool")
        store.execute([analyses.free()]).result()
        for _ in range(2):
            watched.look()
        [row] = watched.kept
        assert watched.events() == ["opened"]
        assert [each["channel"] for each in reads.notified(store, row["id"])] == ["mail"]
