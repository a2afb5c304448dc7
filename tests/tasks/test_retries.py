"""Whether and when a task is tried again."""

from datetime import UTC, datetime, timedelta

from buildtimetrend.errors import PermanentError, StoreUnavailable, TemporaryError
from buildtimetrend.model import BuildRef, Origin, Task, TaskState
from buildtimetrend.tasks import Retries

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def task(tries: int) -> Task:
    return Task("t", BuildRef("travis", "i", "a/b", "1"), Origin.HOOK, NOW, NOW, tries=tries)


def test_a_permanent_error_ends_the_task_with_its_reason() -> None:
    after = Retries().after(task(1), PermanentError("There is no such build."), NOW)
    assert (after.state, after.reason, after.finished_at) == (
        TaskState.FAILED,
        "There is no such build.",
        NOW,
    )


def test_waits_grow_with_each_try_and_stay_below_the_cap() -> None:
    retries = Retries(base=10, cap=100, tries=20)
    for tries, most in ((1, 20), (2, 40), (3, 80), (4, 100), (19, 100)):
        for _ in range(50):
            after = retries.after(task(tries), StoreUnavailable("away"), NOW)
            assert after.state is TaskState.WAITING
            assert timedelta(seconds=5) <= after.due_at - NOW <= timedelta(seconds=most)


def test_waits_differ_so_that_retries_do_not_come_in_waves() -> None:
    waits = {Retries().after(task(5), TemporaryError("x"), NOW).due_at for _ in range(20)}
    assert len(waits) > 10


def test_the_ci_says_how_long_to_wait_and_the_cap_bounds_it() -> None:
    retries = Retries(base=10, cap=100)
    soon = retries.after(task(1), TemporaryError("429", retry_after=42), NOW)
    assert timedelta(seconds=42) <= soon.due_at - NOW <= timedelta(seconds=52)
    late = retries.after(task(1), TemporaryError("429", retry_after=1e9), NOW)
    assert late.due_at - NOW <= timedelta(seconds=110)


def test_what_the_ci_asks_for_never_shortens_the_waits() -> None:
    retries = Retries(base=10, cap=3600, tries=16)
    for asked in (0.0, 1.0):
        waits = [
            (retries.after(task(tries), TemporaryError("503", retry_after=asked), NOW).due_at - NOW)
            for _ in range(20)
            for tries in range(1, 16)
        ]
        assert min(waits) >= timedelta(seconds=5)
        assert sum(waits, timedelta()) / 20 > timedelta(hours=3)


def test_the_last_try_fails_for_good_and_says_so() -> None:
    after = Retries(tries=3).after(task(3), TemporaryError("503 from the CI."), NOW)
    assert after.state is TaskState.FAILED
    assert after.reason == "Given up after 3 tries: 503 from the CI."
