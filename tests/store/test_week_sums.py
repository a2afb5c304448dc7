"""What several pipelines of a repo took in a week is a row beside those of each, also in old stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.statements.summaries import summarise
from tests.store.as_recorded import NOW, assert_rows_are_kept, check, recorded
from tests.store.engines import EXECUTING
from tests.store.old_stores import migrated, unpacked

VERSION = 12  # the last one without them


@pytest.fixture(params=EXECUTING)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with migrated(VERSION, request.param, request, unpacked(VERSION, tmp_path)) as opened:
        yield opened


def assert_sums_are_those_of_the_pipelines(store: Store) -> None:
    found = rows(store.select("SELECT week, key, pipeline, in_sum, runs, total, bins, counts FROM step_week"))
    steps = {(row["week"], row["key"]) for row in found}
    several = 0
    for step in steps:
        of_step = [row for row in found if (row["week"], row["key"]) == step]
        parts = [row for row in of_step if row["pipeline"] is not None]
        if len(parts) == 1:
            assert of_step == parts
            assert not parts[0]["in_sum"]
            continue
        several += 1
        assert all(row["in_sum"] for row in parts)
        (whole,) = (row for row in of_step if row not in parts)
        assert not whole["in_sum"]
        assert whole["runs"] == sum(row["runs"] for row in parts) == sum(whole["counts"])
        assert whole["total"] == pytest.approx(sum(row["total"] for row in parts))
        counts: dict[int, int] = {}
        for row in parts:
            for number, runs in zip(row["bins"], row["counts"], strict=True):
                counts[number] = counts.get(number, 0) + runs
        assert dict(zip(whole["bins"], whole["counts"], strict=True)) == counts
        assert whole["bins"] == sorted(counts)
    assert several > 20


def test_a_store_from_before_sums_of_several_pipelines_gets_them_and_says_the_same(
    store: Store, tmp_path: Path
) -> None:
    untouched = unpacked(VERSION, tmp_path / "untouched")
    assert_rows_are_kept(store, untouched, without={"changed_pipeline"}, more={"step_week"})
    assert_sums_are_those_of_the_pipelines(store)
    check(store, recorded(VERSION))
    store.execute([("INSERT INTO changed_day SELECT DISTINCT repo_id, week * 7 FROM step_week", {})]).result()
    assert summarise(store, NOW, keep_days=50) > 12
    assert_sums_are_those_of_the_pipelines(store)
    check(store, dict(list(recorded(VERSION).items())[:1]))
