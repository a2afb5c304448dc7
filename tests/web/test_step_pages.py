"""The pages of steps, and the same of the API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from tests.findings.history import USUAL, changed, saved, steady
from tests.web.conftest import Service, running_service

REPO = "made/slower"
MARKUP = "<b>make</b> `x`"


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    begun = datetime.now(UTC) - timedelta(days=30)
    with running_service() as running:
        steps = {**USUAL, "pytest": changed(120, 71, 180), MARKUP: steady(20)}
        saved(running.store, REPO, steps, begun=begun)
        yield running


def key_of(service: Service, name: str) -> str:
    steps = service.client.get(f"/api/v1/projects/{REPO}/steps?timeframe=year").json()["steps"]
    return str(next(step["key"] for step in steps if step["name"] == name))


def test_a_step_has_figures_of_all_runs_by_job_and_by_branch(service: Service) -> None:
    path = f"/api/v1/projects/{REPO}"
    steps = service.client.get(f"{path}/steps?timeframe=year").json()["steps"]
    of_all = next(step for step in steps if step["name"] == "pytest")
    one = service.client.get(f"{path}/step?timeframe=year&step={quote(of_all['key'])}").json()
    assert (one["name"], one["runs"]) == ("pytest", of_all["runs"])
    assert one["total"] == pytest.approx(of_all["total"])
    assert one["median"] == pytest.approx(of_all["p50"], rel=0.01)  # that one is of sums
    assert sum(job["runs"] for job in one["jobs"]) == one["runs"]
    assert len(one["jobs"]) == 3
    assert [(branch["name"], branch["runs"]) for branch in one["branches"]] == [("main", one["runs"])]
    assert one["commands"] == [{"text": "pytest", "runs": one["runs"]}]
    seconds = [run["seconds"] for run in one["slowest"]]
    assert seconds == sorted(seconds, reverse=True)
    assert seconds[0] > 170
    assert sum(bar["runs"] for bar in one["distribution"]) == one["runs"]


def test_the_page_of_a_step_draws_each_run_and_leads_to_its_build(service: Service) -> None:
    key = key_of(service, "pytest")
    page = service.get(f"/steps/{REPO}?timeframe=year&step={quote(key)}").text
    runs = service.client.get(f"/api/v1/projects/{REPO}/step?timeframe=year&step={quote(key)}").json()["runs"]
    assert page.count('<circle class="passed"') == runs
    assert f"/build/travis/{REPO}/120?id=" in page
    assert "<title>pytest in made/slower" in page
    assert "Runs by how long they took, from " in page
    # What changed of it is flagged, and said; what did of others is not.
    assert page.count('<path class="flag"') == 1
    assert "pytest takes" in page
    other = service.get(f"/steps/{REPO}?timeframe=year&step={quote(key_of(service, MARKUP))}").text
    assert "pytest takes" not in other
    assert 'class="flag' not in other
    assert f'name="step" value="{key}"' in page


def test_the_steps_of_a_project_lead_to_their_pages_of_the_same_range(service: Service) -> None:
    page = service.get(f"/steps/{REPO}?timeframe=year&filter_branch=main").text
    address = f"step={quote(key_of(service, 'pytest'), safe='')}"
    assert f"timeframe=year&amp;filter_branch=main&amp;{address}".replace("%20", "+") in page.replace(
        "%20", "+"
    )


def test_filters_choose_runs(service: Service) -> None:
    asked = f"/api/v1/projects/{REPO}/step?timeframe=year&step={quote(key_of(service, 'pytest'))}"
    assert service.client.get(f"{asked}&filter_branch=none").status_code == 404
    assert service.get(f"/steps/{REPO}?timeframe=year&filter_branch=none").status_code == 200


def test_a_step_that_nothing_ran_is_not_found(service: Service) -> None:
    answer = service.client.get(f"/steps/{REPO}?step=script:%20nothing")
    assert answer.status_code == 404
    assert "ran a step" in answer.text
    assert service.client.get("/steps/no/body").status_code == 404
    assert service.client.get(f"/api/v1/projects/{REPO}/step").status_code == 422


def test_markup_in_names_of_steps_stays_text(service: Service) -> None:
    key = key_of(service, MARKUP)
    for path in (f"/steps/{REPO}?timeframe=year", f"/steps/{REPO}?timeframe=year&step={quote(key)}"):
        page = service.get(path).text
        assert "<b>make" not in page
        assert "&lt;b&gt;make" in page
