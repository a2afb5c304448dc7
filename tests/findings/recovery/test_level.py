"""A change is over where it went back itself, not where another one brings the sum to about the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from itertools import count

import pytest

from buildtimetrend.findings import Finding, find
from buildtimetrend.findings.changes.moves import Move
from buildtimetrend.findings.recovery.level import is_of_all, undone_by
from buildtimetrend.findings.search.find import findings_of
from buildtimetrend.findings.series import Measured, Thing
from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store
from tests.findings.history import USUAL, Seconds, saved

Level = Callable[[int], float]
NAMES = count()


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with closing(open_store("duckdb://:memory:")) as opened:
        yield opened


def on_machine(factor: Level, pytest_takes: Level) -> Mapping[str, Seconds]:
    """All steps take so many times as long, of which one has levels of its own."""

    def of(usual: Seconds) -> Seconds:
        return lambda number, job: usual(number, job) * factor(number)

    own = {**USUAL, "pytest": lambda number, _: pytest_takes(number)}
    return {name: of(usual) for name, usual in own.items()}


def between(first: int, until: int, factor: float) -> Level:
    return lambda number: factor if first <= number < until else 1.0


def findings(store: Store, steps: Mapping[str, Seconds]) -> dict[int, tuple[Finding, int | None]]:
    """By the number of the build that each began with; and that since which it is over."""
    of = find(store, saved(store, f"over/{next(NAMES)}", steps, builds=160))
    builds = [int(row["number"]) for row in of.measured.builds]
    return {
        builds[one.place]: (one, None if one.over_since is None else builds[one.over_since])
        for one in of.found
    }


def since(number: int, before: float, after: float) -> Level:
    return lambda at: after if at >= number else before


def test_a_gain_that_a_slower_machine_hides_is_not_over(store: Store) -> None:
    slower = between(71, 111, 1.38)
    found = findings(store, on_machine(slower, since(41, 120, 87)))
    assert {number: over for number, (_, over) in found.items()} == {41: None, 71: 111, 111: None}
    stays = findings(store, on_machine(between(71, 1000, 1.38), since(41, 120, 87)))
    assert {number: over for number, (_, over) in stays.items()} == {41: None, 71: None}


def test_a_slow_step_that_a_faster_machine_hides_is_not_over(store: Store) -> None:
    found = findings(store, on_machine(between(81, 1000, 0.75), since(41, 120, 160)))
    assert {number: over for number, (_, over) in found.items()} == {41: None, 81: None}


@pytest.mark.parametrize("machine", [1.0, 1.38])
def test_a_step_that_goes_back_is_over_on_whatever_machine(store: Store, machine: float) -> None:
    def takes(number: int) -> float:
        return 87.0 if 41 <= number < 121 else 120.0

    found = findings(store, on_machine(between(81, 1000, machine), takes))
    assert found[41][1] == 121


def test_what_all_of_a_job_took_longer_by_is_over_when_all_of_it_goes_back(store: Store) -> None:
    found = findings(store, on_machine(between(51, 91, 1.4), lambda _: 120.0))
    assert [over for _, over in found.values()] == [None, 91]


def test_a_gain_of_a_whole_job_that_a_slower_machine_hides_is_not_over(store: Store) -> None:
    own = {"apt-get update": since(41, 40, 20), "pip install": since(41, 40, 20)}
    steps = own | {"make": since(41, 40, 20), "pytest": lambda _: 180.0}
    machine = between(71, 1000, 1.25)
    found = findings(store, {name: of_both(level, machine) for name, level in steps.items()})
    assert {number: (one.cause.what, over) for number, (one, over) in found.items()} == {
        41: ("job", None),
        71: ("step", None),
    }


def of_both(level: Level, machine: Level) -> Seconds:
    return lambda number, _: level(number) * machine(number)


def moves(step: tuple[float, float], job: tuple[float, float], other: tuple[float, float]) -> list[Move]:
    things = (Thing("step", "a", "test"), Thing("job", "a"), Thing("step", "a", "install"))
    levels = zip(things, (step, job, other), strict=True)
    return [Move(thing, 60, 59, 61, *of, 0.99) for thing, of in levels if of[0] != of[1]]


@pytest.mark.parametrize(
    ("job", "other", "expected"),
    [
        ((100, 140), (30, 42), True),
        ((100, 120), (30, 30), False),  # the step alone
        ((100, 140), (30, 30), True),  # the rest, of which no other step moved beyond chance
        ((53, 74), (1, 1), False),  # of a rest of seconds nobody can tell
        ((100, 100), (30, 42), True),  # another step, of a job that is not known to have moved
        ((100, 100), (30, 30), False),
        ((100, 122), (30, 42), False),  # one step more moved, the rest did not
        ((100, 140), (42, 30), False),
    ],
)
def test_a_move_is_of_all_its_job_where_the_rest_moved_as_much(
    job: tuple[float, float], other: tuple[float, float], expected: bool
) -> None:
    found = moves((50, 70), job, other)
    assert is_of_all(found[0], found) == expected


@pytest.mark.parametrize(("job", "expected"), [((100, 140), True), ((100, 122), False), ((100, 60), False)])
def test_a_job_and_builds_move_as_all_of_it_where_a_step_and_the_rest_do(
    job: tuple[float, float], expected: bool
) -> None:
    of = [*moves((50, 70), job, (30, 42)), Move(Thing("wall"), 60, 59, 61, *job, 0.99)]
    whole = [move for move in of if move.thing.kind in ("job", "wall")]
    assert [is_of_all(move, of) for move in whole] == [expected, expected]


def test_builds_are_not_of_one_machine_where_a_job_moved_by_itself() -> None:
    alone = Move(Thing("job", "b"), 60, 59, 61, 100, 140, 0.99)
    builds = Move(Thing("wall"), 60, 59, 61, 100, 140, 0.99)
    of = [*moves((50, 70), (100, 140), (30, 42)), alone, builds]
    assert not is_of_all(builds, of)
    assert not is_of_all(Move(Thing("waiting"), 60, 59, 61, 100, 140, 0.99), of)


def test_what_moved_in_several_jobs_is_over_when_half_of_them_are_back_and_since_their_recovery() -> None:
    def of_job(name: str, place: int, before: float, after: float) -> list[Move]:
        return [Move(Thing("job", name), place, place - 1, place + 1, before, after, 0.99)]

    slower = [of_job(name, 40, 100, 130) for name in "abcd"]
    builds = [{"started_at": place} for place in range(120)]
    undone_by = [of_job("a", 60, 130, 100), of_job("b", 81, 130, 101), of_job("c", 80, 130, 99)]

    def over(*later: list[Move]) -> list[int | None]:
        of = findings_of(Measured(builds, {}, {}), [*slower, *later])
        return [one.over_since for one in of.found if one.place == 40]

    assert over(undone_by[0]) == [None]
    assert over(*undone_by) == [80]


def test_of_what_was_not_there_before_no_machine_is_the_reason() -> None:
    thing = Thing("step", "a", "test")
    new, gone = Move(thing, 40, 39, 41, 0, 50, 0.99), Move(thing, 60, 59, 61, 50, 0, 0.99, edge="gone")
    assert not is_of_all(new, [new])
    assert undone_by(new, [gone], [new, gone], of_all=False) == gone
