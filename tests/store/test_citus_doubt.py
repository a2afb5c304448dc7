"""Transactions that a worker's end left in doubt: prepared there, they lock what they wrote."""

from __future__ import annotations

from concurrent.futures import wait
from contextlib import closing

import psycopg
import pytest

from buildtimetrend.store import open_store
from tests.servers import postgres
from tests.store.examples import build, column

pytestmark = pytest.mark.races

SOON = 15  # seconds; Citus itself looks once a minute
NAME = "citus_0_{pid}_1_1"  # as the coordinator, group 0, names those of its own
_SHARD = """
    SELECT nodeport, node.groupid, shard_name FROM citus_shards JOIN pg_dist_node AS node USING (nodeport)
    WHERE table_name = 'build'::regclass AND shardid = get_shard_id_for_distribution_column('build', 1)
"""
_ANOTHER = (
    "SELECT (jsonb_populate_record(one, '{\"build_id\": \"2\"}')).* FROM %s AS one WHERE build_id = '1'"
)


@pytest.mark.parametrize("committed", [True, False])
def test_a_build_in_doubt_is_saved_again_without_a_long_wait(citus_url: str, *, committed: bool) -> None:
    with postgres.schema(citus_url) as url, closing(open_store(url)) as store:
        store.save(build("1")).result()
        leave_in_doubt(url, committed=committed)
        assert store.save(build("2", branch="again")).result(SOON) == 1
        assert store.save(build("3")).result(SOON) == 1
        assert column(store, "SELECT branch FROM build ORDER BY build_id") == ["main", "again", "main"]


def test_a_build_that_comes_out_of_doubt_while_it_is_saved_is_saved_as_known(citus_url: str) -> None:
    with postgres.schema(citus_url) as url, closing(open_store(url)) as store:
        store.save(build("1")).result()
        leave_in_doubt(url, committed=True)
        saved = store.save(build("2", branch="again"))
        wait([saved], 1)  # until it stands before what is locked
        with psycopg.connect(url, autocommit=True) as coordinator:
            coordinator.execute("SELECT recover_prepared_transactions()")
        assert saved.result(SOON) == 1
        assert column(store, "SELECT branch FROM build ORDER BY build_id") == ["main", "again"]


def leave_in_doubt(url: str, *, committed: bool) -> None:
    """The row of another build, prepared on the worker; `committed` says what the coordinator knows of it."""
    with psycopg.connect(url, autocommit=True) as coordinator:
        found = coordinator.execute(_SHARD).fetchone()
        assert found is not None
        port, group, shard = found
        name = NAME.format(pid=coordinator.info.backend_pid)
        if committed:
            coordinator.execute(
                "INSERT INTO pg_dist_transaction (groupid, gid) VALUES (%s, %s)", [group, name]
            )
        with psycopg.connect(url, port=port) as worker:
            worker.execute(f"INSERT INTO {shard} {_ANOTHER % shard}")
            worker.execute(f"PREPARE TRANSACTION '{name}'")
            worker.rollback()
