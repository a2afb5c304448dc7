from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from buildtimetrend.model import BuildRef, Origin, Task, TaskState
from buildtimetrend.text import size, together
from buildtimetrend.web.analysis import usage
from tests.web.conftest import INSTANCE, Service, a_build

CHARTS = [*usage.OVER_TIME, usage.PROJECTS]


def columns(service: Service, chart: str, query: str = "?timeframe=month") -> dict[str, list[Any]]:
    answer = service.get(f"/api/v1/stats/charts/{chart}{query}")
    assert answer.status_code == 200
    return {column["name"]: column["values"] for column in answer.json()["columns"]}


def add_task(service: Service, number: int, **fields: Any) -> None:
    now = datetime.now(UTC)
    ref = BuildRef("travis", INSTANCE, "owner/name", number=str(number))
    service.store.add_tasks([replace(Task(f"t{number}", ref, Origin.HOOK, now, now), **fields)]).result()


@pytest.fixture
def two_repos(service: Service) -> Service:
    """At noon, so that a build begins and ends on one day whatever the time is."""
    now = datetime.now(UTC)
    since_noon = now - now.replace(hour=12)
    for number in range(1, 4):
        service.tasks.land(a_build(number, ago=timedelta(days=number) + since_noon))
    service.tasks.land(a_build(1, repo="other/thing", ago=timedelta(days=2) + since_noon))
    return service


def test_charts_over_time_add_up_to_the_statistics(two_repos: Service) -> None:
    whole = two_repos.get("/api/v1/stats?timeframe=month").json()
    for name in ("builds", "jobs", "steps", "events"):
        found = columns(two_repos, name)
        assert len(found.pop("time")) >= 30
        assert list(found) == ["owner/name", "other/thing"]
        assert sum(sum(values) for values in found.values()) == whole[name]
        assert sum(found["owner/name"]) == 3 * sum(found["other/thing"])


def test_languages_count_repos(two_repos: Service) -> None:
    found = columns(two_repos, "languages")
    times = found.pop("time")
    assert len(times) >= 30
    day = (datetime.now(UTC) - timedelta(days=2)).strftime("%Y-%m-%d")
    (place,) = [row for row, time in enumerate(times) if time.startswith(day)]
    assert sum(values[place] for values in found.values()) == 2


def test_projects_have_their_shares(two_repos: Service) -> None:
    found = columns(two_repos, "projects")
    assert found["repo"] == ["owner/name", "other/thing"]
    assert found["share"] == [75.0, 25.0]
    assert found["builds"] == [3, 1]


def test_small_names_are_taken_together() -> None:
    day = datetime(2026, 1, 5, tzinfo=UTC)
    rows = [
        {"bucket": day, "repo": f"o/{n:02}", "builds": n, "jobs": n, "steps": 0, "events": n}
        for n in range(1, 31)
    ]
    series = usage.draw("builds", {"projects": rows}, day, day + timedelta(days=2), "day")
    cells = {column.name: column.values for column in series.columns}
    assert cells["other"] == (sum(range(1, 11)), 0)
    assert cells["o/30"] == (30, 0)
    assert len(cells) == 22


@pytest.mark.parametrize("chart", CHARTS)
def test_every_chart_is_on_the_page_and_downloads_as_csv(two_repos: Service, chart: str) -> None:
    page = two_repos.get("/stats?timeframe=year").text
    link = f"/api/v1/stats/charts/{chart}?timeframe=year"
    assert f'href="{link}"' in page
    assert f'href="{link}&amp;format=csv"' in page
    answer = two_repos.get(f"{link}&format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert len(list(csv.reader(io.StringIO(answer.text)))) > 2


def test_a_chart_that_there_is_not(shared: Service) -> None:
    answer = shared.get("/api/v1/stats/charts/none")
    assert answer.status_code == 404
    assert "languages" in answer.json()["error"]["message"]


def test_a_denied_repo_is_in_no_chart(make_service: Callable[..., Service]) -> None:
    service = make_service(denied_repo=("secret",))
    service.tasks.land(a_build(1, repo="owner/secret"))
    service.tasks.land(a_build(1, repo="owner/open"))
    for chart in CHARTS:
        assert "secret" not in service.get(f"/api/v1/stats/charts/{chart}").text


def test_the_lag_is_from_notification_to_stored(service: Service) -> None:
    now = datetime.now(UTC)
    for number, seconds in enumerate((10, 20, 60), 1):
        add_task(
            service,
            number,
            created_at=now - timedelta(seconds=seconds),
            state=TaskState.DONE,
            finished_at=now,
        )
    add_task(
        service,
        4,
        created_at=now - timedelta(days=1),
        state=TaskState.DONE,
        finished_at=now,
        origin=Origin.IMPORT,
    )
    add_task(service, 5, created_at=now - timedelta(days=1), state=TaskState.FAILED, finished_at=now)
    lag = service.get("/api/v1/stats").json()["lag"]
    assert lag == {
        "tasks": 3,
        "median": pytest.approx(20),
        "p95": pytest.approx(56),
        "longest": pytest.approx(60),
    }
    assert together('<div class="card" data-figure="lag"><strong>20 s</strong>') in service.get("/stats").text


def test_failures_are_counted_by_reason(service: Service) -> None:
    now = datetime.now(UTC)
    reasons = ["it answered 503", "it answered 503", "it is gone"]
    for number, reason in enumerate(reasons, 1):
        add_task(service, number, state=TaskState.FAILED, finished_at=now, reason=reason)
    page = service.get("/stats").text
    rows = re.findall(r'<tr><td>(.*?)</td><td class="num">(\d+)</td></tr>', page)
    assert Counter({reason: int(count) for reason, count in rows}) == Counter(reasons)
    assert service.get("/api/v1/stats").json()["failed_tasks"] == 3


def test_nothing_is_known_of_an_empty_service(service: Service) -> None:
    found = service.get("/api/v1/stats").json()
    assert found["lag"] == {"tasks": 0, "median": None, "p95": None, "longest": None}
    assert found["oldest_open_at"] is None
    assert service.get("/stats").status_code == 200


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (12_345_678, "12.3 MB"),
        (2e13, "20.0 TB"),
    ],
)
def test_sizes_as_people_say_them(number: int, said: str) -> None:
    assert size(number) == said
