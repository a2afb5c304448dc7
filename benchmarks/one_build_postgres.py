"""What `one_build` measures, on PostgreSQL. Steps are those of the builds that it asks about."""

from __future__ import annotations

import time
from contextlib import closing

import psycopg
from tests.servers import postgres
from tests.servers.fixtures import new_postgres

from benchmarks.generate import JOBS, large_store
from benchmarks.large_postgres import TABLES, copy_rows
from benchmarks.one_build import SHARE, measure
from benchmarks.report import figure
from buildtimetrend.store import open_store

MEMORY = "shared_buffers = '1GB'"


def main() -> None:
    with new_postgres(MEMORY) as server, postgres.schema(server.url) as url:
        started = time.perf_counter()
        fill(url)
        figure("one_build_store_on_postgres", time.perf_counter() - started, "s")
        with closing(open_store(url)) as store:
            measure(store, "postgres")


def fill(url: str) -> None:
    open_store(url).close()
    store = large_store(JOBS, share=SHARE)
    with psycopg.connect(url) as connection:
        for table in TABLES:
            copy_rows(connection, table, _ROWS.get(table, f"FROM {table}"), store)
    with psycopg.connect(url, autocommit=True) as connection:
        for table in TABLES:
            connection.execute(f"VACUUM ANALYZE {table}")


_KEYS = (
    f"job_key < 8000 OR job_key > {JOBS - 8000} OR job_key BETWEEN {JOBS // 2 - 8000} AND {JOBS // 2 + 8000}"
)
_ROWS = {"step": f"FROM step WHERE repo_id = 1 AND ({_KEYS})"}

if __name__ == "__main__":
    main()
