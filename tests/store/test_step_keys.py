"""A store from before steps had keys gives its steps the same ones that new builds have."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from buildtimetrend import charts
from buildtimetrend.model import Query
from buildtimetrend.steps import keys
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.duckdb import step_keys as of_duckdb
from buildtimetrend.store.postgres import step_keys as of_postgres
from buildtimetrend.store.reads.whole import step_of
from buildtimetrend.store.schema import step_keys
from buildtimetrend.store.statements.summaries import summarise
from tests.store.engines import EXECUTING
from tests.store.old_stores import STORES, migrated, parts_of, unpacked

FILE = STORES / "version-8.duckdb.gz"
REPO = "ann/tool"
NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
EVERYTHING = Query(REPO, NOW - timedelta(days=90), NOW, "week")
_STEPS = """
    SELECT repo_id, job_key, position, name, phase, command, depth, started_at, duration, result, number
    FROM step
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return unpacked(8, tmp_path)


@pytest.fixture(params=EXECUTING)
def store(request: pytest.FixtureRequest, old: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The old one on every engine, opened by this version, a job at a time."""
    monkeypatch.setattr(of_duckdb, "JOBS", 1)
    monkeypatch.setattr(of_postgres, "JOBS", 1)
    with migrated(8, request.param, request, old) as opened:
        yield opened


def steps_of(store: Store) -> list[dict[str, Any]]:
    return rows(store.select(f"{_STEPS.replace('result', 'key, result')} ORDER BY job_key, position"))


def test_its_steps_get_the_keys_that_a_save_would_give_them_and_stay_as_they_were(
    store: Store, tmp_path: Path
) -> None:
    untouched = tmp_path / "untouched.duckdb"
    untouched.write_bytes(gzip.decompress(FILE.read_bytes()))
    before = dict(parts_of(untouched))["step"]
    found = steps_of(store)
    assert len(found) == 244
    kept = ("job_key", "position", "name", "phase", "command", "depth", "started_at", "duration")
    rows_before = zip(*(before[name] for name in kept), strict=True)
    assert [tuple(row[name] for name in kept) for row in found] == sorted(
        rows_before, key=lambda row: row[:2]
    )
    by_job: dict[int, list[dict[str, Any]]] = {}
    for row in found:
        by_job.setdefault(row["job_key"], []).append(row)
    for of_job in by_job.values():
        assert [row["key"] for row in of_job] == keys([step_of(row) for row in of_job])
    assert {row["key"] for row in found} >= {
        "script: make test",
        "script: make test (2)",
        "script: nvm use 8.1",
        "setup: apt: apt install jq",
        "step",
    }


def test_dropped_steps_keep_their_names_and_the_rest_is_summed_up_anew(store: Store) -> None:
    dropped = store.select("SELECT DISTINCT key FROM step_day ORDER BY key")["key"]
    assert {"script: script.1", "script: script.2", "setup: apt.2", "step"} <= {*dropped}
    before = charts.draw("slowest_steps", store, EVERYTHING)
    assert summarise(store, NOW + timedelta(days=1), keep_days=20) > 0
    assert store.select("SELECT * FROM changed_day WHERE day < 20514")["day"] == []
    after = charts.draw("slowest_steps", store, EVERYTHING)
    assert {c.name: c.values for c in after.columns if c.name not in {"p50", "p95"}} == {
        c.name: pytest.approx(c.values) if c.unit else c.values
        for c in before.columns
        if c.name not in {"p50", "p95"}
    }
    weeks = store.select("SELECT DISTINCT key FROM step_week")["key"]
    assert {"script: make test", "script: script.1"} <= {*weeks}


def test_a_new_build_continues_the_series_of_the_old_ones(store: Store) -> None:
    [whole] = reads.whole_builds(store, REPO, "travis", "https://api.travis-ci.com", "1005")
    store.save(whole).result()
    found = steps_of(store)
    assert len(found) == 244
    assert len({row["key"] for row in found if row["command"] == "make test"}) == 2


def test_what_began_before_goes_on_after_a_failed_upgrade(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(step_keys, "identities", fail)
        with pytest.raises(RuntimeError):
            open_store(f"duckdb:///{old}")
    with closing(open_store(f"duckdb:///{old}")) as store:
        assert len(steps_of(store)) == 244
