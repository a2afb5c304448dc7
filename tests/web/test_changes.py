"""Findings as pages list them: in which order, and what a build's page says of where they began."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from buildtimetrend.findings.sentences.status import status
from buildtimetrend.web.http.templating import ENVIRONMENT
from buildtimetrend.web.pages.changes import _flag, compared, listed, stands_out
from buildtimetrend.web.pages.within import in_usual, of_build

BEGUN = datetime(2026, 8, 1, tzinfo=UTC)


def build(number: int) -> dict[str, Any]:
    started = BEGUN + timedelta(hours=number)
    return {"number": str(number), "build_id": f"id{number}", "started_at": started, "branch": "main"}


def finding(seconds: float, first: int = 380, last: int = 380, **other: Any) -> dict[str, Any]:
    return {
        "id": f"{seconds}",
        "what": "step",
        "gradual": False,
        "pipeline": "",
        "step": "make",
        "jobs": ["a"],
        "sentence": "make takes longer.",
        "status": status(seconds, other.get("over_since"), other.get("what", "step")),
        "before": 100.0,
        "after": 100.0 + seconds,
        "worse": seconds > 0,
        "since": build(last),
        "first": build(first),
        "last": build(last),
        "last_before": build(first - 1),
        "over_since": None,
        "trend": None,
        "unit": "s",
    } | other


def found(*findings: dict[str, Any]) -> dict[str, Any]:
    return {
        "findings": findings,
        "builds": 120,
        "since": BEGUN,
        "branches": "default",
        "analysed_at": None,
        "behind": False,
    }


def seconds_listed(*findings: dict[str, Any]) -> list[float]:
    rows = listed(found(*findings), largest_first=True)["findings"]
    return [row["after"] - row["before"] for row in rows]


def test_names_of_many_jobs_stand_below_what_is_said_where_few_are_listed() -> None:
    """Four names of a matrix fill a phone's screen before it is said whether it is over."""
    jobs, said = ["php 7.0", "php 7.1", "php 7.2"], "Three jobs take 12 s {} since build 185"
    names = ": php 7.0, php 7.1 and php 7.2."
    over = finding(12.0, jobs=jobs, sentence=f"{said.format('longer')}{names}", over_since=build(400))
    better = finding(-13.0, jobs=jobs, sentence=f"{said.format('less')}{names}")
    still = finding(14.0, jobs=jobs, sentence=f"{said.format('longer')}{names}")
    rows = listed(found(over, better, still), largest_first=True)["findings"]
    assert [row["sentence"] for row in rows] == [
        f"{said.format('longer')}.",
        f"{said.format('less')}.",
        f"{said.format('longer')}.",
    ]
    assert {row["named"] for row in rows} == {"php 7.0, php 7.1 and php 7.2"}
    (on_build,) = of_build({"findings": [still]}, build(390))
    assert on_build["sentence"] == f"{said.format('longer')}."
    assert listed(found(finding(1.0)), largest_first=True)["findings"][0]["named"] == ""
    assert all(names in row["sentence"] for row in listed(found(over, better, still))["findings"])


def test_the_largest_of_what_is_open_comes_first_and_what_takes_no_time_before_it() -> None:
    over = finding(90.0, over_since=build(400))
    share = finding(1.0, what="results", before=1.0, after=2.0)
    assert seconds_listed(finding(2.0), over, finding(60.0), share) == [1.0, 60.0, 2.0, 90.0]


@pytest.mark.parametrize(
    ("open_", "over", "better", "counted"),
    [
        (1, 0, 0, "<strong>1 finding is open</strong>. Nothing else"),
        (2, 1, 0, "<strong>2 findings are open</strong>, 1 is over. Nothing else"),
        (
            0,
            1,
            1,
            "<strong>Nothing is worse now</strong>: 1 finding is over, 1 is an improvement. Nothing else",
        ),
        (0, 0, 2, "<strong>Nothing is worse now</strong>: 2 findings are improvements. Nothing else"),
    ],
)
def test_how_many_findings_there_are_of_each_kind_is_counted_in_words(
    open_: int, over: int, better: int, counted: str
) -> None:
    row: dict[str, Any] = dict.fromkeys(("wall_before", "wall_after", "confidence", "part_of", "alert"))
    row |= {"provider": "travis", "status": ""}
    counts = [(open_, 9.0, None), (over, 9.0, build(400)), (better, -9.0, None)]
    kinds = [(seconds, end) for count, seconds, end in counts for _ in range(count)]
    rows = [
        finding(seconds, **row, over_since=end)
        | {"since": build(380 + place) | dict.fromkeys(("commit_id", "message", "author"))}
        for place, (seconds, end) in enumerate(kinds)
    ]
    page = ENVIRONMENT.get_template("changes.html").module.listed(listed(found(*rows)), "owner/repo")  # type: ignore[attr-defined]
    assert counted in page


@pytest.mark.parametrize(
    ("word", "difference", "is_first"),
    [("longer", 90.0, True), ("longer", 9.0, False), ("shorter", -90.0, False)],
)
def test_the_latest_build_comes_before_findings_that_are_less_than_it(
    word: str, difference: float, is_first: bool
) -> None:
    verdict = {"verdict": {"word": word, "difference": difference}}
    assert stands_out(verdict, listed(found(finding(60.0)))) == is_first
    assert not stands_out(verdict, listed(found()))
    assert not stands_out({"verdict": None}, None)


def said(number: int, one: dict[str, Any]) -> list[str]:
    return [row["here"] for row in of_build(found(one), build(number))]


def test_a_build_that_a_change_may_have_begun_with_says_so() -> None:
    between = finding(60.0, first=381, last=381, last_before=build(377))
    assert said(377, between) == []
    assert said(378, between) == [
        "Build #377 is without it. Build #381 has it. It may have begun with this one."
    ]
    assert said(381, between) == ["Build #377 is without it. This one has it."]
    assert said(382, between) == [""]
    assert said(380, finding(60.0)) == ["It began with this build."]
    assert said(380, finding(60.0, first=370, last=390, gradual=True)) == [""]


def test_a_flag_of_what_came_little_by_little_names_no_build() -> None:
    assert _flag(finding(60.0, gradual=True)) == "+1 m little by little"
    assert "#380" in _flag(finding(60.0))


def test_what_came_little_by_little_is_compared_by_its_first_and_last_quarter() -> None:
    asked = parse_qs(compared(finding(60.0, first=100, last=140, since=build(100), gradual=True)))
    hours = {
        name: (datetime.fromisoformat(asked[name][0]) - BEGUN) / timedelta(hours=1)
        for name in ("a_since", "a_until", "b_since", "b_until")
    }
    assert hours == {"a_since": 100, "a_until": 110, "b_since": 130, "b_until": 140}


@pytest.mark.parametrize(
    ("of", "says"),
    [
        ({}, "It is not over today."),
        ({"what": "new_step"}, "It still runs today."),
        ({"over_since": build(400)}, "Over since build #400 on 17 Aug 2026."),
    ],
)
def test_a_build_s_page_says_that_what_is_over_is_so_as_of_today(of: dict[str, Any], says: str) -> None:
    (row,) = of_build(found(finding(60.0, **of)), build(385))
    assert row["status"] == says


def test_what_took_less_and_stayed_so_has_done_so_until_today() -> None:
    (row,) = of_build(found(finding(-20.0)), build(380))
    assert row["status"] == "It has stayed so until today."


def held_against(earliest: int, difference: float | None = 3.0) -> dict[str, Any]:
    return build(410) | {"compared_mostly_since": build(earliest)["started_at"], "difference": difference}


def test_a_slowdown_that_most_builds_before_have_is_said_to_be_usual() -> None:
    one = finding(60.0)
    rows = [of_build(found(one), held_against(earliest))[0] for earliest in (379, 380, 390)]
    assert [row["in_usual"] for row in rows] == [False, True, True]
    usual = "Most builds that it is compared with have the slowdown below."
    assert [in_usual([row], held_against(390)) for row in rows] == ["", usual, usual]


def test_what_is_usual_is_said_once_and_not_of_what_has_no_usual_time() -> None:
    two = found(finding(60.0), finding(90.0))
    usual = "Most builds that it is compared with have the slowdowns below."
    assert in_usual(of_build(two, held_against(390)), held_against(390)) == usual
    assert in_usual(of_build(two, held_against(390)), held_against(390, None)) == ""
    flaky = found(finding(1.0, what="flaky", unit="%"))
    assert in_usual(of_build(flaky, held_against(390)), held_against(390)) == ""
    drift = found(finding(60.0, first=300, last=395, gradual=True))
    assert [row["here"] for row in of_build(drift, held_against(390))] == [
        "The usual time above grows along with it."
    ]
    assert [row["here"] for row in of_build(drift, held_against(390, None))] == [""]


def test_what_takes_less_is_told_of_builds_that_it_may_have_begun_with() -> None:
    assert said(380, finding(-20.0)) == ["It began with this build."]
    assert said(381, finding(-20.0)) == []


def test_what_is_open_stands_before_what_is_over() -> None:
    over = finding(90.0, over_since=build(400))
    rows = of_build(found(over, finding(60.0, first=370, last=370)), build(385))
    assert [row["after"] for row in rows] == [160.0, 190.0]


@pytest.mark.parametrize(
    ("of", "says"),
    [
        (finding(60.0), "It was not over with the last build, on 17 Aug 2026."),
        (finding(60.0, what="new_step"), "It still ran in the last build, on 17 Aug 2026."),
        (finding(-20.0, last=385), "It had stayed so until the last build, on 17 Aug 2026."),
        (
            finding(60.0, over_since=build(390)),
            "Over since build #390 on 17 Aug 2026.",
        ),
    ],
)
def test_of_a_quiet_project_nothing_is_said_as_of_today(of: dict[str, Any], says: str) -> None:
    (row,) = of_build(found(of), build(385), quiet_since=build(400)["started_at"])
    assert row["status"] == says
