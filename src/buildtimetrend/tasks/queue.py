"""Which task is next: due ones by urgency, and among equally urgent ones the repos in turn."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Self, TypeAlias

from buildtimetrend.model import Origin, Task
from buildtimetrend.providers.base import Provider

Clock: TypeAlias = Callable[[], datetime]
Place: TypeAlias = tuple[str, str]  # a repo at one CI: its address there, and the repo
Entry: TypeAlias = tuple[float, int, str]  # when it is due, its place among those due then, a task's id
Ready: TypeAlias = dict[Origin, OrderedDict[Place, list[Entry]]]  # heaps

FRESH = tuple(origin for origin in Origin if not origin.is_bulk)
# Of imports and sweeps so many are at hand for each that may run: the next lies ready when one ends.
AHEAD = 2
# For so long after a notification others are expected, and imports start one build in each PACE only: a storm
# of notifications finds the processor free, and still does not stop an import.
STORM = 0.5  # seconds
PACE = 0.25


def utc_now() -> datetime:
    return datetime.now(UTC)


class FairQueue:
    """What waits for threads of this process: all of its store's tasks, or those that a dispatcher sent it.
    The store keeps them for good. Safe to use from several threads.

    At most `bulk` imports and sweeps run at once, so that one worker is always free for what is fresh; while
    notifications come in they go slowly.

    How long a task waits is reckoned when it is pushed, and measured in seconds of `steady`: a clock that is
    set back, or forward, changes nothing for what waits.
    """

    def __init__(
        self,
        *,
        bulk: int,
        of_one_ci: int | None = None,
        clock: Clock = utc_now,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """Of one server's tasks `of_one_ci` run at once at most: one that hangs leaves threads to others."""
        self._bulk = bulk
        self._of_one_ci = of_one_ci
        self._clock = clock
        self._steady = steady
        self._changed = threading.Condition(threading.RLock())
        self._waiting: dict[str, Task] = {}  # by id
        self._due: dict[str, float] = {}  # when, by id
        self._by_key: dict[tuple[str, str, str, str], str] = {}
        self._later: list[Entry] = []  # heap
        self._ready: Ready = {origin: OrderedDict() for origin in Origin}
        self._running: dict[str, Task] = {}
        self._paused: dict[tuple[str, bool], float] = {}  # until when, by instance and whether bulk
        self._order = itertools.count()
        self._closed = False
        self._storm_until = self._bulk_from = steady()

    @classmethod
    def of(cls, workers: int, providers: Collection[Provider], clock: Clock = utc_now) -> tuple[Self, int]:
        """For so many builds at a time, and the threads that it takes: one more where there are several CIs,
        since one that hangs must hold up none of the others' builds.
        """
        queue = cls(bulk=workers - 1, of_one_ci=workers, clock=clock)
        return queue, workers + (1 if len(providers) > 1 else 0)

    def notified(self) -> None:
        """To be told of every notification that comes in."""
        self._storm_until = self._steady() + STORM

    def push(self, task: Task) -> None:
        """Add a waiting task; replaces an entry of the same id."""
        wait = (task.due_at - self._clock()).total_seconds()
        with self._changed:
            self._waiting[task.id] = task
            self._due[task.id] = self._steady() + wait
            self._by_key[task.ref.key] = task.id
            heapq.heappush(self._later, (self._due[task.id], next(self._order), task.id))
            self._changed.notify()

    def has(self, task_id: str) -> bool:
        """Whether it waits or runs."""
        with self._changed:
            return task_id in self._waiting or task_id in self._running

    def same(self, task: Task) -> Task | None:
        """The waiting task for the same build, if there is one; made as early and as urgent as `task`."""
        with self._changed:
            known = self._waiting.get(self._by_key.get(task.ref.key, ""))
            if known is None:
                return None
            origin = min(known.origin, task.origin, key=lambda each: each.urgency)
            hastened = replace(known, due_at=min(known.due_at, task.due_at), origin=origin)
        if hastened != known:
            self.push(hastened)
        return hastened

    def pop(self, timeout: float | None = None) -> Task | None:
        """The next due task, now running: call `finished` for it. None when closed or timed out."""
        deadline = None if timeout is None else self._steady() + timeout
        with self._changed:
            while not self._closed:
                task = self._next()
                if task is not None:
                    self._running[task.id] = task
                    return task
                wait = self._seconds_to_next()
                if deadline is not None:
                    left = deadline - self._steady()
                    if left <= 0:
                        return None
                    wait = left if wait is None else min(wait, left)
                self._changed.wait(wait)
        return None

    def finished(self, task_id: str) -> None:
        with self._changed:
            self._running.pop(task_id, None)
            self._changed.notify_all()

    def remove(self, task_id: str) -> Task | None:
        """Take a waiting task out; None when it is not waiting (any more)."""
        with self._changed:
            task = self._waiting.pop(task_id, None)
            self._due.pop(task_id, None)
            if task is not None and self._by_key.get(task.ref.key) == task_id:
                del self._by_key[task.ref.key]
            return task

    def room(self) -> int:
        """How many more imports and sweeps it would take, so that none of its threads is idle."""
        with self._changed:
            at_hand = [*self._waiting.values(), *self._running.values()]
            return AHEAD * self._bulk - sum(task.origin.is_bulk for task in at_hand)

    def pause(self, instance: str, wait: timedelta, *, only_bulk: bool = False) -> None:
        """Start no task of a CI, or none of its imports and sweeps, for so long."""
        until = self._steady() + wait.total_seconds()
        with self._changed:
            for place in [(instance, True)] if only_bulk else [(instance, True), (instance, False)]:
                self._paused[place] = max(until, self._paused.get(place, until))

    def waiting(self) -> list[Task]:
        with self._changed:
            return list(self._waiting.values())

    def depth(self) -> Mapping[str, int]:
        """Tasks in memory, as `waiting.hook` or `running.import`."""
        with self._changed:
            counts = Counter(f"waiting.{task.origin}" for task in self._waiting.values())
            counts.update(f"running.{task.origin}" for task in self._running.values())
            return counts

    def close(self) -> None:
        """Wake every `pop`; nothing more is given out."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _next(self) -> Task | None:
        self._release_due()
        for origin in Origin if self._may_start_bulk() else FRESH:
            for task in self._in_turn(self._ready[origin]):
                paused = self._paused.get((task.ref.instance, origin.is_bulk), 0.0)
                if paused > self._steady():
                    heapq.heappush(self._later, (paused, next(self._order), task.id))
                    continue
                self.remove(task.id)
                if origin.is_bulk:
                    self._bulk_from = self._steady() + PACE
                return task
        return None

    def _may_start_bulk(self) -> bool:
        now = self._steady()
        if now < self._storm_until and now < self._bulk_from:
            return False
        return sum(task.origin.is_bulk for task in self._running.values()) < self._bulk

    def _release_due(self) -> None:
        now = self._steady()
        while self._later and self._later[0][0] <= now:
            due, order, task_id = heapq.heappop(self._later)
            task = self._waiting.get(task_id)
            if (
                task is not None and self._due[task_id] <= due
            ):  # else: removed, or pushed anew for another time
                place = (task.ref.instance, task.ref.repo)
                # A list first: what it names is wanted soon. By the time of the store: two readings of clocks
                # would shuffle what is due at once.
                entry = (0.0 if task.ref.is_list else task.due_at.timestamp(), order, task_id)
                heapq.heappush(self._ready[task.origin].setdefault(place, []), entry)

    def _in_turn(self, repos: OrderedDict[Place, list[Entry]]) -> Iterator[Task]:
        """Ready tasks of one origin, a repo at a time; what is yielded is taken out."""
        held: list[tuple[Place, list[Entry]]] = []
        try:
            while repos:
                repo, entries = repos.popitem(last=False)
                if self._is_full(entries[0][-1]):
                    held.append((repo, entries))
                    continue
                task = self._waiting.get(heapq.heappop(entries)[-1])
                if entries:
                    repos[repo] = entries  # to the end: the other repos come first now
                if task is not None and self._due[task.id] <= self._steady():
                    yield task
        finally:
            for repo, entries in reversed(held):
                repos[repo] = entries
                repos.move_to_end(repo, last=False)

    def _is_full(self, task_id: str) -> bool:
        """Whether as many tasks of its CI run as may at once."""
        task = self._waiting.get(task_id)
        if self._of_one_ci is None or task is None:
            return False
        of_one = sum(other.ref.instance == task.ref.instance for other in self._running.values())
        return of_one >= self._of_one_ci

    def _seconds_to_next(self) -> float | None:
        now = self._steady()
        moments = [self._later[0][0]] if self._later else []
        if now < self._bulk_from and now < self._storm_until:
            moments.append(self._bulk_from)
        return max(0.0, min(moments) - now) if moments else None
