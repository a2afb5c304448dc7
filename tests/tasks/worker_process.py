"""Celery workers as processes of their own, quickly started: forked from one that has everything imported.

They ask the test's own CI, over a socket, and write to the store that the test names.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.managers import BaseManager
from pathlib import Path
from typing import Any

import time_machine

from buildtimetrend import logging_setup
from buildtimetrend.model import Build, BuildRef, Job
from buildtimetrend.providers.base import JobLog, Selection
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store
from buildtimetrend.tasks import Retries
from buildtimetrend.tasks.broker.worker import Worker
from buildtimetrend.tasks.dispatcher import DispatchTimes
from buildtimetrend.tasks.heartbeat import HeartbeatTimes
from tests.forks import FORKS
from tests.tasks.providers import SmallCI

# As quick as a test can be patient.
HEARTBEAT = HeartbeatTimes(beat=0.3, lease=3, longest=60)
DISPATCH = DispatchTimes(poll=0.2, gap=0.01, resend=5, lost=1.5, away=0.5)


class _Server(BaseManager):
    """Lends a `SmallCI` to other processes."""


class _Answers:
    """What is asked over the socket; a log as the bytes that it is."""

    def __init__(self, ci: SmallCI) -> None:
        self._ci = ci

    def fetch(self, ref: BuildRef) -> Build:
        return self._ci.fetch(ref)

    def select(self, repo: str, selection: Selection) -> list[BuildRef]:
        return list(self._ci.select(repo, selection))

    def log(self, build: Build, job: Job) -> JobLog:
        log = self._ci.log(build, job)
        return JobLog(log.state, list(log.chunks), log.retry)  # type: ignore[arg-type]


class RemoteCI(SmallCI):
    """The test's CI, as another process sees it."""

    def __init__(self, address: Any) -> None:
        super().__init__()
        self._address = address
        self._local = threading.local()

    def fetch(self, ref: BuildRef) -> Build:
        return self._answers().fetch(ref)  # type: ignore[no-any-return]

    def select(self, repo: str, selection: Selection) -> Iterator[BuildRef]:
        return iter(self._answers().select(repo, selection))

    def log(self, build: Build, job: Job) -> JobLog:
        log = self._answers().log(build, job)
        return JobLog(log.state, iter(log.chunks), log.retry)

    def _answers(self) -> Any:
        if not hasattr(self._local, "answers"):
            client = _Client(self._address, authkey=b"test")
            client.connect()
            self._local.answers = client.answers()  # type: ignore[attr-defined]
        return self._local.answers


class _Client(BaseManager):
    pass


_Client.register("answers")


@contextmanager
def lent(ci: SmallCI) -> Iterator[Any]:
    """The address at which other processes reach the CI."""
    _Server.register("answers", callable=lambda: _Answers(ci), exposed=("fetch", "select", "log"))
    server = _Server(("127.0.0.1", 0), authkey=b"test").get_server()
    threading.Thread(target=_serve, args=(server,), daemon=True).start()
    try:
        yield server.address
    finally:
        server.stop_event.set()  # type: ignore[attr-defined]


def _serve(server: Any) -> None:
    with suppress(SystemExit):  # with which it ends
        server.serve_forever()


@dataclass
class WorkerProcess:
    process: Any

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.join(20)

    def stop(self) -> int | None:
        """SIGTERM; the exit code. One that does not end is killed."""
        if self.process.is_alive():
            os.kill(self.process.pid, signal.SIGTERM)
            self.process.join(30)
            if self.process.is_alive():
                self.kill()
        code: int | None = self.process.exitcode
        return code


def start_worker(
    settings: Settings, retries: Retries, address: Any, log: Path, *, ahead: float = 0.0
) -> WorkerProcess:
    """`ahead` is by how many seconds its clock is."""
    process = FORKS.Process(target=_work, args=(settings, retries, address, log, ahead), daemon=True)
    process.start()
    return WorkerProcess(process)


def _work(settings: Settings, retries: Retries, address: Any, log: Path, ahead: float) -> None:
    if ahead:
        time_machine.travel(time.time() + ahead).start()
    with log.open("ab", buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    logging_setup.set_up(settings)
    store = open_store(settings.store_url)
    try:
        ci = RemoteCI(address)
        sys.exit(
            Worker(
                settings, store, {ci.name: ci}, retries, heartbeat_times=HEARTBEAT, dispatch_times=DISPATCH
            ).run()
        )
    finally:
        store.close()
