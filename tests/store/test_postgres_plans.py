"""Charts of a year read an index of PostgreSQL alone, not the table's rows: that is half the time.

A column more in their queries is enough to lose it, and only a large store would tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from buildtimetrend import charts
from buildtimetrend.model import Query, Value
from buildtimetrend.store import open_store
from buildtimetrend.store.base import Table
from buildtimetrend.store.limits import Limits
from buildtimetrend.store.postgres.engine import PostgresStore
from buildtimetrend.store.postgres.parameters import bound
from tests.store.engines import empty
from tests.store.examples import build

OF_BUILDS = ("build_times", "builds", "builds_per_branch", "branch_builds")
OF_JOBS = ("duration", "queue", "success", "jobs", "matrix_results", "matrix")
# Else the planner prefers the rows of so small a table, or another index.
BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off"
WITHOUT_OTHERS = """
    DO $$ DECLARE other text;
    BEGIN
        FOR other IN
            SELECT conname FROM pg_constraint WHERE conrelid = '{table}'::regclass AND conindid <> 0
        LOOP
            EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I CASCADE', other);
        END LOOP;
        FOR other IN
            SELECT indexrelid::regclass FROM pg_index
            WHERE indrelid = '{table}'::regclass AND indexrelid <> '{index}'::regclass
        LOOP
            EXECUTE 'DROP INDEX ' || other;
        END LOOP;
    END $$
"""


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with empty("postgres", request, tmp_path) as url:
        yield url


@pytest.mark.servers
@pytest.mark.parametrize(
    ("chart", "index"),
    [*((chart, "build_finished") for chart in OF_BUILDS), *((chart, "job_finished") for chart in OF_JOBS)],
)
def test_an_index_has_all_that_a_chart_reads(
    url: str, chart: str, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, Mapping[str, Value]]] = []
    select = PostgresStore.select

    def noted(
        store: PostgresStore,
        sql: str,
        params: Mapping[str, Value] | None = None,
        limits: Limits | None = None,
    ) -> Table:
        asked.append((sql, params or {}))
        return select(store, sql, params, limits)

    with closing(open_store(url)) as store:
        one = build()
        store.save(one).result()
        assert one.finished_at
        monkeypatch.setattr(PostgresStore, "select", noted)
        day = timedelta(days=1)
        charts.draw(chart, store, Query(one.repo, one.finished_at - 365 * day, one.finished_at + day))
    table = index.partition("_")[0]
    sql, given = next((sql, given) for sql, given in asked if f" {table} " in sql)
    with psycopg.connect(url) as connection:
        connection.execute(WITHOUT_OTHERS.format(table=table, index=index))
        connection.execute(BY_INDEX)
        text, values = bound(sql, given)
        plan = "\n".join(line for (line,) in connection.execute(f"EXPLAIN {text}", values))
        connection.rollback()  # the next test gets the same tables
    assert f"Index Only Scan using {index}" in plan
