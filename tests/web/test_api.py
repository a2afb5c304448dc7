from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import quote

import pytest

from buildtimetrend import charts
from buildtimetrend.charts import build_points
from buildtimetrend.enough import SIDE
from buildtimetrend.model import Result
from buildtimetrend.text import together
from tests.web.conftest import NOW, Service, a_build, running_service

PROJECT = "/api/v1/projects/owner/name"


@pytest.fixture(scope="module")
def with_builds() -> Iterator[Service]:
    """For tests that change nothing."""
    with running_service() as service:
        yield land_builds(service)


def land_builds(service: Service) -> Service:
    for number in range(1, 4):
        service.tasks.land(a_build(number, seconds=60.0 * number, ago=timedelta(days=2, hours=-number)))
    service.tasks.land(a_build(4, result=Result.FAILED, branch="feature", ago=timedelta(days=19, hours=12)))
    return service


def test_projects_lists_every_repo_that_may_be_shown(make_service: Callable[..., Service]) -> None:
    service = make_service(denied_repo=("secret",))
    for repo in ("owner/name", "owner/secret", "a/b/c"):
        service.tasks.land(a_build(1, repo=repo))
    projects = service.get("/api/v1/projects").json()["projects"]
    assert [project["repo"] for project in projects] == ["a/b/c", "owner/name"]
    assert (projects[1]["jobs"], projects[1]["builds"], projects[1]["last_build"]) == (2, 1, "1")
    assert [p["repo"] for p in service.get("/api/v1/projects?limit=1&offset=1").json()["projects"]] == [
        "owner/name"
    ]


def test_a_project_has_its_totals(with_builds: Service) -> None:
    found = with_builds.get(f"{PROJECT}?timeframe=month").json()
    assert (found["repo"], found["interval"]) == ("owner/name", "day")
    totals = found["totals"]
    assert (totals["jobs"], totals["builds"], totals["passed"], totals["failed"]) == (8, 4, 6, 2)
    assert (totals["success_rate"], totals["days_since_fail"]) == (75.0, 19)


def test_a_project_has_its_median_and_how_it_changed(service: Service) -> None:
    land_two_weeks(service, 10, 10)
    totals = service.get(PROJECT).json()["totals"]
    assert (totals["median_duration"], totals["p95_duration"], totals["queue_median"]) == (120.0, 120.0, 5.0)
    assert (totals["previous_median_duration"], totals["change"]) == (100.0, pytest.approx(20))
    assert totals["change_verdict"] == "slower"


@pytest.mark.parametrize(("before", "now"), [(1, 12), (12, 1), (9, 10), (10, 9)])
def test_a_change_needs_enough_builds_on_both_sides_wherever_it_stands(
    service: Service, before: int, now: int
) -> None:
    """Two jobs each: five builds would have ten."""
    land_two_weeks(service, before, now)
    totals = service.get(PROJECT).json()["totals"]
    assert (totals["change"], totals["change_verdict"]) == (None, "too few")
    assert (totals["compared_builds"], totals["previous_builds"]) == (now, before)
    project = service.get("/api/v1/projects").json()["projects"][0]
    assert (project["change"], project["change_verdict"]) == (None, "too few")
    assert (project["compared_builds"], project["previous_builds"]) == (now, before)
    columns = service.get(f"{PROJECT}/charts/slowest_steps").json()["columns"]
    steps = {column["name"]: column["values"] for column in columns}
    assert (set(steps["change"]), set(steps["verdict"])) == ({None}, {"too few"})
    assert set(steps["previous_runs"]) == {2 * before}
    for page in ("/dashboard/owner/name", "/dashboard"):
        said = service.get(page).text
        has = f"({now} of {SIDE})" if now < SIDE else f"before ({before} of {SIDE})"
        assert together(f"too few passed or failed builds {has}") in said
        # A build is held against those before it, by a rule of its own.
        assert "delta slower" not in said.partition('data-fragment="cards"')[2].partition("Latest builds")[0]
    assert service.get("/api/v1/projects?show=slower").json()["projects"] == []


def land_two_weeks(service: Service, before: int, now: int) -> None:
    """So many builds of 100 s in the week before, and of 120 s in this one."""
    for number in range(before):
        service.tasks.land(a_build(100 + number, seconds=100.0, ago=timedelta(days=10, hours=number)))
    for number in range(now):
        service.tasks.land(a_build(200 + number, seconds=120.0, ago=timedelta(days=1, hours=number)))


def test_a_project_says_how_far_its_figures_can_be_trusted(service: Service) -> None:
    for number in (1, 2, 7):
        service.tasks.land(a_build(number))
    found = service.get(f"{PROJECT}/quality?filter_branch=none").json()
    assert (found["started_jobs"], found["jobs_without_log"], found["share_without_log"]) == (6, 0, 0.0)
    assert found["missing_builds"] == 4
    assert [(gap["provider"], gap["first"], gap["last"]) for gap in found["gaps"]] == [("travis", 3, 6)]
    assert found["last_delivery_at"] is None
    assert found["last_build_at"].endswith("Z")
    assert service.get("/api/v1/projects/no/one/quality").status_code == 404


def test_a_repo_may_have_more_than_two_segments(service: Service) -> None:
    service.tasks.land(a_build(7, repo="group/sub/name"))
    base = "/api/v1/projects/group/sub/name"
    assert service.get(base).json()["totals"]["builds"] == 1
    assert service.get(f"{base}/builds").json()["builds"][0]["number"] == "7"
    assert service.get(f"{base}/builds/travis/7").status_code == 200
    assert service.get(f"{base}/charts/duration").status_code == 200
    assert service.get(f"/api/v1/projects/{quote('group/sub/name', safe='')}/jobs").status_code == 200


def test_builds_are_listed_newest_first_by_pages(with_builds: Service) -> None:
    def numbers(query: str) -> list[str]:
        return [b["number"] for b in with_builds.get(f"{PROJECT}/builds?{query}").json()["builds"]]

    assert numbers("timeframe=month") == ["3", "2", "1", "4"]
    assert numbers("timeframe=month&limit=2&offset=1") == ["2", "1"]
    assert numbers("timeframe=month&filter_branch=feature") == ["4"]


def test_a_build_has_its_attempts_jobs_and_steps(service: Service) -> None:
    land_builds(service).tasks.land(a_build(3, attempt=2, seconds=50.0, ago=timedelta(hours=1)))
    first, second = service.get(f"{PROJECT}/builds/travis/3").json()["attempts"]
    assert (first["build"]["attempt"], second["build"]["attempt"]) == (1, 2)
    assert (first["build"]["duration"], second["build"]["duration"]) == (180, 50)
    job = second["jobs"][0]
    assert job["matrix_values"] == {"language": "python", "os": "linux"}
    assert [step["name"] for step in job["steps"]] == ["install", "script"]
    assert [step["key"] for step in job["steps"]] == ["install: run install", "script: run script"]
    assert [step["label"] for step in job["steps"]] == ["run install", "run script"]
    assert job["steps"][0]["duration"] == 10


def test_jobs_and_steps_are_listed(with_builds: Service) -> None:
    jobs = with_builds.get(f"{PROJECT}/jobs").json()["jobs"]
    assert [job["number"] for job in jobs][:2] == ["3.2", "3.1"]
    steps = with_builds.get(f"{PROJECT}/steps").json()["steps"]
    assert {(step["phase"], step["name"]): step["runs"] for step in steps} == {
        ("install", "run install"): 6,
        ("script", "run script"): 6,
    }
    assert {step["key"] for step in steps} == {"install: run install", "script: run script"}


def test_choices_are_the_values_that_filters_can_take(with_builds: Service) -> None:
    choices = with_builds.get(f"{PROJECT}/choices?timeframe=month&filter_branch=feature").json()
    assert choices == {
        "pipeline": ["travis"],
        "job": [],
        "build_matrix": ["python 2.7 linux"],
        "result": ["failed", "passed"],
        "trigger": ["push"],
        "branch": ["feature", "master"],
    }


def test_every_chart_is_listed_and_drawn_as_json_and_csv(with_builds: Service) -> None:
    listed = with_builds.get("/api/v1/charts").json()["charts"]
    assert [chart["name"] for chart in listed] == list(charts.CHARTS)
    for chart in listed:
        path = f"{PROJECT}/charts/{chart['name']}?timeframe=month"
        drawn = with_builds.get(path).json()
        assert (drawn["chart"], drawn["title"]) == (chart["name"], chart["title"])
        assert len({len(column["values"]) for column in drawn["columns"]}) == 1
        by_header = with_builds.get(path, headers={"Accept": "text/csv"})
        by_parameter = with_builds.get(f"{path}&format=csv")
        assert by_header.headers["content-type"] == "text/csv; charset=utf-8"
        assert by_header.text == by_parameter.text
        table = list(csv.reader(io.StringIO(by_header.text)))
        assert len(table) == 1 + len(drawn["columns"][0]["values"])
        assert len(table[0]) == len(drawn["columns"])
        assert with_builds.get(f"{path}&format=json", headers={"Accept": "text/csv"}).json() == drawn


def test_a_chart_of_too_many_rows_says_how_many_there_are(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 31):
        service.tasks.land(a_build(number, ago=timedelta(hours=number), seconds=float(number)))
    path = f"{PROJECT}/charts/build_points?timeframe=week"
    whole = service.get(path).json()
    assert (whole["shown"], whole["of"]) == (30, 30)
    assert 'filename="build_points.csv"' in service.get(f"{path}&format=csv").headers["content-disposition"]
    assert "builds are here" not in service.get("/dashboard/owner/name/charts/build_points").text

    monkeypatch.setattr(build_points, "POINTS", 20)
    monkeypatch.setattr(build_points, "LATEST", 2)
    service.tasks.saved("owner/name")
    part = service.get(path).json()
    assert 2 <= part["shown"] <= 20
    assert (part["of"], len(part["columns"][0]["values"])) == (30, part["shown"])
    headers = service.get(f"{path}&format=csv").headers
    assert headers["x-total-count"] == "30"
    assert f'filename="build_points-{part["shown"]}-of-30.csv"' in headers["content-disposition"]
    page = service.get("/dashboard/owner/name/charts/build_points?timeframe=week").text
    assert f"{part['shown']} of 30 builds are here." in page
    others = service.get(f"{PROJECT}/charts/build_times").json()
    assert (others["shown"], others["of"]) == (None, None)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "  =", "\uff1d", "|", "\u200b%"])
def test_csv_never_holds_a_formula(service: Service, start: str) -> None:
    branch = f'{start}HYPERLINK("http://evil.example","x")'
    service.tasks.land(a_build(1, branch=branch))
    text = service.get(f"{PROJECT}/charts/branches?format=csv").text
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert f"'{branch}" in cells


def test_the_timeframe_is_a_week_unless_told_otherwise(with_builds: Service) -> None:
    week = with_builds.get(f"{PROJECT}?timeframe=week").json()
    plain = with_builds.get(PROJECT).json()
    assert plain["totals"] == week["totals"]
    assert plain["totals"]["jobs"] == 6


@pytest.mark.parametrize(
    ("query", "interval"),
    [
        ("timeframe=year", "week"),
        ("since=2026-01-01&until=2026-01-04", "hour"),
        ("since=2026-01-01&until=2026-01-04T00:00:01", "day"),
        ("since=2026-01-01&until=2026-05-01&timeframe=year", "day"),
        ("since=2026-01-01&until=2026-05-02", "week"),
        ("since=2026-01-01&until=2026-05-02&interval=day", "day"),
        ("until=2026-01-04&timeframe=month", "day"),
    ],
)
def test_the_interval_follows_the_length_of_a_range_that_has_a_start(
    with_builds: Service, query: str, interval: str
) -> None:
    assert with_builds.get(f"{PROJECT}?{query}").json()["interval"] == interval


def test_since_until_and_interval_replace_the_timeframe(with_builds: Service) -> None:
    since, until = NOW - timedelta(days=21), NOW - timedelta(days=10)
    query = {"since": since.isoformat(), "until": until.isoformat(), "interval": "week"}
    found = with_builds.get(PROJECT, params=query).json()
    assert found["totals"]["jobs"] == 2
    assert (found["since"], found["until"]) == (
        since.isoformat().replace("+00:00", "Z"),
        until.isoformat().replace("+00:00", "Z"),
    )
    naive = since.replace(tzinfo=None)
    for text in (naive.isoformat(), str(naive), f"{naive.isoformat()}z", f"{naive.isoformat()}+0000"):
        assert with_builds.get(PROJECT, params={**query, "since": text}).json() == found


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("timeframe=decade", "timeframe"),
        ("timeframe=", "timeframe"),
        ("refresh=-1", "refresh"),
        ("refresh=x", "refresh"),
        ("since=yesterday", "since"),
        ("since=1800-01-01", "since"),
        ("since=-3.8e-168", "since"),
        ("since=1767225600", "since"),
        ("since=20260101", "since"),
        ("until=2026-01-01_10:00", "until"),
        ("until=9999-12-31T23:59:59-12:00", "until"),
        ("interval=second", "interval"),
        ("filter_build_result=maybe", "filter_build_result"),
        ("filter_branch=%00", "filter_branch"),
        ("filter_branch=" + "x" * 501, "filter_branch"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("offset=-1", "offset"),
        ("since=2020-01-02&until=2020-01-01", "since"),
        ("since=1990-01-01&until=2020-01-01&interval=hour", "since"),
    ],
)
def test_a_wrong_parameter_gets_422_with_its_name(with_builds: Service, query: str, field: str) -> None:
    answer = with_builds.get(f"{PROJECT}/builds?{query}")
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "invalid"
    assert field in f"{error['detail']} {error['message']}"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/projects/nobody/nothing",
        "/api/v1/projects/owner",
        "/api/v1/projects/owner/name/charts/nothing",
        "/api/v1/projects/owner/name/builds/travis/99",
        "/api/v1/projects/owner/name/builds/jenkins/1",
        "/api/v1/projects/nobody/nothing/jobs",
        "/api/v1/imports/nothing",
        "/api/v1/imports/nothing/tasks",
        "/api/v1/nothing",
    ],
)
def test_what_is_not_there_gets_404(with_builds: Service, path: str) -> None:
    answer = with_builds.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["message"]


def test_a_denied_repo_is_not_there(make_service: Callable[..., Service]) -> None:
    service = make_service(denied_repo=("name",))
    service.tasks.land(a_build(1))
    for path in ("", "/builds", "/builds/travis/1", "/jobs", "/steps", "/choices", "/charts/duration"):
        assert service.get(PROJECT + path).status_code == 404
    assert service.get("/api/v1/stats").json()["projects"] == []


def test_a_build_that_lands_is_in_every_answer_at_once(service: Service) -> None:
    land_builds(service)
    before = service.get(PROJECT).json()["totals"]["jobs"]
    chart = service.get(f"{PROJECT}/charts/branches").json()
    service.tasks.land(a_build(9, branch="new"))
    assert service.get(PROJECT).json()["totals"]["jobs"] == before + 2
    assert service.get(f"{PROJECT}/charts/branches").json() != chart


def test_statistics_providers_and_badges_are_told(with_builds: Service) -> None:
    stats = with_builds.get("/api/v1/stats?timeframe=month").json()
    assert (stats["repos"], stats["builds"], stats["jobs"], stats["steps"]) == (1, 4, 8, 16)
    assert with_builds.get("/api/v1/providers").json() == {
        "providers": [{"name": "travis", "instance": "https://api.travis-ci.com", "hook": "/hooks/travis"}]
    }
    badges = with_builds.get("/api/v1/badges").json()
    assert [badge["type"] for badge in badges["badges"]] == [
        "latest", "avg", "jobs", "builds", "passed", "last_fail",
    ]  # fmt: skip
