"""The methods that change a store, for an engine that commits groups of changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any

from buildtimetrend.errors import StoreError, StoreUnavailable
from buildtimetrend.model import Build, Delivery, Import, Task
from buildtimetrend.store.base import Part, Statement
from buildtimetrend.store.futures import then
from buildtimetrend.store.listeners import Listeners
from buildtimetrend.store.rows import (
    EncodedBuild,
    Row,
    delivery_row,
    encode,
    import_row,
    outbox_row,
    task_row,
)
from buildtimetrend.store.statements import claims, presence
from buildtimetrend.store.writing.group_commit import GroupWriter, Write
from buildtimetrend.store.writing.write_set import Saved, UnsentTasks, WriteSet

_PATIENCE = 10.0  # seconds


class WriteMethods:
    """See `base.Store`. `commit` and `rest` are those of `GroupWriter`."""

    def __init__(
        self, commit: Callable[[list[WriteSet]], Sequence[object]], rest: Callable[[], None]
    ) -> None:
        self._commit_group = commit
        self._failing = False  # the last commit did
        self._listeners = Listeners()
        self._writer = GroupWriter(self._noted, rest)

    def save(
        self, build: Build, task: Task | None = None, *, patience: float = 0.0, send: bool = False
    ) -> Future[int]:
        return self._write(lambda: _saved(encode(build), task, send), patience)

    def on_saved(self, callback: Callable[[str], None]) -> None:
        self._listeners.add(callback)

    def accept(self, delivery: Delivery, task: Task | None) -> Future[bool]:
        return self._write(lambda: WriteSet(delivery=delivery_row(delivery), new_tasks=_rows(task)))

    def add_tasks(self, tasks: Sequence[Task], batch: Import | None = None) -> Future[None]:
        return self._write(
            lambda: WriteSet(new_tasks=_rows(*tasks), batch=import_row(batch) if batch else None)
        )

    def update_task(self, task: Task) -> Future[None]:
        return self._write(lambda: WriteSet(tasks=_rows(task)))

    def prune(self, before: datetime) -> Future[int]:
        return self._write(lambda: WriteSet(prune=before))

    def claim(self, task_id: str, claimer: str, now: datetime, until: datetime) -> Future[bool]:
        statement = claims.claim(task_id, claimer, now, until)
        taken = self._write(lambda: WriteSet(statements=[statement], claimed=task_id))
        return then(taken, lambda counts: counts == [1])

    def unsent(self, now: datetime, sent_before: datetime, limit: int) -> Future[list[str]]:
        return self._write(lambda: WriteSet(unsent=UnsentTasks(now, sent_before, limit)))

    def execute(self, statements: Sequence[Statement]) -> Future[list[int]]:
        return self._write(lambda: WriteSet(statements=statements))

    def append(self, parts: Callable[[], Iterable[Part]]) -> Future[int]:
        return self._write(lambda: WriteSet(append=parts))

    def _require_writes(self) -> None:
        """Raises `StoreUnavailable` when the last commit did, and another one does."""
        if not self._failing:
            return
        try:
            self.execute(presence.try_to_write(datetime.now(UTC))).result(_PATIENCE)
            self.execute(presence.undo()).result(_PATIENCE)
        except TimeoutError:
            raise StoreUnavailable("Nothing can be stored just now.", detail="store") from None

    def _noted(self, changes: list[WriteSet]) -> Sequence[object]:
        try:
            values = self._commit_group(changes)
        except StoreUnavailable:
            self._failing = True
            raise
        self._failing = False
        return [self._told(value) if isinstance(value, Saved) else value for value in values]

    def _told(self, saved: Saved) -> int:
        self._listeners.tell(saved.repo)
        return saved.attempt

    def _write(self, change: Callable[[], WriteSet], patience: float = 0.0) -> Future[Any]:
        """Rows are made on the calling thread: the writing thread is what all others wait for."""
        try:
            what = change()
        except (TypeError, ValueError, AttributeError, OverflowError) as error:
            failed: Future[Any] = Future()
            failed.set_exception(StoreError(f"This could not be stored: {error}", detail=repr(error)))
            return failed
        write = Write(what, what.keys, patience)
        self._writer.submit(write)
        return write.future


def _saved(encoded: EncodedBuild, task: Task | None, send: bool) -> WriteSet:
    outbox = outbox_row(encoded, datetime.now(UTC)) if send else None
    return WriteSet(build=encoded, outbox=outbox, tasks=_rows(task))


def _rows(*tasks: Task | None) -> list[Row]:
    return [task_row(task) for task in tasks if task is not None]
