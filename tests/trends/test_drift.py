"""A level that moves little by little is told from one that moves at once, and from noise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildtimetrend.trends.changes import analysed
from buildtimetrend.trends.drift import Drift, drift
from buildtimetrend.trends.floats import Floats
from tests.trends.test_changes import noise

SIZE = 300


def drift_of(values: Floats) -> Drift | None:
    found = analysed(values.tolist())
    assert found
    return drift(found)


def told(values: Floats) -> Drift:
    """What explains it better than changes do."""
    found = drift_of(values)
    assert found
    assert found.favour > 0
    return found


def ramp(rise: float, begins: int = 0, ends: int = SIZE) -> Floats:
    """Factors"""
    share: Floats = np.clip((np.arange(SIZE) - begins) / (ends - begins), 0, 1)
    return (1 + rise) ** share


@pytest.mark.parametrize("rise", [0.15, 0.3, 0.8, -0.2])
@pytest.mark.parametrize("seed", range(3))
def test_what_grows_with_each_build_is_told_with_by_how_much(rise: float, seed: int) -> None:
    found = told(200 * noise(seed, SIZE, 0.06) * ramp(rise))
    assert found.index <= SIZE // 6
    assert found.last >= SIZE * 5 // 6 - 1
    assert found.before == pytest.approx(200, rel=0.04)
    assert found.after == pytest.approx(200 * (1 + rise), rel=0.04)
    assert found.confidence > 0.9


def test_where_it_began_and_ended_is_told() -> None:
    found = told(200 * noise(1, SIZE, 0.03) * ramp(0.3, 100, 250))
    assert abs(found.index - 100) <= SIZE // 12
    assert abs(found.last - 250) <= SIZE // 12


@pytest.mark.parametrize("seed", range(20))
def test_noise_does_not_drift(seed: int) -> None:
    assert drift_of(100 * noise(seed, SIZE, 0.15)) is None


@pytest.mark.parametrize("seed", range(10))
def test_noise_that_follows_itself_does_not_drift(seed: int) -> None:
    values = np.log(noise(seed, SIZE, 0.1))
    for place in range(1, SIZE):
        values[place] += 0.5 * values[place - 1]
    assert drift_of(100 * np.exp(values)) is None


@pytest.mark.parametrize("at", [60, 150, 240])
@pytest.mark.parametrize("seed", range(3))
def test_a_small_change_at_once_is_none(at: int, seed: int) -> None:
    values = 200 * noise(seed, SIZE, 0.03)
    values[at:] *= 1.08
    found = drift_of(values)
    assert found is None or found.favour < 0


def test_a_large_change_on_the_way_stays_and_is_no_part_of_it() -> None:
    values = 200 * noise(3, SIZE, 0.03) * ramp(0.2)
    values[150:] *= 1.5
    found = told(values)
    assert found.after / found.before == pytest.approx(1.2, abs=0.05)
    assert found.after == pytest.approx(200 * 1.2 * 1.5, rel=0.04)


@pytest.mark.parametrize("seed", range(10))
def test_two_large_changes_in_one_direction_stay(seed: int) -> None:
    values = 200 * noise(seed, SIZE, 0.05) * np.repeat([1.0, 1.2, 1.44], SIZE // 3)
    found = drift_of(values)
    assert found is None or not found.of_all


def test_changes_that_go_both_ways_are_none() -> None:
    values = 200 * noise(4, SIZE, 0.02)
    values[100:200] *= 1.07
    assert drift_of(values) is None


def test_of_too_few_builds_nothing_is_said() -> None:
    assert drift_of((200 * ramp(0.5))[:: SIZE // 30]) is None


@given(factor=st.floats(1e-3, 1e3), rise=st.floats(-0.3, 0.5), seed=st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_another_unit_changes_nothing(factor: float, rise: float, seed: int) -> None:
    values = 200 * noise(seed, SIZE, 0.05) * ramp(rise)
    one, other = drift_of(values), drift_of(factor * values)
    assert (one is None) == (other is None)
    if one and other:
        assert (one.index, one.last) == (other.index, other.last)
        assert other.after == pytest.approx(factor * one.after)
        assert other.favour == pytest.approx(one.favour, abs=1e-3)
