"""Two pipelines, two servers and two code hosts that count alike: pages and API keep them apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from buildtimetrend.model import Build, Job, Result
from buildtimetrend.text import together
from tests.store.engines import ENGINES, empty
from tests.web.conftest import NOW, Service, running_service

REPO = "ann/tool"
GITHUB = "https://api.github.com"
START = NOW.replace(minute=0, second=0, microsecond=0) - timedelta(days=3)


def run(
    pipeline: str, number: int | str, minutes: float, hour: float, repo: str = REPO, **fields: Any
) -> dict[str, Any]:
    """The document of a build that is pushed; with one job, which takes all of it."""
    started = START + timedelta(hours=hour)
    times = {
        "started_at": started.isoformat(),
        "finished_at": (started + timedelta(minutes=minutes)).isoformat(),
    }
    id = f"{pipeline[:40]}-{number}"
    job = {"id": f"{id}-1", "name": "test", "result": "passed", **times}
    return {
        "provider": "github",
        "instance": GITHUB,
        "repo": repo,
        "id": id,
        "number": str(number),
        "result": "passed",
        "branch": "main",
        "pipeline": pipeline,
        "pipeline_name": pipeline.removesuffix(".yml").title(),
        "jobs": [job],
        **times,
        **fields,
    }


# Tests take 10 minutes, the last one 20; Lint takes one, and lacks numbers 5 and 6.
TESTS = [run("tests.yml", n, 20 if n == 14 else 10, n) for n in range(1, 15)]
LINT = [run("lint.yml", n, 1, n + 0.5) for n in range(1, 15) if n not in (5, 6)]
ELSEWHERE = [
    run("tests.yml", 14, 30, 20, instance="https://github.example/api/v3"),
    run("build", 1, 2, 1, repo="bob/app", code_host="github.com"),
    run("build", 1, 3, 1, repo="bob/app", code_host="git.example", id="other", jobs=[]),
    run("nightly", "2026.10", 5, 2, repo="cy/dated"),
    run("nightly", "2026.11", 5, 3, repo="cy/dated"),
]


@pytest.fixture(scope="module", params=ENGINES)
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("pipelines")
    with empty(request.param, request, folder) as url, running_service(url, admin_token="secret") as service:
        answer = service.client.post(
            "/api/v1/builds",
            json={"builds": [*TESTS, *LINT, *ELSEWHERE]},
            headers={"Authorization": "Bearer secret"},
        )
        assert answer.json()["refused"] == 0, answer.text
        yield service


def push(service: Service, document: dict[str, Any]) -> None:
    answer = service.client.post("/api/v1/builds", json=document, headers={"Authorization": "Bearer secret"})
    assert answer.status_code == 200, answer.text
    service.tasks.saved(document["repo"])  # as the one that keeps the store tells those that push to it


def page(service: Service, path: str, status: int = 200) -> str:
    answer = service.client.get(path)
    assert answer.status_code == status, answer.text
    return re.sub("[\u2068\u2069]", "", unescape(answer.text))


def api(service: Service, path: str, **params: Any) -> Any:
    answer = service.client.get(f"/api/v1/projects/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_number_that_several_pipelines_and_servers_have_gives_a_choice(service: Service) -> None:
    shown = page(service, f"/build/github/{REPO}/14")
    assert "3 builds with number 14" in shown
    links = re.findall(r'href="(/build/github/ann/tool/14\?[^"]+)"', shown)
    assert len(links) == 3
    for link in links:
        assert "builds with number" not in page(service, link)


def test_pipeline_and_instance_say_which_is_meant(service: Service) -> None:
    path = f"/build/github/{REPO}/14"
    assert "Lint" in page(service, f"{path}?pipeline=lint.yml")
    assert "Lint" in page(service, f"{path}?pipeline=Lint")
    assert "2 builds with number 14" in page(service, f"{path}?pipeline=tests.yml")
    tests = page(service, f"{path}?pipeline=tests.yml&instance={GITHUB}")
    assert together("20 m") in tests
    wrong = page(service, f"{path}?pipeline=deploy.yml", 404)
    assert f"There is no build 14 of {REPO} by github of pipeline deploy.yml here." in wrong


def test_a_build_alone_with_its_number_needs_no_choice(service: Service) -> None:
    assert "builds with number" not in page(service, f"/build/github/{REPO}/5")


def test_the_api_tells_attempts_of_one_pipeline_apart_from_builds_of_others(service: Service) -> None:
    path = f"{REPO}/builds/github/14"
    assert len(api(service, path)["attempts"]) == 3
    [one] = api(service, path, pipeline="lint.yml")["attempts"]
    assert (one["build"]["pipeline"], one["build"]["pipeline_name"]) == ("lint.yml", "Lint")
    assert one["build"]["attempt"] == 1
    [one] = api(service, path, id="tests.yml-14", instance=GITHUB)["attempts"]
    assert one["build"]["duration"] == 1200


def test_usual_is_that_of_the_pipeline_at_that_server(service: Service) -> None:
    [one] = api(service, f"{REPO}/builds/github/14", pipeline="tests.yml", instance=GITHUB)["attempts"]
    assert (one["build"]["usual"], one["build"]["difference"], one["build"]["compared_builds"]) == (
        600, 600, 13
    )  # fmt: skip
    [lint] = api(service, f"{REPO}/builds/github/14", pipeline="lint.yml")["attempts"]
    assert (lint["build"]["usual"], lint["build"]["difference"]) == (60, 0)
    [alone] = api(service, f"{REPO}/builds/github/14", instance="https://github.example/api/v3")["attempts"]
    assert alone["build"]["usual"] is None


def test_neighbours_are_of_the_same_pipeline(service: Service) -> None:
    shown = page(service, f"/build/github/{REPO}/7?pipeline=lint.yml")
    assert 'href="/build/github/ann/tool/4?pipeline=lint.yml" rel="prev"' in shown
    assert 'href="/build/github/ann/tool/8?pipeline=lint.yml" rel="next"' in shown


def test_gaps_are_of_a_pipeline(service: Service) -> None:
    found = api(service, f"{REPO}/quality", timeframe="month")
    assert found["missing_builds"] == 2
    assert found["gaps"] == [
        {"provider": "github", "instance": GITHUB, "pipeline": "lint.yml", "first": 5, "last": 6}
    ]


def test_a_build_is_compared_with_the_one_before_it_in_its_pipeline(service: Service) -> None:
    found = api(service, f"{REPO}/compare", by="build", b="7", filter_pipeline="lint.yml")
    assert (found["b"]["name"], found["a"]["name"]) == ("7", "4")
    assert found["difference"] == 0
    plain = page(service, f"/compare/{REPO}?by=build&a=5&b=7")
    assert "of Tests" in plain


def test_a_comparison_says_that_other_pipelines_have_the_number(service: Service) -> None:
    shown = page(service, f"/compare/{REPO}?by=build&a=1&b=3")
    assert "filter_pipeline says which is meant" in shown
    assert "filter_pipeline says" not in page(
        service, f"/compare/{REPO}?by=build&a=1&b=3&filter_pipeline=lint.yml"
    )


def test_one_slug_on_two_hosts_has_two_pages(service: Service) -> None:
    assert together("2 m") in page(service, "/build/github/bob/app/1")
    assert together("3 m") in page(service, "/build/github/git.example/bob/app/1")
    projects = {
        row["repo"] for row in service.client.get("/api/v1/projects?timeframe=month").json()["projects"]
    }
    assert {"bob/app", "git.example/bob/app"} <= projects
    assert service.client.get("/badge/git.example/bob/app/builds/month.json").json()["message"] == "1"


def test_numbers_are_text(service: Service) -> None:
    assert "2026.10" in page(service, "/build/github/cy/dated/2026.10")
    shown = page(service, "/build/github/cy/dated/2026.11")
    assert 'href="/build/github/cy/dated/2026.10" rel="prev"' in shown
    assert api(service, "cy/dated/quality", timeframe="month")["missing_builds"] == 0


def test_a_job_that_is_tried_again_with_a_new_id_is_another_attempt_of_its_own_pipeline_alone(
    service: Service,
) -> None:
    def saved(pipeline: str) -> Build:
        return Build(
            "gitlab", "https://gitlab.example", "dan/retried", f"{pipeline}-1", "1", Result.PASSED, "success",
            pipeline=pipeline, started_at=START, finished_at=START + timedelta(minutes=1),
            jobs=(Job("1" + pipeline, None, Result.PASSED, "success", started_at=START,
                      finished_at=START + timedelta(minutes=1)),),
        )  # fmt: skip

    for pipeline in ("a", "b"):
        assert service.store.save(saved(pipeline)).result() == 1
    later = START + timedelta(hours=1)
    again = Job(
        "9", None, Result.PASSED, "success", started_at=later, finished_at=later + timedelta(minutes=2)
    )

    retried = replace(saved("a"), finished_at=later + timedelta(minutes=2), jobs=(*saved("a").jobs, again))
    assert service.store.save(retried).result() == 2
    service.tasks.saved("dan/retried")
    attempts = api(service, "dan/retried/builds/gitlab/1")["attempts"]
    assert [(one["build"]["pipeline"], one["build"]["attempt"]) for one in attempts] == [
        ("a", 1), ("a", 2), ("b", 1)
    ]  # fmt: skip


def test_a_projects_pipelines_stand_first_and_the_one_that_takes_most_time_is_chosen(
    service: Service,
) -> None:
    answer = service.client.get(f"/dashboard/{REPO}?timeframe=month")
    assert answer.status_code == 307
    shown = page(service, answer.headers["location"])
    assert shown.index('aria-label="Pipelines"') < shown.index('data-figure="jobs"')
    [chosen] = re.findall(r'aria-current="true"><bdi>([^<]+)</bdi>', shown)
    assert chosen == "Tests (api.github.com)"
    assert f"Latest build of <bdi>{chosen}</bdi>" in shown
    [figure] = re.findall(r'data-figure="builds"><strong>(\d+)<', shown)
    assert figure == "14"
    assert "/charts/build_times?timeframe=month&filter_pipeline=" in shown
    lint = page(service, f"/dashboard/{REPO}?timeframe=month&filter_pipeline=lint.yml")
    assert re.findall(r'aria-current="true"><bdi>([^<]+)</bdi>', lint) == ["Lint"]
    assert re.findall(r'data-figure="builds"><strong>(\d+)<', lint) == ["12"]


def test_a_project_with_one_pipeline_has_no_table_of_them(service: Service) -> None:
    assert 'aria-label="Pipelines"' not in page(service, "/dashboard/cy/dated?timeframe=month")


def test_the_api_has_the_figures_of_each_pipeline(service: Service) -> None:
    found = api(service, f"{REPO}/pipelines", timeframe="month")["pipelines"]
    assert [(one["label"], one["builds"], one["job_time"], one["median_duration"]) for one in found] == [
        ("Tests (api.github.com)", 14, 13 * 600 + 1200, 600),
        ("Tests (github.example)", 1, 1800, 1800),
        ("Lint", 12, 12 * 60, 60),
    ]
    for one in found:
        chosen = api(service, REPO, timeframe="month", filter_pipeline=one["reference"])["totals"]
        assert chosen["builds"] == one["builds"]
        assert chosen["median_duration"] == one["median_duration"]
    assert sum(value is not None for value in found[2]["trend"]) >= 1


def test_the_overview_sums_pipelines_up_and_has_no_median_over_them(service: Service) -> None:
    listed = service.client.get("/api/v1/projects?timeframe=month&trend=true").json()["projects"]
    [several] = [one for one in listed if one["repo"] == REPO]
    assert (several["builds"], several["jobs"], several["success_rate"]) == (27, 27, 100)
    assert several["several_pipelines"]
    assert (several["median_duration"], several["average_duration"], several["change"]) == (None,) * 3
    assert {*several["trend"]} == {None}
    [alone] = [one for one in listed if one["repo"] == "cy/dated"]
    assert (alone["several_pipelines"], alone["median_duration"]) == (False, 300)
    shown = page(service, "/dashboard?timeframe=month")
    assert "each pipeline</a>" in shown
    [last] = re.findall(rf'href="(/build/github/{REPO}/14\?id=[^"]+)"', shown)
    assert "builds with number" not in page(service, last)


def test_a_badge_is_of_a_pipeline(service: Service) -> None:
    path = f"/badge/{REPO}/builds/month.json"
    assert service.client.get(path, params={"pipeline": "lint.yml"}).json()["message"] == "12"
    assert service.client.get(path).json()["message"] == "27"


@pytest.mark.parametrize("key", ["a&b=c", "a/b", "<b>x</b>", "x" * 700, "12345", "%2F", "?x#y"])
def test_a_pipeline_of_any_key_is_reached_by_its_reference(service: Service, key: str) -> None:
    for pipeline in (key, "plain"):
        document = run(pipeline, 1, 3, 1, repo="eve/odd", id=f"odd-{key[:9]}-{pipeline[:9]}")
        push(service, document)
    [one] = [
        each
        for each in api(service, "eve/odd/pipelines", timeframe="month")["pipelines"]
        if each["pipeline"] == key
    ]
    reference = {"timeframe": "month", "filter_pipeline": one["reference"]}
    assert api(service, "eve/odd", **reference)["totals"]["builds"] == 1
    assert service.client.get("/dashboard/eve/odd", params=reference).status_code == 200
    badge = service.client.get("/badge/eve/odd/builds/month.json", params={"pipeline": one["reference"]})
    assert badge.json()["message"] == "1"


def test_a_key_goes_before_anothers_name(service: Service) -> None:
    for key, name in (("x.yml", "y.yml"), ("y.yml", "x.yml")):
        push(service, run(key, 1, 3, 1, repo="eve/swapped", pipeline_name=name))
    [one] = api(service, "eve/swapped/builds/github/1", pipeline="x.yml")["attempts"]
    assert one["build"]["pipeline"] == "x.yml"
    assert "builds with number" not in page(service, "/build/github/eve/swapped/1?pipeline=x.yml")


def test_links_lead_to_a_build_of_a_pipeline_without_a_key(service: Service) -> None:
    for number in (1, 2):
        push(service, run("", number, 3, number, repo="eve/keyless"))
        push(service, run("ci.yml", number, 3, number, repo="eve/keyless"))
    shown = page(service, "/build/github/eve/keyless/2?pipeline=github")
    [before] = re.findall(r'href="([^"]+)" rel="prev"', shown)
    assert before == "/build/github/eve/keyless/1?pipeline=github"
    assert "builds with number" not in page(service, before)


def test_pipelines_whose_builds_have_no_jobs_are_in_the_table(service: Service) -> None:
    for key in ("a", "b"):
        push(service, run(key, 1, 3, 1, repo="eve/jobless", jobs=[]))
    found = api(service, "eve/jobless/pipelines", timeframe="month")["pipelines"]
    counts = sorted((one["pipeline"], one["builds"], one["jobs"]) for one in found)
    assert counts == [("a", 1, 0), ("b", 1, 0)]


def test_blanks_around_a_key_are_no_part_of_it(service: Service) -> None:
    push(service, run("  ci  ", 1, 3, 1, repo="eve/blank"))
    push(service, run(" \n", 1, 3, 1, repo="eve/blank", id="none"))
    found = api(service, "eve/blank/pipelines", timeframe="month")["pipelines"]
    assert sorted(one["pipeline"] for one in found) == ["", "ci"]


def test_a_repo_is_found_by_its_host_as_soon_as_it_is_there(service: Service) -> None:
    page(service, "/dashboard/eve/hosted", 404)  # from here on unknown names are trusted for a while
    push(service, run("ci", 1, 3, 1, repo="eve/hosted", code_host="git.example:8443"))
    assert page(service, "/build/github/eve/hosted/1")
    assert page(service, "/build/github/git.example:8443/eve/hosted/1")
