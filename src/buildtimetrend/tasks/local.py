"""Threads of this process that run tasks which any process may run."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from buildtimetrend.tasks import shutdown
from buildtimetrend.tasks.bulk_limit import AHEAD, BulkLimit
from buildtimetrend.tasks.dispatcher import Message
from buildtimetrend.tasks.heartbeat import Heartbeat
from buildtimetrend.tasks.queue import BULK, URGENCY
from buildtimetrend.tasks.runner import Runner


class LocalThreads:
    """A `Publisher` to the threads beside it, the most urgent first."""

    def __init__(self, runner: Runner, heartbeat: Heartbeat, threads: int) -> None:
        self._runner = runner
        self._heartbeat = heartbeat
        self._bulk = threads - 1  # one is always kept for what is fresh
        self._bulk_limit = BulkLimit(self._bulk)
        self._handled: Callable[[datetime | None], None] = lambda _: None
        self._in_hand = 0  # imports and sweeps that wait here or run
        self._lock = threading.Lock()
        self._order = itertools.count()
        self._messages: queue.PriorityQueue[tuple[int, int, str]] = queue.PriorityQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"worker-{n + 1}", daemon=True) for n in range(threads)
        ]

    def start(self, handled: Callable[[datetime | None], None]) -> None:
        self._handled = handled
        self._heartbeat.start()
        for thread in self._threads:
            thread.start()

    def alive(self) -> bool:
        return all(thread.is_alive() for thread in self._threads)

    def send(self, messages: Sequence[Message]) -> None:
        for task_id, origin in messages:
            if origin in BULK:
                self._count(1)
            self._messages.put((URGENCY.index(origin), next(self._order), task_id))

    def room(self, now: datetime, sent_before: datetime) -> int:  # noqa: ARG002 - it counts what it has
        return AHEAD * self._bulk - self._in_hand

    def idle(self) -> bool:
        return self._messages.empty()

    def close(self, patience: float = shutdown.PATIENCE) -> None:
        """Let running tasks finish, for a while; what waits here is sent again, to whoever lives."""
        self._bulk_limit.close()
        self._runner.stop()
        for _ in self._threads:
            self._messages.put((-1, next(self._order), ""))
        shutdown.end(self._threads, self._runner.give_up, patience=patience)
        self._heartbeat.stop()

    def _work(self) -> None:
        while True:
            urgency, _, task_id = self._messages.get()
            if urgency < 0:
                return
            if URGENCY[urgency] in BULK:
                self._bulk_limit.run(task_id, self._collect_in_turn)
            else:
                self._collect(task_id)

    def _collect_in_turn(self, task_id: str) -> None:
        self._collect(task_id)
        self._count(-1)
        self._handled(None)

    def _collect(self, task_id: str) -> None:
        again_at = self._runner.run(task_id)
        if again_at is not None:
            self._handled(again_at)

    def _count(self, change: int) -> None:
        with self._lock:
            self._in_hand += change
