"""The service as a real process, on a free port, with private files."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

import httpx

from tests.forks import Command

ROOT = Path(__file__).parents[2]
START_SECONDS = 60.0  # on a busy machine


SERVICE = ROOT / "service.py"
Running: TypeAlias = subprocess.Popen[bytes] | Command


class Service:
    """Killed and started again at will."""

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        *,
        descriptors: tuple[int, int] | None = None,
        program: Path | None = None,
    ) -> None:
        """`descriptors` are its soft and its hard limit of open files. `program` is SERVICE, as a user
        starts it, or one that ends in it; without both it is forked, for time.
        """
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database = folder / "store.duckdb"
        self.log = folder / "service.log"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("BTT_", "TRAVIS_"))},
            "PORT": str(self.port),
            "BTT_STORE_URL": f"duckdb:///{self.database}",
            "BTT_LOGLEVEL": "INFO",
            **environment,
        }
        # A program that sets them and then becomes the service.
        self._limited = ["prlimit", "--nofile={}:{}".format(*descriptors)] if descriptors else []
        self._program = program or (SERVICE if descriptors else None)
        self._process: Running | None = None

    def command(self, *arguments: str, before: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        """`buildtimetrend` with the same settings, until it ends; `before` stands before it."""
        return subprocess.run(
            [*before, sys.executable, "-m", "buildtimetrend", *arguments],
            check=False,
            capture_output=True,
            env=self._environment,
            cwd=self.database.parent,
            text=True,
            timeout=60,
        )

    def start(self) -> None:
        self.begin()
        self.wait_until_ready()

    def begin(self) -> None:
        """As `start`, without the wait until it is ready."""
        if self._program is None:
            self._process = Command(["serve"], self._environment, self.database.parent, self.log)
            return
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._limited, sys.executable, str(self._program)],
                env=self._environment,
                cwd=self.database.parent,
                stdout=log,
                stderr=log,
            )

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not (self._listens() and self.ready()):
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")[-4000:]
            assert time.monotonic() < deadline, "the service did not become ready"
            time.sleep(0.02)

    def _listens(self) -> bool:
        """To ask by HTTP in vain takes the time that the start needs."""
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", self.port)) == 0

    def ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """SIGKILL: nothing is said goodbye to."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        return self._end(signal.SIGTERM)

    @property
    def process(self) -> Running:
        assert self._process is not None
        return self._process

    @property
    def process_id(self) -> int:
        return self.process.pid

    def _end(self, number: int) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(timeout=60)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self.stop() if error is None else self.kill()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
