"""Budgets on their page, in the API and in /metrics."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from buildtimetrend.alerts.base import Section
from buildtimetrend.alerts.rules import Rules
from buildtimetrend.budgets.budget import Budget
from buildtimetrend.tasks import Analyses
from buildtimetrend.text import together
from tests.findings.outcomes.test_flaky import attempts
from tests.web.conftest import Service, running_service

REPO = "made/budgets"
BUDGETS = (
    Budget(name="idle", within=600, branches="pull_requests"),
    Budget(name="<b>green</b>", what="success", share=95),
    Budget(name="queue", what="queue_time", within=120, share=80),
)
TEAM = Section("team", "slack", None, Rules(repos=("made/",), kinds=("budget",)))


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with running_service(budgets=BUDGETS) as running:
        for number, results in enumerate([*["+"] * 20, *["-"] * 9], 200):
            for build in attempts(REPO, number, results):
                running.store.save(build).result()
        Analyses(running.store, budgets=BUDGETS).once()
        yield running


def test_the_api_says_which_budgets_there_are_and_how_far_they_are_kept(service: Service) -> None:
    rules = service.client.get("/api/v1/budgets").json()["budgets"]
    assert [(rule["name"], rule["share"], rule["within"]) for rule in rules] == [
        ("idle", 95.0, 600.0), ("<b>green</b>", 95.0, None), ("queue", 80.0, 120.0),
    ]  # fmt: skip
    idle, green, queue = service.client.get(f"/api/v1/projects/{REPO}/budgets").json()["budgets"]
    assert (green["state"], green["builds"], green["beyond"]) == ("burning", 29, 9)
    assert (queue["state"], queue["kept"]) == ("kept", 100.0)
    assert [rate["tells_at"] for rate in green["burn_rates"]] == [7, 3, 1.5]
    assert [rate["tells_at"] for rate in queue["burn_rates"]] == pytest.approx([4.5, 3, 1.5])
    assert (idle["state"], idle["burn_rates"]) == ("no builds", [])
    assert service.client.get("/api/v1/projects/no/body/budgets").status_code == 404


def test_the_page_shows_budgets_and_what_burns_is_a_finding(service: Service) -> None:
    page = service.get(f"/budgets/{REPO}").text
    assert "&lt;b&gt;green&lt;/b&gt;" in page
    assert "▲ burning" in page
    assert page.count('<th scope="col" class="num">burn rate, ') == 3
    assert page.count('<td class="num">\N{EN DASH}</td>') == 5  # kept, left and three rates
    assert page.count("(tells at 4.5)") == 1
    assert together("80 % of builds wait at most 2 m for a worker") in page
    findings = service.client.get(f"/api/v1/projects/{REPO}/findings?timeframe=year").json()["findings"]
    assert [each["branches"] for each in findings if each["what"] == "budget"] == ["all"]
    assert f'href="/budgets/{REPO}"' in service.get(f"/dashboard/{REPO}").text


def test_monitoring_sees_the_level_and_what_burns(service: Service) -> None:
    metrics = service.get("/metrics").text
    assert f'buildtimetrend_budget_burning{{budget="<b>green</b>",repo="{REPO}"}} 1.0' in metrics
    assert f'buildtimetrend_wall_time_seconds{{repo="{REPO}"}}' in metrics
