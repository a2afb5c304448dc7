"""Citus clusters: a shared one, with its coordinator at BTT_TEST_CITUS_URL, and private ones, to be killed.

`.ci/run` starts the shared one, and names in BTT_TEST_CITUS_START the command that starts another:
`COMMAND FOLDER PORT` prints the coordinator's URL, `COMMAND --stop FOLDER` ends what it started.
"""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Self

from buildtimetrend.demo.servers.postgres import opened, programs
from buildtimetrend.demo.servers.process import accepts, free_ports, wait_until


def url() -> str | None:
    return os.environ.get("BTT_TEST_CITUS_URL") or None


def starter() -> str | None:
    return os.environ.get("BTT_TEST_CITUS_START") or None


class Cluster:
    """A coordinator and two workers, of a test's own. `url` is the coordinator's."""

    def __init__(self, folder: Path, starter: str) -> None:
        self._starter = starter
        self._folder = folder / "citus"
        self._port = free_ports(3)
        opened(folder)
        started = subprocess.run(
            [starter, str(self._folder), str(self._port)], check=True, stdout=subprocess.PIPE, text=True
        )
        self.url = started.stdout.strip()

    def kill_worker(self, number: int) -> None:
        """SIGKILL to the server of worker 1 or 2; its connections notice and end."""
        os.kill(int(self._pid_file(number).read_text().split()[0]), signal.SIGKILL)
        wait_until(lambda: not accepts(self._port + number), f"the end of worker {number}")

    def start_worker(self, number: int) -> None:
        """Again, after it was killed: what was connected to it needs a moment to go."""
        wait_until(lambda: self._started(number), f"worker {number}")

    def close(self) -> None:
        subprocess.run([self._starter, "--stop", str(self._folder)], check=False)

    def _started(self, number: int) -> bool:
        data = self._folder / f"worker{number}"
        ctl = [f"{programs()}/pg_ctl", "-D", str(data), "-l", str(data / "log"), "-w", "start"]
        as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        return (
            subprocess.run([*as_user, *ctl], check=False, capture_output=True, cwd=data.parent).returncode
            == 0
        )

    def _pid_file(self, number: int) -> Path:
        return self._folder / f"worker{number}" / "postmaster.pid"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
