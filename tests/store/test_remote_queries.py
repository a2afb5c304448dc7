"""What somebody who has the token may ask an instance's tables, and what not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from buildtimetrend.store import open_store, reads
from buildtimetrend.store.base import Table
from buildtimetrend.store.postgres import migrate
from buildtimetrend.store.remote import wire
from tests.store.engines import empty
from tests.store.examples import build, column, counts
from tests.store.owner import TOKEN, Owner, owner

HEADERS = {"Authorization": f"Bearer {TOKEN}", wire.SCHEMA_HEADER: wire.SCHEMA}
LOCK = f"SELECT pg_advisory_lock({migrate.LOCK})"
OFF = "SELECT set_config('default_transaction_read_only', 'off', false)"
DELETING = "WITH gone AS (DELETE FROM build RETURNING 1 AS one) SELECT count(*) FROM gone"


@pytest.fixture(params=("duckdb", "postgres", "citus"))
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with empty(request.param, request, tmp_path) as url:
        yield url


@pytest.fixture
def running(store_url: str, tmp_path: Path) -> Iterator[Owner]:
    with owner(tmp_path, store_url=store_url) as running:
        running.store.save(build()).result()
        yield running


def ask(running: Owner, sql: str) -> Any:
    return httpx.post(f"{running.base_url}{wire.PREFIX}/select", json={"sql": sql}, headers=HEADERS)


def refused(running: Owner, sql: str) -> None:
    answer = ask(running, sql)
    assert (answer.status_code, answer.json()["error"]["detail"]) == (422, "sql"), answer.text


def test_nothing_is_changed_and_no_lock_is_left(store_url: str, running: Owner) -> None:
    for _ in range(10):  # more than there are connections
        refused(running, OFF)
        refused(running, LOCK)
        refused(running, "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE")
    for sql in (
        DELETING,
        "SELECT 1 AS one; DELETE FROM build",
        "SELECT 1 AS one INTO stolen",
        "DELETE FROM build",
    ):
        refused(running, sql)
    assert counts(running.store) == (1, 2, 6)
    if store_url.startswith("postgresql"):
        with psycopg.connect(store_url) as connection:
            held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND (classid, objid) = (%s, %s)"
            assert connection.execute(held, divmod(migrate.LOCK, 2**32)).fetchall() == [(0,)]
        open_store(store_url).close()  # which would wait for the lock


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_catalog.pg_read_file('/etc/passwd')",
        "SELECT \"pg_read_file\"('/etc/passwd')",
        "SELECT PG_SLEEP -- \r (1)",
        "SELECT pg_sleep/* */(1)",
        r"SELECT E'\'', pg_sleep(1) --'",
        r"SELECT U&'\' ' UESCAPE '''', lo_create(0)",
        "SELECT $$'$$, lo_create(0) --'",
        "SELECT $a$'$a$, lo_create(0) --'",
        'SELECT U&"\\006co_create"(0)',
        "SELECT run_command_on_workers('CREATE TABLE stolen (a int)')",
        "SELECT pg_terminate_backend(1)",
        "SELECT setval('build_id', 1)",
        "SELECT 'build_id'.nextval()",
        "SELECT rolpassword FROM pg_authid",
        'SELECT rolpassword FROM "pg_authid"',
        "SELECT passwd FROM pg_catalog.pg_shadow",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM query('SELECT 1')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT getenv('HOME')",
    ],
)
def test_functions_and_tables_of_the_database_s_own_are_refused(running: Owner, sql: str) -> None:
    refused(running, sql)


def test_what_is_asked_of_our_own_tables_is_answered(running: Owner) -> None:
    sql = """
        WITH built AS (
            SELECT repo_id, count(*) AS n FROM build
            WHERE raw_result IN ('passed', 'it''s (not)') GROUP BY repo_id
        ) -- a remark (of ours)
        SELECT coalesce(sum(n), 0) AS "number (of builds)" FROM built WHERE (n > 0) AND (NOT (n < 0))
    """
    assert wire.answered(ask(running, sql).json()) == {"number (of builds)": [1]}
    with closing(open_store(running.url)) as store:
        assert reads.repo_id(store, "ann/tool") == column(running.store, "SELECT id FROM repo")[0]


def test_pages_do_not_wait_for_queries_of_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with owner(tmp_path) as running:
        entered, go_on = threading.Semaphore(0), threading.Event()
        select = running.store.select

        def slow(sql: str, *params: Any) -> Table:
            if "slow" in sql:
                entered.release()
                assert go_on.wait(60)
            return select(sql, *params)

        monkeypatch.setattr(running.store, "select", slow)
        asking = [threading.Thread(target=ask, args=(running, "SELECT 1 AS slow")) for _ in range(60)]
        for thread in asking:
            thread.start()
        try:
            assert all(entered.acquire(timeout=30) for _ in range(4))
            assert httpx.get(f"{running.base_url}/readyz", timeout=30).status_code == 200
        finally:
            go_on.set()
            for thread in asking:
                thread.join()


def test_an_answer_that_json_does_not_have_is_refused(store_url: str, running: Owner) -> None:
    blob = "BLOB" if store_url.startswith("duckdb") else "bytea"
    for sql in ("SELECT CAST('1 day' AS INTERVAL) AS one", f"SELECT CAST('a' AS {blob}) AS one"):
        refused(running, sql)
