"""Builds that other processes store are known here: what is kept in memory of their repos is dropped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress

import psycopg
import pytest

from buildtimetrend.store import open_store
from buildtimetrend.tasks.saves_poller import SavesPoller
from tests.servers.schemas import Schemas
from tests.tasks.providers import build, eventually

pytestmark = pytest.mark.races


@pytest.fixture
def url(postgres_schemas: Schemas) -> Iterator[str]:
    with postgres_schemas.empty() as url:
        yield url


def test_a_build_that_another_process_stores_without_a_task_is_told_of_once(url: str) -> None:
    with closing(open_store(url)) as ours, closing(open_store(url)) as theirs:
        theirs.save(build(1, "alice/before")).result()
        told: list[str] = []
        watch = SavesPoller(ours)
        watch.add(told.append)
        watch.start()
        theirs.save(build(2, "alice/app")).result()
        eventually(lambda: told == ["alice/app"])
        ours.save(build(3, "alice/own")).result()
        watch.wake()
        eventually(lambda: told == ["alice/app", "alice/own"])
        watch.stop()


def test_a_save_that_ends_after_later_ones_is_told_of_and_one_that_fails_holds_up_nothing(url: str) -> None:
    insert = "INSERT INTO saved_build (repo_id, pipeline) SELECT id, 1 FROM repo WHERE slug = %s"
    with closing(open_store(url)) as store, psycopg.connect(url) as slow, psycopg.connect(url) as failing:
        for number, repo in enumerate(("alice/never", "alice/slow"), 3):
            store.save(build(number, repo)).result()
        told: list[str] = []
        watch = SavesPoller(store)
        watch.add(told.append)
        with suppress(ZeroDivisionError), failing.transaction():
            failing.execute(insert, ["alice/never"])
            raise ZeroDivisionError
        slow.execute(insert, ["alice/slow"])
        store.save(build(1, "alice/quick")).result()
        watch.start()
        store.save(build(2, "alice/later")).result()
        eventually(lambda: told == ["alice/later"])
        slow.commit()
        eventually(lambda: told == ["alice/later", "alice/slow"])
        watch.stop()
