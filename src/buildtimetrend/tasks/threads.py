"""Tasks on threads inside the service."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from buildtimetrend.errors import NotFound
from buildtimetrend.model import BuildRef, Delivery, Import, Origin, Task, TaskState
from buildtimetrend.providers.base import Provider
from buildtimetrend.settings import Settings
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.futures import settled, then
from buildtimetrend.tasks import shutdown
from buildtimetrend.tasks.asked import canceled, new_tasks, notified_task
from buildtimetrend.tasks.queue import FairQueue, utc_now
from buildtimetrend.tasks.retries import Retries
from buildtimetrend.tasks.sweep import Sweep
from buildtimetrend.tasks.tries import Outcome, Tries

log = structlog.get_logger(__name__)

# Builds that are fetched but not yet on disk: enough for commits to be shared, few enough to hold in memory.
UNWRITTEN = 128
# Canceled imports that are remembered, until the last of their running tasks has ended.
CANCELED = 1000


class ThreadTasks:
    """Collects builds on `settings.workers` threads. What it was told is on disk before its futures are done.

    `start` resumes what an earlier process left open; `stop` lets running tasks finish, for a while, and
    leaves the rest to the store.
    """

    def __init__(
        self, settings: Settings, store: Store, providers: Mapping[str, Provider], retries: Retries
    ) -> None:
        self._providers = providers
        self._store = store
        self._tries = Tries(settings, store, providers, retries)
        self._longest_wait = timedelta(seconds=retries.longest)
        self._queue, threads = FairQueue.of(settings.workers, providers.values())
        self._room = threading.BoundedSemaphore(UNWRITTEN)
        self._lock = threading.Lock()
        self._unsettled: set[str] = set()  # ids of tasks that run, or whose outcome is on its way to disk
        self._canceled: dict[str, datetime] = {}  # when, by import; the latest ones
        self._threads = [
            threading.Thread(target=self._work, name=f"worker-{i + 1}", daemon=True) for i in range(threads)
        ]
        self._sweep = Sweep(settings, store, providers, self.schedule)

    def start(self) -> None:
        latest = utc_now() + self._longest_wait  # unless the clock was set back meanwhile
        for task in self._store.open_tasks():
            due_at = min(task.due_at, latest) if task.tries else task.due_at
            self._queue.push(replace(task, state=TaskState.WAITING, due_at=due_at))
        for thread in self._threads:
            thread.start()
        self._sweep.start()

    def stop(self, patience: float = shutdown.PATIENCE) -> None:
        """What still runs after `patience` seconds is given up, and goes back as it was."""
        self._sweep.stop()
        self._queue.close()
        shutdown.end([*self._threads, self._sweep.thread], self._tries.give_up, patience=patience)

    def running(self) -> bool:
        return all(thread.is_alive() for thread in self._threads)

    def accept(self, delivery: Delivery, ref: BuildRef | None) -> Future[bool]:
        """Store a delivery with the task that it causes; True unless it is a replay."""
        self._queue.notified()
        if ref is None:
            return self._store.accept(delivery, None)
        task = notified_task(ref, self._providers, utc_now())
        if self._queue.same(task) is not None:
            return self._store.accept(delivery, None)

        def pushed(new: bool) -> bool:
            if new:
                self._queue.push(task)
            return new

        return then(self._store.accept(delivery, task), pushed)

    def schedule(
        self, refs: Sequence[BuildRef], origin: Origin, *, spacing: float = 0.0, batch: Import | None = None
    ) -> Future[list[Task]]:
        """Store tasks for these builds, each `spacing` seconds after the one before.

        A build that already waits keeps its task, unless the builds are an import's, which counts its own.
        """
        wanted = new_tasks(refs, origin, utc_now(), spacing, batch)
        tasks = wanted if batch else [self._queue.same(task) or task for task in wanted]
        new = [task for task, asked in zip(tasks, wanted, strict=True) if task is asked]

        def pushed(_: None) -> list[Task]:
            for task in new:
                self._queue.push(task)
            return tasks

        return then(self._store.add_tasks(new, batch), pushed)

    def retry(self, task_id: str) -> Future[Task]:
        """Try a failed or canceled task again, now. Raises `NotFound` when there is none of that id.

        Asked for twice, it is tried once.
        """
        found = reads.task(self._store, task_id)
        if found is None or found.state not in (TaskState.FAILED, TaskState.CANCELED):
            raise NotFound(f"There is no failed or canceled task {task_id}.", detail="task_id")
        task = replace(found, state=TaskState.WAITING, tries=0, due_at=utc_now(), finished_at=None)

        def pushed(_: None) -> Task:
            with self._lock:
                busy = task.id in self._unsettled
            if not busy and not self._queue.has(task.id):
                self._queue.push(task)
            return task

        return then(self._store.update_task(task), pushed)

    def cancel(self, import_id: str) -> Future[int]:
        """Take the waiting tasks of an import out; running ones finish, but are not tried again.

        The value is how many were taken out.
        """
        now = utc_now()
        with self._lock:
            self._canceled.pop(import_id, None)
            self._canceled[import_id] = now
            if len(self._canceled) > CANCELED:
                del self._canceled[next(iter(self._canceled))]
        waiting = [task for task in self._queue.waiting() if task.import_id == import_id]
        taken = [task for task in waiting if self._queue.remove(task.id)]
        writes = [self._store.update_task(canceled(task, now)) for task in taken]
        if not writes:
            return settled(0)
        return then(writes[-1], lambda _: len(taken))  # the store writes in order: the last is on disk last

    def depth(self) -> Mapping[str, int]:
        return self._queue.depth()

    def messages(self) -> Mapping[str, int | None]:
        return {}

    def on_saved(self, callback: Callable[[str], None]) -> None:
        self._store.on_saved(callback)

    def _work(self) -> None:
        while (task := self._queue.pop()) is not None:
            with self._lock:
                self._unsettled.add(task.id)
            self._room.acquire()
            running = replace(task, state=TaskState.RUNNING, tries=task.tries + 1)
            try:
                # The next build is fetched while this one is being written.
                self._tries.run(running).add_done_callback(self._tried)
            finally:
                self._queue.finished(task.id)

    def _tried(self, ended: Future[Outcome]) -> None:
        outcome = ended.result()
        task = outcome.task
        if outcome.stored:
            self._settled(task)
            return
        now = utc_now()
        if outcome.whole_import:
            self._fail_rest(replace(task, finished_at=now))
        if outcome.pause:
            self._queue.pause(task.ref.instance, outcome.pause, only_bulk=outcome.only_bulk)
        after = task
        for new in outcome.new:
            self._go_on(outcome.ran, new)
        if task.state is TaskState.WAITING and self._is_canceled(outcome.ran):
            after = canceled(task, now)
        # Never wait here: this may be the store's own thread.
        noted = partial(self._noted, outcome.ran, after)
        self._store.update_task(after).add_done_callback(noted)

    def _fail_rest(self, failed: Task) -> None:
        """What waits of its import fails with it."""
        for task in self._queue.waiting():
            if task.import_id == failed.import_id and self._queue.remove(task.id):
                after = replace(
                    task, state=failed.state, reason=failed.reason, finished_at=failed.finished_at
                )
                self._store.update_task(after)

    def _noted(self, ran: Task, task: Task, written: Future[None]) -> None:
        error = written.exception()
        if error is not None:
            # The store still holds the task as open: a restart resumes it, if the queue does not.
            log.error("task.not_stored", build=str(task.ref), reason=str(error))
        self._settled(task)
        if task.state is TaskState.WAITING:
            self._go_on(ran, task)

    def _go_on(self, ran: Task, task: Task) -> None:
        """Wait for the next try, or for what a list named, unless its import was canceled meanwhile: also
        before `cancel` could see it wait.
        """
        self._queue.push(task)
        if self._is_canceled(ran) and self._queue.remove(task.id):
            self._store.update_task(canceled(task, utc_now()))

    def _settled(self, task: Task) -> None:
        with self._lock:
            self._unsettled.discard(task.id)
        self._room.release()

    def _is_canceled(self, ran: Task) -> bool:
        """Whether its import was canceled since it began; a later retry of it counts as asked for."""
        with self._lock:
            canceled_at = self._canceled.get(ran.import_id or "")
        return canceled_at is not None and ran.due_at <= canceled_at
