"""What a report says of a history, and that nothing in it gets the upper hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from buildtimetrend.report import Contents, render
from buildtimetrend.report.picture import wall_time
from buildtimetrend.text import together
from buildtimetrend.web.analysis.picture import HEIGHT, TOP, Median

SINCE = datetime(2026, 5, 1, tzinfo=UTC)
UNTIL = datetime(2026, 6, 1, tzinfo=UTC)
HOSTILE = '<script>alert("x")</script>'


def build(place: int, duration: float | None = 300.0, **changes: Any) -> dict[str, Any]:
    at = SINCE + timedelta(hours=7 * place)
    seconds = timedelta(seconds=duration or 0.0)
    return {
        "number": str(place),
        "build_id": f"id{place}",
        "provider": "github",
        "instance": "https://api.github.com",
        "url": f"https://ci.example/{place}",
        "result": "passed",
        "duration": duration,
        "branch": "main",
        "commit": "0123456789",
        "author": "Ada",
        "queued_at": at - seconds - timedelta(seconds=20),
        "started_at": at - seconds,
        "finished_at": at,
    } | changes


def job(of: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "name": "test",
        "matrix": "python 3.11",
        "number": None,
        "job_id": "1",
        "result": "passed",
        "allow_failure": False,
        "duration": of["duration"],
        "queue_time": 20.0,
        "boot_time": 5.0,
        "queued_at": of["queued_at"],
        "started_at": of["started_at"],
        "finished_at": of["finished_at"],
        "steps": [],
    } | changes


def finding(**changes: Any) -> dict[str, Any]:
    told = {"number": "40", "build_id": "id40", "commit_id": "abcdef0123", "message": "Add tests\nmore"}
    told |= {"author": "Ada", "started_at": (SINCE + timedelta(days=12)).isoformat()}
    return {
        "sentence": "pytest takes 1 m longer (+20 %) since build #40 on 13 May 2026.",
        "status": "It is not over.",
        "pipeline": "ci.yml",
        "what": "step",
        "gradual": False,
        "before": 240.0,
        "after": 300.0,
        "since": told,
        "first": told,
        "last": told,
        "last_before": told | {"number": "39", "build_id": "id39"},
        "over_since": None,
        "wall_before": 250.0,
        "wall_after": 312.0,
    } | changes


def contents(**changes: Any) -> Contents:
    builds = [build(number) for number in range(90, 0, -1)]
    pipeline = {
        "id": "7",
        "label": "CI",
        "reference": "ci.yml",
        "job_time": 90_000.0,
        "median_duration": 300.0,
        "success_rate": 100.0,
        "builds": 90,
    }
    return replace(
        Contents(
            repo="a/b",
            since=SINCE,
            until=UNTIL,
            findings=[],
            looked_at=90,
            pipelines=[pipeline],
            pipeline=pipeline,
            builds=builds,
            medians=[Median(SINCE, UNTIL, 300.0)],
            steps=[
                {
                    "name": "pytest",
                    "phase": "script",
                    "p50": 200.0,
                    "p95": 250.0,
                    "runs": 90,
                    "total": 18_000.0,
                }
            ],
            quick_steps=3,
            latest={"build": builds[0], "jobs": [job(builds[0])]},
        ),
        **changes,
    )


def test_the_newest_open_finding_is_the_headline() -> None:
    over = finding(
        sentence="make took longer.", status="Over since build #50 on 9 May 2026.", over_since=build(50)
    )
    page = render(contents(findings=[over, finding()]), UNTIL)
    headline = page.partition('<p class="headline">')[2].partition("</p>")[0]
    assert headline == together(
        "pytest takes 1 m longer (+20 %) since build #40 on 13 May 2026. It is not over."
    )
    began = "Likely cause: commit <code>abcdef0</code> by Ada: Add tests, build #40; last before it: #39."
    assert began in page
    assert together("Builds take 4 m 10 s → 5 m 12 s.") in page


@pytest.mark.parametrize(("over", "said"), [(None, " and has stayed so"), (build(90), "")])
def test_what_came_little_by_little_names_no_commit(over: dict[str, Any] | None, said: str) -> None:
    page = render(contents(findings=[finding(gradual=True, over_since=over)]), UNTIL)
    assert f"Cause not known: no single commit did it. It grew from #40 to #40{said}." in page
    assert "Likely cause" not in page


def test_where_nothing_changed_it_says_so() -> None:
    assert "No lasting slowdown in the 90 builds that passed since 2026-05-01." in render(contents())
    assert "No build passed" in render(contents(looked_at=0))


def test_names_and_addresses_of_strangers_stay_text() -> None:
    latest = build(90, url="javascript:alert(1)", branch=HOSTILE, author=HOSTILE, number=HOSTILE)
    told = finding(sentence=HOSTILE, first=finding()["first"] | {"message": HOSTILE})
    page = render(
        contents(
            repo=f"a/{HOSTILE}",
            findings=[told],
            builds=[latest],
            steps=[{"name": HOSTILE, "phase": HOSTILE, "p50": 2.0, "p95": 2.0, "runs": 1, "total": 2.0}],
            latest={"build": latest, "jobs": [job(latest, name=HOSTILE, matrix=HOSTILE, result=HOSTILE)]},
        )
    )
    assert "<script" not in page
    assert "javascript:" not in page


def test_one_build_of_a_moment_ago_that_failed_is_a_report_too() -> None:
    one = build(1, result="failed")
    page = render(
        contents(builds=[one], medians=[], steps=[], quick_steps=0, latest={"build": one, "jobs": []})
    )
    assert "0 of 1" in page
    assert "No timed steps" in page
    assert "No job of it began." in page
    assert wall_time(contents(builds=[build(1, duration=None)], medians=[])) is None


def test_what_is_far_beyond_the_others_is_marked_at_the_upper_edge() -> None:
    drawn = wall_time(
        contents(builds=[build(1, 90_000.0), *(build(number, 300.0) for number in range(2, 200))])
    )
    assert drawn is not None
    (beyond,) = [point for point in drawn.points if point.beyond]
    assert beyond.y == TOP
    assert {point.y < HEIGHT / 2 for point in drawn.points if not point.beyond} == {True}
    assert "from 5 m to 1 d 1 h" in drawn.name
