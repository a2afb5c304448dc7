"""What is usual for a build, on every engine."""

from __future__ import annotations

from dataclasses import replace
from statistics import median
from typing import Any

import pytest

from buildtimetrend.model import Build, Matrix, Result
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.reads.compare import build_before, numbered
from buildtimetrend.store.reads.passed_after import passed_after
from buildtimetrend.store.reads.usual import LOOKED_AT
from tests.store.examples import at, build, job, step

REPO = "ann/tool"
MATRIX = "python 3.11 linux"
HOUR = 3600.0


def a_build(n: int, seconds: float = 100, **fields: Any) -> Build:
    """The n-th, an hour after the one before, with one job; a tenth of it is `install`."""
    start = n * HOUR
    steps = (step("install", start, seconds / 10), step("deep", start, 1, depth=1))
    jobs = (job(f"{n}1", start, seconds, name="unit", steps=steps),)
    return build(str(n), start, seconds, **({"jobs": jobs} | fields))


def save(store: Store, *builds: Build) -> None:
    for one in builds:
        store.save(one).result()


def usual_of(store: Store, number: str, attempt: int = 1) -> reads.Usual:
    found = rows(reads.build(store, "travis", REPO, number))
    return reads.usual(store, REPO, next(row for row in found if row["attempt"] == attempt))


def test_what_is_usual_is_the_median_of_the_twenty_passed_builds_before(store: Store) -> None:
    took = [100.0 + (7 * n) % 25 for n in range(25)]
    save(store, *(a_build(n, seconds) for n, seconds in enumerate(took)))
    found = usual_of(store, "24")
    assert found.builds == 20
    assert found.duration == pytest.approx(median(took[4:24]))
    assert found.jobs == {(MATRIX, "unit"): pytest.approx(median(took[4:24]))}
    assert found.steps == {(MATRIX, "unit", "install: make"): pytest.approx(median(took[4:24]) / 10)}


def test_a_first_build_and_one_without_times_have_nothing_usual(store: Store) -> None:
    save(store, a_build(1), build("2", None, jobs=(), started_at=None, queued_at=None, finished_at=None))
    assert usual_of(store, "1") == reads.Usual()
    assert usual_of(store, "2") == reads.Usual()


def test_builds_that_failed_that_are_later_or_of_another_repo_or_ci_do_not_count(store: Store) -> None:
    save(
        store,
        a_build(1, 10, result=Result.FAILED),
        a_build(2, 20, repo="ann/other"),
        a_build(3, 30, instance="https://ci.example"),
        a_build(4, 40),
        a_build(5, 2 * HOUR),
        a_build(6, 60),
        a_build(7, 70),
    )
    found = usual_of(store, "6")
    assert (found.builds, found.duration) == (1, 40)


def test_a_build_counts_by_the_last_attempt_that_had_ended(store: Store) -> None:
    again = replace(a_build(2, 50), id="1", number="1", attempt=2)
    save(store, a_build(1, 10), again, a_build(3, 30), replace(a_build(4, 70), id="1", number="1", attempt=3))
    assert (usual_of(store, "3").builds, usual_of(store, "3").duration) == (1, 50)
    assert usual_of(store, "1", attempt=2) == reads.Usual()


def test_jobs_that_failed_do_not_count_and_entries_of_the_matrix_stand_apart(store: Store) -> None:
    other = Matrix("python 3.12 linux", {"python": "3.12"})
    jobs = (
        job("11", HOUR, 100, name="unit"),
        job("12", HOUR, 300, name="unit", matrix=other),
        job("13", HOUR, 5, name="unit", result=Result.FAILED, allow_failure=True),
        job("14", HOUR, 40, name=None),
    )
    save(store, build("1", HOUR, 300, jobs=jobs), a_build(2))
    found = usual_of(store, "2")
    assert found.jobs == {(MATRIX, "unit"): 100, (other.summary, "unit"): 300, (MATRIX, None): 40}
    assert found.steps[(MATRIX, None, "install: step.0")] == 10


def test_equal_steps_of_a_job_are_compared_each_with_its_own(store: Store) -> None:
    steps = (step("install", HOUR, 10), step("install", HOUR + 20, 15), step("install", HOUR + 1, 3, depth=1))
    save(store, build("1", HOUR, jobs=(job("11", HOUR, steps=steps),)), a_build(2))
    assert usual_of(store, "2").steps == {
        (MATRIX, None, "install: make"): 10,
        (MATRIX, None, "install: make (2)"): 15,
    }


def test_builds_without_jobs_and_jobs_without_steps_have_a_usual_duration(store: Store) -> None:
    save(store, build("1", HOUR, 80, jobs=()), a_build(2))
    assert replace(usual_of(store, "2"), passed_jobs=()) == reads.Usual(builds=1, duration=80)
    save(store, build("3", 3 * HOUR, 60, jobs=(job("31", 3 * HOUR, 60, steps=()),)), a_build(4))
    assert usual_of(store, "4").jobs == {(MATRIX, "unit"): 100, (MATRIX, None): 60}


def test_of_fewer_builds_or_jobs_than_are_needed_there_is_no_median(store: Store) -> None:
    once = (job("91", HOUR, 7, name="rare", steps=()),)
    save(store, *(a_build(n) for n in range(1, 4)), build("9", 4 * HOUR, 7, jobs=once), a_build(10))
    row = rows(reads.build(store, "travis", REPO, "10"))[0]
    assert reads.usual(store, REPO, row, least=5) == reads.Usual(builds=4)
    found = reads.usual(store, REPO, row, least=3)
    assert (found.builds, set(found.jobs)) == (4, {(MATRIX, "unit")})
    assert found.steps == {(MATRIX, "unit", "install: make"): 10}


def test_the_jobs_of_the_builds_before_come_with_the_times_of_their_build(store: Store) -> None:
    save(store, a_build(1), a_build(2, result=Result.FAILED), a_build(3))
    (found,) = usual_of(store, "3").passed_jobs
    assert (found["name"], found["build_started_at"], found["build_finished_at"]) == (
        "unit",
        at(HOUR),
        at(HOUR + 100),
    )
    assert found["queued_at"] == at(HOUR - 5)


def test_neighbours_are_the_builds_before_and_after(store: Store) -> None:
    again = replace(a_build(9), id="1", number="1", attempt=2)
    save(store, a_build(1), a_build(2), a_build(3), again, a_build(2, repo="ann/other"))
    for number, expected in (("1", (None, "2")), ("2", ("1", "3")), ("3", ("2", None))):
        assert reads.neighbours(store, REPO, rows(reads.build(store, "travis", REPO, number))) == expected


def neighbours_of(store: Store, number: str) -> tuple[str | None, str | None]:
    return reads.neighbours(store, REPO, rows(reads.build(store, "travis", REPO, number)))


def test_a_restarted_build_stands_between_its_numbers_and_not_where_it_began_again(store: Store) -> None:
    days = 24 * 30
    soon, late = replace(a_build(14), id="2", number="2"), replace(a_build(days), id="4", number="4")
    busy = a_build(days - 1), a_build(days + 1)
    save(store, a_build(1), soon, a_build(3), late, a_build(5), a_build(6), *busy)
    expected = {"1": (None, "2"), "2": ("1", "3"), "3": ("2", "5"), "4": ("3", "5"), "5": ("3", "6")}
    assert {number: neighbours_of(store, number) for number in expected} == expected


def test_neighbours_without_numbers_that_count_are_those_that_began_before_and_after(store: Store) -> None:
    save(store, *(replace(a_build(n), number=name) for n, name in ((1, "1.9"), (2, "1.10"), (3, "²"))))
    assert neighbours_of(store, "1.10") == ("1.9", "²")
    assert neighbours_of(store, "²") == ("1.10", None)


def test_a_build_of_which_only_a_re_run_is_stored_is_a_neighbour_too(store: Store) -> None:
    later = replace(a_build(2), attempt=3)
    again = replace(a_build(4), id="2", number="2", attempt=4)
    save(store, a_build(1), later, a_build(3), again, a_build(5))
    assert neighbours_of(store, "3") == ("2", "5")
    assert neighbours_of(store, "2") == ("1", "3")
    assert neighbours_of(store, "5") == ("3", None)


def test_neighbours_begin_when_they_are_queued_else_started_else_ended(store: Store) -> None:
    save(
        store,
        a_build(1, queued_at=None),
        a_build(2, queued_at=None, started_at=None),
        a_build(3),
        a_build(4, queued_at=None, started_at=None, finished_at=None),
        a_build(5, instance="https://ci.example"),
        a_build(6, queued_at=None),
    )
    expected = {"1": (None, "2"), "2": ("1", "3"), "3": ("2", "6"), "4": (None, None), "6": ("3", None)}
    assert {number: neighbours_of(store, number) for number in expected} == expected


def test_passed_builds_behind_many_that_failed_when_they_were_tried_again_are_found(store: Store) -> None:
    passed = [a_build(n, 100 + n) for n in range(5)]
    retried = [a_build(n) for n in range(5, 5 + LOOKED_AT)]
    again = [
        replace(build, attempt=2, result=Result.FAILED, finished_at=at((100 + n) * HOUR))
        for n, build in enumerate(retried)
    ]
    save(store, *passed, *retried, *again, a_build(200))
    found = usual_of(store, "200")
    assert (found.builds, found.duration) == (5, 102)


def test_a_job_that_ended_days_after_its_build_is_not_usual(store: Store) -> None:
    late = job("12", HOUR, 49 * HOUR, name="endless", steps=())
    never = job("13", HOUR, name="never", result=None, finished_at=None, steps=())
    usual_job = job("11", HOUR, 100, name="unit")
    save(store, build("1", HOUR, 100, jobs=(usual_job, late, never)), a_build(100))
    found = usual_of(store, "100")
    assert set(found.jobs) == {(MATRIX, "unit")}
    assert [row["name"] for row in found.passed_jobs] == ["unit", "never"]


def test_neighbours_are_found_days_and_years_away(store: Store) -> None:
    again = replace(a_build(2_000), id="1", number="1", attempt=2)
    save(store, a_build(1), again, a_build(2_010), a_build(20_000))
    assert neighbours_of(store, "1") == (None, "2010")
    assert neighbours_of(store, "2010") == ("1", "20000")
    assert neighbours_of(store, "20000") == ("2010", None)


def test_the_build_before_may_have_ended_years_before(store: Store) -> None:
    other = a_build(19_999, branch="other")
    again = replace(a_build(20_001), id="20000", number="20000", attempt=2)
    save(store, a_build(1), a_build(2), other, a_build(20_000), again, a_build(20_002))
    expected = {"1": None, "2": "1", "20000": "2", "20002": "20000"}
    found = {number: rows(numbered(store, REPO, [number]))[-1] for number in expected}
    assert {number: build_before(store, REPO, last) for number, last in found.items()} == expected


def test_what_passed_after_a_build_began_when_it_had_ended(store: Store) -> None:
    long = a_build(5, 2 * HOUR)  # two others begin while it runs
    took = {n: 100.0 + n for n in range(30) if n != 5}
    failed = a_build(9, 5, result=Result.FAILED)
    save(store, long, failed, *(a_build(n, seconds) for n, seconds in took.items() if n != 9))
    (row,) = rows(reads.build(store, "travis", REPO, "5"))
    wanted = [took[n] for n in range(7, 30) if n != 9][:20]
    assert passed_after(store, REPO, row) == pytest.approx(wanted)
    (last,) = rows(reads.build(store, "travis", REPO, "29"))
    assert passed_after(store, REPO, last) == []
