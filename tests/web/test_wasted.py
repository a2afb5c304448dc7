"""The page of flaky jobs and wasted worker time, and the same of the API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from buildtimetrend.model import Worker
from buildtimetrend.text import iso
from tests.findings.history import EVERY
from tests.findings.outcomes.test_flaky import attempts
from tests.web.conftest import Service, running_service

REPO = "made/flaky"
ODD = "made/labels"  # its labels have the number of the run
EVIL = "<b>label</b>"


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with running_service(cost_currency="EUR", cost_per_minute={"ubuntu-*": 0.6}) as running:
        for number, results in enumerate([*["-+", "+"] * 6, "-"], 1):
            for build in attempts(REPO, number, results):
                labels = (EVIL,) if number == 1 else ("ubuntu-latest",)
                jobs = tuple(replace(job, worker=Worker(labels=labels)) for job in build.jobs)
                running.store.save(replace(build, jobs=jobs)).result()
        [made] = attempts(ODD, 1, "+")
        jobs = tuple(
            replace(
                made.jobs[0], id=f"{number}", name=f"job {number}", worker=Worker(labels=(f"run-{number}",))
            )
            for number in range(60)
        )
        running.store.save(replace(made, jobs=jobs)).result()
        yield running


def test_time_by_kind_week_job_and_label_adds_up_and_has_its_price(service: Service) -> None:
    found = service.client.get(f"/api/v1/projects/{REPO}/wasted?timeframe=year").json()
    total = found["total"]
    assert total["jobs"] == 2 * 13 + 6
    assert total["of"]["failed"] > 0
    assert total["of"]["repeated"] > 0
    assert total["wasted"] == pytest.approx(sum(total["of"].values()))
    for part in ("weeks", "jobs", "labels"):
        assert sum(each["seconds"] for each in found[part]) == pytest.approx(total["seconds"])
    assert total["cost"] == pytest.approx(0.6 / 60 * (total["seconds"] - total["unpriced"]))
    assert found["unpriced_labels"] == [EVIL]
    assert {each["labels"][0]: each["per_minute"] for each in found["labels"]} == {
        EVIL: None, "ubuntu-latest": 0.6,
    }  # fmt: skip
    assert found["sentence"].endswith(f"of {total['cost']:.2f} EUR.")


def test_the_page_says_it_in_a_sentence_a_picture_and_tables(service: Service) -> None:
    page = service.get(f"/wasted/{REPO}?timeframe=year").text
    assert "Job test is flaky: it fails in 7 of 13 builds; 6 of 6 re-runs" in page
    assert "of worker time came to nothing" in page
    assert page.count('<rect class="bar-failed"') >= 2  # one is that of the key
    assert "&lt;b&gt;label&lt;/b&gt;" in page
    assert EVIL not in page
    assert f'href="/wasted/{REPO}' in service.get(f"/dashboard/{REPO}").text


def test_of_very_many_labels_and_jobs_50_are_shown_and_how_many_are_left_is_said(service: Service) -> None:
    found = service.client.get(f"/api/v1/projects/{ODD}/wasted?timeframe=year").json()
    for part in ("jobs", "labels", "unpriced_labels"):
        assert (len(found[part]), found[f"more_{part}"]) == (50, 10)
    page = service.get(f"/wasted/{ODD}?timeframe=year").text
    assert page.count('<p class="muted">and 10 more.</p>') == 2
    assert "of jobs with the 60 labels" in page
    assert "</code> and 10 more: they are in no cost." in page


def test_a_range_without_jobs_says_so(service: Service) -> None:
    since = datetime.now(UTC) - timedelta(days=300) - EVERY
    until = since + timedelta(days=3)
    page = service.get(f"/wasted/{REPO}?since={iso(since)}&until={iso(until)}").text
    assert "No job ran." in page


def test_a_wrong_parameter_is_named(service: Service) -> None:
    answer = service.client.get(f"/api/v1/projects/{REPO}/wasted?timeframe=decade")
    assert (answer.status_code, answer.json()["error"]["detail"]) == (422, "timeframe")
