"""One opening of the file: its connection, the cursors on it, and the tables' writers."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

from buildtimetrend.errors import StoreUnavailable
from buildtimetrend.model import Value
from buildtimetrend.store.base import Table
from buildtimetrend.store.duckdb import private, wal
from buildtimetrend.store.duckdb.acknowledged import Note
from buildtimetrend.store.duckdb.builds import Builds
from buildtimetrend.store.duckdb.connection import connect, disconnect, transaction, translated
from buildtimetrend.store.duckdb.reader import Readers
from buildtimetrend.store.duckdb.work import Work
from buildtimetrend.store.limits import Limits
from buildtimetrend.store.pipelines import Pipelines
from buildtimetrend.store.repos import Repos
from buildtimetrend.store.writing.changed_days import touches_marks
from buildtimetrend.store.writing.write_set import WriteSet, apply


class Session:
    """`commit` is for one thread alone, `select` for any."""

    def __init__(self, file: Path | None, memory_limit: str | None) -> None:
        self._file = file
        self._log = wal.path_of(file) if file else None
        self._note = Note(file) if file else None
        self._connection = connect(file, memory_limit)
        try:
            with translated():
                self._inode = _inode(file)
                self._cursor = self._connection.cursor()
                self._repos = Repos(self._run)
                self._builds = Builds(self._cursor, self._repos, Pipelines(self._run))
                self._work = Work(self._cursor)
                self._readers = Readers(self._connection)
        except BaseException:
            disconnect(self._connection, file)
            raise

    def select(self, sql: str, params: Mapping[str, Value] | None, limits: Limits | None) -> Table:
        return self._readers.select(sql, params, limits)

    def stream(self, sql: str, params: Mapping[str, Value] | None, rows: int) -> Generator[Table, None, None]:
        return self._readers.stream(sql, params, rows)

    def commit(self, changes: Sequence[WriteSet]) -> list[object]:
        """Store all the changes, which share no key, or none; one value for each."""
        if _inode(self._file) != self._inode:
            # What is written to a file without a name is gone with the process: it must not be acknowledged.
            raise StoreUnavailable(
                f"The store {self._file} was removed or replaced while in use: put it back, and restart."
            )
        if self._log:
            private.keep_log(self._log)
        try:
            with translated(), transaction(self._cursor):
                values = apply(changes, self._builds, self._work)
            if any(change.append for change in changes):
                self._look_anew()
            elif any(touches_marks(change.statements or ()) for change in changes):
                self._builds.forget_marks()
        except BaseException:
            with translated():
                self._repos.reload()
                self._builds.reload()
                self._work.reload()
            raise
        if self._note:
            self._note.write()
        return values

    def _look_anew(self) -> None:
        """At what others than the tables' writers have stored."""
        with translated():
            self._repos.reload()
            self._builds.look_anew()

    def _run(self, sql: str, params: Mapping[str, Value]) -> list[tuple[Any, ...]]:
        return self._cursor.execute(sql, dict(params)).fetchall()

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
        if self._note:
            self._note.close()


def _inode(file: Path | None) -> tuple[int, int] | None:
    try:
        found = os.stat(file) if file else None
    except FileNotFoundError:
        return (0, 0)
    return found and (found.st_dev, found.st_ino)
