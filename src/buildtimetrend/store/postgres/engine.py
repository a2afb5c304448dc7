"""The PostgreSQL store: one writing thread in each process, a few connections that read."""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping, Sequence

import psycopg
import structlog

from buildtimetrend.errors import OutcomeUnknown, StoreUnavailable
from buildtimetrend.model import Task, Value
from buildtimetrend.store import reads
from buildtimetrend.store.base import Table
from buildtimetrend.store.clock import Clock
from buildtimetrend.store.limits import Limits
from buildtimetrend.store.postgres import citus
from buildtimetrend.store.postgres.connection import Way, is_cut, parsed
from buildtimetrend.store.postgres.migrate import migrate
from buildtimetrend.store.postgres.reader import Readers
from buildtimetrend.store.postgres.refusal import raise_refusal
from buildtimetrend.store.postgres.session import Session
from buildtimetrend.store.postgres.silence import Backend
from buildtimetrend.store.writing.methods import WriteMethods
from buildtimetrend.store.writing.write_set import WriteSet

log = structlog.get_logger(__name__)

# Seconds after which the server is asked for the time again, before a write.
CLOCK_EVERY = 10.0
# Connections that were lost, and whose ends at the server are remembered.
MOST_LEFT = 20

_TABLES = "FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')"
_SIZE = f"SELECT coalesce(sum(pg_total_relation_size(oid)), 0) AS size {_TABLES}"
_SIZE_OF_CLUSTER = f"""
    SELECT coalesce(sum(
        CASE WHEN oid IN (SELECT logicalrelid FROM pg_dist_partition) THEN citus_total_relation_size(oid)
        ELSE pg_total_relation_size(oid) END
    ), 0) AS size {_TABLES}
"""  # noqa: S608 - fixed text only


class PostgresStore(WriteMethods):
    """See `base.Store`. A server that is away makes writes and queries fail until it is back."""

    shared = True
    kept_jobs = None

    def __init__(self, url: str) -> None:
        self.url = url
        self.clock = Clock()
        migrate(url)
        self._way = Way(url)
        self._session: Session | None = Session(self._way)
        self._session.tell_time(self.clock)
        self._readers = Readers(self._way)
        self._left: list[Backend] = []  # of connections that were lost: what they hold is to be freed
        self._closing = threading.Lock()
        self._closed = False
        super().__init__(self._commit, lambda: None)

    def select(
        self, sql: str, params: Mapping[str, Value] | None = None, limits: Limits | None = None
    ) -> Table:
        return self._readers.select(sql, params, limits)

    def stream(
        self, sql: str, params: Mapping[str, Value] | None = None, *, rows: int = 10_000
    ) -> Generator[Table, None, None]:
        return self._readers.stream(sql, params, rows)

    def open_tasks(self) -> list[Task]:
        return reads.open_tasks(self)

    def ready(self) -> None:
        self.select("SELECT 1 AS one")
        self._require_writes()

    def size(self) -> int:
        cluster = self.select(citus.INSTALLED)["count"] == [1]
        return int(str(self.select(_SIZE_OF_CLUSTER if cluster else _SIZE)["size"][0]))

    def close(self) -> None:
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._way.close()
            self._writer.close()
            if self._session:
                self._session.close()
            self._readers.close()

    def _commit(self, changes: list[WriteSet]) -> Sequence[object]:
        known = self._session
        session = known or self._connected()
        try:
            if self.clock.is_older_than(CLOCK_EVERY):
                session.tell_time(self.clock)
            return session.commit(changes)
        except StoreUnavailable as error:
            if not session.lost:
                raise
            self._lose(session)
            if is_cut(error):
                self._way.note_cut(error)
            if session.sent_commit:
                raise OutcomeUnknown(error.message, detail=error.detail) from error
            if known is None or is_cut(error):
                raise
        # It was lost at some time since the last commit, and nothing of this one is stored.
        return self._connected().commit(changes)

    def _connected(self) -> Session:
        session = self._session = Session(self._way)
        log.info("store.connected")
        session.end(self._left)
        session.tell_time(self.clock)
        self._left.clear()
        return session

    def _lose(self, session: Session) -> None:
        self._session = None
        session.close()
        if session.backend:
            self._left = [*self._left, session.backend][-MOST_LEFT:]


def open_postgres(url: str, **_: object) -> PostgresStore:
    """The memory that the database takes is its server's affair."""
    try:
        return PostgresStore(url)
    except StoreUnavailable as error:
        if not isinstance(error.__cause__, psycopg.errors.ConnectionTimeout):
            raise_refusal(url)
        raise


def check_postgres(url: str, **_: object) -> None:
    parsed(url)
