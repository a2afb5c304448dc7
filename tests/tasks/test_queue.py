"""Which task is next."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from buildtimetrend.model import BuildRef, Origin, Task
from buildtimetrend.tasks.queue import FairQueue

START = datetime(2026, 1, 1, tzinfo=UTC)
INSTANCE = "https://travis.example"


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> FairQueue:
    return FairQueue(bulk=1, clock=clock, steady=clock.seconds)


def task(build: str, origin: Origin = Origin.IMPORT, *, repo: str = "alice/app", due: float = 0) -> Task:
    ref = BuildRef("travis", INSTANCE, repo, id=build)
    return Task(f"{repo}-{build}-{origin}", ref, origin, START, START + timedelta(seconds=due))


def ids(queue: FairQueue, *, finish: bool = True) -> list[str]:
    found = []
    while (popped := queue.pop(timeout=0)) is not None:
        found.append(popped.ref.id or "")
        if finish:
            queue.finished(popped.id)
    return found


def test_a_task_comes_when_it_is_due_and_not_before(queue: FairQueue, clock: Clock) -> None:
    queue.push(task("1", due=10))
    assert ids(queue) == []
    clock.forward(10)
    assert ids(queue) == ["1"]


def test_a_fresh_notification_goes_before_an_import_that_was_there_first(queue: FairQueue) -> None:
    for number in range(100):
        queue.push(task(str(number), repo="big/import"))
    queue.push(task("fresh", Origin.HOOK, repo="small/app"))
    assert ids(queue)[0] == "fresh"


def test_repos_take_turns(queue: FairQueue) -> None:
    for number in ("a1", "a2", "a3"):
        queue.push(task(number, repo="a/a"))
    queue.push(task("b1", repo="b/b"))
    assert ids(queue) == ["a1", "b1", "a2", "a3"]


def test_imports_leave_a_worker_free_for_what_is_fresh(queue: FairQueue) -> None:
    queue.push(task("1"))
    queue.push(task("2"))
    running = queue.pop(timeout=0)
    assert running is not None
    assert queue.pop(timeout=0) is None  # the second import waits: bulk is 1
    queue.push(task("3", Origin.HOOK))
    assert ids(queue) == ["3"]
    queue.finished(running.id)
    assert ids(queue) == ["2"]


def test_one_ci_leaves_workers_to_the_others(clock: Clock) -> None:
    queue = FairQueue(bulk=9, of_one_ci=2, clock=clock, steady=clock.seconds)
    for number in range(50):
        queue.push(task(str(number), Origin.HOOK, repo=f"slow/{number % 3}"))
    running = [queue.pop(timeout=0), queue.pop(timeout=0)]
    assert queue.pop(timeout=0) is None
    other = task("other", Origin.HOOK)
    queue.push(replace(other, ref=replace(other.ref, instance="https://other.example")))
    assert ids(queue) == ["other"]
    assert running[0] is not None
    queue.finished(running[0].id)
    following = queue.pop(timeout=0)
    assert following is not None
    assert following.ref.repo == "slow/2"
    assert queue.pop(timeout=0) is None


def test_while_notifications_come_in_imports_go_slowly_but_go(clock: Clock) -> None:
    queue = FairQueue(bulk=3, clock=clock, steady=clock.seconds)
    for number in range(10):
        queue.push(task(str(number)))
    queue.notified()
    assert ids(queue) == ["0"]
    queue.push(task("fresh", Origin.HOOK))
    assert ids(queue) == ["fresh"]
    clock.forward(0.25)
    queue.notified()
    assert ids(queue) == ["1"]
    clock.forward(0.5)
    assert len(ids(queue)) == 8


def test_the_same_build_is_found_and_made_as_urgent_as_the_new_reason_for_it(queue: FairQueue) -> None:
    queue.push(task("1", Origin.IMPORT, due=300))
    known = queue.same(task("1", Origin.HOOK, due=0))
    assert known is not None
    assert (known.origin, known.due_at) == (Origin.HOOK, START)
    assert ids(queue) == ["1"]
    assert queue.same(task("1", Origin.HOOK)) is None


def test_a_removed_task_does_not_come(queue: FairQueue) -> None:
    queue.push(task("1"))
    assert queue.remove(task("1").id) is not None
    assert queue.remove(task("1").id) is None
    assert ids(queue) == []


def test_a_task_pushed_again_for_later_is_not_given_out_early(queue: FairQueue, clock: Clock) -> None:
    queue.push(task("1", due=5))
    queue.push(task("1", due=60))
    clock.forward(30)
    assert ids(queue) == []
    clock.forward(30)
    assert ids(queue) == ["1"]


@pytest.mark.parametrize("jump", [-3600, 3600])
def test_what_waits_does_not_wait_for_a_clock_that_is_set_back_or_forward(jump: float) -> None:
    wall, steady = Clock(), Clock()
    queue = FairQueue(bulk=1, clock=wall, steady=steady.seconds)
    queue.push(task("retry", due=10))
    queue.pause("https://other.example", timedelta(seconds=10))
    other = task("paused", repo="bob/app")
    queue.push(replace(other, ref=replace(other.ref, instance="https://other.example")))
    wall.forward(jump)
    assert ids(queue) == []
    steady.forward(10)
    assert sorted(ids(queue)) == ["paused", "retry"]
    queue.push(replace(task("later"), due_at=wall() + timedelta(seconds=5)))
    assert ids(queue) == []
    steady.forward(5)
    assert ids(queue) == ["later"]


def test_a_ci_that_asked_for_a_pause_gets_it_and_others_go_on(queue: FairQueue, clock: Clock) -> None:
    queue.push(task("1"))
    other = task("2", repo="bob/app")
    queue.push(replace(other, ref=replace(other.ref, instance="https://other.example")))
    queue.pause(INSTANCE, timedelta(seconds=30))
    assert ids(queue) == ["2"]
    clock.forward(29)
    assert ids(queue) == []
    clock.forward(1)
    assert ids(queue) == ["1"]


def test_depth_counts_by_state_and_origin(queue: FairQueue) -> None:
    queue.push(task("1"))
    queue.push(task("2", Origin.HOOK))
    queue.pop(timeout=0)
    assert queue.depth() == {"waiting.import": 1, "running.hook": 1}


def test_closing_wakes_whoever_waits(queue: FairQueue) -> None:
    queue.close()
    assert queue.pop() is None
