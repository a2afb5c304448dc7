"""Contract: attempts of a build that its CI does not number, as Travis CI, which resets a restarted build."""

from __future__ import annotations

from buildtimetrend.model import Build, Result
from buildtimetrend.store.base import Store
from tests.store.examples import at, build, column, counts, job, running


def save(store: Store, *builds: Build) -> list[int]:
    return [store.save(each).result() for each in builds]


def test_a_build_that_started_after_the_stored_end_is_the_next_attempt(store: Store) -> None:
    assert save(store, build(start=0), build(start=500), build(start=1000)) == [1, 2, 3]
    assert counts(store) == (3, 6, 18)


def test_each_attempt_saved_again_stays_itself(store: Store) -> None:
    first, second = build(start=0), build(start=500)
    assert save(store, first, first, second, second, first, second) == [1, 1, 2, 2, 1, 2]
    assert counts(store) == (2, 4, 12)


def test_a_build_older_than_all_that_is_stored_changes_nothing(store: Store) -> None:
    assert save(store, build(start=500), build(start=0)) == [1, 0]
    assert column(store, "SELECT started_at FROM build") == [at(500)]


def test_a_build_between_two_attempts_changes_nothing(store: Store) -> None:
    assert save(store, build(start=0), build(start=1000), build(start=500)) == [1, 2, 0]
    assert counts(store) == (2, 4, 12)


def test_a_finished_build_replaces_what_was_stored_while_it_ran(store: Store) -> None:
    assert save(store, running(), build()) == [1, 1]
    assert column(store, "SELECT result FROM build") == ["passed"]
    assert counts(store) == (1, 2, 6)


def test_a_build_that_was_fetched_while_it_ran_and_saved_late_changes_nothing(store: Store) -> None:
    assert save(store, build(), running()) == [1, 0]
    assert column(store, "SELECT result FROM build") == ["passed"]


def test_a_job_that_fast_finish_left_running_belongs_to_the_same_attempt(store: Store) -> None:
    left = job("12", 0, result=None, raw_result="started", finished_at=None, steps=())
    waiting = job("13", None, result=None, raw_result="created")
    partly = build(seconds=50, jobs=(job("11", 0, 50), left, waiting))
    whole = build(seconds=50, jobs=(job("11", 0, 50), job("12", 0, 90), job("13", 95, 50)))
    assert save(store, partly, whole, whole) == [1, 1, 1]
    assert counts(store) == (1, 3, 9)


def test_a_restart_of_one_job_is_an_attempt_that_holds_that_job(store: Store) -> None:
    failed = job("12", 0, 40, result=Result.FAILED, raw_result="failed")
    before = build(result=Result.FAILED, raw_result="failed", jobs=(job("11", 0, 100), failed))
    after = build(seconds=340, jobs=(job("11", 0, 100), job("12", 300, 40)))
    assert save(store, before, after, after, before) == [1, 2, 2, 1]
    runs = column(store, "SELECT job_id || ' ' || attempt AS run FROM job ORDER BY attempt, job_id")
    assert runs == ["11 1", "12 1", "12 2"]


def test_a_second_restart_of_another_job_is_a_third_attempt(store: Store) -> None:
    first = build(jobs=(job("11", 0, 100), job("12", 0, 40)))
    second = build(seconds=340, jobs=(job("11", 0, 100), job("12", 300, 40)))
    third = build(seconds=640, jobs=(job("11", 500, 140), job("12", 300, 40)))
    assert save(store, first, second, third, third) == [1, 2, 3, 3]
    assert counts(store) == (3, 4, 12)


def test_an_end_that_the_ci_fills_in_late_is_no_restart(store: Store) -> None:
    late = build(finished_at=None, jobs=(job("11", 0, 100, finished_at=None),))
    assert save(store, late, build()) == [1, 1]


def test_a_build_canceled_before_it_began_is_stored_once(store: Store) -> None:
    canceled = build(start=None)
    ended = build(start=None, finished_at=at(5))
    assert save(store, canceled, canceled, ended, ended) == [1, 1, 1, 1]
    assert counts(store) == (1, 2, 0)


def test_a_restart_of_a_build_canceled_before_it_began_is_the_next_attempt(store: Store) -> None:
    assert save(store, build(start=None), build(start=50), build(start=50)) == [1, 2, 2]


def test_a_restart_canceled_before_it_began_keeps_the_attempt_before_it(store: Store) -> None:
    canceled = build(start=None, finished_at=at(300))
    assert save(store, build(), canceled, canceled, build()) == [1, 2, 2, 1]
    assert counts(store) == (2, 4, 6)


def test_a_restart_canceled_of_which_no_times_are_known_keeps_the_attempt_before_it(store: Store) -> None:
    assert save(store, build(), build(start=None), build(start=None), build()) == [1, 2, 2, 1]


def test_a_build_fetched_before_it_began_and_saved_late_changes_nothing(store: Store) -> None:
    created = build(start=None, result=None, raw_result="created", jobs=())
    assert save(store, build(), created) == [1, 0]


def test_attempts_that_the_ci_numbers_are_taken_as_they_are(store: Store) -> None:
    numbered = [
        build(start=start, attempt=attempt) for start, attempt in ((0, 1), (1000, 3), (500, 2), (500, 2))
    ]
    assert save(store, *numbered) == [1, 3, 2, 2]
    assert counts(store) == (3, 6, 18)


def test_a_numbered_attempt_that_ended_is_not_undone_by_an_older_answer(store: Store) -> None:
    assert save(store, build(attempt=2), running(attempt=2), running(attempt=3)) == [2, 0, 3]


def test_both_saves_of_a_restart_in_quick_succession_are_told_apart(store: Store) -> None:
    futures = [store.save(build(str(n), start)) for n in range(20) for start in (0, 500, 0)]
    assert [future.result() for future in futures] == [1, 2, 1] * 20
    assert counts(store) == (40, 80, 240)


def jobs_by_attempt(store: Store) -> list[object]:
    return column(store, "SELECT job_id || ' ' || attempt AS run FROM job ORDER BY attempt, job_id")


def test_jobs_that_a_numbered_re_run_lists_again_count_once(store: Store) -> None:
    first = build(attempt=1, jobs=(job("11", 0, 100), job("12", 0, 40)))
    second = build(start=300, attempt=2, jobs=(job("11", 0, 100), job("12", 300, 40)))
    assert save(store, first, second, first, second) == [1, 2, 1, 2]
    assert jobs_by_attempt(store) == ["11 1", "12 1", "12 2"]


def test_jobs_that_a_numbered_re_run_lists_again_count_once_whichever_attempt_comes_first(
    store: Store,
) -> None:
    first = build(attempt=1, jobs=(job("11", 0, 100), job("12", 0, 40)))
    second = build(start=300, attempt=2, jobs=(job("11", 0, 100), job("12", 300, 40)))
    third = build(start=600, attempt=3, jobs=(job("11", 0, 100), job("12", 600, 40)))
    assert save(store, third, second, first) == [3, 2, 1]
    assert jobs_by_attempt(store) == ["11 1", "12 1", "12 2", "12 3"]
    assert counts(store) == (3, 4, 12)


def test_a_re_run_may_list_untouched_jobs_by_new_ids(store: Store) -> None:
    first = build(attempt=1, jobs=(job("11", 0, 100, name="lint"), job("12", 0, 40, name="test")))
    second = build(
        start=300, attempt=2, jobs=(job("21", 0, 100, name="lint"), job("22", 300, 40, name="test"))
    )
    assert save(store, first, second) == [1, 2]
    assert jobs_by_attempt(store) == ["11 1", "12 1", "22 2"]


def test_jobs_of_one_name_and_one_start_are_each_kept_within_an_attempt(store: Store) -> None:
    twins = build(attempt=1, jobs=(job("11", 0, 40, name="test"), job("12", 0, 40, name="test")))
    assert save(store, twins, twins) == [1, 1]
    assert jobs_by_attempt(store) == ["11 1", "12 1"]


def test_jobs_that_never_ran_are_listed_in_each_numbered_attempt(store: Store) -> None:
    skipped = job("13", None, result=Result.SKIPPED, raw_result="skipped")
    first = build(attempt=1, jobs=(job("12", 0, 40), skipped))
    second = build(start=300, attempt=2, jobs=(job("12", 300, 40), skipped))
    assert save(store, first, second) == [1, 2]
    assert jobs_by_attempt(store) == ["12 1", "13 1", "12 2", "13 2"]


def test_a_retried_job_with_a_new_id_is_the_next_attempt(store: Store) -> None:
    failed = job("12", 0, 40, result=Result.FAILED, raw_result="failed")
    before = build(result=Result.FAILED, raw_result="failed", jobs=(job("11", 0, 100), failed))
    after = build(seconds=340, jobs=(job("11", 0, 100), job("13", 300, 40)))
    listed = build(seconds=340, jobs=(job("11", 0, 100), failed, job("13", 300, 40)))
    assert save(store, before, after, listed, before) == [1, 2, 2, 1]
    assert jobs_by_attempt(store) == ["11 1", "12 1", "13 2"]


def test_a_retried_job_with_a_new_id_is_stored_while_it_runs(store: Store) -> None:
    runs = job("13", 300, result=None, raw_result="running", finished_at=None, steps=())
    going_on = build(result=None, raw_result="running", finished_at=None, jobs=(job("11", 0, 100), runs))
    after = build(seconds=340, jobs=(job("11", 0, 100), job("13", 300, 40)))
    assert save(store, build(), going_on, after) == [1, 2, 2]
    assert "13 2" in jobs_by_attempt(store)


def test_a_retried_job_with_a_new_id_that_was_canceled_before_it_began_is_stored(store: Store) -> None:
    canceled = job("13", None, finished_at=at(300))
    after = build(seconds=100, jobs=(job("11", 0, 100), canceled))
    assert save(store, build(), after, after) == [1, 2, 2]
    assert counts(store) == (2, 3, 6)
