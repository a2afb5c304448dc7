"""What is meant is looked up once for an answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing

import pytest

from buildtimetrend import charts
from buildtimetrend.charts import CHARTS
from buildtimetrend.model import Query, Value
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.base import Store, Table
from tests.store.examples import at, build

REPO = "ann/tool"


@pytest.fixture
def in_memory() -> Iterator[Store]:
    with closing(open_store("duckdb:///:memory:")) as store:
        store.save(build("1", 3600)).result()
        yield store


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_looks_its_repo_and_pipelines_up_once(
    name: str, in_memory: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: Counter[str] = Counter()
    select = in_memory.select

    def counted(sql: str, params: Mapping[str, Value] | None = None) -> Table:
        asked[sql] += "FROM repo_alias" in sql or "FROM pipeline " in sql
        return select(sql, params)

    monkeypatch.setattr(in_memory, "select", counted)
    query = Query(REPO, at(0), at(86_400), "day").filtered(pipeline="travis")
    assert charts.draw(name, in_memory, query).columns
    assert max(asked.values()) == 1


def test_the_next_answer_looks_up_anew(in_memory: Store) -> None:
    for known in (False, True):
        with reads.looked_up_once():
            assert bool(reads.repo_id(in_memory, "bob/tool")) is known
            in_memory.save(build("1", 3600, repo="bob/tool")).result()
            assert bool(reads.repo_id(in_memory, "bob/tool")) is known
    assert reads.repo_id(in_memory, "bob/tool")
