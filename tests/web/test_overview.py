"""`/dashboard`: every project in a row, in the order and the choice that the address asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from buildtimetrend.model import Result
from buildtimetrend.text import together
from buildtimetrend.web.analysis.overview import open_findings
from buildtimetrend.web.analysis.sparkline import HEIGHT, WIDTH, sparkline
from tests.alerts.examples import build as build_of
from tests.alerts.examples import finding
from tests.alerts.outbox import repo_in, told
from tests.web.conftest import Service, a_build, running_service


@pytest.fixture(scope="module")
def four() -> Iterator[Service]:
    """Slower and failing, faster, steady, and one that was last built long ago."""
    with running_service() as service:
        for repo, before, now, result in (
            ("ann/slow", 100.0, 200.0, Result.FAILED),
            ("bob/quick", 100.0, 50.0, Result.PASSED),
            ("bob/steady", 70.0, 70.0, Result.PASSED),
        ):
            for number in range(10):
                earlier = timedelta(days=9, hours=number)
                service.tasks.land(a_build(10 + number, repo=repo, seconds=before, ago=earlier))
                late = timedelta(days=2, minutes=30 - number)
                service.tasks.land(a_build(20 + number, repo=repo, seconds=now, ago=late, result=result))
        service.tasks.land(a_build(1, repo="Zoe/old", ago=timedelta(days=400)))
        yield service


def rows(page: str) -> list[str]:
    return re.findall(r"<tr.*?</tr>", page.split("<tbody>", 1)[-1], re.DOTALL) if "<tbody>" in page else []


def repos(page: str) -> list[str]:
    return [re.findall(r'href="/dashboard/([^"?]+)', row)[0] for row in rows(page)]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name", ["ann/slow", "bob/quick", "bob/steady", "Zoe/old"]),
        ("-name", ["Zoe/old", "bob/steady", "bob/quick", "ann/slow"]),
        ("-median", ["ann/slow", "bob/steady", "bob/quick", "Zoe/old"]),
        ("change", ["bob/quick", "bob/steady", "ann/slow", "Zoe/old"]),
        ("-change", ["ann/slow", "bob/steady", "bob/quick", "Zoe/old"]),
        ("success", ["ann/slow", "bob/quick", "bob/steady", "Zoe/old"]),
        ("result", ["ann/slow", "bob/quick", "bob/steady", "Zoe/old"]),
        ("last", ["Zoe/old", "bob/quick", "bob/steady", "ann/slow"]),
        ("builds", ["Zoe/old", "ann/slow", "bob/quick", "bob/steady"]),
    ],
)
def test_projects_come_in_the_order_that_is_asked_for(four: Service, sort: str, expected: list[str]) -> None:
    assert repos(four.get(f"/dashboard?sort={sort}").text) == expected
    found = four.get(f"/api/v1/projects?sort={sort}").json()["projects"]
    assert [project["repo"] for project in found] == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=bob", ["bob/quick", "bob/steady"]),
        ("q=BOB+steady", ["bob/steady"]),
        ("q=zoe", ["Zoe/old"]),
        ("q=nothing", []),
        ("show=failing", ["ann/slow"]),
        ("show=slower", ["ann/slow"]),
        ("show=silent", ["Zoe/old"]),
        ("show=silent&q=bob", []),
    ],
)
def test_projects_can_be_searched_and_chosen(four: Service, query: str, expected: list[str]) -> None:
    page = four.get(f"/dashboard?{query}").text
    assert repos(page) == expected
    assert f"{len(expected)} of 4 projects" in page
    answer = four.get(f"/api/v1/projects?{query}").json()
    assert [project["repo"] for project in answer["projects"]] == expected
    assert answer["total"] == len(expected)


def test_a_row_tells_how_a_project_does(four: Service) -> None:
    row = rows(four.get("/dashboard").text)[0]
    for said in ("3 m 20 s", "+100 %", "0.0 %"):
        assert together(said) in row
    assert 'href="/build/travis/ann/slow/29"' in row
    assert "failed" in row
    assert 'aria-label="Median job per day: 3 m 20 s"' in row
    assert "style" not in row


def test_the_summary_counts_and_leads_to_what_it_counts(four: Service) -> None:
    page = four.get("/dashboard?sort=-last").text
    cards = re.findall(r'<a class="card" href="([^"]+)" data-figure="(\w+)".*?<strong[^>]*>(\d+)', page)
    assert {name: int(count) for _, name, count in cards} == {
        "all": 4,
        "failing": 1,
        "slower": 1,
        "silent": 1,
    }
    for href, _, count in cards:
        assert "sort=-last" in href
        assert len(repos(four.get(href.replace("&amp;", "&")).text)) == int(count)


def test_heads_say_the_order_and_lead_to_another(four: Service) -> None:
    page = four.get("/dashboard?sort=-median&timeframe=month&q=b").text
    assert page.count("aria-sort=") == 1
    head = re.search(r'<th [^>]*aria-sort="(\w+)"><a class="sort" href="([^"]+)"', page)
    assert head
    assert head[1] == "descending"
    assert head[2] == "/dashboard?timeframe=month&amp;q=b&amp;sort=median"
    for href in re.findall(r'class="sort" href="([^"]+)"', page):
        assert four.get(href.replace("&amp;", "&")).status_code == 200


def test_the_search_keeps_the_rest_of_the_address(four: Service) -> None:
    page = four.get("/dashboard?sort=-median&timeframe=month&show=slower").text
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', page))
    assert kept == {"sort": "-median", "timeframe": "month", "show": "slower"}


@pytest.mark.parametrize("query", ["sort=size", "show=none", "page=0", "page=x", "page=99999999999999"])
def test_what_cannot_be_used_gives_way_with_a_note(four: Service, query: str) -> None:
    page = four.get(f"/dashboard?{query}").text
    assert "The default is used instead." in page
    assert len(repos(page)) == 4
    if not query.startswith("page"):
        assert four.get(f"/api/v1/projects?{query}").status_code == 422


def test_the_line_follows_the_range(four: Service) -> None:
    answer = four.get("/api/v1/projects?timeframe=year&trend=true&q=ann").json()
    (project,) = answer["projects"]
    assert len(answer["buckets"]) == len(project["trend"])
    # The median is per week: both builds may lie in one.
    assert {150.0, 100.0, 200.0} >= {value for value in project["trend"] if value is not None} != set()
    assert four.get("/api/v1/projects").json()["projects"][0]["trend"] is None
    assert four.get("/dashboard?since=1980-01-01&interval=week").status_code == 200


def test_a_sparkline_stays_within_its_box() -> None:
    for values in ([1.0], [5.0, 5.0], [0.0, 0.0], [1.0, None, 1000.0], [None, 3.0, 2.0, None]):
        line = sparkline(values)
        assert line
        numbers = [float(number) for number in re.findall(r"[\d.]+", line.line)]
        assert all(0 <= x <= WIDTH for x in numbers[::2])
        assert all(0 <= y <= HEIGHT for y in numbers[1::2])
        assert len(numbers) == 2 * sum(value is not None for value in values)
    assert sparkline([None, None]) is None
    assert sparkline([]) is None


def test_a_higher_value_is_higher_and_a_small_change_is_small() -> None:
    small, large = sparkline([100.0, 101.0]), sparkline([100.0, 200.0])
    assert small
    assert large
    assert large.y < small.y < HEIGHT / 2 + 1


def test_many_projects_are_split_into_pages(service: Service) -> None:
    for number in range(103):
        service.tasks.land(a_build(1, repo=f"many/repo{number:03}"))
    first = service.get("/dashboard?sort=-name").text
    assert len(repos(first)) == 100
    assert "page 1 of 2" in first
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = service.get(following[1].replace("&amp;", "&")).text
    assert repos(second) == ["many/repo002", "many/repo001", "many/repo000"]
    assert 'rel="prev" href="/dashboard?sort=-name"' in second
    assert len(repos(service.get("/dashboard?page=50").text)) == 3


def test_an_empty_overview_says_how_to_begin(make_service: Callable[..., Service]) -> None:
    service = make_service()
    page = service.get("/dashboard").text
    assert "webhooks:\n    - http://testserver/travis" in page
    assert 'action="/imports"' in page
    assert 'name="first_build"' in page
    assert "data-import" not in page
    answer = service.post("/imports", data={"provider": "travis", "repo": "a/b", "first_build": "1"})
    assert answer.status_code == 202
    (batch,) = re.findall(r'data-import="(\w+)"', answer.text)
    assert f'data-import="{batch}"' in service.get("/dashboard").text
    assert "0 of 1 build is here" in service.get("/dashboard").text


def test_who_must_sign_in_first_is_told_so(make_service: Callable[..., Service]) -> None:
    page = make_service(admin_token="secret").get("/dashboard").text
    assert 'href="/sign-in"' in page
    assert 'name="first_build"' not in page


def test_what_takes_longer_in_any_project_stands_first(make_service: Callable[..., Service]) -> None:
    service = make_service()
    repo = repo_in(service.store)
    assert "No project takes longer" in service.get("/dashboard").text
    told(service.store, repo, "f1", "opened")
    page = service.get("/dashboard").text
    assert f"<bdi>{together('Step f1 takes 9 s longer.')}</bdi> It is not over." in page
    assert (
        'href="/findings/ann/tool/f1" aria-label="Before and after: ann/tool, Step f1 takes 9 s longer."'
        in page
    )
    told(service.store, repo, "f1", "muted", number=2)
    assert "Step f1" not in service.get("/dashboard").text


def test_findings_of_projects_that_may_not_be_shown_are_left_out(
    make_service: Callable[..., Service],
) -> None:
    service = make_service(denied_repo=("ann/",))
    told(service.store, repo_in(service.store), "f1", "opened")
    service.tasks.land(a_build(1, repo="bob/steady"))
    assert "Step f1" not in service.get("/dashboard").text


def test_what_builds_take_longest_by_is_told_first_then_what_is_new() -> None:
    """Of nine findings five are shown: one of a second may be newer than one of a minute."""

    def row(id: str, began: str, wall: tuple[float, float] | None, **other: Any) -> dict[str, Any]:
        before, after = wall or (None, None)
        document = finding(wall_before=before, wall_after=after, since={"started_at": began}, **other)
        return {"id": id, "repo": f"ann/{id}", "state": "open", "document": document | {"worse": True}}

    rows = [
        row("minute", "2026-07-13", (262.0, 329.0)),
        row("over", "2026-07-14", (262.0, 400.0), over_since=build_of("500")),
        row("newest", "2026-11-25", None),
        row("seconds", "2026-02-10", (60.0, 74.0)),
        row("older", "2026-11-17", None),
    ]
    found = open_findings(rows)
    assert [each["id"] for each in found] == ["minute", "seconds", "newest", "older"]
