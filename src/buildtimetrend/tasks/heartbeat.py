"""Tells the others that this process lives, and which tasks it still works at."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from buildtimetrend.errors import Error
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.statements import claims, presence
from buildtimetrend.tasks.queue import utc_now

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class HeartbeatTimes:
    """Seconds. A process that was silent for `lease` is dead: its tasks are anybody's again.

    A task that takes longer than `longest` hangs: its claim is not renewed, and another process tries it.
    """

    beat: float = 5.0
    lease: float = 30.0
    longest: float = 900.0


class Heartbeat:
    """One thread that renews the claims of what runs, all in one transaction with the sign of life."""

    def __init__(self, store: Store, threads: int, times: HeartbeatTimes) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self._store = store
        self._threads = threads
        self._times = times
        self._lock = threading.Lock()
        self._held: dict[str, float] = {}  # when it was claimed, by task id
        self._others = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="heartbeat", daemon=True)

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self._times.lease)

    def start(self) -> None:
        self._beat()
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()
        with suppress(Error):  # its row is forgotten in time
            self._store.execute(presence.leave(self.name, self._store.clock.now())).result()

    def bulk(self) -> int:
        """How many imports and sweeps may be under way: each process keeps a thread for what is fresh."""
        return max(1, self._threads - 1) + self._others

    @contextmanager
    def holding(self, task_id: str) -> Iterator[None]:
        """Renew the claim of a task for as long as this lasts."""
        with self._lock:
            self._held[task_id] = time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._held.pop(task_id, None)

    def _loop(self) -> None:
        while not self._stopped.wait(self._times.beat):
            self._beat()

    def _beat(self) -> None:
        now = self._store.clock.now()
        with self._lock:
            fresh = time.monotonic() - self._times.longest
            held = sorted(task_id for task_id, since in self._held.items() if since > fresh)
        renewed = [claims.renew(task_id, self.name, now + self.lease) for task_id in held]
        try:
            self._store.execute([*presence.beat(self.name, self._threads, now, utc_now()), *renewed]).result()
            living = reads.workers(self._store, now - self.lease)
        except Error as error:
            log.warning("heartbeat.missed", reason=error.message)
            return
        except Exception:
            log.exception("heartbeat.bug")
            return
        others = (row for row in living if row["name"] != self.name)
        self._others = sum(max(1, int(row["threads"]) - 1) for row in others)
