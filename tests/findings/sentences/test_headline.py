"""The sentence of a finding: since when, as far as builds tell, and of which jobs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from buildtimetrend.findings import Cause, Finding, Findings, What
from buildtimetrend.findings.changes.moves import Move
from buildtimetrend.findings.sentences.headline import headline
from buildtimetrend.findings.sentences.past_tense import Said, past, present
from buildtimetrend.findings.series import Measured, Thing, Values

BEGUN = datetime(2026, 8, 1, tzinfo=UTC)
NUMBERS = (370, 376, 381, 382, 384, 390)


def build(number: int) -> dict[str, Any]:
    return {
        "number": f"{number}",
        "build_id": f"id{number}",
        "started_at": BEGUN + timedelta(days=number - 370),
    }


def sentence(first: int, last: int, *jobs: str, gradual: bool = False, said: Said = present) -> str:
    moves = [Move(Thing("job", job), first, first, last, 60.0, 72.0, 0.97, gradual) for job in jobs]
    return of_cause(Cause("job", tuple(moves)), said, first=first, last=last)


def of_cause(cause: Cause, said: Said, *, first: int = 3, last: int = 3, cache: bool = False) -> str:
    finding = Finding(cause, first, first, last, None, (), cache=cache)
    values = {move.thing: Values() for move in cause.moves}
    of = Findings((finding,), Measured([build(each) for each in NUMBERS], values, {}))
    return headline(finding, of, said=said)


@pytest.mark.parametrize(
    ("first", "last", "since"),
    [
        (3, 3, "since build #382 on 13 Aug 2026."),
        (4, 4, "since about 15 Aug 2026 (build #383 or #384)."),
        (2, 2, "since about 12 Aug 2026 (one of builds #377 to #381)."),
        (2, 4, "since about 12 Aug 2026 (one of builds #377 to #384)."),
        (0, 0, "since build #370 on 1 Aug 2026."),
    ],
)
def test_a_sentence_has_all_builds_that_it_may_have_begun_with(first: int, last: int, since: str) -> None:
    assert sentence(first, last, "a") == f"a takes 12 s longer (+20 %) {since}"


def test_a_long_command_is_shortened_where_it_is_the_subject() -> None:
    """Three lines of shell would stand before the verb; what it is in full is the document's `step`."""
    command = "for f in $(find . -name '*.py'); do echo checking $f; python -m py_compile $f; done"
    move = Move(Thing("step", "a", command), 3, 3, 3, 60.0, 72.0, 0.97, False)
    said = of_cause(Cause("step", (move,)), present)
    assert said.startswith(
        "for f in $(find . -name '*.py'); do echo checking $f; … takes 12 s longer (+20 %)"
    )


def test_what_came_slowly_names_no_build() -> None:
    said = sentence(2, 4, "a", gradual=True)
    assert said == "a takes 12 s longer (+20 %) little by little since about 12 Aug 2026."


def test_the_news_stand_before_the_names_of_many_jobs() -> None:
    assert sentence(3, 3, "a", "b") == "a and b take 12 s longer (+20 %) since build #382 on 13 Aug 2026."
    many = sentence(3, 3, "a", "b", "c")
    assert many == "Three jobs take 12 s longer (+20 %) since build #382 on 13 Aug 2026: a, b and c."


SINCE = "build #382 on 13 Aug 2026"


@pytest.mark.parametrize(
    ("what", "before", "after", "said"),
    [
        ("waiting", 10.0, 30.0, f"Jobs waited 20 s longer (+200 %) for a worker from {SINCE}."),
        ("job", 60.0, 72.0, f"a took 12 s longer (+20 %) from {SINCE}."),
        ("step", 60.0, 72.0, f"make took 12 s longer (+20 %) from {SINCE}."),
        ("new_step", 0.0, 72.0, f"New step make took 1 m 12 s from {SINCE}."),
        ("gone_step", 72.0, 0.0, f"make did not run from {SINCE}."),
        ("new_job", 0.0, 72.0, f"New job a took 1 m 12 s from {SINCE}."),
        ("gone_job", 72.0, 0.0, f"Job a did not run from {SINCE}."),
        (
            "wall",
            60.0,
            72.0,
            f"Builds took 12 s longer (+20 %) from {SINCE}; no step, job or wait explained half of it.",
        ),
    ],
)
def test_what_is_over_is_told_in_the_past(what: What, before: float, after: float, said: str) -> None:
    things = {"step": Thing("step", "a", "make"), "job": Thing("job", "a"), "wall": Thing("wall")}
    thing = next((each for kind, each in things.items() if what.endswith(kind)), Thing("waiting"))
    move = Move(thing, 3, 3, 3, before, after, 0.97)
    assert of_cause(Cause(what, (move,)), past) == said


def test_a_cache_that_was_lost_for_a_while_was_not_found() -> None:
    cause = Cause("step", (Move(Thing("step", "a", "npm ci"), 3, 3, 3, 10.0, 60.0, 0.97),))
    said = {each: of_cause(cause, each, cache=True) for each in (present, past)}
    assert (
        said[present] == f"The cache is no longer found, so npm ci takes 50 s longer (+500 %) since {SINCE}."
    )
    assert said[past] == f"The cache was not found, so npm ci took 50 s longer (+500 %) from {SINCE}."
