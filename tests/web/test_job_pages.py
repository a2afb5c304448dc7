"""The page of a job, and the same of the API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from buildtimetrend.model import Result
from buildtimetrend.web.analysis.distribution import distribution
from tests.findings.history import USUAL, build, changed, saved
from tests.web.conftest import Service, running_service

REPO = "made/slower"


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    begun = datetime.now(UTC) - timedelta(days=30)
    with running_service() as running:
        saved(running.store, REPO, {**USUAL, "pytest": changed(120, 71, 180)}, begun=begun)
        yield running


def listed(service: Service) -> list[str]:
    page = service.get(f"/jobs/{REPO}?timeframe=year").text
    table = page[page.index('aria-label="All jobs"') :]
    return re.findall(r"&amp;job=([^\"]+)\">", table)


def of_api(service: Service, job: str) -> dict[str, Any]:
    answer = service.client.get(f"/api/v1/projects/{REPO}/job?timeframe=year&job={job}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_the_view_of_jobs_leads_to_each_of_them(service: Service) -> None:
    names = listed(service)
    assert len(names) == 3
    for name in names:
        page = service.get(f"/jobs/{REPO}?timeframe=year&job={name}").text
        assert page.count('<circle class="passed"') == of_api(service, name)["runs"]
        assert f'<a href="/jobs/{REPO}?timeframe=year">Jobs</a>' in page
        assert "/build/travis/made/slower/" in page


def test_the_figures_of_a_job_are_those_of_its_runs(service: Service) -> None:
    (name, *_) = listed(service)
    found = of_api(service, name)
    jobs = service.client.get(f"/api/v1/projects/{REPO}/jobs?timeframe=year&limit=1000").json()["jobs"]
    own = sorted(
        job["duration"]
        for job in jobs
        if found["job"] in (job["name"], job["matrix"], f"{job['name']} ({job['matrix']})")
    )
    assert found["runs"] == len(own)
    assert found["total"] == pytest.approx(sum(own))
    assert found["slowest"][0]["seconds"] == own[-1]
    assert sum(bar["runs"] for bar in found["distribution"]) == len(own)
    assert [(branch["name"], branch["runs"]) for branch in found["branches"]] == [("main", len(own))]
    assert "pytest" in {step["name"] for step in found["steps"]}


def test_a_job_says_how_many_builds_wait_for_it(service: Service) -> None:
    found = [of_api(service, name) for name in listed(service)]
    assert len({one["looked_at"] for one in found}) == 1
    assert all(one["looked_at"] >= 10 for one in found)
    # Each build waits for one job at least.
    assert sum(one["critical"] for one in found) >= found[0]["looked_at"]


def test_what_changed_in_a_job_is_on_its_page(service: Service) -> None:
    name = listed(service)[0]
    page = service.get(f"/jobs/{REPO}?timeframe=year&job={name}").text
    assert "pytest" in page[page.index('aria-label="What changed"') :].partition("</section>")[0]
    assert re.search(r'class="flagged"[^>]*>▲ \+\S+\s[ms].* #71, \d+ \w+ \d{4}<', page)


def test_a_run_has_the_mark_of_its_result(service: Service) -> None:
    """As in charts and lists: no colour stands alone."""
    repo, begun = "made/marked", datetime.now(UTC) - timedelta(days=2)
    results = (Result.PASSED, Result.FAILED, Result.ERRORED)
    for number, result in enumerate(results, 1):
        made = build(repo, number, begun + timedelta(hours=number), USUAL, waiting=5, jobs=("python",))
        jobs = tuple(replace(job, result=result) for job in made.jobs)
        service.store.save(replace(made, result=result, jobs=jobs)).result()
    page = service.get(f"/jobs/{repo}?timeframe=year&job=python").text
    drawn = re.findall(
        r'<(circle|path) class="(passed|failed|errored|other)" (?:cx|d)="[^m"]*(m[^"]*)?"', page
    )
    assert sorted(drawn) == [
        ("circle", "passed", ""),
        ("path", "errored", "m-4 0l4 -4l4 4l-4 4z"),
        ("path", "failed", "m-3 -3l6 6m0 -6l-6 6"),
    ]


def test_what_a_job_ran_is_not_what_another_of_the_same_matrix_entry_ran(service: Service) -> None:
    repo = "made/alike"
    begun = datetime.now(UTC) - timedelta(days=2)
    made = build(repo, 1, begun, USUAL, waiting=5, jobs=("python 3.7", "python 3.7"))
    named = replace(made.jobs[1], name="lint", steps=made.jobs[1].steps[:1])
    service.store.save(replace(made, jobs=(made.jobs[0], named))).result()
    for job, steps in (("python 3.7", 3), ("lint (python 3.7)", 1)):
        found = service.client.get(f"/api/v1/projects/{repo}/job?job={job}").json()
        assert [step["runs"] for step in found["steps"]] == [1] * steps


def test_a_job_that_there_is_not_is_not_found(service: Service) -> None:
    page = service.client.get(f"/jobs/{REPO}?job={quote('<b>none</b>')}")
    assert page.status_code == 404
    assert "<b>none" not in page.text
    answer = service.client.get(f"/api/v1/projects/{REPO}/job?job=none").json()
    assert answer["error"]["detail"] == "job"
    assert service.client.get(f"/api/v1/projects/{REPO}/job").status_code == 422


def test_a_distribution_counts_every_value_once_and_the_longest_in_its_last_bar() -> None:
    bars = distribution([*range(100, 200), 100_000.0])
    assert sum(bar.runs for bar in bars) == 101
    assert bars[0].since == 100
    assert bars[-1].until < 300
    assert bars[-1].said.endswith("and more")
    assert max(bar.height for bar in bars) == 1
    assert distribution([5.0] * 9) == []
    assert sum(bar.runs for bar in distribution([5.0] * 10)) == 10
