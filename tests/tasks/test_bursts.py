"""While a history comes in nobody looks at each state on its way; a few builds are looked at at once."""

from __future__ import annotations

from buildtimetrend.tasks.bursts import MANY, PATIENCE, Bursts


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_few_builds_are_looked_at_at_once() -> None:
    assert Bursts(Clock()).is_over("a", MANY)


def test_many_are_looked_at_once_no_more_land() -> None:
    bursts = Bursts(Clock())
    assert [bursts.is_over("a", saves) for saves in (100, 150, 151, 151)] == [False, False, False, True]
    assert not bursts.is_over("a", 100)  # the next history


def test_of_an_import_that_takes_long_there_is_a_look_each_minute() -> None:
    clock = Clock()
    bursts = Bursts(clock)
    looks = []
    for second in range(0, 600, 2):
        clock.now = float(second)
        if bursts.is_over("a", 100 + second):
            looks.append(second)
    assert 8 <= len(looks) <= 10
    assert looks[0] == PATIENCE


def test_pipelines_do_not_wait_for_each_other() -> None:
    bursts = Bursts(Clock())
    assert not bursts.is_over("a", 100)
    assert bursts.is_over("b", 1)
    assert not bursts.is_over("a", 101)
