"""Which moves are one finding, and what explains it."""

from __future__ import annotations

import pytest

from buildtimetrend.findings.causes.explained import explained
from buildtimetrend.findings.causes.groups import grouped
from buildtimetrend.findings.changes.moves import Move
from buildtimetrend.findings.series import Thing

STEP = Thing("step", "node 10", "npm test")


def move(thing: Thing, first: int, last: int, seconds: float) -> Move:
    return Move(thing, (first + last) // 2, first, last, 100, 100 + seconds, 0.99)


@pytest.mark.parametrize(
    "whole",
    [
        [move(Thing("wall"), 148, 153, 60)],
        [move(Thing("job", "node 10"), 148, 153, 60)],
        [move(Thing("wall"), 148, 153, 50), move(Thing("job", "node 10"), 149, 153, 60)],
        [move(Thing("wall"), 141, 145, 60)],
        [move(Thing("wall"), 120, 134, 72)],
    ],
    ids=["builds", "its job", "both", "before it", "far before it, but vague"],
)
def test_what_builds_take_longer_beside_a_step_that_explains_it_is_one_finding(whole: list[Move]) -> None:
    [group] = grouped([move(STEP, 147, 147, 58), *whole])
    finding = explained(group)
    assert (finding.cause.what, finding.cause.step, finding.place) == ("step", "npm test", 147)
    assert set(finding.moves) == {move(STEP, 147, 147, 58), *whole}


def test_a_wait_that_explains_what_builds_take_longer_is_one_finding_with_it() -> None:
    [group] = grouped([move(Thing("waiting"), 147, 148, 90), move(Thing("wall"), 150, 153, 100)])
    assert explained(group).cause.what == "waiting"


@pytest.mark.parametrize(
    "other",
    [
        move(Thing("wall"), 148, 153, 130),
        move(Thing("wall"), 148, 153, -60),
        move(Thing("wall"), 151, 153, 60),
        move(Thing("wall"), 110, 120, 60),
        move(Thing("job", "node 12"), 148, 153, 60),
        move(Thing("step", "node 10", "npm ci"), 148, 153, 60),
    ],
    ids=[
        "by more than twice as much",
        "by less",
        "further away",
        "further than it is vague",
        "another job",
        "another step",
    ],
)
def test_what_a_step_does_not_explain_is_a_finding_of_its_own(other: Move) -> None:
    assert len(grouped([move(STEP, 147, 147, 58), other])) == 2


def test_builds_that_take_longer_twice_are_two_findings() -> None:
    moves = [move(STEP, 147, 147, 58), move(Thing("wall"), 147, 147, 58), move(Thing("wall"), 149, 153, 60)]
    assert len(grouped(moves)) == 2


def test_a_step_that_moved_in_several_jobs_is_one_finding_though_a_range_misses_its_place() -> None:
    here, there = move(STEP, 147, 148, 58), move(STEP._replace(job="node 12"), 150, 152, 70)
    [group] = grouped([here, there])
    assert explained(group).cause.jobs == ("node 10", "node 12")
    assert len(grouped([here, move(STEP._replace(job="node 12"), 150, 152, 300)])) == 2  # by much more
    assert len(grouped([here, move(STEP._replace(job="node 12"), 152, 155, 70)])) == 2  # further away
    assert len(grouped([here, move(STEP, 150, 152, 58)])) == 2  # the same once more
