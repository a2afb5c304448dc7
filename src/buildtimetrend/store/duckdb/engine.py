"""The DuckDB store: one writing thread, a few readers, one file."""

from __future__ import annotations

import glob
import shutil
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress

import structlog

from buildtimetrend.errors import SettingsError, StoreError, StoreFull, StoreUnavailable
from buildtimetrend.model import Task, Value
from buildtimetrend.store import reads
from buildtimetrend.store.base import Table
from buildtimetrend.store.clock import Clock
from buildtimetrend.store.duckdb import kind, wal
from buildtimetrend.store.duckdb.connection import is_fatal, is_open_here
from buildtimetrend.store.duckdb.session import Session
from buildtimetrend.store.kept_jobs import KeptJobs
from buildtimetrend.store.limits import Limits
from buildtimetrend.store.location import check_folder, file_of
from buildtimetrend.store.statements.summaries import removes_steps
from buildtimetrend.store.writing.methods import WriteMethods
from buildtimetrend.store.writing.write_set import WriteSet

log = structlog.get_logger(__name__)

# A checkpoint takes 0.05 to 0.2 s; a log of this size (10,000 builds) is read in 0.8 s at the next start.
CHECKPOINT_BYTES = 16_000_000
# Bytes. With less than that some notifications are refused, and the file cannot grow.
LEAST_ROOM = 1_000_000


class DuckdbStore(WriteMethods):
    """See `base.Store`. Opening raises `StoreInUse` when another process has the file."""

    shared = False

    def __init__(self, url: str, memory_limit: str | None = None) -> None:
        self.url = url
        self.clock = Clock()  # this machine's own
        self.kept_jobs = KeptJobs()
        self._file = file_of(url)
        self._memory_limit = memory_limit
        self._session = Session(self._file, memory_limit)
        self._tell_of_repairs()
        self._broken = False
        self._checkpoint_at = CHECKPOINT_BYTES
        super().__init__(self._commit, self._checkpoint)
        self._closing = threading.Lock()
        self._closed = False

    def select(
        self, sql: str, params: Mapping[str, Value] | None = None, limits: Limits | None = None
    ) -> Table:
        try:
            return self._session.select(sql, params, limits)
        except StoreUnavailable as error:
            if is_fatal(error):
                # The writing thread alone may reopen the file, and does so when it meets the error.
                self._write(WriteSet)
            raise

    def stream(
        self, sql: str, params: Mapping[str, Value] | None = None, *, rows: int = 10_000
    ) -> Generator[Table, None, None]:
        return self._session.stream(sql, params, rows)

    def open_tasks(self) -> list[Task]:
        return reads.open_tasks(self)

    def ready(self) -> None:
        if self._file is not None:
            free = shutil.disk_usage(self._file.parent).free
            if free < LEAST_ROOM:
                raise StoreFull("The disk of the store is full: nothing can be stored.", detail="store")
        self.select("SELECT 1 AS one")
        self._require_writes()

    def size(self) -> int:
        if self._file is None:
            return 0
        files = (self._file, wal.path_of(self._file))
        return sum(file.stat().st_size for file in files if file.exists())

    def close(self) -> None:
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._writer.close()
            self._session.close()

    def _tell_of_repairs(self) -> None:
        """As long as somebody keeps what was damaged, this store has less than was acknowledged."""
        if self._file is not None:
            kept = sorted(map(str, self._file.parent.glob(f"{glob.escape(self._file.name)}.damaged*")))
            if kept:
                log.warning("store.was_repaired", kept=kept)

    def _commit(self, changes: list[WriteSet]) -> Sequence[object]:
        if self._broken:
            self._reopen()
        try:
            return self._session.commit(changes)
        except StoreUnavailable as error:
            self._recover(error)
            raise
        finally:  # whatever became of it
            self._forget(changes)

    def _forget(self, changes: list[WriteSet]) -> None:
        """What is kept of the builds that were saved, before anybody hears that they were."""
        for change in changes:
            if change.build:
                self.kept_jobs.forget(change.build.key[-1])
            elif change.append or any(map(removes_steps, change.statements or ())):
                self.kept_jobs.forget(None)

    def _checkpoint(self) -> None:
        """Move what is in the log into the file, once that is worth while.

        DuckDB would do so inside a commit: that one would wait for it, and fail with it though it is durable.
        """
        size = self._session.log_size()
        if self._broken or size < self._checkpoint_at:
            return
        try:
            self._session.checkpoint()
            self._checkpoint_at = CHECKPOINT_BYTES
        except StoreError as error:
            # What was acknowledged is in the log. A disk may stay full for long: try ever less often.
            self._checkpoint_at = 2 * size
            log.warning("store.checkpoint_failed", reason=error.message)
            self._recover(error)

    def _recover(self, error: StoreError) -> None:
        """After a failed checkpoint, as on a full disk, DuckDB does nothing more until it is opened anew."""
        if is_fatal(error) and self._file is not None:
            self._broken = True
            with suppress(StoreError):  # the next commit tries again, and reports it
                self._reopen()

    def _reopen(self) -> None:
        log.warning("store.reopening", store=self.url)
        self._session.close()
        self._session = Session(self._file, self._memory_limit)
        self._broken = False


def open_duckdb(url: str, *, memory_limit: str | None = None, **_: object) -> DuckdbStore:
    return DuckdbStore(url, memory_limit)


def check_duckdb(url: str, **_: object) -> None:
    file = file_of(url)
    if file is None:
        return
    if not is_open_here(file):
        try:
            kind.require_store(file)
        except StoreError as error:
            raise SettingsError(error.message, detail="store.url") from error
    check_folder(file.parent, "store.url")
