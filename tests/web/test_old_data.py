"""What was built long ago, a filter that makes a figure meaningless, and one of a thing: what pages say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from buildtimetrend.model import Result
from tests.web.conftest import NOW, Service, a_build, running_service

YEARS = timedelta(days=2400, hours=1)


@pytest.fixture(scope="module")
def old() -> Iterator[Service]:
    """A project whose last build failed years ago, and one that failed today."""
    with running_service() as service:
        service.tasks.land(a_build(1, repo="ann/old", ago=YEARS, result=Result.FAILED))
        service.tasks.land(a_build(1, repo="bob/now", ago=timedelta(minutes=5), result=Result.FAILED))
        yield service


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_build_that_failed_long_ago_is_not_failing_now(old: Service) -> None:
    found = {row["repo"]: row["quiet"] for row in old.get("/api/v1/projects").json()["projects"]}
    assert found == {"ann/old": True, "bob/now": False}
    failing = old.get("/api/v1/projects?show=failing").json()["projects"]
    assert [row["repo"] for row in failing] == ["bob/now"]
    page = old.get("/dashboard").text
    assert re.search(r'data-figure="failing".*?<strong class="error">1</strong>', page)
    assert page.count('class="result failed"') == 1
    assert f"failed in {NOW - YEARS:%B %Y}" in page


def test_nothing_is_green_or_red_of_a_project_that_is_quiet(old: Service) -> None:
    page = old.get("/jobs/ann/old").text
    days = re.search(r'data-figure="days_since_fail"><strong class="(\w*)">2,400</strong>', page)
    assert days
    assert days[1] == ""
    badge = old.get("/badge/ann/old/last_fail.json").json()
    assert (badge["message"], badge["color"]) == ("2400 days ago", "lightgrey")
    assert old.get("/badge/bob/now/last_fail.json").json()["color"] == "red"


def test_a_quiet_project_without_failures_has_a_grey_badge(service: Service) -> None:
    service.tasks.land(a_build(1, ago=YEARS))
    assert service.get("/badge/owner/name/last_fail.json").json() == {
        "schemaVersion": 1,
        "label": "last failed job",
        "message": "never",
        "color": "lightgrey",
    }


def test_a_range_without_builds_leads_to_the_last_ones(old: Service) -> None:
    page = old.get("/dashboard/ann/old").text
    assert f"Show {NOW - YEARS:%B %Y}" in page
    (link,) = re.findall(r'<a href="([?][^"]*)">Show ', page)
    assert "No builds in this range" not in old.get(f"/dashboard/ann/old{link.replace('&amp;', '&')}").text
    assert "Show " not in text_of(old.get("/dashboard/bob/now").text).split("Wall time of builds")[0].replace(
        "Show Reset", ""
    )


def only_link(page: str, name: str) -> str:
    (href,) = re.findall(rf'<a href="([^"]*)">{re.escape(name)}</a>', page)
    return unescape(href)


def test_the_overview_leads_to_where_a_silent_project_has_builds(old: Service) -> None:
    page = old.get("/dashboard").text
    href = only_link(page, f"Show {NOW - YEARS:%B %Y}")
    assert href.startswith("/dashboard/ann/old?")
    assert 'href="/build/travis/ann/old/1"' in old.get(href).text


@pytest.mark.parametrize("path", ["/dashboard/ann/old", "/builds/ann/old", "/steps/ann/old"])
@pytest.mark.parametrize("query", ["", "?filter_build_result=failed", "?timeframe=year&filter_branch=master"])
def test_a_page_whose_filters_find_only_old_builds_leads_to_them(old: Service, path: str, query: str) -> None:
    page = old.get(path + query).text
    there = path + only_link(page, f"Show {NOW - YEARS:%B %Y}")
    assert all(part in there for part in query[1:].split("&")[-1:])
    assert "Show " + f"{NOW - YEARS:%B %Y}" not in old.get(there).text


@pytest.mark.parametrize("path", ["/dashboard/bob/now", "/builds/bob/now", "/steps/bob/now"])
def test_a_branch_that_nobody_built_is_called_so_beside_those_that_there_are(old: Service, path: str) -> None:
    page = old.get(f"{path}?timeframe=month&filter_branch=mastr&filter_build_trigger=push").text
    assert "No build has the branch <code>mastr</code>. Did you mean" in page
    assert "No build has the trigger" not in page
    meant = only_link(page, "master")
    assert (meant.startswith("?"), "filter_build_trigger=push" in meant) == (True, True)
    assert "No build has" not in old.get(path + meant).text
    assert "filter_branch" not in only_link(page, "Show builds of any branch")


def test_filters_that_exclude_one_another_are_not_called_unknown(service: Service) -> None:
    service.tasks.land(a_build(1, branch="main", result=Result.PASSED))
    service.tasks.land(a_build(2, branch="topic", result=Result.FAILED))
    page = service.get("/builds/owner/name?filter_branch=topic&filter_build_result=passed").text
    assert "No build has all that the filters ask for." in page
    assert "No build has the" not in page
    assert "Show all builds" in page


def test_a_strangers_branch_stays_text_where_it_is_called_unknown(old: Service) -> None:
    page = old.get("/builds/bob/now", params={"filter_branch": "<b>x</b>"}).text
    assert "<code>&lt;b&gt;x&lt;/b&gt;</code>" in page


@pytest.mark.parametrize("result", ["passed", "failed"])
def test_a_filter_by_result_leaves_no_share_of_passed_jobs(service: Service, result: str) -> None:
    for number in range(1, 13):
        outcome = Result.FAILED if number % 3 == 0 else Result.PASSED
        service.tasks.land(a_build(number, result=outcome, ago=timedelta(hours=number)))
    query = f"?filter_build_result={result}"
    totals = service.get(f"/api/v1/projects/owner/name{query}").json()["totals"]
    assert totals["success_rate"] is None
    columns = service.get(f"/api/v1/projects/owner/name/charts/success{query}").json()["columns"]
    assert {
        value for column in columns if column["name"] == "success_rate" for value in column["values"]
    } == {None}
    said = text_of(service.get(f"/dashboard/owner/name{query}").text)
    assert f"passed not with the filter “{result}”" in said
    assert "0.0 %" not in said
    said = text_of(service.get(f"/jobs/owner/name{query}").text)
    assert f"passed not with the filter “{result}”" in said
    assert ("days since last failed job not with the filter" in said) is (result == "passed")


def test_a_build_that_passed_though_an_allowed_job_failed_is_none_that_failed(service: Service) -> None:
    build = a_build(1)
    nightly, stable = build.jobs
    nightly = replace(nightly, result=Result.FAILED, allow_failure=True)
    service.tasks.land(replace(build, jobs=(nightly, stable)))
    service.tasks.land(a_build(2, result=Result.FAILED))
    api = "/api/v1/projects/owner/name"
    for result, builds, jobs in (("failed", ["2"], 3), ("passed", ["1"], 1)):
        query = f"?filter_build_result={result}"
        points = service.get(f"{api}/charts/build_points{query}").json()["columns"]
        assert next(each["values"] for each in points if each["name"] == "build") == builds
        assert [each["number"] for each in service.get(f"{api}/builds{query}").json()["builds"]] == builds
        totals = service.get(f"{api}{query}").json()["totals"]
        assert (totals["builds"], totals["jobs"]) == (1, jobs)
        said = text_of(service.get(f"/dashboard/owner/name{query}").text)
        assert f"1 build {jobs} {result} job{'s' if jobs > 1 else ''} of all builds" in said


def test_what_did_not_pass_is_neither_slower_nor_faster(service: Service) -> None:
    for number in range(24):
        ago, seconds = (
            timedelta(days=10 if number < 12 else 1, minutes=number),
            100.0 if number < 12 else 300.0,
        )
        service.tasks.land(a_build(number + 1, result=Result.FAILED, ago=ago, seconds=seconds))
    query = "?filter_build_result=failed"
    totals = service.get(f"/api/v1/projects/owner/name{query}").json()["totals"]
    assert (totals["median_duration"], totals["change"]) == (300.0, None)
    assert totals["change_verdict"] == "not compared"
    assert "did not pass: not compared" in service.get(f"/dashboard/owner/name{query}").text


def test_one_of_a_thing_is_not_counted_in_the_plural(service: Service) -> None:
    service.tasks.land(a_build(1))
    service.post("/api/v1/imports", json={"repo": "owner/name", "first": 2})
    for path in (
        "/",
        "/dashboard",
        "/stats",
        "/imports",
        "/dashboard/owner/name",
        "/build/travis/owner/name/1",
        "/compare/owner/name",
        "/badges/owner/name",
    ):
        said = text_of(service.get(path).text)
        assert not re.search(
            r"(?<![\d.,/:#-])\b1 (projects|builds|jobs|steps|events|days|rows|tasks|messages|numbers)\b", said
        ), path


def test_projects_are_counted_alike_wherever_they_are(service: Service) -> None:
    for number in range(6):
        service.tasks.land(a_build(number + 1, repo=f"ann/app{number}"))
    service.tasks.land(a_build(1, repo="ann/old", ago=YEARS))
    assert ">7 projects</a>" in service.get("/").text
    assert "7 projects" in text_of(service.get("/dashboard").text)
    assert "7 projects, 6 of them built in this range" in text_of(service.get("/stats").text)
    assert service.get("/api/v1/projects").json()["total"] == 7
    assert service.get("/api/v1/stats").json()["all_repos"] == 7


def test_a_repo_that_is_not_allowed_is_in_no_count(service: Service) -> None:
    with running_service(denied_repo=("secret",)) as hiding:
        hiding.tasks.land(a_build(1))
        hiding.store.save(a_build(1, repo="owner/secret")).result()
        assert "1 project, built in this range" in text_of(hiding.get("/stats").text)
        assert "1 project" in text_of(hiding.get("/dashboard").text)
