"""The sentence of a finding: since when, as far as builds tell, and of which jobs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from buildtimetrend.findings import Cause, Finding, Findings
from buildtimetrend.findings.moves import Move
from buildtimetrend.findings.series import Measured, Thing
from buildtimetrend.findings.words import headline

BEGUN = datetime(2026, 8, 1, tzinfo=UTC)
NUMBERS = (370, 376, 381, 382, 384, 390)


def build(number: int) -> dict[str, Any]:
    return {
        "number": f"{number}",
        "build_id": f"id{number}",
        "started_at": BEGUN + timedelta(days=number - 370),
    }


def sentence(first: int, last: int, *jobs: str, gradual: bool = False) -> str:
    moves = [Move(Thing("job", job), first, first, last, 60.0, 72.0, 0.97, gradual) for job in jobs]
    finding = Finding(Cause("job", tuple(moves)), first, first, last, None, ())
    return headline(finding, Findings((finding,), Measured([build(each) for each in NUMBERS], {}, {})))


@pytest.mark.parametrize(
    ("first", "last", "since"),
    [
        (3, 3, "since build 382 on 13 Aug 2026."),
        (4, 4, "since build 383 or 384, by 15 Aug 2026."),
        (2, 2, "since one of builds 377 to 381, by 12 Aug 2026."),
        (2, 4, "since one of builds 377 to 384, by 15 Aug 2026."),
        (0, 0, "since build 370 on 1 Aug 2026."),
    ],
)
def test_a_sentence_has_all_builds_that_it_may_have_begun_with(first: int, last: int, since: str) -> None:
    assert sentence(first, last, "a") == f"a takes 12 s longer (+20 %) {since}"


def test_what_came_slowly_has_its_first_build() -> None:
    said = sentence(2, 4, "a", gradual=True)
    assert said == "a takes 12 s longer (+20 %) little by little since build 381 on 12 Aug 2026."


def test_the_news_stand_before_the_names_of_many_jobs() -> None:
    assert sentence(3, 3, "a", "b") == "a and b take 12 s longer (+20 %) since build 382 on 13 Aug 2026."
    many = sentence(3, 3, "a", "b", "c")
    assert many == "Three jobs take 12 s longer (+20 %) since build 382 on 13 Aug 2026: a, b and c."
