"""Where a share changed: what is clear is told with its place, and what chance does is not."""

from __future__ import annotations

from itertools import pairwise

from evaluation.rates import drawn
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from buildtimetrend.trends.rates import SIDE, rate_changes


def cycle(passed: int, failed: int, times: int) -> list[bool]:
    return ([True] * passed + [False] * failed) * times


def test_a_clear_change_is_told_where_it_is_with_both_shares() -> None:
    values = cycle(9, 1, 12) + cycle(1, 1, 30)
    [found] = rate_changes(values)
    assert found.first <= 120 <= found.last
    assert abs(found.index - 120) <= 10
    assert (round(found.before, 1), round(found.after, 1)) == (0.9, 0.5)
    assert (found.yes, found.values) == (sum(values[found.index :]), len(values) - found.index)


def test_a_change_and_its_end_are_two() -> None:
    values = cycle(9, 1, 10) + cycle(1, 2, 20) + cycle(9, 1, 10)
    first, second = rate_changes(values)
    assert first.after == second.before < 0.5 < first.before
    assert abs(second.index - 160) <= 10


def test_what_never_changes_and_what_is_too_short_has_none() -> None:
    assert not rate_changes([True] * 300)
    assert not rate_changes([True] * (SIDE - 1) + [False] * SIDE)
    assert not rate_changes([])


def test_a_branch_that_was_broken_for_five_builds_is_no_change() -> None:
    assert not rate_changes(cycle(9, 1, 10) + [False] * 5 + cycle(9, 1, 10))


def test_what_was_told_stays_when_it_goes_back() -> None:
    before, after = cycle(9, 1, 10), cycle(9, 1, 10)
    [told] = rate_changes(before + cycle(1, 1, 25))
    kept, back = rate_changes(before + cycle(1, 1, 25) + after)
    assert (kept.index, kept.before) == (told.index, told.before)
    assert abs(back.index - 150) <= 10


def test_failures_that_come_in_runs_count_for_less() -> None:
    in_runs = ([True] * 12 + [False] * 4) * 12
    assert not rate_changes(in_runs)


def test_chance_is_not_told() -> None:
    rng = default_rng(11)
    told = sum(
        len(rate_changes(drawn(rng, 400, share, 0.2))) for share in (0.5, 0.8, 0.9, 0.97) for _ in range(5)
    )
    assert told == 0


@settings(max_examples=20, deadline=None)
@given(st.lists(st.booleans(), max_size=120))
def test_yes_and_no_are_alike(values: list[bool]) -> None:
    told = [(each.index, each.first, each.last) for each in rate_changes(values)]
    other = rate_changes([not each for each in values])
    assert told == [(each.index, each.first, each.last) for each in other]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.booleans(), max_size=120))
def test_ranges_hold_their_places_and_sides_have_enough(values: list[bool]) -> None:
    bounds = [0, *(each.index for each in rate_changes(values)), len(values)]
    for each in rate_changes(values):
        assert each.first <= each.index <= each.last
    if len(bounds) > 2:
        assert all(later - earlier >= SIDE for earlier, later in pairwise(bounds))
