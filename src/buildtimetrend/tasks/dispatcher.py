"""Sends ids of due tasks to those who run them, as often as it takes."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from buildtimetrend.errors import Error
from buildtimetrend.model import Task
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.statements import claims
from buildtimetrend.tasks import shutdown

log = structlog.get_logger(__name__)


class Publisher(Protocol):
    """Brings due tasks to those who run them. The dispatcher's thread alone sends by it."""

    def start(self, handled: Callable[[datetime | None], None]) -> None:
        """`handled` is called for each task that this process has handled, and with when it is due again."""
        ...

    def alive(self) -> bool: ...

    def notified(self) -> None:
        """To be told of every notification that comes in."""
        ...

    def send(self, tasks: Sequence[Task]) -> None:
        """Raises `Error` when it cannot, with none or some of them sent."""
        ...

    def room(self, now: datetime, sent_before: datetime) -> int:
        """How many more imports and sweeps it would take; 0 leaves them to others."""
        ...

    def idle(self) -> bool:
        """Whether nothing that was sent still waits to be taken, as far as it knows."""
        ...

    def close(self, patience: float) -> None:
        """Tasks that run in this process may end within so many seconds."""
        ...


@dataclass(frozen=True, slots=True)
class DispatchTimes:
    """Seconds.

    The store is asked for due tasks every `poll`, at once when something happened here, but never more often
    than `gap`, and not for more than a third of the time. A message is sent again after `resend`; after
    `lost` when nothing waits any more where it was sent to.
    """

    poll: float = 1.0
    gap: float = 0.005
    resend: float = 120.0
    lost: float = 10.0
    away: float = 5.0  # the longest wait for a publisher or a store that is away


class Dispatcher:
    """A thread. Any number may run on one store: each task's message is sent by one of them."""

    def __init__(
        self, store: Store, publisher: Publisher, dispatch_times: DispatchTimes | None = None
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._times = dispatch_times or DispatchTimes()
        self._changed = threading.Condition()
        self._woken = True
        self._stopped = False
        self._due: list[float] = []  # heap: when tasks that were made here are due, by time.monotonic()
        self._thread = threading.Thread(target=self._loop, name="dispatcher", daemon=True)

    def start(self) -> None:
        self._publisher.start(self.wake)
        self._thread.start()

    def stop(self, patience: float = shutdown.PATIENCE) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join(timeout=10)
        self._publisher.close(patience)

    def alive(self) -> bool:
        return self._thread.is_alive() and self._publisher.alive()

    def notified(self) -> None:
        """To be told of every notification that comes in."""
        self._publisher.notified()

    def wake(self, due_at: datetime | None = None) -> None:
        """Look for due tasks: now, or at that time. Never waits."""
        wait = (due_at - self._store.clock.now()).total_seconds() if due_at else 0.0
        with self._changed:
            if wait > 0:
                due = time.monotonic() + wait
                if not self._due or due < self._due[0]:
                    self._changed.notify()
                heapq.heappush(self._due, due)
                return
            if not self._woken:
                self._woken = True
                self._changed.notify()

    def _loop(self) -> None:
        wait = failures = 0.0
        while self._next(wait):
            began = time.monotonic()
            try:
                self._send_due()
                failures = 0
            except Error as error:
                failures += 1
                log.warning("dispatcher.away", reason=error.message)
            except Exception:
                failures += 1
                log.exception("dispatcher.bug")
            pause = min(self._times.away, 0.1 * 2**failures) if failures else 0.0
            wait = max(self._times.gap, 2 * (time.monotonic() - began), pause)

    def _next(self, wait: float) -> bool:
        """Wait that long at least, then until there is something to do; false when stopped."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped, wait)
            deadline = time.monotonic() + self._times.poll
            while not (self._stopped or self._woken):
                left = deadline - time.monotonic()
                if self._due:
                    left = min(left, self._due[0] - time.monotonic())
                if left <= 0:
                    break
                self._changed.wait(left)
            now = time.monotonic()
            while self._due and self._due[0] <= now:
                heapq.heappop(self._due)
            self._woken = False
            return not self._stopped

    def _send_due(self) -> None:
        now = self._store.clock.now()
        age = self._times.lost if self._publisher.idle() else self._times.resend
        sent_before = now - timedelta(seconds=age)
        room = max(0, self._publisher.room(now, sent_before))
        ids = self._store.unsent(now, sent_before, room).result()
        if not ids:
            return
        try:
            self._publisher.send(reads.tasks_of(self._store, ids))
        except BaseException:
            self._store.execute([claims.not_sent(task_id) for task_id in ids])
            raise
