"""What is enough to compare, and what a change means."""

from __future__ import annotations

import pytest

from buildtimetrend.enough import Change, change, notable


@pytest.mark.parametrize(
    ("now", "before", "counts", "expected"),
    [
        (120.0, 100.0, (10, 10), "slower"),
        (80.0, 100.0, (10, 10), "faster"),
        (104.0, 100.0, (10, 10), "same"),
        (1.9, 1.0, (99, 99), "same"),  # less than a second
        (0.9, 0.1, (99, 99), "under 1 s"),
        (0.0, None, (99, 0), "under 1 s"),
        (2.5, 0.0, (99, 99), "slower"),
        (120.0, 100.0, (9, 10), "too few"),
        (120.0, 100.0, (10, 9), "too few"),
        (120.0, 100.0, (99, 99, 99, 1), "too few"),
        (120.0, None, (99, 0), "too few"),
        (None, 100.0, (0, 99), "unknown"),
    ],
)
def test_a_change_says_what_it_means(
    now: float | None, before: float | None, counts: tuple[int, ...], expected: str
) -> None:
    found = change(now, before, *counts)
    assert found.verdict == expected
    if expected in ("too few", "under 1 s", "unknown"):
        assert found.percent is None


def test_within_its_margin_a_change_may_be_chance() -> None:
    assert change(150.0, 100.0, 10, 10, margin=50.0) == Change(50.0, "may be chance")
    assert change(150.0, 100.0, 10, 10, margin=49.9).verdict == "slower"


@pytest.mark.parametrize(
    ("difference", "before", "expected"),
    [(1.0, 20.0, True), (-1.0, 20.0, True), (0.99, 1.0, False), (4.9, 100.0, False), (1.0, None, True)],
)
def test_a_colour_needs_a_second_and_five_percent(
    difference: float, before: float | None, expected: bool
) -> None:
    assert notable(difference, before) is expected
