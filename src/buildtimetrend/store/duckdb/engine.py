"""The DuckDB store: one writing thread, a few readers, one file."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from buildtimetrend.errors import StoreError
from buildtimetrend.model import Build, Delivery, Import, Task, Value
from buildtimetrend.store import work as work_queries
from buildtimetrend.store.base import Table
from buildtimetrend.store.duckdb.builds import Builds
from buildtimetrend.store.duckdb.connection import connect, disconnect, transaction, translated
from buildtimetrend.store.duckdb.reader import Readers
from buildtimetrend.store.duckdb.repos import Repos
from buildtimetrend.store.duckdb.work import Work
from buildtimetrend.store.location import file_of
from buildtimetrend.store.rows import BuildKey, EncodedBuild, Row, delivery_row, encode, import_row, task_row
from buildtimetrend.store.writer import GroupWriter, Write


@dataclass(frozen=True, slots=True)
class Change:
    """What one write stores, as rows; the value of its future follows from the part that it is about."""

    build: EncodedBuild | None = None
    delivery: Row | None = None
    tasks: Sequence[Row] = ()
    batch: Row | None = None
    prune: datetime | None = None

    @property
    def keys(self) -> list[object]:
        keys: list[object] = [("task", row[0]) for row in self.tasks]
        if self.build:
            keys.append(("build", *self.build.key))
        if self.delivery:
            keys.append(("delivery", self.delivery[0]))
        if self.batch:
            keys.append(("import", self.batch[0]))
        return keys


class DuckdbStore:
    """See `base.Store`. Opening raises `StoreInUse` when another process has the file."""

    def __init__(self, url: str, memory_limit: str | None = None) -> None:
        self.url = url
        self._file = file_of(url)
        self._connection = connect(self._file, memory_limit)
        with translated():
            self._cursor = self._connection.cursor()
            self._repos = Repos(self._cursor)
            self._builds = Builds(self._cursor, self._repos)
            self._work = Work(self._cursor)
            self._readers = Readers(self._connection)
        self._writer = GroupWriter(self._commit)
        self._closing = threading.Lock()
        self._closed = False

    def select(self, sql: str, params: Mapping[str, Value] | None = None) -> Table:
        return self._readers.select(sql, params)

    def save(self, build: Build, task: Task | None = None) -> Future[int]:
        return self._write(lambda: Change(build=encode(build), tasks=_rows(task)))

    def accept(self, delivery: Delivery, task: Task | None) -> Future[bool]:
        return self._write(lambda: Change(delivery=delivery_row(delivery), tasks=_rows(task)))

    def add_tasks(self, tasks: Sequence[Task], batch: Import | None = None) -> Future[None]:
        return self._write(lambda: Change(tasks=_rows(*tasks), batch=import_row(batch) if batch else None))

    def update_task(self, task: Task) -> Future[None]:
        return self._write(lambda: Change(tasks=_rows(task)))

    def prune(self, before: datetime) -> Future[int]:
        return self._write(lambda: Change(prune=before))

    def open_tasks(self) -> list[Task]:
        return work_queries.open_tasks(self)

    def close(self) -> None:
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._writer.close()
            self._readers.close()
            disconnect(self._connection, self._file)

    def _write(self, change: Callable[[], Change]) -> Future[Any]:
        try:
            what = change()
        except (TypeError, ValueError, AttributeError, OverflowError) as error:
            failed: Future[Any] = Future()
            failed.set_exception(StoreError(f"This could not be stored: {error}", detail=repr(error)))
            return failed
        write = Write(what, what.keys)
        self._writer.submit(write)
        return write.future

    def _commit(self, changes: list[Change]) -> list[object]:
        try:
            with translated(), transaction(self._cursor):
                return self._apply(changes)
        except BaseException:
            with translated():
                self._repos.reload()
                self._builds.reload()
                self._work.reload()
            raise

    def _apply(self, changes: list[Change]) -> list[object]:
        new = self._work.add_deliveries([change.delivery for change in changes if change.delivery])
        live = [change for change in changes if change.delivery is None or change.delivery[0] in new]
        attempts = self._builds.save([change.build for change in live if change.build])
        self._work.put_imports([change.batch for change in live if change.batch])
        self._work.put_tasks([row for change in live for row in change.tasks])
        return [self._value(change, new, attempts) for change in changes]

    def _value(self, change: Change, new: set[str], attempts: Mapping[BuildKey, int]) -> object:
        if change.build:
            return attempts[change.build.key]
        if change.delivery:
            return change.delivery[0] in new
        if change.prune:
            return self._work.prune(change.prune)
        return None


def open_duckdb(url: str, *, memory_limit: str | None = None) -> DuckdbStore:
    return DuckdbStore(url, memory_limit)


def _rows(*tasks: Task | None) -> list[Row]:
    return [task_row(task) for task in tasks if task is not None]
