"""Steps lie where their tags stand, whatever their clock shows; durations stay."""

from __future__ import annotations

from buildtimetrend.logs.placing import LATEST, place
from tests.logs.writing import T0, S


def placed(*steps: tuple[int, int, int]) -> list[tuple[int, int]]:
    """Of (start, finish, depth)."""
    starts, finishes, depths = ([step[at] for step in steps] for at in range(3))
    place(starts, finishes, depths)
    return list(zip(starts, finishes, strict=True))


OUTER = (T0, T0 + 100 * S, 0)


def test_a_step_within_the_one_around_it_stays() -> None:
    inner = (T0 + S, T0 + 2 * S, 1)
    assert placed(OUTER, inner) == [OUTER[:2], inner[:2]]


def test_a_clock_of_whole_seconds_may_seem_to_start_too_early() -> None:
    assert placed((T0 + 5, T0 + 9 * S, 0), (T0, T0 + S, 1))[1] == (T0 + 5, T0 + S + 5)


def test_steps_of_a_clock_since_boot_keep_their_distances() -> None:
    found = placed(OUTER, (7 * S, 9 * S, 1), (12 * S, 15 * S, 1), (13 * S, 14 * S, 2))
    assert found[1:] == [(T0, T0 + 2 * S), (T0 + 5 * S, T0 + 8 * S), (T0 + 6 * S, T0 + 7 * S)]


def test_steps_of_several_clocks_lie_one_behind_the_other() -> None:
    found = placed(OUTER, (7 * S, 9 * S, 1), (3, 5, 1), (T0 + 9999 * S, T0 + 10000 * S, 1))
    assert found[1:] == [(T0, T0 + 2 * S), (T0 + 2 * S, T0 + 2 * S + 2), (T0 + 2 * S + 2, T0 + 3 * S + 2)]


def test_a_duration_longer_than_the_step_around_stays() -> None:
    assert placed(OUTER, (0, 400 * S, 1))[1] == (T0, T0 + 400 * S)


def test_steps_in_no_other_go_beside_those_of_a_wall_clock() -> None:
    assert placed((5, 7, 0), OUTER, (9, 12, 0))[0] == (T0 - 2, T0)
    assert placed((5, 7, 0), OUTER, (9, 12, 0))[2] == (T0 + 100 * S, T0 + 100 * S + 3)


def test_a_log_that_has_no_wall_clock_stays_as_it_is() -> None:
    assert placed((5, 7, 0), (1, 3, 0)) == [(5, 7), (1, 3)]


def test_nothing_is_placed_beyond_a_64_bit_clock() -> None:
    assert placed(OUTER, (0, LATEST, 1))[1] == (0, LATEST)
