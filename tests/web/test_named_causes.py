"""Which causes a headline names: pure, on a path of one job whose steps and wait are given."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from buildtimetrend.critical_path.spent import Spent
from buildtimetrend.web.analysis.explained.causes import Cause
from buildtimetrend.web.analysis.explained.named_causes import CAUSE, MOST, named_causes
from buildtimetrend.web.analysis.explained.parts import Comparison

WALL = 600.0  # s, usually, of a wait and five steps
USUAL = WALL / 6

moves = st.lists(st.floats(-USUAL, USUAL), min_size=6, max_size=6)


def case(more: list[float]) -> tuple[list[Cause], Comparison]:
    """Of a wait, then of steps: by how much each takes longer."""
    wait, *steps = [USUAL + each for each in more]
    causes = [
        Cause("waiting", wait, USUAL, waited=wait, usually_waited=USUAL),
        *(
            Cause("step", seconds, USUAL, step=name, key=name)
            for name, seconds in zip("abcde", steps, strict=True)
        ),
    ]
    found = Comparison(
        now=Spent(waiting=wait, running=sum(steps)),
        usual=Spent(waiting=USUAL, running=5 * USUAL),
        booted=False,
        steps=dict(zip("abcde", steps, strict=True)),
        usual_steps=dict.fromkeys("abcde", USUAL),
        common=set("abcde"),
    )
    return causes, found


@given(moves)
def test_what_is_named_accounts_for_the_difference_the_largest_first(more: list[float]) -> None:
    causes, found = case(more)
    difference = sum(more)
    chosen = named_causes(causes, difference, found)
    assert len(chosen) <= 3
    if chosen:
        assert CAUSE <= sum(cause.difference for cause in chosen) / difference <= MOST
        assert chosen[0].difference * difference > 0
        assert abs(chosen[0].difference) == max(
            abs(one.difference) for one in causes if one.difference * difference > 0
        )


@given(
    st.floats(20.0, USUAL),
    st.floats(0.15, 0.9),
    st.lists(st.floats(0.01, 1.0), min_size=5, max_size=5),
    st.sampled_from([1, -1]),
    st.integers(0, 5),
)
def test_one_thing_that_all_others_make_up_for_is_always_named(
    first: float, left: float, shares: list[float], sign: int, place: int
) -> None:
    """Be it one of them, all steps together, or the wait and the other steps, each in part."""
    others = [-(1 - left) * first * share / sum(shares) for share in shares]
    more = [sign * each for each in (*others[:place], first, *others[place:])]
    causes, found = case(more)
    assert causes[place] in named_causes(causes, sum(more), found)
