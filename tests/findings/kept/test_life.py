"""What becomes of a finding from one look to the next: pure, on findings that are made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildtimetrend.findings import Findings
from buildtimetrend.findings.changes.moves import Move
from buildtimetrend.findings.finding import Cause, Finding
from buildtimetrend.findings.kept.known import Known, Lived
from buildtimetrend.findings.kept.life import CONFIRMED, DOUBTED, LATE, lived
from buildtimetrend.findings.kept.same_finding import NEAR
from buildtimetrend.findings.series import Measured, Thing

BEGUN = datetime(2026, 3, 2, tzinfo=UTC)
EVERY = timedelta(hours=1)
BUILDS = 200


def began(place: int) -> datetime:
    return BEGUN + place * EVERY


def known(place: int, *, step: str = "make", width: int = 3, over: int | None = None, **more: Any) -> Known:
    """A finding of a step that began with the build at that place, give or take `width` of them."""
    thing = Thing("step", "python", step)
    made = Known(
        id="",
        what="step",
        thing=step,
        cause=Move(thing, place, place, place, 100, 120, 0.99),
        moved=frozenset({thing, Thing("wall")}),
        since_at=began(place),
        first_at=began(place - width),
        last_at=began(place + width),
        over_at=None if over is None else began(over),
        document={
            "builds_since": BUILDS - place,
            "since": {"build_id": str(place), "number": str(place), "started_at": began(place)},
        },
    )
    return replace(made, **more)


def faster(place: int, *, step: str = "make") -> Known:
    """As before again."""
    return known(
        place, step=step, cause=Move(Thing("step", "python", step), place, place, place, 120, 100, 0.99)
    )


@cache
def findings(builds: int = BUILDS, first: int = 0) -> Findings:
    """A look at so many builds, of which the first are out of sight by now."""
    rows = [
        {"started_at": began(place), "finished_at": began(place)} | dict.fromkeys(
            ("provider", "number", "build_id", "attempt", "commit_id", "message", "author", "branch", "url")
        )
        for place in range(first, builds)
    ]  # fmt: skip
    return Findings((), Measured(rows, {}, {}))


def look(
    kept: Sequence[Known],
    found: Sequence[Known],
    of: Findings | None = None,
    moves: Sequence[Move] = (),
    since: datetime = BEGUN,
    looked_at: datetime | None = None,
) -> list[Lived]:
    return lived(kept, found, of or findings(), moves, since, looked_at)


def stored(lives: Sequence[Lived]) -> list[Known]:
    """As they would be read back."""
    ids = count(1)
    return [
        replace(
            life.known,
            id=life.known.id or f"new {next(ids)}",
            state=life.happened.state if life.happened else life.known.state,
            events=life.known.events + bool(life.happened),
        )
        for life in lives
        if not life.dropped
    ]


def events(lives: Sequence[Lived]) -> list[str]:
    return [life.happened.event for life in lives if life.happened]


places = st.lists(st.integers(20, 180), min_size=1, max_size=6, unique=True)


@settings(max_examples=40)
@given(places, st.integers(-3, 3), st.randoms())
def test_what_is_found_again_within_its_range_is_the_same_finding(
    at: list[int], by: int, random: Any
) -> None:
    far_apart = [place for before, place in pairwise([0, *sorted(at)]) if place - before > 7]
    before = stored(look([], [known(place) for place in far_apart]))
    again = [known(place + by) for place in far_apart]
    random.shuffle(again)
    after = {each.id: each.since_at - by * EVERY for each in stored(look(before, again))}
    assert after == {each.id: each.since_at for each in before}


@settings(max_examples=40)
@given(places)
def test_a_look_at_the_same_builds_changes_nothing(at: list[int]) -> None:
    found = [known(place, step=f"make {place}") for place in at]
    before = stored(look([], found))
    again = look(before, found)
    assert events(again) == []
    assert sorted(each.id for each in stored(again)) == sorted(each.id for each in before)


@settings(max_examples=40)
@given(places, places)
def test_no_finding_becomes_two_and_no_two_become_one(first: list[int], second: list[int]) -> None:
    kept = stored(look([], [known(place) for place in first]))
    lives = look(kept, [known(place) for place in second])
    ids = [life.known.id for life in lives if life.known.id]
    assert len(ids) == len(set(ids))
    assert sum(not life.known.id or not life.dropped for life in lives) >= len(second)


def test_a_job_that_a_step_explains_by_now_is_the_same_finding() -> None:
    job = Thing("job", "python")
    before = replace(known(50), what="job", thing="python", moved=frozenset({job}))
    [kept] = stored(look([], [before]))
    after = replace(known(50), moved=frozenset({job, Thing("step", "python", "make")}))
    [life] = look([kept], [after])
    assert (life.known.id, life.known.what, life.happened) == (kept.id, "step", None)


def test_one_that_is_placed_beside_its_range_is_the_same_and_one_far_away_is_not() -> None:
    [kept] = stored(look([], [known(50, width=0)]))
    [near] = look([kept], [known(50 + NEAR, width=0)])
    assert near.known.id == kept.id
    far = look([kept], [known(50 + NEAR + 1, width=0)])
    assert [life.known.id for life in far if not life.dropped and life.happened] == [""]


def test_what_began_before_people_are_told_and_what_is_over_is_told_nobody() -> None:
    assert events(look([], [known(50)], since=began(51))) == []
    assert events(look([], [known(50, over=60)])) == []
    assert events(look([], [known(50)], since=began(50))) == ["opened"]


def test_an_alert_is_fixed_when_it_is_over_and_open_again_when_it_was_not_after_all() -> None:
    opened = stored(look([], [known(50)]))
    over = look(opened, [known(50, over=90)])
    assert events(over) == ["fixed"]
    assert events(look(stored(over), [known(50, over=90)])) == []
    assert events(look(stored(over), [known(50)])) == ["reopened"]


def test_the_end_of_what_people_were_told_of_is_told_there_alone() -> None:
    opened = stored(look([], [known(50)]))
    over = look(opened, [known(50, over=90), faster(90)])
    assert events(over) == ["fixed"]
    assert events(look(stored(over), [known(50, over=90), faster(90)])) == []
    assert events(look(opened, [known(50, over=90), faster(91)])) == ["fixed", "opened"]


def test_what_takes_less_is_told_where_nobody_was_told_of_the_slowdown() -> None:
    kept = stored(look([], [known(50)], since=began(60)))
    assert events(look(kept, [known(50, over=90), faster(90)], since=began(60))) == ["opened"]


@pytest.mark.parametrize(("image", "by", "expected"), [("trusty", -0.2, ["fixed"]), ("xenial", -0.2, [])])
def test_what_an_image_slowed_is_over_when_the_jobs_on_it_went_back(
    image: str, by: float, expected: list[str]
) -> None:
    """Of its end another step is told."""
    found = [known(50), faster(90, step="test")]
    before = stored(look([], found))
    on = ("trusty", 0.2), (image, by)
    asked = [
        replace(each, document=each.document | {"on_image": {"image": name, "by": moved, "repos": [1, 2]}})
        for each, (name, moved) in zip(before, on, strict=True)
    ]
    lives = look(asked, found)
    assert events(lives) == expected
    assert lives[0].known.over_at == (began(90) if expected else None)
    assert ("over_since" in lives[0].known.document) == bool(expected)


def test_one_that_nobody_was_told_of_is_dropped_once_builds_do_not_bear_it_out() -> None:
    [kept] = stored(look([], [known(50)], since=began(60)))
    [life] = look([kept], [])
    assert life.dropped


def test_an_alert_is_withdrawn_only_after_some_builds_more_and_told_so() -> None:
    [kept] = stored(look([], [known(50)]))
    assert look([kept], [], findings(BUILDS + DOUBTED - 1)) == []
    [life] = look([kept], [], findings(BUILDS + DOUBTED))
    assert events([life]) == ["fixed"]
    assert life.known.withdrawn_at
    [withdrawn] = stored([life])
    assert look([withdrawn], [], findings(BUILDS + 2 * DOUBTED)) == []
    [again] = look([withdrawn], [known(50)])
    assert (again.known.id, events([again])) == ("", ["opened"])  # it is another finding


def test_the_same_step_in_another_job_is_another_finding_unless_both_moved_at_once() -> None:
    one, other = (Thing("step", job, "make") for job in ("python 2.7", "python 3.5"))

    def of(*things: Thing) -> Known:
        made = known(50)
        return replace(made, cause=replace(made.cause, thing=things[0]), moved=frozenset(things))

    [kept] = stored(look([], [of(one)]))
    assert [life.known.id for life in look([kept], [of(other)]) if life.happened] == [""]
    [both] = look([kept], [of(other, one)])
    assert (both.known.id, both.happened) == (kept.id, None)


def test_what_earlier_looks_might_have_found_is_told_once_it_is_still_found_long_after() -> None:
    looked_at = began(BUILDS - 1)
    late, in_time = (known(BUILDS - 1 - LATE + by, width=0) for by in (0, 1))
    assert events(look([], [in_time], looked_at=looked_at)) == ["opened"]
    [life] = look([], [late], looked_at=looked_at)
    assert (life.happened, life.is_new) == (None, True)
    kept = [replace(each, found_at=looked_at) for each in stored([life])]
    for more, told in ((CONFIRMED - 1, []), (CONFIRMED, ["opened"])):
        of, before = findings(BUILDS + more), began(BUILDS + more - 2)
        assert events(look(kept, [late], of, looked_at=before)) == told
    [life] = look(kept, [], findings(BUILDS + 1))
    assert life.dropped  # nobody hears of it


def test_one_whose_builds_are_out_of_sight_stays_until_the_level_is_back() -> None:
    document = {
        "builds_since": BUILDS - 50,
        "sentence": "make takes 20 s longer.",
        "past": "make took 20 s longer.",
    }
    [kept] = stored(look([], [known(50, document=document)]))
    later = findings(300, first=100)
    assert look([kept], [], later) == []
    back = Move(kept.cause.thing, 30, 30, 30, 119, 101, 0.99)
    [life] = look([kept], [], later, [back])
    assert (events([life]), life.known.over_at) == (["fixed"], began(130))
    assert life.known.document["status"].startswith("Over since build #")
    assert life.known.document["sentence"] == "make took 20 s longer."
    recovery = Finding(Cause("step", (replace(back, place=32),)), 32, 31, 33, None, (back,))
    [life] = look([kept], [], replace(later, found=(recovery,)), [back])
    assert life.known.over_at == began(132)  # as that finding says
    elsewhere = replace(back, thing=Thing("wall"))
    assert look([kept], [], later, [elsewhere]) == []
