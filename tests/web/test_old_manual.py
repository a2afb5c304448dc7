"""Every path, parameter and default that the manual of the old service names keeps working."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from buildtimetrend.model import Origin, Result
from tests.web.conftest import Service, a_build, running_service
from tests.web.notifications import notification


@pytest.fixture(scope="module")
def with_builds() -> Iterator[Service]:
    with running_service() as service:
        land_builds(service)
        yield service


def land_builds(service: Service) -> None:
    service.tasks.land(a_build(1, repo="another/project"))
    for number in range(1, 4):
        service.tasks.land(a_build(number, seconds=60.0 * number, ago=timedelta(days=2, hours=-number)))
    service.tasks.land(a_build(4, result=Result.FAILED, seconds=240.0, ago=timedelta(days=20, hours=1)))
    service.tasks.land(a_build(5, branch="feature", trigger="pull_request", ago=timedelta(days=200)))


def message(service: Service, path: str) -> str:
    answer = service.get(path + ".json")
    assert answer.status_code == 200
    return str(answer.json()["message"])


def test_path_index(with_builds: Service) -> None:
    assert with_builds.get("/").status_code == 200


def test_path_dashboard_without_parameters_lists_all_hosted_projects(with_builds: Service) -> None:
    page = with_builds.get("/dashboard").text
    assert "/dashboard/owner/name" in page
    assert "/dashboard/another/project" in page


def test_path_dashboard_of_a_repo(with_builds: Service) -> None:
    page = with_builds.get("/dashboard/owner/name")
    assert page.status_code == 200
    assert "owner/name" in page.text


def test_path_dashboard_index_html_redirects_with_its_query_string(with_builds: Service) -> None:
    answer = with_builds.get("/dashboard/owner/name/index.html?timeframe=month&refresh=10")
    assert answer.status_code == 307
    assert answer.headers["location"] == "/dashboard/owner/name?timeframe=month&refresh=10"


def test_parameters_repo_owner_and_repo_name_of_the_dashboard_work_by_name(with_builds: Service) -> None:
    answer = with_builds.get("/dashboard?repo_owner=owner&repo_name=name&timeframe=day")
    assert answer.headers["location"] == "/dashboard/owner/name?timeframe=day"


def test_parameter_refresh_is_0_by_default_and_means_never(with_builds: Service) -> None:
    for query in ("", "?refresh=0"):
        assert "http-equiv" not in with_builds.get(f"/dashboard/owner/name{query}").text


@pytest.mark.parametrize(
    ("timeframe", "refresh", "minutes"),
    [
        ("day", 1, 5),
        ("week", 1, 10),
        ("month", 9, 10),
        ("year", 10, 30),
        ("week", 10, 10),
        ("week", 25, 25),
    ],
)
def test_parameter_refresh_is_never_below_the_query_cache_maximum_age(
    with_builds: Service, timeframe: str, refresh: int, minutes: int
) -> None:
    page = with_builds.get(f"/dashboard/owner/name?timeframe={timeframe}&refresh={refresh}").text
    assert f'<meta http-equiv="refresh" content="{minutes * 60}">' in page


def test_parameter_timeframe_is_week_by_default(with_builds: Service) -> None:
    assert_total_jobs(with_builds, "", 6)


@pytest.mark.parametrize(("timeframe", "jobs"), [("day", 0), ("week", 6), ("month", 8), ("year", 10)])
def test_parameter_timeframe(with_builds: Service, timeframe: str, jobs: int) -> None:
    assert_total_jobs(with_builds, f"timeframe={timeframe}", jobs)


@pytest.mark.parametrize(
    ("name", "value", "jobs"),
    [
        ("filter_build_matrix", "python 2.7 linux", 10),
        ("filter_build_matrix", "ruby 3 linux", 0),
        ("filter_build_result", "passed", 8),
        ("filter_build_result", "failed", 2),
        ("filter_build_result", "errored", 0),
        ("filter_build_trigger", "push", 8),
        ("filter_build_trigger", "pull_request", 2),
        ("filter_branch", "master", 8),
        ("filter_branch", "feature", 2),
    ],
)
def test_parameters_filter(with_builds: Service, name: str, value: str, jobs: int) -> None:
    assert_total_jobs(with_builds, urlencode({"timeframe": "year", name: value}), jobs)


def assert_total_jobs(service: Service, query: str, jobs: int) -> None:
    page = service.get(f"/dashboard/owner/name?{query}").text
    shown = re.search(r'data-figure="jobs"><strong>([\d,]+)<', page)
    assert shown is not None
    assert int(shown[1]) == jobs


@pytest.mark.parametrize(
    "query", ["", "?timeframe=day", "?timeframe=week", "?timeframe=month", "?timeframe=year"]
)
def test_path_stats_and_its_parameter_timeframe(with_builds: Service, query: str) -> None:
    page = with_builds.get(f"/stats{query}")
    assert page.status_code == 200
    current = query.partition("=")[2] or "week"
    assert re.search(rf'timeframe={current}" aria-current="true"', page.text)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/badge/owner/name", "2 m"),
        ("/badge/owner/name/latest", "3 m"),
        ("/badge/owner/name/avg/week", "2 m"),
        ("/badge/owner/name/avg/month", "2 m 30 s"),
        ("/badge/owner/name/avg/year", "2 m 20 s"),
        ("/badge/owner/name/jobs/week", "6"),
        ("/badge/owner/name/jobs/month", "8"),
        ("/badge/owner/name/jobs/year", "10"),
        ("/badge/owner/name/builds/week", "3"),
        ("/badge/owner/name/builds/month", "4"),
        ("/badge/owner/name/builds/year", "5"),
        ("/badge/owner/name/passed/week", "100%"),
        ("/badge/owner/name/passed/month", "75%"),
        ("/badge/owner/name/passed/year", "80%"),
        ("/badge/owner/name/last_fail/month", "20 days ago"),
    ],
)
def test_path_badge_in_every_type_and_interval(with_builds: Service, path: str, said: str) -> None:
    assert message(with_builds, path) == said
    svg = with_builds.get(path)
    assert svg.headers["content-type"] == "image/svg+xml;charset=utf-8"
    assert f">{said}<" in svg.text


@pytest.mark.parametrize("type_", ["latest", "avg", "jobs", "builds", "passed", "last_fail"])
def test_parameter_interval_is_week_by_default(with_builds: Service, type_: str) -> None:
    path = f"/badge/owner/name/{type_}"
    assert message(with_builds, path) == message(with_builds, f"{path}/week")


def test_parameter_badge_type_is_avg_by_default(with_builds: Service) -> None:
    assert message(with_builds, "/badge/owner/name") == message(with_builds, "/badge/owner/name/avg/week")


def test_parameters_of_badges_work_by_name(with_builds: Service) -> None:
    by_path = with_builds.get("/badge/owner/name/jobs/month").text
    by_name = "/badge?repo_owner=owner&repo_name=name&badge_type=jobs&interval=month"
    assert with_builds.get(by_name).text == by_path
    assert with_builds.get("/badge/owner/name?badge_type=jobs&interval=month").text == by_path


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("/badge/owner/name/LATEST", "/badge/owner/name/latest"),
        ("/badge/owner/name/Jobs/MONTH", "/badge/owner/name/jobs/month"),
        ("/badge/owner/name/BUILDS/Year.json", "/badge/owner/name/builds/year.json"),
        ("/badge/owner/name?badge_type=PASSED&interval=YEAR", "/badge/owner/name/passed/year"),
        ("/badge/owner/name.json?badge_type=PASSED&interval=YEAR", "/badge/owner/name/passed/year.json"),
        ("/badge/OWNER/Name/avg/YEAR", "/badge/owner/name/avg/year"),
    ],
)
def test_parameters_of_badges_may_be_in_capitals(with_builds: Service, path: str, plain: str) -> None:
    assert with_builds.get(path).content == with_builds.get(plain).content


@pytest.mark.parametrize("type_", ["latest", "avg", "jobs", "builds", "passed", "last_fail", "JOBS"])
@pytest.mark.parametrize("interval", ["", "/week", "/month", "/year", "/Year"])
@pytest.mark.parametrize("ending", ["", ".json", "?x=1"])
def test_badges_are_found_without_badge_in_the_address(
    with_builds: Service, type_: str, interval: str, ending: str
) -> None:
    for repo in ("owner/name", "group/sub/name", "stats/name", "docs/%C3%BC", "un/known"):
        answer = with_builds.get(f"/{repo}/{type_}{interval}{ending}")
        assert answer.status_code == 307
        assert answer.headers["location"] == f"/badge/{repo}/{type_}{interval}{ending}"
    badge = with_builds.get(f"/badge/owner/name/{type_}{interval}{ending}")
    assert (
        with_builds.get(f"/owner/name/{type_}{interval}{ending}", follow_redirects=True).content
        == badge.content
    )


@pytest.mark.parametrize(
    "path",
    [
        "/owner/name",
        "/owner/jobs",
        "/jobs",
        "/jobs/year",
        "/owner/name/nonsense",
        "/owner/name/jobs/decade",
        "/owner/name/nonsense/year",
        "/owner//jobs",
        "/owner/name/builds/year/more",
        "/imports/some/jobs",
        "/hooks/travis/jobs",
        "/static/some/avg",
        "/static/some/avg/year",
        "/api/v1/jobs",
        "/api/some/jobs/year",
        "/build/travis/owner/builds",
        "/compare/no/repo/jobs",
    ],
)
def test_no_other_address_leads_to_a_badge(with_builds: Service, path: str) -> None:
    assert with_builds.get(path).status_code == 404
    assert with_builds.post("/owner/name/jobs/year").status_code == 404


def test_pages_of_a_repo_that_is_called_like_a_badge_are_its_pages(with_builds: Service) -> None:
    answer = with_builds.get("/dashboard/owner/name/jobs")
    assert answer.status_code == 404
    assert "location" not in answer.headers


def test_a_notification_may_be_sent_to_travis_with_a_slash(service: Service) -> None:
    for number, path in ((158, "/travis/"), (159, "/hooks/travis/")):
        payload = notification(repo="owner/name", number=number)
        assert service.post(path, data={"payload": payload}).status_code == 202
    assert [task.ref.number for task in service.tasks.tasks.values()] == ["158", "159"]


@pytest.mark.parametrize("path", ["/travis/owner/name/12/", "/travis/owner/name/12//"])
def test_builds_may_be_asked_for_with_a_slash_by_post(service: Service, path: str) -> None:
    assert service.post(path).status_code == 202
    (task,) = service.tasks.tasks.values()
    assert task.ref.number == "12"


@pytest.mark.parametrize("path", ["/nothing/", "/nothing//", "//", "/dashboard/"])
def test_a_slash_makes_no_address_of_none(service: Service, path: str) -> None:
    assert service.post(path).status_code in (404, 405)


def test_path_travis_with_first_build_schedules_that_build(service: Service) -> None:
    answer = service.get("/travis/owner/name/12")
    assert answer.status_code == 202
    (task,) = service.tasks.tasks.values()
    assert (task.ref.repo, task.ref.number, task.origin) == ("owner/name", "12", Origin.REQUEST)
    assert answer.text == f"owner/name build 12 is scheduled as task {task.id}, to start in 0 s.\n"


def test_path_travis_with_last_build_schedules_all_up_to_and_including_it(service: Service) -> None:
    answer = service.get("/travis/owner/name/12/15")
    tasks = list(service.tasks.tasks.values())
    assert [task.ref.number for task in tasks] == ["12", "13", "14", "15"]
    assert all(task.id in line for task, line in zip(tasks, answer.text.splitlines(), strict=True))


@pytest.mark.parametrize(("settings", "delay"), [({}, 3.0), ({"multi_import_delay": 7.5}, 7.5)])
def test_setting_multi_import_delay_is_3_seconds_by_default(
    make_service: Callable[..., Service], settings: dict[str, float], delay: float
) -> None:
    service = make_service(**settings)
    service.get("/travis/owner/name/1/4")
    tasks = list(service.tasks.tasks.values())
    waits = [(task.due_at - tasks[0].due_at).total_seconds() for task in tasks]
    assert waits == pytest.approx([0, delay, 2 * delay, 3 * delay], abs=0.5)


@pytest.mark.parametrize(("settings", "most"), [({}, 100), ({"multi_import_max_builds": 5}, 5)])
def test_setting_multi_import_max_builds_is_100_by_default(
    make_service: Callable[..., Service], settings: dict[str, int], most: int
) -> None:
    service = make_service(**settings)
    answer = service.get("/travis/owner/name/1/150")
    assert len(service.tasks.tasks) == most
    warning = f"Warning: at most {most} builds are imported at once: builds {most + 1} to 150 are refused."
    assert answer.text.splitlines()[0] == warning


def test_parameters_of_travis_work_by_name(service: Service) -> None:
    query = {"repo_owner": "owner", "repo_name": "name", "first_build": 3, "last_build": 4}
    assert service.get(f"/travis?{urlencode(query)}").status_code == 202
    assert service.post("/travis", data={**query, "last_build": 5}).status_code == 202
    assert [task.ref.number for task in service.tasks.tasks.values()] == ["3", "4", "3", "4", "5"]


@pytest.mark.parametrize("path", ["/travis", "/travis/owner/name", "/travis/owner/name/1/2"])
def test_parameter_payload_is_a_notification(service: Service, path: str) -> None:
    answer = service.post(path, data={"payload": notification(repo="owner/name", number=158)})
    assert answer.status_code == 202, answer.text
    (task,) = service.tasks.tasks.values()
    assert (task.ref.repo, task.origin) == ("owner/name", Origin.HOOK)


@pytest.mark.parametrize(
    ("settings", "repo", "allowed"),
    [
        ({}, "my_name/my_first_repo", True),
        ({"denied_repo": ("my_name",)}, "my_name/my_first_repo", False),
        ({"denied_repo": ("another_name/some_repo",)}, "another_name/some_repo", False),
        ({"denied_repo": ("my_name",)}, "another_name/some_repo", True),
        ({"allowed_repo": ("my_name",)}, "my_name/another_repo", True),
        ({"allowed_repo": ("my_name",)}, "another_name/some_repo", False),
        ({"allowed_repo": ("my_name",), "denied_repo": ("my_first",)}, "my_name/my_first_repo", False),
    ],
)
def test_settings_denied_repo_and_allowed_repo(
    make_service: Callable[..., Service], settings: dict[str, tuple[str, ...]], repo: str, allowed: bool
) -> None:
    service = make_service(**settings)
    service.tasks.land(a_build(1, repo=repo))
    assert service.get(f"/travis/{repo}/1").status_code == (202 if allowed else 403)
    sent = service.post("/travis", data={"payload": notification(repo=repo)})
    assert sent.status_code == (202 if allowed else 403)
    assert (message(service, f"/badge/{repo}/builds") == "unknown") is not allowed
    assert service.get(f"/dashboard/{repo}").status_code == (200 if allowed else 404)


def test_setting_travis_account_token_checks_the_authorization_header(
    make_service: Callable[..., Service],
) -> None:
    service = make_service(travis_account_token="secret", travis_verify=True)
    payload = {"payload": notification(repo="owner/name")}
    assert service.post("/travis", data=payload, headers={"Authorization": "wrong"}).status_code == 401
    assert not service.tasks.tasks
