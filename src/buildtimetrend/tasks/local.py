"""Threads of this process that run tasks which any process may run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from buildtimetrend.model import Task
from buildtimetrend.providers.base import Provider
from buildtimetrend.store.clock import Clock
from buildtimetrend.tasks import shutdown
from buildtimetrend.tasks.heartbeat import Heartbeat
from buildtimetrend.tasks.queue import FairQueue
from buildtimetrend.tasks.runner import Runner


class LocalThreads:
    """A `Publisher` to the threads beside it."""

    def __init__(
        self,
        runner: Runner,
        heartbeat: Heartbeat,
        workers: int,
        providers: Collection[Provider],
        clock: Clock,
    ) -> None:
        self._runner = runner
        self._heartbeat = heartbeat
        self._handled: Callable[[datetime | None], None] = lambda _: None
        self._queue, threads = FairQueue.of(workers, providers, clock.now)
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

    def notified(self) -> None:
        self._queue.notified()

    def send(self, tasks: Sequence[Task]) -> None:
        for task in tasks:
            self._queue.push(task)

    def room(self, now: datetime, sent_before: datetime) -> int:  # noqa: ARG002 - it counts what it has
        return self._queue.room()

    def idle(self) -> bool:
        return not self._queue.waiting()

    def close(self, patience: float = shutdown.PATIENCE) -> None:
        """Let running tasks finish, for a while; what waits here is sent again, to whoever lives."""
        self._runner.stop()
        self._queue.close()
        shutdown.end(self._threads, self._runner.give_up, patience=patience)
        self._heartbeat.stop()

    def _work(self) -> None:
        while (task := self._queue.pop()) is not None:
            try:
                again_at = self._runner.run(task.id)
            finally:
                self._queue.finished(task.id)
            if task.origin.is_bulk:
                self._handled(None)
            if again_at is not None:
                self._handled(again_at)
