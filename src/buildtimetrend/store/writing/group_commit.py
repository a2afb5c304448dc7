"""One thread that writes, and whose commits the writes of all other threads share."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

import structlog

from buildtimetrend.errors import OutcomeUnknown, StoreError

log = structlog.get_logger(__name__)

T = TypeVar("T")

# A commit costs milliseconds whatever is in it: past this many writes its share is small, and a crash or a
# culprit in the group costs more.
GROUP = 64
# Threads that were waiting for one commit come back with their next write at about the same time: the next
# commit waits this long, in seconds, for as many as the last one had. Alone, none waits.
LINGER = 0.002


class Write(Generic[T]):
    """Something to store. `keys` name the rows that it changes: no two writes of a group share one.

    It may wait `patience` seconds for others to share its commit with; those without any go before.
    """

    def __init__(self, what: T, keys: Sequence[Hashable], patience: float = 0.0) -> None:
        self.what = what
        self.keys = frozenset(keys)
        self.due = time.monotonic() + patience
        self.urgent = patience == 0
        self.future: Future[Any] = Future()


class GroupWriter(Generic[T]):
    """Calls `commit` with groups of waiting writes; what it returns becomes the values of their futures.

    `commit` stores all or nothing. When it fails, the group's writes are committed one by one, so that only
    the culprit's future fails; after `OutcomeUnknown` all fail, since they may be stored. Futures are done on
    the writing thread: a callback must not wait for a write.
    `rest` is called after every group, when nobody waits for that one any more.
    """

    def __init__(self, commit: Callable[[list[T]], Sequence[object]], rest: Callable[[], None]) -> None:
        self._commit = commit
        self._rest = rest
        self._waiting: deque[Write[T]] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._expected = 1
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, write: Write[T]) -> None:
        with self._changed:
            if not self._closed:
                self._waiting.append(write)
                if write.urgent or len(self._waiting) in (1, self._expected, GROUP):
                    self._changed.notify()
                return
        write.future.set_exception(StoreError("The store is closed."))

    def close(self) -> None:
        """Refuse new writes, and return when the waiting ones are done."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        while group := self._next():
            live = [write for write in group if write.future.set_running_or_notify_cancel()]
            if live:
                self._store(live)
                self._rest_safely()

    def _rest_safely(self) -> None:
        try:
            self._rest()
        except Exception:
            # Without this thread nothing would be stored any more.
            log.exception("store.bug")

    def _next(self) -> list[Write[T]]:
        """The oldest waiting writes, as many as go together; none when closed and drained."""
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            while (left := self._patience()) > 0:
                self._changed.wait(left)
            self._changed.wait_for(lambda: len(self._waiting) >= self._expected or self._closed, LINGER)
            group = self._take()
            self._expected = max(1, len(group))
            return group

    def _take(self) -> list[Write[T]]:
        """The next group: of those in a hurry, if there are any, else of all whose patience has ended."""
        only_urgent = any(write.urgent for write in self._waiting) and not self._closed
        # One in a hurry may follow a patient one of its like: then that one goes first.
        return self._chosen(only_urgent=only_urgent) or self._chosen(only_urgent=False)

    def _chosen(self, *, only_urgent: bool) -> list[Write[T]]:
        now = time.monotonic()
        group: list[Write[T]] = []
        left: deque[Write[T]] = deque()
        keys: set[Hashable] = set()  # of the group, and of what stays behind: nothing overtakes its like
        for write in self._waiting:
            late = not write.urgent and only_urgent and write.due > now
            if late or len(group) >= GROUP or not keys.isdisjoint(write.keys):
                left.append(write)
            else:
                group.append(write)
            keys |= write.keys
        self._waiting = left
        return group

    def _patience(self) -> float:
        """Seconds until the least patient of the next group wants its commit."""
        if self._closed or len(self._waiting) >= GROUP:
            return 0.0
        return min((write.due for write in self._waiting), default=0.0) - time.monotonic()

    def _store(self, group: list[Write[T]]) -> None:
        try:
            values = self._commit([write.what for write in group])
        except OutcomeUnknown as error:
            for write in group:
                write.future.set_exception(error)
        except Exception as error:
            if len(group) == 1:
                group[0].future.set_exception(_as_store_error(error))
                return
            log.warning("store.group_failed", writes=len(group), reason=str(error))
            for write in group:
                self._store([write])
        else:
            for write, value in zip(group, values, strict=True):
                write.future.set_result(value)


def _as_store_error(error: Exception) -> StoreError:
    if isinstance(error, StoreError):
        return error
    failed = StoreError(f"This could not be stored: {error}")
    failed.__cause__ = error
    return failed
