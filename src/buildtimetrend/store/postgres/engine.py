"""The PostgreSQL store: one writing thread in each process, a few connections that read."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Mapping, Sequence

import structlog

from buildtimetrend.errors import OutcomeUnknown, StoreUnavailable
from buildtimetrend.model import Task, Value
from buildtimetrend.store import reads
from buildtimetrend.store.base import Table
from buildtimetrend.store.changes import Change
from buildtimetrend.store.postgres import citus
from buildtimetrend.store.postgres.connection import parsed
from buildtimetrend.store.postgres.migrate import migrate
from buildtimetrend.store.postgres.reader import Readers
from buildtimetrend.store.postgres.session import Session
from buildtimetrend.store.writes import Writes

log = structlog.get_logger(__name__)

PAUSE = 1.0  # seconds after a failed attempt to connect in which none is made: all that wait fail at once

_TABLES = "FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')"
_SIZE = f"SELECT coalesce(sum(pg_total_relation_size(oid)), 0) AS size {_TABLES}"
_SIZE_OF_CLUSTER = f"""
    SELECT coalesce(sum(
        CASE WHEN oid IN (SELECT logicalrelid FROM pg_dist_partition) THEN citus_total_relation_size(oid)
        ELSE pg_total_relation_size(oid) END
    ), 0) AS size {_TABLES}
"""  # noqa: S608 - fixed text only


class PostgresStore(Writes):
    """See `base.Store`. A server that is away makes writes and queries fail until it is back."""

    shared = True

    def __init__(self, url: str) -> None:
        self.url = url
        migrate(url)
        self._session: Session | None = Session(url)
        self._readers = Readers(url)
        self._refused: tuple[float, StoreUnavailable] | None = None
        self._closing = threading.Lock()
        self._closed = False
        super().__init__(self._commit, lambda: None)

    def select(self, sql: str, params: Mapping[str, Value] | None = None) -> Table:
        return self._readers.select(sql, params)

    def stream(
        self, sql: str, params: Mapping[str, Value] | None = None, *, rows: int = 10_000
    ) -> Generator[Table, None, None]:
        return self._readers.stream(sql, params, rows)

    def open_tasks(self) -> list[Task]:
        return reads.open_tasks(self)

    def size(self) -> int:
        cluster = self.select(citus.INSTALLED)["count"] == [1]
        return int(str(self.select(_SIZE_OF_CLUSTER if cluster else _SIZE)["size"][0]))

    def close(self) -> None:
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._writer.close()
            if self._session:
                self._session.close()
            self._readers.close()

    def _commit(self, changes: list[Change]) -> Sequence[object]:
        known = self._session
        session = known or self._connected()
        try:
            return session.commit(changes)
        except StoreUnavailable as error:
            if not session.lost:
                raise
            self._session = None
            session.close()
            if session.sent_commit:
                raise OutcomeUnknown(error.message, detail=error.detail) from error
            if known is None:
                raise
        # It was lost at some time since the last commit, and nothing of this one is stored.
        return self._connected().commit(changes)

    def _connected(self) -> Session:
        if self._refused and time.monotonic() < self._refused[0]:
            raise self._refused[1]
        try:
            self._session = Session(self.url)
        except StoreUnavailable as error:
            self._refused = (time.monotonic() + PAUSE, error)
            raise
        log.info("store.connected")
        return self._session


def open_postgres(url: str, **_: object) -> PostgresStore:
    """The memory that the database takes is its server's affair."""
    return PostgresStore(url)


def check_postgres(url: str, **_: object) -> None:
    parsed(url)
