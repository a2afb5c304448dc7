"""Tasks in a store that several processes work at: those of this process ask, any of them collects."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace

from buildtimetrend.errors import NotFound
from buildtimetrend.model import BuildRef, Delivery, Import, Origin, Task, TaskState
from buildtimetrend.providers.base import Provider
from buildtimetrend.settings import Settings
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.clock import Clock
from buildtimetrend.store.futures import then
from buildtimetrend.store.statements import claims
from buildtimetrend.tasks import shutdown
from buildtimetrend.tasks.asked import new_tasks, notified_task
from buildtimetrend.tasks.dispatcher import Dispatcher
from buildtimetrend.tasks.saves_poller import SavesPoller
from buildtimetrend.tasks.sweep import Sweep

# Tasks that were asked for here and wait for their time; past this many, a build is asked for twice at worst.
REMEMBERED = 10_000


class SharedTasks:
    """Writes tasks to the store and wakes the dispatcher, which sends their ids to whoever runs them.

    The store alone knows what waits and runs: nothing is lost with this process, and nobody waits for a
    broker. `messages` says how many wait there, as `Tasks.messages` has it.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        providers: Mapping[str, Provider],
        dispatcher: Dispatcher,
        messages: Callable[[], Mapping[str, int | None]],
    ) -> None:
        self._store = store
        self._providers = providers
        self._dispatcher = dispatcher
        self.messages = messages
        self._saves = SavesPoller(store)
        store.on_saved(lambda _: self._saves.wake())
        self._asked = _Asked(store.clock)
        self._sweep = Sweep(settings, store, providers, self.schedule)

    def start(self) -> None:
        self._saves.start()
        self._dispatcher.start()
        self._sweep.start()

    def stop(self, patience: float = shutdown.PATIENCE) -> None:
        """Let what runs in this process finish, for `patience` seconds; then it goes back as it was."""
        self._sweep.stop()
        self._dispatcher.stop(patience)
        shutdown.end([self._sweep.thread], self._give_up, patience=0)
        self._saves.stop()

    def _give_up(self) -> None:
        for provider in self._providers.values():
            provider.close()

    def accept(self, delivery: Delivery, ref: BuildRef | None) -> Future[bool]:
        """Store a delivery with the task that it causes; True unless it is a replay."""
        self._dispatcher.notified()
        if ref is None:
            return self._store.accept(delivery, None)
        now = self._store.clock.now()
        task = notified_task(ref, self._providers, now)
        if self._asked.same(task) is not None:
            return self._store.accept(delivery, None)

        def accepted(new: bool) -> bool:
            if new:
                self._announce([task])
            return new

        return then(self._store.accept(delivery, task), accepted)

    def schedule(
        self, refs: Sequence[BuildRef], origin: Origin, *, spacing: float = 0.0, batch: Import | None = None
    ) -> Future[list[Task]]:
        """Store tasks for these builds, each `spacing` seconds after the one before.

        A build that was asked for here and is not due yet keeps its task, unless the builds are an import's.
        """
        wanted = new_tasks(refs, origin, self._store.clock.now(), spacing, batch)
        tasks = wanted if batch else [self._asked.same(task) or task for task in wanted]
        new = [task for task, asked in zip(tasks, wanted, strict=True) if task is asked]

        def scheduled(_: None) -> list[Task]:
            self._announce(new, remember=batch is None)
            return tasks

        return then(self._store.add_tasks(new, batch), scheduled)

    def retry(self, task_id: str) -> Future[Task]:
        """Try a failed or canceled task again, once nobody works at it. Raises `NotFound` when there is none.

        Asked for twice, it is tried once.
        """
        found = reads.task(self._store, task_id)
        if found is None or found.state not in (TaskState.FAILED, TaskState.CANCELED):
            raise NotFound(f"There is no failed or canceled task {task_id}.", detail="task_id")

        now = self._store.clock.now()
        task = replace(found, state=TaskState.WAITING, tries=0, due_at=now, finished_at=None, silent_ends=0)

        def retried(counts: list[int]) -> Task:
            # Else somebody else has asked for it meanwhile: it waits, or runs already.
            if counts == [1]:
                self._dispatcher.wake()
            return task

        return then(self._store.execute([claims.retry(task_id, now)]), retried)

    def cancel(self, import_id: str) -> Future[int]:
        """Take the waiting tasks of an import out, wherever they wait; the value is how many.

        Those that run finish, but are not tried again.
        """
        changed = self._store.execute(claims.cancel(import_id, self._store.clock.now()))
        return then(changed, lambda counts: counts[0])

    def depth(self) -> Mapping[str, int]:
        """Open tasks of all processes, as `waiting.hook` or `running.import`. Blocks for milliseconds."""
        return reads.depth(self._store)

    def running(self) -> bool:
        return self._dispatcher.alive()

    def on_saved(self, callback: Callable[[str], None]) -> None:
        """Call with the repo's slug when a build was stored, by whatever process; a second later at most."""
        self._saves.add(callback)

    def _announce(self, tasks: Sequence[Task], *, remember: bool = True) -> None:
        if remember:
            for task in tasks:
                self._asked.add(task)
        for due_at in {task.due_at for task in tasks}:
            self._dispatcher.wake(due_at)


class _Asked:
    """Tasks that were asked for in this process and are not due yet: whoever asks again shares them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        # With when each is due, by time.monotonic(): one that is done must not seem to wait when the clock is
        # set back.
        self._tasks: OrderedDict[tuple[str, str, str, str], tuple[Task, float]] = OrderedDict()

    def add(self, task: Task) -> None:
        now = time.monotonic()
        with self._lock:
            self._tasks[task.ref.key] = (task, self._due(task))
            while len(self._tasks) > REMEMBERED or next(iter(self._tasks.values()))[1] <= now:
                self._tasks.popitem(last=False)
                if not self._tasks:
                    break

    def same(self, task: Task) -> Task | None:
        """The task for the same build that is due no later than this one, if there is one."""
        with self._lock:
            known, due = self._tasks.get(task.ref.key, (None, 0.0))
        return known if time.monotonic() < due <= self._due(task) else None

    def _due(self, task: Task) -> float:
        return time.monotonic() + (task.due_at - self._clock.now()).total_seconds()
