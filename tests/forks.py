"""Commands of ours as processes that start quickly: forked from one that has everything loaded.

Most of what a start computes is to load modules, and tests start hundreds. Those of the start itself start
`python service.py`, as a user does.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from buildtimetrend.cli import main

FORKS = multiprocessing.get_context("forkserver")
LOADED = "tests.loaded"
FORKS.set_forkserver_preload([LOADED])


class Command:
    """`buildtimetrend` with these arguments, as `subprocess.Popen` has it."""

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path
    ) -> None:
        """It runs in `folder`; what it says is added to the file `log`."""
        log.touch()
        self._process = FORKS.Process(
            target=_run, args=(list(arguments), dict(environment), folder, log), daemon=True
        )
        self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    def poll(self) -> int | None:
        """The exit code, with a minus before the number of the signal that ended it; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Raises `subprocess.TimeoutExpired`."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("buildtimetrend", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _run(arguments: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    with log.open("ab", buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    importlib.import_module(LOADED)  # the process that it is forked from says nothing where this fails
    sys.argv = ["buildtimetrend", *arguments]
    main(arguments)
