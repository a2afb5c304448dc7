"""What only a Citus cluster does: tables are spread over it, at once or later, and over more machines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from buildtimetrend.errors import SettingsError, StoreError
from buildtimetrend.store import distribute, open_store
from buildtimetrend.store.base import Store
from buildtimetrend.store.limits import Limits
from buildtimetrend.store.postgres.citus import DISTRIBUTED, EVERYWHERE
from buildtimetrend.store.postgres.reader import SETTINGS
from tests.servers import citus
from tests.servers.fixtures import new_citus, new_postgres
from tests.servers.process import wait_until
from tests.store import stubborn
from tests.store.examples import build, delivery, task
from tests.store.savers import Savers, stored, undisturbed

pytestmark = [pytest.mark.races, pytest.mark.servers]

BUILDS = 150  # of each repo and process


@pytest.fixture(scope="module")
def cluster() -> Iterator[citus.Cluster]:
    with new_citus() as cluster:
        cluster.replicate_logically()
        yield cluster


def test_builds_are_spread_and_tasks_are_not(cluster: citus.Cluster) -> None:
    name = "spread"
    url = cluster.database(name)
    cluster.install(name)
    open_store(url).close()
    tables = ask(url, "SELECT table_name::text FROM citus_tables WHERE citus_table_type = 'distributed'")
    everywhere = ask(url, "SELECT table_name::text FROM citus_tables WHERE citus_table_type = 'reference'")
    assert (sorted(tables), sorted(everywhere)) == (sorted(DISTRIBUTED), sorted(EVERYWHERE))
    assert ask(url, "SELECT count(DISTINCT colocation_id) FROM citus_tables WHERE shard_count > 1") == [1]


def test_every_machine_plans_queries_alike(cluster: citus.Cluster) -> None:
    """What is asked of one repo, of all, within limits or in pieces."""
    url = cluster.database("planned")
    cluster.install("planned")
    settings = ("jit", "max_parallel_workers_per_gather", "random_page_cost", "work_mem")
    shown = ", ".join(f"current_setting('{name}') AS {name}" for name in settings)
    of_all = f"SELECT DISTINCT {shown} FROM build"
    expected = {name: [SETTINGS[name]] for name in settings}
    with closing(open_store(url)) as store:
        for number in range(4):
            store.save(build(str(number), repo=f"ann/tool-{number}")).result()
        for sql in (of_all, f"{of_all} WHERE repo_id = 1"):
            assert store.select(sql) == expected
            assert store.select(sql, limits=Limits(rows=10, size=10_000, seconds=10)) == expected
            assert [*store.stream(sql)] == [expected]


def test_a_store_is_spread_later_with_all_that_it_holds(cluster: citus.Cluster) -> None:
    name = "later"
    url = cluster.database(name)
    with closing(open_store(url)) as store:
        save_all(store)
        store.accept(delivery(), task()).result()
        before, size = stored(store), store.size()
        with pytest.raises(StoreError, match="CREATE EXTENSION citus"):
            distribute(url)
    cluster.install(name)
    assert sorted(distribute(url)) == sorted((*DISTRIBUTED, *EVERYWHERE))
    assert distribute(url) == []
    assert len(placed(url)) == 2
    with closing(open_store(url)) as store:
        assert stored(store) == before
        save_all(store)
        assert stored(store) == before
        assert store.save(build("new", repo="bob/new", repo_id="99")).result() == 1
        # Every shard takes pages of its own, which the coordinator alone does not have.
        assert store.size() > 2 * size


def test_a_store_that_is_a_file_is_not_spread(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no PostgreSQL database"):
        distribute(f"duckdb:///{tmp_path}/store.duckdb")


def test_a_worker_is_added_and_gets_its_share_while_builds_come_in(cluster: citus.Cluster) -> None:
    open_store(cluster.url).close()
    with new_postgres(citus.SETTINGS) as server, Savers(cluster.url, BUILDS) as savers:
        savers.wait_for(60)
        cluster.add_worker(server)
        before = len(savers.acknowledged)
        ask(cluster.url, "SELECT citus_rebalance_start()")
        wait_until(lambda: ask(cluster.url, _UNFINISHED) == [0], "the rebalancing")
        assert placed(cluster.url)[server.port] >= 2
        assert len(savers.acknowledged) > before
        savers.finish()
        with closing(open_store(cluster.url)) as store:
            assert stored(store) == undisturbed(BUILDS)


def save_all(store: Store) -> None:
    for repo in range(stubborn.REPOS):
        for each in stubborn.builds_of(repo, 0, 5):
            store.save(each).result()


_UNFINISHED = "SELECT count(*) FROM citus_rebalance_status() WHERE state NOT IN ('finished', 'failed')"


def ask(url: str, sql: str) -> list[Any]:
    with psycopg.connect(url, autocommit=True) as connection:
        return [row[0] for row in connection.execute(sql)]


def placed(url: str) -> dict[int, int]:
    """How many shards of builds each worker has, by its port."""
    sql = "SELECT nodeport FROM citus_shards WHERE table_name = 'build'::regclass"
    ports = ask(url, sql)
    return {port: ports.count(port) for port in ports}
