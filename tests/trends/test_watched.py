"""Between two searches a series costs little, and what a search would tell is told no later than is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildtimetrend.trends.changes import Analysis, analysed
from buildtimetrend.trends.floats import Floats
from buildtimetrend.trends.watched import EVERY, Watched, from_numbers, seen, to_numbers, watched

BEGUN = 70  # values of the first search
HOUR = 3600.0


def series(seed: int, *, shift: float = 0.0) -> Floats:
    values = 200 * np.exp(0.06 * np.random.default_rng(seed).normal(size=130))
    values[95:] *= 1 + shift
    return values


def times(count: int) -> list[float]:
    return [1.7e9 + 5 * HOUR * place for place in range(count)]


def searched(values: Floats, count: int) -> Analysis:
    found = analysed(values[:count], times(count))
    assert found
    return found


class Watching:
    """A series whose values come one by one."""

    def __init__(self, values: Floats) -> None:
        self._values = values
        self.found = searched(values, BEGUN)
        self.now = watched(self.found)
        self.count = BEGUN
        self.searches = 0

    def next(self) -> None:
        self.now = seen(self.now, float(self._values[self.count]), times(self.count + 1)[-1])
        self.count += 1
        if self.now.is_due:
            self.searches += 1
            self.found = searched(self._values, self.count)
            self.now = watched(self.found, self.now)


@pytest.mark.parametrize(("seed", "shift", "late"), [(1, 0.3, 1), (2, 0.2, 1), (3, -0.25, 1), (4, 0.12, 3)])
def test_a_change_is_told_at_most_some_builds_later_than_by_a_search_each_time(
    seed: int, shift: float, late: int
) -> None:
    values = series(seed, shift=shift)
    first = next(count for count in range(96, 131) if searched(values, count).changes)
    watching = Watching(values)
    while not watching.found.changes:
        watching.next()
    assert watching.count <= first + late
    assert watching.found.changes == searched(values, watching.count).changes


def test_what_no_point_speaks_for_is_searched_for_after_so_many_builds() -> None:
    watching = Watching(series(5))
    for _ in range(60):
        watching.next()
    assert 60 // EVERY <= watching.searches <= 60 // EVERY + 2


def test_of_a_series_that_speaks_in_vain_searches_become_rarer() -> None:
    begun = watched(searched(series(6), BEGUN))
    speaks = replace(begun, rise=9.0, since=1)
    assert speaks.is_due
    assert not replace(speaks, in_vain=9).is_due
    assert replace(speaks, in_vain=9, since=16).is_due


def test_one_outlier_speaks_for_nothing() -> None:
    begun = replace(watched(searched(series(7), BEGUN)), rise=0.0, fall=0.0)
    assert not seen(begun, 5000.0, times(71)[-1]).speaks


def test_what_is_stored_of_a_series_is_read_back_as_it_was() -> None:
    load = 1 + 0.25 * np.sin(2 * np.pi * np.arange(BEGUN) / 9.3)
    for values in (series(8), series(8)[:BEGUN] * load, np.round(series(8)) - 190):
        before = watched(searched(values, BEGUN))
        after = from_numbers(orjson.loads(orjson.dumps(to_numbers(before))))
        assert to_numbers(after) == to_numbers(before)
        assert seen(after, 210.0, times(71)[-1]).rise == seen(before, 210.0, times(71)[-1]).rise


@settings(max_examples=25)
@given(st.floats(1e-3, 1e3), st.lists(st.floats(50, 800), min_size=1, max_size=12))
def test_in_another_unit_the_same_values_say_the_same(factor: float, new: list[float]) -> None:
    def heard(unit: float) -> Watched:
        now = watched(searched(unit * series(9), BEGUN))
        for place, value in enumerate(new):
            now = seen(now, unit * value, times(BEGUN + place + 1)[-1])
        return now

    plain, scaled = heard(1.0), heard(factor)
    assert (scaled.rise, scaled.fall) == pytest.approx((plain.rise, plain.fall), abs=1e-6)
    assert scaled.is_due == plain.is_due
