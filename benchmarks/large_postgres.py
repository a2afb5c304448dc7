"""The large store's biggest repo, whole, in PostgreSQL, among many small ones.

Those are the generated store's others, and copies of them, with jobs and builds of the last weeks and without
steps: as much as an overview reads. Loading all of the generated store would take minutes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import psycopg

from benchmarks.generate import BIGGEST, CHANGED, REPOS, large_store
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.statements import summaries

PROJECTS = 1000
TABLES = ("repo", "repo_alias", "pipeline", "build", "job", "step")
CHUNK = 1 << 20  # bytes


def fill(url: str) -> None:
    """Make a store at `url`, an empty database or schema, and sum its steps up."""
    with closing(open_store(url)) as store:
        with psycopg.connect(url) as connection:
            for table in TABLES:
                copy_rows(connection, table, _ROWS[table], large_store())
            # The small repos have no steps to sum up.
            connection.execute(f"{CHANGED} WHERE repo_id = 1")
        _settle(store, url)  # else the planner knows nothing of the steps that are summed up
        summaries.summarise(store, datetime.now(UTC))
        _settle(store, url)


def copy_rows(connection: psycopg.Connection[tuple[object, ...]], table: str, rows: str, store: Path) -> None:
    """Add what a query of a DuckDB store's file finds to a table."""
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        columns = _extract(rows, file.name, store)
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT csv, NULL '\\N')") as copy,
        ):
            for chunk in _chunks(Path(file.name)):
                copy.write(chunk)


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while chunk := opened.read(CHUNK):
            yield chunk


def _extract(rows: str, file: str, store: Path) -> str:
    """Write the rows as CSV; the names of their columns."""
    with closing(duckdb.connect(str(store), read_only=True)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"COPY ({rows}) TO '{file}' (HEADER false, NULLSTR '\\N')")
        described = connection.execute(f"DESCRIBE {rows}").fetchall()
    return ", ".join(f'"{name}"' for name, *_ in described)


def _settle(store: Store, url: str) -> None:
    """What the server does by itself in the course of a day."""
    assert reads.repo_id(store, BIGGEST) == 1
    with psycopg.connect(url, autocommit=True) as connection:
        for table in (*TABLES, "step_week", "changed_day"):
            connection.execute(f"VACUUM ANALYZE {table}")


_RECENT = "finished_at >= (SELECT max(finished_at) FROM build) - INTERVAL '3 weeks'"
# Each copy takes one of a few builds of its original, so that all are about as busy.
_COPIES = f"""
    SELECT CAST(unnest(range({REPOS + 1}, {PROJECTS + 1})) AS INTEGER) AS id, 2 + id % {REPOS - 1} AS original
"""
_ROWS = {
    "repo": f"""
        SELECT id, slug FROM repo UNION ALL SELECT id, 'owner/copy' || id FROM ({_COPIES})
    """,
    "repo_alias": f"""
        FROM repo_alias UNION ALL SELECT '', '', 'slug', 'owner/copy' || id, id FROM ({_COPIES})
    """,
    "pipeline": f"""
        FROM pipeline UNION ALL
        SELECT pipeline.* REPLACE (copy.id AS repo_id)
        FROM pipeline JOIN ({_COPIES}) AS copy ON repo_id = original
    """,
    "build": f"""
        FROM build WHERE repo_id = 1 OR {_RECENT} UNION ALL
        SELECT build.* REPLACE (id AS repo_id) FROM build JOIN ({_COPIES}) ON repo_id = original
        WHERE {_RECENT} AND hash(build_id, id) % 4 = 0
    """,
    "job": f"""
        FROM job WHERE repo_id = 1 OR {_RECENT} UNION ALL
        SELECT job.* REPLACE (id AS repo_id) FROM job JOIN ({_COPIES}) ON repo_id = original
        WHERE {_RECENT} AND hash(build_id, id) % 4 = 0
    """,
    "step": "FROM step WHERE repo_id = 1",
}
