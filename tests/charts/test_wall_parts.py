"""What wall time is made of, along the critical path of the builds of a bucket."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from buildtimetrend import charts
from buildtimetrend.charts import wall_parts
from buildtimetrend.critical_path.spent import Spent, middle_half, spent
from buildtimetrend.critical_path.timings import Timed, timed
from buildtimetrend.model import Build, Job, Matrix, Query, Result, Series, Step, Worker
from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads import middle_builds
from tests.charts import reckon, sample
from tests.charts.test_over_time import QUERIES, build_end

PARTS = ["waiting", "booting", "longest_step", "other_steps", "between"]
AT = sample.SINCE + timedelta(hours=12)


def columns(series: Series) -> dict[str, tuple[Any, ...]]:
    return {column.name: column.values for column in series.columns}


def planned(
    number: int,
    waits: float,
    boots: float | None,
    tests: float,
    *,
    result: Result = Result.PASSED,
    attempt: int = 1,
    checkout: float = 5,
) -> Build:
    """Two jobs that begin at once or wait for a worker: the second ends last, and `checkout` and `tests` are
    what it runs.
    """
    at = AT + timedelta(minutes=10 * number)

    def job(place: int, wait: float, *steps: tuple[str, float]) -> Job:
        started = at + timedelta(seconds=wait)
        ns = int(started.timestamp()) * 10**9
        made = []
        for name, seconds in steps:
            made.append(Step(name, "script", name, ns, ns + int(seconds * 10**9)))
            ns += int(seconds * 10**9)
        finished = started + timedelta(seconds=sum(seconds for _, seconds in steps))
        return Job(
            id=f"{number}.{place}.{attempt}",
            number=f"{number}.{place}",
            result=result,
            raw_result=result.value,
            queued_at=at,
            started_at=started,
            finished_at=finished,
            worker=Worker(boot_time=boots if place == 2 else boots and 0.0),
            matrix=Matrix(f"entry {place}", {}),
            steps=tuple(made),
        )

    jobs = (job(1, 0, ("lint", 2.0)), job(2, waits, ("checkout", checkout), ("make test", tests)))
    return Build(
        "travis", "https://ci.example", "ann/tool", str(number), str(number), result, result.value,
        attempt=attempt, started_at=at, finished_at=jobs[1].finished_at, jobs=jobs,
    )  # fmt: skip


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"duckdb:///{tmp_path}/store.duckdb")
    yield store
    store.close()


def drawn(store: Store, *builds: Build) -> dict[str, Any]:
    """The one bucket that they are in."""
    for saved in [store.save(build) for build in builds]:
        saved.result()
    asked = Query("ann/tool", sample.SINCE, sample.SINCE + timedelta(days=1), "day")
    found = columns(charts.draw("wall_parts", store, asked))
    assert len(found["time"]) == 1
    return {name: values[0] for name, values in found.items()}


def test_the_parts_are_those_of_the_job_that_ends_last(empty: Store) -> None:
    found = drawn(empty, planned(1, 40, 10, 100))
    assert [found[name] for name in PARTS] == pytest.approx([30, 10, 100, 5, 0])
    assert (found["p50"], found["builds"], found["step"]) == (pytest.approx(145), 1, "make test")


def test_the_middle_half_is_made_to_add_up_to_the_median(empty: Store) -> None:
    # 115, 125, 245, 1105 s: the middle half are the second and the third, whose mean is the median.
    walls = [(10, 100), (20, 100), (40, 200), (1000, 100)]
    found = drawn(empty, *(planned(n, wait, 0, tests) for n, (wait, tests) in enumerate(walls, 1)))
    assert found["p50"] == pytest.approx(185)
    assert [found[name] for name in PARTS] == pytest.approx([30, 0, 150, 5, 0])


def test_booting_that_most_builds_do_not_tell_is_a_part_of_waiting(empty: Store) -> None:
    found = drawn(empty, planned(1, 30, 10, 100), planned(2, 30, None, 100), planned(3, 30, None, 100))
    assert [found[name] for name in PARTS] == pytest.approx([30, 0, 100, 5, 0])


def test_the_longest_step_is_the_same_in_all_buckets(empty: Store) -> None:
    for saved in [empty.save(planned(n, 0, 0, 100)) for n in (1, 2)] + [
        empty.save(planned(100, 0, 0, 50, checkout=80))
    ]:
        saved.result()
    asked = Query("ann/tool", sample.SINCE, sample.SINCE + timedelta(days=2), "day")
    found = columns(charts.draw("wall_parts", empty, asked))
    assert found["step"] == ("make test", "make test")
    assert found["longest_step"] == pytest.approx((100, 50))
    assert found["other_steps"] == pytest.approx((5, 80))


def test_canceled_builds_do_not_count_and_of_attempts_the_last_does(empty: Store) -> None:
    found = drawn(
        empty,
        planned(1, 500, 0, 100, result=Result.FAILED),
        planned(1, 20, 0, 100, attempt=2),
        planned(2, 900, 0, 100, result=Result.CANCELED),
    )
    assert (found["builds"], found["waiting"]) == (1, pytest.approx(20))


def test_a_bucket_without_builds_has_no_parts(empty: Store) -> None:
    empty.save(planned(1, 0, 0, 100)).result()
    asked = Query("ann/tool", sample.SINCE, sample.SINCE + timedelta(days=2), "day")
    found = columns(charts.draw("wall_parts", empty, asked))
    assert [found[name][1] for name in (*PARTS, "p50", "step")] == [None] * 7
    assert found["builds"][1] == 0


def times_of(build: Build, asked: Query) -> Timed | None:
    row = {"started_at": build.started_at, "finished_at": build.finished_at}
    names = ("name", "stage", "allow_failure", "queued_at", "started_at", "finished_at")
    jobs = [
        {name: getattr(job, name) for name in names}
        | {"job_id": job.id, "matrix": job.matrix.summary, "boot_time": job.worker.boot_time}
        for job in build.jobs
        if asked.filters.get("build_matrix") in (None, job.matrix.summary)
        and asked.filters.get("result") in (None, job.result)
    ]
    return timed(row, jobs)


@pytest.mark.parametrize("name", list(QUERIES))
def test_every_engine_has_the_parts_of_the_middle_half(
    store: Store, builds: list[Build], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = QUERIES[name]
    series = charts.draw("wall_parts", store, asked)
    by_bucket = reckon.grouped(
        sample.timed_builds(builds, asked), lambda build: reckon.bucket(build_end(build), asked.interval)
    )
    found = columns(series)
    for row, bucket in enumerate(found["time"]):
        inside = by_bucket.get(bucket, [])
        assert found["builds"][row] == len(inside)
        walls = [build.duration for build in inside if build.duration is not None]
        assert found["p50"][row] == (pytest.approx(median(walls)) if walls else None)
        chosen = middle_half(sorted(inside, key=lambda build: build.id), lambda build: build.duration or 0)
        known = [times for build in chosen if (times := times_of(build, asked)) and times.path]
        if not known:
            assert found["waiting"][row] is None
            continue
        whole = sum((spent(build, False) for build in known), Spent())
        scale = found["p50"][row] / sum(build.wall for build in known)
        assert found["waiting"][row] + found["booting"][row] == pytest.approx(whole.waiting * scale)
        assert found["between"][row] == pytest.approx((whole.again + whole.between) * scale, abs=1e-6)
        assert sum(found[part][row] for part in PARTS) == pytest.approx(found["p50"][row])
    monkeypatch.setattr(wall_parts, "MOST_BUILDS", 1)
    few = columns(charts.draw("wall_parts", store, asked))
    assert (few["p50"], few["builds"]) == (found["p50"], found["builds"])
    for row, wall in enumerate(few["p50"]):
        if few["waiting"][row] is not None:
            assert sum(few[part][row] for part in PARTS) == pytest.approx(wall)


def test_where_builds_have_very_many_jobs_fewer_of_them_speak_each_as_a_whole(
    empty: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = drawn(empty, *(planned(number, 20, 4.0, 100) for number in range(40)))
    monkeypatch.setattr(middle_builds, "MOST_ROWS", 8)
    monkeypatch.setattr(middle_builds, "AT_ONCE", 3)
    asked = Query("ann/tool", sample.SINCE, sample.SINCE + timedelta(days=1), "day")
    few, medians = middle_builds.middle_builds(empty, asked, 20)
    assert 1 <= len(few) <= 4
    assert medians.builds == [40]
    assert all(len(build.jobs) == 2 for build in few)
    assert drawn(empty) == whole | {"builds": whole["builds"]}
