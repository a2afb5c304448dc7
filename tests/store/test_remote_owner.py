"""What an instance that keeps a store does for others, and what it refuses."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import httpx
import pytest

from buildtimetrend.errors import SettingsError, StoreError
from buildtimetrend.store import open_store
from buildtimetrend.store.base import Statement
from buildtimetrend.store.remote import wire
from buildtimetrend.store.statements import claims, presence
from tests.store.examples import at, build, column, counts, job, step, task
from tests.store.owner import TOKEN, owner, remote

pytestmark = pytest.mark.races


def test_both_sides_must_have_the_same_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with owner(tmp_path) as running:
        monkeypatch.setattr(wire, "SCHEMA", "999")
        store = remote(tmp_path, running.base_url)
        monkeypatch.undo()
        with closing(store), pytest.raises(StoreError, match="schema 999: install the same version"):
            store.select("SELECT 1 AS one")


@pytest.mark.parametrize("token", ["wrong", ""])
def test_another_token_is_refused(tmp_path: Path, token: str) -> None:
    with owner(tmp_path) as running, closing(remote(tmp_path, running.base_url, token=token)) as store:
        with pytest.raises(StoreError, match=r"needs the admin token.*BTT_STORE_TOKEN"):
            store.select("SELECT 1 AS one")
        with pytest.raises(StoreError, match=r"needs the admin token.*BTT_STORE_TOKEN"):
            store.claim("t1", "w", at(0), at(1)).result(60)


def test_an_owner_without_a_token_lets_nobody_push(tmp_path: Path) -> None:
    with (
        owner(tmp_path, admin_token="") as running,
        closing(remote(tmp_path, running.base_url)) as store,
        pytest.raises(StoreError, match="admin_token"),
    ):
        store.select("SELECT 1 AS one")


@pytest.mark.parametrize(
    "url", ["https://", "http://[", "https://host/?a=b", "http://host:0", "http://host:x"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="base URL of another instance"):
        open_store(url)


def test_statements_of_others_are_refused_on_both_sides(tmp_path: Path) -> None:
    wanted: list[Statement] = [("DELETE FROM build", {})]
    with owner(tmp_path) as running, closing(remote(tmp_path, running.base_url)) as store:
        store.save(build()).result(20)
        with pytest.raises(StoreError, match="ask it"):
            store.execute(wanted).result()
        body = {"writes": [{"kind": "execute", "statements": [{"sql": wanted[0][0]}]}]}
        headers = {"Authorization": f"Bearer {TOKEN}", wire.SCHEMA_HEADER: wire.SCHEMA}
        answer = httpx.post(f"{running.base_url}{wire.PREFIX}/writes", json=body, headers=headers)
        assert answer.json()["results"][0]["error"]["code"] == "forbidden"
        assert counts(running.store) == (1, 2, 6)


def test_statements_by_which_workers_share_tasks_are_run(tmp_path: Path) -> None:
    with owner(tmp_path) as running, closing(remote(tmp_path, running.base_url)) as store:
        store.add_tasks([task()]).result(20)
        store.claim("t1", "w", at(10), at(40)).result(20)
        statements = [claims.renew("t1", "w", at(99)), *presence.beat("w", 2, at(20), at(20))]
        assert store.execute(statements).result(20) == [1, 1, 1]
        assert column(running.store, "SELECT claimed_until FROM task") == [at(99)]
        assert column(running.store, "SELECT seen_at FROM worker") == [at(20)]


@pytest.mark.parametrize(
    "sql", ["COPY (SELECT 1) TO '/tmp/copied'", "SET TimeZone = 'Asia/Tokyo'", "/* */ SET x = 1", ""]
)
def test_the_other_side_is_asked_queries_alone(tmp_path: Path, sql: str) -> None:
    with owner(tmp_path) as running, closing(remote(tmp_path, running.base_url)) as store:
        with pytest.raises(StoreError, match="must be one SELECT"):
            store.select(sql)
        assert store.select("-- a remark\n(SELECT 1 AS one)") == {"one": [1]}


def test_numbers_come_back_as_they_are(tmp_path: Path) -> None:
    with owner(tmp_path) as running, closing(remote(tmp_path, running.base_url)) as store:
        sql = "SELECT 0.1 + 0.2 AS a, CAST('NaN' AS DOUBLE PRECISION) AS b, 1.0 AS c, 7 AS d, 2 ^ 70 AS e"
        mine, theirs = store.select(sql), running.store.select(sql)
        assert repr(mine) == repr(theirs)


def test_pages_of_the_owner_are_told_of_a_build_that_is_pushed(tmp_path: Path) -> None:
    told: list[str] = []
    with owner(tmp_path) as running, closing(remote(tmp_path, running.base_url)) as store:
        running.tasks.on_saved(told.append)
        store.save(build(jobs=(job(steps=(step(),)),))).result(20)
    assert told == ["ann/tool"]
