"""A real PostgreSQL behind a proxy that swallows: nobody waits for ever, and nothing is lost or doubled."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest

from buildtimetrend.errors import OutcomeUnknown, StoreUnavailable
from buildtimetrend.store.postgres.engine import PostgresStore
from buildtimetrend.store.postgres.silence import FIRST
from tests.servers import postgres
from tests.servers.swallowing import SwallowingProxy
from tests.store.examples import column, delivery, task

pytestmark = pytest.mark.races

# Seconds; on a busy machine. It was as long as one liked to wait.
SOON = 15


@pytest.fixture
def proxy(postgres_server: postgres.Postgres) -> Iterator[SwallowingProxy]:
    with SwallowingProxy(postgres_server.port) as proxy:
        yield proxy


@pytest.fixture
def url(postgres_server: postgres.Postgres) -> Iterator[str]:
    """Of an empty schema, past the proxy."""
    with postgres.schema(postgres_server.url) as url:
        yield url


@pytest.fixture
def store(url: str, postgres_server: postgres.Postgres, proxy: SwallowingProxy) -> Iterator[PostgresStore]:
    with closing(PostgresStore(url.replace(f":{postgres_server.port}/", f":{proxy.port}/"))) as store:
        store.add_tasks([task("before")]).result(SOON)
        store.select("SELECT 1 AS one")
        yield store
        proxy.pass_on()


def test_a_query_on_a_way_that_swallows_fails_soon_and_works_again_when_it_does_not(
    store: PostgresStore, proxy: SwallowingProxy
) -> None:
    proxy.swallow()
    for _ in range(3):  # on a connection that it has, and on new ones
        with within(SOON), pytest.raises(StoreUnavailable):
            store.select("SELECT 1 AS one")
    proxy.pass_on()
    assert eventually_answers(store) == [1]


def test_writes_on_a_way_that_swallows_fail_soon_and_are_not_made_later(
    store: PostgresStore, proxy: SwallowingProxy, url: str
) -> None:
    proxy.swallow()
    with within(2 * SOON):
        for name in ("one", "two", "three"):
            writes = [store.add_tasks([task(f"{name}-{number}")]) for number in range(20)]
            assert all(isinstance(write.exception(SOON), StoreUnavailable) for write in writes)
    proxy.pass_on()
    eventually_done(lambda: store.add_tasks([task("after")]))
    assert column(store, "SELECT id FROM task ORDER BY id") == ["after", "before"]
    with psycopg.connect(url) as connection:
        open_ = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
        assert connection.execute(open_).fetchone() == (0,)


def test_a_connection_that_alone_is_swallowed_is_made_anew_and_nobody_notices(
    store: PostgresStore, proxy: SwallowingProxy
) -> None:
    proxy.swallow(old_only=True)
    with within(SOON):
        assert store.select("SELECT 1 AS one") == {"one": [1]}
        store.add_tasks([task("after")]).result(SOON)
    assert column(store, "SELECT id FROM task ORDER BY id") == ["after", "before"]


def test_a_commit_whose_answer_was_swallowed_is_unknown_and_made_once(
    store: PostgresStore, proxy: SwallowingProxy
) -> None:
    proxy.swallow_answers_from(b"COMMIT")
    with within(SOON):
        assert isinstance(store.add_tasks([task("unknown")]).exception(SOON), OutcomeUnknown)
    proxy.pass_on()
    eventually_done(lambda: store.update_task(task("before")))
    assert column(store, "SELECT id FROM task ORDER BY id") == ["before", "unknown"]


def test_what_a_swallowed_transaction_held_is_free_as_soon_as_the_way_is(
    store: PostgresStore, proxy: SwallowingProxy
) -> None:
    proxy.swallow(answers_only=True)  # the server inserts the delivery, and its answer is waited for
    with within(SOON):
        assert isinstance(store.accept(delivery("d1"), task("t1")).exception(SOON), StoreUnavailable)
    proxy.pass_on()
    with within(SOON):
        assert eventually_done(lambda: store.accept(delivery("d1"), task("t1"))) is True
    assert column(store, "SELECT id FROM task ORDER BY id") == ["before", "t1"]


def test_what_a_process_held_that_ended_on_a_way_that_swallows_is_soon_free_for_others(
    store: PostgresStore, proxy: SwallowingProxy, url: str
) -> None:
    assert store._session
    store._session._connection.execute("UPDATE task SET tries = 7 WHERE id = 'before'")
    proxy.swallow()
    store.close()
    with closing(PostgresStore(url)) as other, within(SOON):
        other.update_task(task("before")).result(SOON)


def test_so_is_what_it_held_in_the_middle_of_a_pipeline(
    store: PostgresStore, proxy: SwallowingProxy, url: str
) -> None:
    assert store._session
    pgconn = store._session._connection.pgconn
    pgconn.enter_pipeline_mode()
    for statement in (b"BEGIN", b"UPDATE task SET tries = 7 WHERE id = 'before'"):
        pgconn.send_query_params(statement, None)
    pgconn.send_flush_request()
    pgconn.flush()
    time.sleep(0.5)
    proxy.swallow()
    with closing(PostgresStore(url)) as other, within(SOON):
        other.update_task(task("before")).result(2 * SOON)


def test_a_statement_that_takes_long_is_waited_for(store: PostgresStore) -> None:
    began = time.monotonic()
    assert store.select(f"SELECT 1 AS one FROM pg_sleep({3.5 * FIRST})") == {"one": [1]}
    assert time.monotonic() - began > 3 * FIRST


def test_a_write_that_waits_for_a_lock_is_waited_for(store: PostgresStore, url: str) -> None:
    session = store._session
    with psycopg.connect(url) as other:
        other.execute("UPDATE task SET tries = 7 WHERE id = 'before'")
        write = store.update_task(task("before"))
        time.sleep(3.5 * FIRST)
        assert not write.done()
        other.rollback()
    write.result(SOON)
    assert store._session is session  # which was not taken for lost


def test_a_store_is_closed_soon_though_its_way_swallows(store: PostgresStore, proxy: SwallowingProxy) -> None:
    proxy.swallow()
    writes = [store.add_tasks([task(f"t{number}")]) for number in range(200)]
    with within(SOON):
        store.close()
    assert all(isinstance(write.exception(0), StoreUnavailable) for write in writes)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


def eventually_answers(store: PostgresStore) -> list[Any]:
    deadline = time.monotonic() + SOON
    while True:
        try:
            return store.select("SELECT 1 AS one")["one"]
        except StoreUnavailable:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def eventually_done(write: Any) -> Any:
    deadline = time.monotonic() + SOON
    while True:
        made: Future[Any] = write()
        try:
            return made.result(SOON)
        except StoreUnavailable:
            assert time.monotonic() < deadline
            time.sleep(0.1)
