"""Processes that save builds, what they acknowledged so far, and the rows that they must leave."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Self

from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store, rows
from tests.store import stubborn
from tests.store.examples import counts

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0  # seconds
FIRST = (1_000, 2_000)  # numbers of the first build that is a process's own

_ROWS = {
    "repo": "SELECT * FROM repo",
    "build": "SELECT slug, build.* FROM build JOIN repo ON id = repo_id",
    "job": "SELECT slug, job.* FROM job JOIN repo ON id = repo_id",
    "step": """
        SELECT slug, job_id, attempt, step.*
        FROM step JOIN job USING (repo_id, job_key) JOIN repo ON id = repo_id
    """,
    "task": "SELECT * FROM task",
}
_ASSIGNED = {"id", "repo_id", "job_key"}


class Savers:
    """Two processes of `stubborn`."""

    def __init__(self, url: str, builds: int) -> None:
        self.acknowledged: list[tuple[int, str]] = []  # repo and number, in the order of arrival
        self.failed = 0
        self._opened = 0
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.store.stubborn", url, str(first), str(builds)],
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
            )
            for first in FIRST
        ]
        self._threads = [threading.Thread(target=self._read, args=(each,)) for each in self._processes]
        for thread in self._threads:
            thread.start()

    def wait_for(self, builds: int) -> None:
        """Until so many are acknowledged in all."""
        self._wait_until(lambda: len(self.acknowledged) >= builds)

    @property
    def running(self) -> bool:
        return any(each.poll() is None for each in self._processes)

    def finish(self) -> None:
        for thread in self._threads:
            thread.join(PATIENCE)
        assert [each.wait(PATIENCE) for each in self._processes] == [0, 0]

    def _wait_until(self, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < deadline, f"{len(self.acknowledged)} builds were acknowledged"
            assert self.running, "the processes have ended"
            time.sleep(0.005)

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                repo, number = line.split()
                if repo == "failed":
                    self.failed += int(number)
                elif repo == "opened":
                    self._opened += int(number)
                else:
                    self.acknowledged.append((int(repo), number))

    def __enter__(self) -> Self:
        """Both have their store open: only from then on may a test kill what that lies in."""
        try:
            self._wait_until(lambda: self._opened == len(FIRST))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._processes:
            each.kill()
            each.wait()
        for thread in self._threads:
            thread.join()


def undisturbed(builds: int) -> dict[str, list[Any]]:
    """The rows that one process leaves which saves the builds of both, one after the other."""
    with closing(open_store("duckdb://:memory:")) as store:
        futures = [
            stubborn.saved(store, each)
            for first in FIRST
            for repo in range(stubborn.REPOS)
            for each in stubborn.builds_of(repo, first, builds)
        ]
        assert all(future.result() for future in futures)
        return stored(store)


def stored(store: Store) -> dict[str, list[Any]]:
    """All rows, but for the keys that a store assigns; fails when one is doubled or has no owner."""
    counts(store)
    found = {}
    for table, sql in _ROWS.items():
        kept = [
            {name: value for name, value in row.items() if table == "task" or name not in _ASSIGNED}
            for row in rows(store.select(sql))
        ]
        found[table] = sorted(kept, key=lambda row: [str(value) for value in row.values()])
    return found
