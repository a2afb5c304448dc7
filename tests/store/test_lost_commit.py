"""A commit whose answer is lost: nobody knows whether it happened, and nothing is stored twice."""

from __future__ import annotations

from contextlib import closing

import psycopg
import pytest

from buildtimetrend.errors import OutcomeUnknown
from buildtimetrend.store.postgres.engine import PostgresStore
from buildtimetrend.store.postgres.session import Session
from tests.servers.schemas import Schemas
from tests.store.examples import column, task

pytestmark = pytest.mark.races


class _Committed:
    """A connection that is cut as soon as the server has committed."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)

    def commit(self) -> None:
        self._connection.commit()
        self._connection.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")


def test_writes_whose_commit_got_no_answer_fail_as_unknown_and_are_not_made_again(
    postgres_schemas: Schemas,
) -> None:
    with postgres_schemas.empty() as url, closing(PostgresStore(url)) as store:
        session = store._session
        assert isinstance(session, Session)
        session._connection = _Committed(session._connection)  # type: ignore[assignment]
        added = [store.add_tasks([task("t1")]), store.add_tasks([task("t2")])]
        failed = [future.exception(20) for future in added]
        assert isinstance(failed[0], OutcomeUnknown)
        store.add_tasks([task("t3")]).result(20)
        assert column(store, "SELECT id FROM task ORDER BY id") == ["t1", "t2", "t3"]


def test_a_server_that_was_started_anew_since_the_last_commit_is_no_unknown_outcome(
    postgres_schemas: Schemas,
) -> None:
    with postgres_schemas.empty() as url, closing(PostgresStore(url)) as store:
        session = store._session
        assert isinstance(session, Session)
        pid = session._connection.info.backend_pid
        with psycopg.connect(url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        store.add_tasks([task("t1")]).result(20)
        assert column(store, "SELECT id FROM task") == ["t1"]
