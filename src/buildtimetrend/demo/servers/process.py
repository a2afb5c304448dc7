"""What the servers have in common: free ports, users that may run them, and an end by process id."""

from __future__ import annotations

import os
import pwd
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

PATIENCE = 60.0  # seconds that a server may take to start, on a busy machine


# Below those that systems give to outgoing connections: one of them would take the port of a server that was
# killed, if only a client's that tries to reach it again.
PORTS = range(15_000, 30_000)


def free_ports(count: int) -> int:
    """The first of so many free ports in a row."""
    while True:
        port = random.choice(PORTS)  # noqa: S311 - so that those who ask at a time hardly get the same
        if all(_is_free(port + i) for i in range(count)):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as sock:
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def accepts(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as sock:
        sock.settimeout(1)
        return sock.connect_ex(("127.0.0.1", port)) == 0


def wait_until(ready: Callable[[], bool], what: str, process: subprocess.Popen[bytes] | None = None) -> None:
    """Raises `TimeoutError`, or `RuntimeError` when the process has ended meanwhile."""
    deadline = time.monotonic() + PATIENCE
    while not ready():
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"{what} ended with {process.returncode} instead of starting")
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} was not ready within {PATIENCE:.0f} s")
        time.sleep(0.02)


class Server:
    """One process, which can be killed and started again with what it had on disk."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        port: int,
        folder: Path,
        *,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        ready: Callable[[], bool] | None = None,
    ) -> None:
        self.name = name
        self.port = port
        self.folder = folder
        self._command = command
        self._environment = {**os.environ, **(environment or {})}
        self._user = user
        self._ready = ready or (lambda: accepts(port))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        account = pwd.getpwnam(self._user) if self._user else None
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  (what our callers name)
                self._command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=self._environment,
                user=account and account.pw_uid,
                group=account and account.pw_gid,
                extra_groups=[] if account else None,
                start_new_session=True,
                cwd=self.folder,
            )
        try:
            wait_until(self._ready, self.name, self._process)
        except BaseException:
            self.kill()
            raise

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Tell it to end, and wait for it; what does not end is killed."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """SIGKILL, to it and to what it started."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            wait_until(lambda: not accepts(self.port), f"the end of {self.name}")

    def close(self) -> None:
        """What a test does in the end, whatever became of the server."""
        self.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
