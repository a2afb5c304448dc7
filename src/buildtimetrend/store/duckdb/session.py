"""One opening of the file: its connection, the cursors on it, and the tables' writers."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from buildtimetrend.errors import StoreUnavailable
from buildtimetrend.model import Value
from buildtimetrend.store.base import Statement, Table
from buildtimetrend.store.duckdb.builds import Builds
from buildtimetrend.store.duckdb.connection import connect, disconnect, transaction, translated
from buildtimetrend.store.duckdb.reader import Readers
from buildtimetrend.store.duckdb.repos import Repos
from buildtimetrend.store.duckdb.work import Work
from buildtimetrend.store.rows import BuildKey, EncodedBuild, Row


@dataclass(frozen=True, slots=True)
class Unsent:
    """See `Store.unsent`."""

    now: datetime
    sent_before: datetime
    limit: int


@dataclass(frozen=True, slots=True)
class Change:
    """What one write stores, as rows; the value of its future follows from the part that it is about."""

    build: EncodedBuild | None = None
    delivery: Row | None = None
    tasks: Sequence[Row] = ()  # in any state, new or not
    new_tasks: Sequence[Row] = ()
    batch: Row | None = None
    prune: datetime | None = None
    statements: Sequence[Statement] | None = None
    unsent: Unsent | None = None

    @property
    def keys(self) -> list[object]:
        """What it writes: two changes of one transaction share none."""
        keys: list[object] = [("task", row[0]) for row in (*self.tasks, *self.new_tasks)]
        if self.build:
            keys.append(("build", *self.build.key))
        if self.delivery:
            keys.append(("delivery", self.delivery[0]))
        if self.batch:
            keys.append(("import", self.batch[0]))
        if self.statements or self.unsent:
            keys.append("statements")
        return keys


class Session:
    """`commit` is for one thread alone, `select` for any."""

    def __init__(self, file: Path | None, memory_limit: str | None) -> None:
        self._file = file
        self._log = file.with_name(f"{file.name}.wal") if file else None
        self._connection = connect(file, memory_limit)
        try:
            with translated():
                self._inode = _inode(file)
                self._cursor = self._connection.cursor()
                self._repos = Repos(self._cursor)
                self._builds = Builds(self._cursor, self._repos)
                self._work = Work(self._cursor)
                self._readers = Readers(self._connection)
        except BaseException:
            disconnect(self._connection, file)
            raise

    def select(self, sql: str, params: Mapping[str, Value] | None) -> Table:
        return self._readers.select(sql, params)

    def commit(self, changes: Sequence[Change]) -> list[object]:
        """Store all the changes, which share no key, or none; one value for each."""
        if _inode(self._file) != self._inode:
            # What is written to a file without a name is gone with the process: it must not be acknowledged.
            raise StoreUnavailable(
                f"The store {self._file} was removed or replaced while in use: put it back, and restart."
            )
        try:
            with translated(), transaction(self._cursor):
                return self._apply(changes)
        except BaseException:
            with translated():
                self._repos.reload()
                self._builds.reload()
                self._work.reload()
            raise

    def checkpoint(self) -> None:
        """Move what is in the log into the file. When that fails, so does all that follows."""
        with translated():
            self._cursor.execute("CHECKPOINT")

    def log_size(self) -> int:
        """Bytes that a start would read anew."""
        try:
            return self._log.stat().st_size if self._log else 0
        except OSError:
            return 0

    def close(self) -> None:
        """Waits for the running queries."""
        self._readers.close()
        disconnect(self._connection, self._file)

    def _apply(self, changes: Sequence[Change]) -> list[object]:
        new = self._work.add_deliveries([change.delivery for change in changes if change.delivery])
        live = [change for change in changes if change.delivery is None or change.delivery[0] in new]
        attempts = self._builds.save([change.build for change in live if change.build])
        self._work.put_imports([change.batch for change in live if change.batch])
        self._work.add_tasks([row for change in live for row in change.new_tasks])
        self._work.put_tasks([row for change in live for row in change.tasks])
        return [self._value(change, new, attempts) for change in changes]

    def _value(self, change: Change, new: set[str], attempts: Mapping[BuildKey, int]) -> object:
        if change.build:
            return attempts[change.build.key]
        if change.delivery:
            return change.delivery[0] in new
        if change.prune:
            return self._work.prune(change.prune)
        if change.unsent:
            return self._work.unsent(change.unsent.now, change.unsent.sent_before, change.unsent.limit)
        if change.statements is not None:
            return [self._work.run(statement) for statement in change.statements]
        return None


def _inode(file: Path | None) -> tuple[int, int] | None:
    try:
        found = os.stat(file) if file else None
    except FileNotFoundError:
        return (0, 0)
    return found and (found.st_dev, found.st_ino)
