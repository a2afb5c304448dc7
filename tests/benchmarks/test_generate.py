from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from benchmarks.generate import BIGGEST, REPOS, generate, large_store

from buildtimetrend import charts
from buildtimetrend.model import Query
from buildtimetrend.steps import keys
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.base import Store, Table, rows
from buildtimetrend.store.reads.whole import step_of

pytestmark = pytest.mark.long

UNTIL = datetime(2026, 3, 4, tzinfo=UTC)  # a Wednesday
BEFORE = datetime(2000, 1, 1, tzinfo=UTC)
AFTER = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    file = tmp_path_factory.mktemp("generated") / "store.duckdb"
    generate(file, 5000, 1, UNTIL)
    store = open_store(f"duckdb:///{file}")
    yield store
    store.close()


def only(table: Table) -> tuple[object, ...]:
    return tuple(values[0] for values in table.values())


def test_a_fifth_of_about_so_many_jobs_is_the_biggest_repos(generated: Store) -> None:
    found = reads.projects(generated, BEFORE, AFTER)
    jobs = [int(str(count)) for count in found["jobs"]]
    assert len(jobs) == REPOS
    assert sum(jobs) == pytest.approx(5000, rel=0.1)
    assert found["repo"][jobs.index(max(jobs))] == BIGGEST
    assert max(jobs) == pytest.approx(1000, rel=0.1)


def test_steps_have_the_keys_that_a_save_would_give_them(generated: Store) -> None:
    found = rows(generated.select("SELECT * FROM step WHERE job_key < 20 ORDER BY job_key, position"))
    for at in range(0, len(found), 12):
        assert [row["key"] for row in found[at : at + 12]] == keys(
            [step_of(row) for row in found[at : at + 12]]
        )


def test_every_job_has_a_build_and_twelve_steps_that_fit_into_it(generated: Store) -> None:
    orphans = generated.select(
        """
        SELECT count(*) AS n FROM job LEFT JOIN build
        ON job.repo_id = build.repo_id AND job.build_id = build.build_id AND job.attempt = build.attempt
           AND job.build_number = build.number AND job.finished_at <= build.finished_at
        WHERE build.repo_id IS NULL
        """
    )
    assert only(orphans) == (0,)
    fitting = generated.select(
        """
        SELECT count(*) AS jobs, min(steps) AS fewest, max(steps) AS most, min(job.duration - total) AS rest
        FROM job JOIN (
            SELECT job_key, repo_id, count(*) AS steps, sum(duration) FILTER (WHERE depth = 0) AS total
            FROM step GROUP BY job_key, repo_id
        ) AS sums ON sums.job_key = job.job_key AND sums.repo_id = job.repo_id
        """
    )
    jobs = generated.select("SELECT count(*) AS n FROM job")
    count, fewest, most, rest = only(fitting)
    assert (count,) == only(jobs)
    assert (fewest, most) == (12, 12)
    assert float(str(rest)) >= -1e-6


def test_keys_ascend_with_the_end_of_jobs(generated: Store) -> None:
    found = generated.select("SELECT finished_at FROM job ORDER BY job_key")["finished_at"]
    assert found == sorted(found, key=str)
    assert str(UNTIL.year - 2) in str(found[0])
    assert str(found[-1]) > "2026-03-03"


def test_weekdays_are_busier_than_the_weekend(generated: Store) -> None:
    series = charts.draw("heatmap", generated, Query(BIGGEST, BEFORE, AFTER, "week"))
    jobs = [int(str(value)) for value in series.columns[3].values]  # of each hour
    assert sum(jobs[: 5 * 24]) / 5 > 2 * sum(jobs[5 * 24 :]) / 2


def test_the_same_seed_makes_the_same_store_and_another_seed_another(tmp_path: Path) -> None:
    def contents(name: str, seed: int) -> list[tuple[object, ...]]:
        generate(tmp_path / name, 300, seed, UNTIL)
        store = open_store(f"duckdb:///{tmp_path / name}")
        try:
            return [
                tuple(store.select(f"SELECT * FROM {table} ORDER BY ALL").items())
                for table in ("repo", "repo_alias", "build", "job", "step")
            ]
        finally:
            store.close()

    first = contents("first", 1)
    assert contents("again", 1) == first
    assert contents("other", 2) != first


def test_a_generated_store_is_kept_for_the_next_benchmark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BTT_BENCH_DIR", str(tmp_path / "bench"))
    file = large_store(300, until=UNTIL)
    made = file.stat().st_mtime_ns
    assert large_store(300, until=UNTIL) == file
    assert file.stat().st_mtime_ns == made
    assert [path.name for path in (tmp_path / "bench").iterdir()] == [file.name]
