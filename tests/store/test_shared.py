"""Several processes that write to one store, while servers of it are killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from buildtimetrend.store import open_store
from tests.servers.fixtures import new_citus, new_postgres
from tests.store import stubborn
from tests.store.engines import empty, unmade
from tests.store.savers import Savers, stored, undisturbed

pytestmark = [pytest.mark.races, pytest.mark.servers]

BUILDS = 20  # of each repo and process


@pytest.fixture(params=["postgres", "citus", "push"])
def shared_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of a store whose tables are not there yet, where the processes make them."""
    where = empty if request.param == "push" else unmade
    with where(request.param, request, tmp_path) as url:
        yield url


def test_processes_that_save_the_same_and_other_builds_together_leave_what_one_would(shared_url: str) -> None:
    with Savers(shared_url, BUILDS) as savers:
        savers.finish()
    assert savers.failed == 0
    with closing(open_store(shared_url)) as store:
        assert stored(store) == undisturbed(BUILDS)


def test_a_database_killed_during_saves_loses_and_doubles_nothing() -> None:
    with new_postgres() as server, Savers(server.url, 2 * BUILDS) as savers:
        for kills in range(1, 4):
            savers.wait_for(60 * kills)
            server.kill()
            server.start()
        savers.finish()
        assert savers.failed > 0
        with closing(open_store(server.url)) as store:
            assert stored(store) == undisturbed(2 * BUILDS)


def test_a_citus_worker_killed_under_load_holds_up_its_own_repos_alone() -> None:
    with new_citus() as cluster:
        with closing(open_store(cluster.url)) as store:
            for repo in range(stubborn.REPOS):
                store.save(next(stubborn.builds_of(repo, 0, 0))).result()
        others = repos_of_worker(cluster.url, 2)
        assert 0 < len(others) < stubborn.REPOS
        with Savers(cluster.url, 2 * BUILDS) as savers:
            savers.wait_for(60)
            cluster.kill(1)
            before = len(savers.acknowledged)
            savers.wait_for(before + 60)
            meanwhile = {repo for repo, _ in savers.acknowledged[before + 12 :]}
            cluster.start(1)
            savers.finish()
        assert meanwhile <= others
        assert savers.failed > 0
        with closing(open_store(cluster.url)) as store:
            assert stored(store) == undisturbed(2 * BUILDS)


def test_a_citus_coordinator_killed_under_load_loses_and_doubles_nothing() -> None:
    with new_citus() as cluster, Savers(cluster.url, 2 * BUILDS) as savers:
        for kills in range(1, 4):
            savers.wait_for(60 * kills)
            cluster.kill(0)
            cluster.start(0)
        savers.finish()
        assert savers.failed > 0
        with closing(open_store(cluster.url)) as store:
            assert stored(store) == undisturbed(2 * BUILDS)


def repos_of_worker(url: str, number: int) -> set[int]:
    """Which of the repos `ann/tool-N` lie on the shards of that worker, counted from 1."""
    sql = """
        SELECT split_part(slug, '-', 2) FROM repo
        JOIN pg_dist_shard_placement AS place
            ON place.shardid = get_shard_id_for_distribution_column('build', repo.id)
        WHERE nodeport = (SELECT min(nodeport) FROM pg_dist_node WHERE groupid > 0) + %s
    """
    with psycopg.connect(url) as connection:
        return {int(name) for (name,) in connection.execute(sql, [number - 1])}
