"""What a start does while a server is away: how often it tries, and when it gives up."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from buildtimetrend import start_wait
from buildtimetrend.errors import Error, StoreError, StoreUnavailable
from buildtimetrend.start_wait import StartWait


class Clock:
    """Time passes only while somebody sleeps, or a try takes long."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(start_wait, "time", clock)
    return clock


class Database:
    """Away for the first tries, each of which takes so many seconds."""

    def __init__(self, clock: Clock, away: float = float("inf"), takes: float = 0.0) -> None:
        self._clock = clock
        self._away = away
        self._takes = takes
        self.tries = 0
        self.retry_after: float | None = None

    def __call__(self) -> str:
        self.tries += 1
        self._clock.now += self._takes
        if self.tries > self._away:
            return "open"
        error = StoreUnavailable("Nobody\nthere.")
        error.retry_after = self.retry_after
        raise error


def test_what_is_there_is_not_waited_for(clock: Clock) -> None:
    assert StartWait(60).until_there("it", Database(clock, away=0)) == "open"
    assert clock.slept == []


def test_tries_follow_one_another_ever_more_slowly_up_to_five_seconds(clock: Clock) -> None:
    assert StartWait(60).until_there("it", Database(clock, away=6)) == "open"
    assert clock.slept == [0.5, 1, 2, 4, 5, 5]


@pytest.mark.parametrize("takes", [0.0, 3.0])
def test_it_gives_up_after_its_seconds_with_a_last_try_and_one_line(clock: Clock, takes: float) -> None:
    database = Database(clock, takes=takes)
    with pytest.raises(Error) as given_up:
        StartWait(20).until_there("the store x", database)
    assert 20 <= clock.now - 1000 <= 20 + takes
    assert database.tries == len(clock.slept) + 1
    waited = round(clock.now - 1000)
    assert given_up.value.message.startswith(
        f"Gave up after {waited} s of waiting for the store x. Nobody there. start_wait"
    )
    assert not given_up.value.retry


def test_all_that_a_start_waits_for_shares_its_seconds_but_not_what_else_takes_long(clock: Clock) -> None:
    wait = StartWait(10)
    wait.until_there("the store", Database(clock, away=4))  # 7.5 s
    wait.until_there("the schema", Database(clock, away=0, takes=600))
    wait.until_there("the broker", Database(clock, away=1))  # 0.5 s
    with pytest.raises(Error, match="Gave up after 10 s"):
        wait.until_there("the broker", Database(clock))
    assert sum(clock.slept) == 10


def test_a_server_may_say_when_it_can_be_asked_again(clock: Clock) -> None:
    database = Database(clock, away=2)
    database.retry_after = 8
    StartWait(60).until_there("it", database)
    assert clock.slept == [8, 8]
    database = Database(clock)
    database.retry_after = 3600
    with pytest.raises(Error, match="Gave up"):
        StartWait(60).until_there("it", database)
    assert clock.slept == [8, 8, 60]


def _refusing() -> None:
    raise StoreError("wrong password")


@pytest.mark.parametrize("seconds", [0, 60])
def test_a_refusal_is_passed_on_at_once(clock: Clock, seconds: float) -> None:
    with pytest.raises(StoreError, match=r"^wrong password$"):
        StartWait(seconds).until_there("it", _refusing)
    assert clock.slept == []


def test_without_seconds_the_first_failure_is_passed_on_as_it_is(clock: Clock) -> None:
    database: Callable[[], str] = Database(clock)
    with pytest.raises(StoreUnavailable, match=r"^Nobody\nthere\.$"):
        StartWait(0).until_there("it", database)
