"""The servers themselves: they start, survive a kill with what they were given, and end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import kombu.connection
import psycopg
import pytest
import redis as client

from tests.servers import postgres
from tests.servers.fixtures import new_postgres, new_rabbitmq, new_redis
from tests.servers.process import accepts
from tests.servers.schemas import Schemas


def test_postgres_keeps_what_was_committed_when_it_is_killed() -> None:
    with new_postgres() as server:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        server.kill()
        server.start()
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT one FROM kept").fetchall() == [(1,)]
        server.stop()
        assert not accepts(server.port)


def test_a_schema_is_the_place_of_a_test_s_tables(postgres_server: postgres.Postgres) -> None:
    with postgres.schema(postgres_server.url) as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE mine (id INTEGER)")
        found = connection.execute("SELECT schemaname FROM pg_tables WHERE tablename = 'mine'").fetchone()
        assert found is not None
        assert found[0].startswith("test_")


def test_a_store_is_lent_again_with_the_rows_it_was_made_with(postgres_server: postgres.Postgres) -> None:
    with closing(Schemas(postgres_server.url)) as schemas:
        with schemas.empty() as first, psycopg.connect(first) as connection:
            made = connection.execute("SELECT version FROM schema_version ORDER BY 1").fetchall()
            connection.execute("DELETE FROM schema_version")
            connection.execute("INSERT INTO keen_collection VALUES ('left', now())")
        with schemas.empty() as second, psycopg.connect(second) as connection:
            assert second == first
            assert connection.execute("SELECT version FROM schema_version ORDER BY 1").fetchall() == made
            assert connection.execute("SELECT * FROM keen_collection").fetchall() == []


def test_a_cluster_s_machines_empty_what_a_test_wrote_on_them(citus_url: str) -> None:
    alias = "INSERT INTO repo_alias VALUES ('', '', 'slug', 'o/n', 1)"  # a copy on each
    days = (
        "INSERT INTO changed_day SELECT number, 1 FROM generate_series(1, 100) AS number"  # spread among them
    )
    with closing(Schemas(citus_url)) as schemas:
        for written in ((alias, days), (alias, days), ()):
            with schemas.empty() as url, psycopg.connect(url) as connection:
                for table in ("repo_alias", "changed_day"):
                    assert connection.execute(f"SELECT * FROM {table}".encode()).fetchall() == []
                for insert in written:
                    connection.execute(insert)
    assert schemas.made == 1


def test_what_still_works_on_a_store_that_is_given_back_is_ended(postgres_server: postgres.Postgres) -> None:
    with closing(Schemas(postgres_server.url)) as schemas, schemas.empty() as url:
        left = psycopg.connect(url)
        left.execute("SELECT 1")
    with closing(left), pytest.raises(psycopg.OperationalError):
        left.execute("SELECT 1")


def test_a_store_whose_tables_were_changed_is_not_lent_again(postgres_server: postgres.Postgres) -> None:
    with closing(Schemas(postgres_server.url)) as schemas:
        with schemas.empty() as first, psycopg.connect(first) as connection:
            connection.execute("DROP INDEX build_began")
        with schemas.empty() as second:
            assert second != first


def test_redis_keeps_what_it_was_given_when_it_is_killed(tmp_path: Path) -> None:
    with new_redis(tmp_path) as server:
        with client.Redis(port=server.port) as connection:
            connection.set("key", "kept")
        server.kill()
        server.start()
        with client.Redis(port=server.port) as connection:
            assert connection.get("key") == b"kept"
        server.stop()
        assert not accepts(server.port)


def test_rabbitmq_keeps_what_it_was_given_when_it_is_killed(tmp_path: Path) -> None:
    with new_rabbitmq(tmp_path) as server:
        with _queue(server.url) as queue:
            queue.put("kept")
        server.kill()
        server.start()
        with _queue(server.url) as queue:
            assert queue.get(timeout=10).payload == "kept"
    assert not accepts(server.port)


@contextmanager
def _queue(url: str) -> Iterator[Any]:
    # Only what the server has confirmed is on its disk.
    connect: Any = kombu.connection.Connection  # untyped
    with connect(url, transport_options={"confirm_publish": True}) as connection:
        yield connection.SimpleQueue("queue")
