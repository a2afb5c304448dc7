"""Changes are told where a level moved for good, and nowhere else."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from buildtimetrend.trends import Change, change_points
from buildtimetrend.trends.floats import Floats


def noise(seed: int, size: int, deviation: float = 0.08) -> Floats:
    """Factors about 1."""
    return np.exp(deviation * np.random.default_rng(seed).normal(size=size))


def only(changes: list[Change]) -> Change:
    (change,) = changes
    return change


@pytest.mark.parametrize("size", [0.7, 0.8, 1.2, 1.5, 3.0])
def test_a_level_that_moves_is_told_with_where_and_by_how_much(size: float) -> None:
    values = 300 * noise(1, 200)
    values[120:] *= size
    change = only(change_points(values.tolist()))
    assert change.first <= 120 <= change.last
    assert change.last - change.first < 25
    assert change.before == pytest.approx(300, rel=0.03)
    assert change.after == pytest.approx(300 * size, rel=0.03)
    assert change.change == pytest.approx(size - 1, abs=0.05)
    assert 0.9 < change.confidence <= 1


def test_several_changes_are_told_in_their_order() -> None:
    values = 60 * noise(2, 300) * np.repeat([1.0, 1.3, 0.9], 100)
    assert [round(change.index, -1) for change in change_points(values.tolist())] == [100, 200]


@pytest.mark.parametrize("seed", range(8))
def test_noise_alone_tells_nothing(seed: int) -> None:
    assert change_points((100 * noise(seed, 400, 0.2)).tolist()) == []


@pytest.mark.parametrize("seed", range(6))
def test_outliers_buy_no_change(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = 100 * noise(seed, 300) * np.where(rng.random(300) < 0.06, rng.uniform(2, 8, 300), 1.0)
    assert change_points(values.tolist()) == []


@pytest.mark.parametrize("seed", range(6))
def test_runs_of_cache_misses_are_a_second_mode(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = 100 * noise(seed, 300, 0.05) * np.where(rng.random(300) < 0.3, 2.2, 1.0)
    assert change_points(values.tolist()) == []


def test_a_cache_that_is_lost_for_good_is_told() -> None:
    rng = np.random.default_rng(3)
    missed = rng.random(300) < np.where(np.arange(300) < 200, 0.15, 1.0)
    change = only(change_points((100 * noise(3, 300, 0.05) * np.where(missed, 2.0, 1.0)).tolist()))
    assert change.first <= 200 <= change.last


def test_a_level_below_two_modes_is_found_under_them() -> None:
    rng = np.random.default_rng(4)
    values = 100 * noise(4, 300, 0.05) * np.where(rng.random(300) < 0.25, 2.0, 1.0)
    values[150:] *= 1.15
    change = only(change_points(values.tolist()))
    assert change.first <= 150 <= change.last
    assert change.change == pytest.approx(0.15, abs=0.03)


@pytest.mark.parametrize("seed", range(6))
def test_builds_that_depend_on_those_before_tell_nothing(seed: int) -> None:
    logs = np.random.default_rng(seed).normal(size=400)
    for at in range(1, 400):
        logs[at] = 0.5 * logs[at - 1] + math.sqrt(0.75) * logs[at]
    assert change_points((100 * np.exp(0.1 * logs)).tolist()) == []


def working_hours(size: int, seed: int) -> tuple[list[datetime], Floats]:
    """Times of builds, every two hours or so, and how much longer they take on workdays from 8 to 18 h."""
    rng = np.random.default_rng(seed)
    begun = datetime(2026, 3, 2, tzinfo=UTC)
    times = [begun + timedelta(hours=float(hours)) for hours in np.cumsum(rng.exponential(2, size))]
    busy = [1.25 if time.weekday() < 5 and 8 <= time.hour < 18 else 1.0 for time in times]
    return times, np.array(busy)


@pytest.mark.parametrize("seed", range(4))
def test_load_by_hour_and_weekday_is_no_change(seed: int) -> None:
    times, load = working_hours(350, seed)
    assert change_points((200 * noise(seed, 350, 0.05) * load).tolist(), times) == []


def test_a_change_under_load_is_told() -> None:
    times, load = working_hours(350, 9)
    values = 200 * noise(9, 350, 0.05) * load
    values[180:] *= 1.2
    change = only(change_points(values.tolist(), times))
    assert abs(change.index - 180) <= 5
    assert change.change == pytest.approx(0.2, abs=0.03)


@pytest.mark.parametrize("seed", range(4))
def test_a_wave_is_no_change_even_without_times(seed: int) -> None:
    wave = 1 + 0.15 * np.sin(2 * np.pi * np.arange(350) / 55)
    assert change_points((200 * noise(seed, 350, 0.05) * wave).tolist()) == []


def test_whole_seconds_are_a_clock_not_a_level() -> None:
    rng = np.random.default_rng(5)
    assert change_points([float(value) for value in rng.integers(2, 4, 300)]) == []
    slower = [float(value) for value in [*rng.integers(2, 4, 100), *rng.integers(5, 7, 100)]]
    assert only(change_points(slower)).index == 100


def test_a_series_without_any_noise_is_told_at_once() -> None:
    change = only(change_points([10.0] * 20 + [12.0] * 5))
    assert (change.index, change.first, change.last) == (20, 20, 20)
    assert change.before == pytest.approx(10)
    assert change.after == pytest.approx(12)


def test_too_few_values_tell_nothing() -> None:
    assert change_points([]) == []
    assert change_points([1.0] * 4 + [100.0] * 5) == []
    assert change_points([10.0] * 50 + [20.0] * 4) == []


@pytest.mark.parametrize("values", [[0.0] * 60, [5.0] * 60, [-3.0] * 60])
def test_what_never_varies_never_changes(values: list[float]) -> None:
    assert change_points(values) == []


def test_zeros_and_values_below_zero_have_levels_too() -> None:
    assert only(change_points([0.0] * 30 + [3.0] * 30)).change == math.inf
    assert only(change_points([-5.0] * 30 + [-8.0] * 30)).change == pytest.approx(-0.6)


def test_values_that_are_no_numbers_are_passed_over() -> None:
    values = [10.0, 11.0] * 10 + [math.nan, math.inf] + [20.0, 21.0] * 5
    assert only(change_points(values)).index == 22


def test_times_must_be_those_of_the_values() -> None:
    with pytest.raises(ValueError, match="2 times of 3 values"):
        change_points([1.0, 2.0, 3.0], [1.0, 2.0])


SERIES = st.tuples(st.integers(0, 10_000), st.integers(30, 160), st.floats(0.01, 0.3), st.floats(0.4, 2.5))


def drawn(series: tuple[int, int, float, float]) -> Floats:
    seed, size, deviation, factor = series
    values = 100 * noise(seed, size, deviation)
    values[size // 2 :] *= factor
    return values


@settings(deadline=None, max_examples=60)
@given(SERIES, st.sampled_from([1e-3, 0.5, 8.0, 3600.0]))
@example((9158, 30, 0.01, 0.40234375), 1e-3)
@example((8300, 77, 0.05, 0.4), 3600.0)
def test_the_unit_changes_nothing(series: tuple[int, int, float, float], unit: float) -> None:
    values = drawn(series)
    told, scaled = change_points(values.tolist()), change_points((values * unit).tolist())
    assert [(one.index, one.first, one.last) for one in told] == [
        (one.index, one.first, one.last) for one in scaled
    ]
    # Rounding decides where a value lies at the reach of a level: that moves it by less than its own error.
    near = 0.1 * series[2]
    assert [one.before * unit for one in told] == pytest.approx([one.before for one in scaled], rel=near)


@settings(deadline=None, max_examples=60)
@given(SERIES)
def test_what_is_told_is_in_order_and_consistent(series: tuple[int, int, float, float]) -> None:
    values = drawn(series)
    told = change_points(values.tolist())
    indexes = [change.index for change in told]
    assert indexes == sorted(set(indexes))
    for change in told:
        assert 1 <= change.first <= change.index <= change.last < len(values)
        assert abs(change.change) == pytest.approx(abs(change.after / change.before - 1))
        assert 0 < change.confidence < 1


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=120))
def test_any_numbers_are_taken(values: list[float]) -> None:
    change_points(values)
