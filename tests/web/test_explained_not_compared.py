"""What did not pass is not compared, and too few builds make nothing usual."""

from __future__ import annotations

from dataclasses import replace

import pytest

from buildtimetrend.model import Exit, Result
from tests.web.conftest import Service
from tests.web.explained_builds import (
    USUAL,
    Planned,
    a_build,
    explained,
    sentence,
    usual_builds,
    with_first,
)


def test_a_build_that_did_not_pass_is_not_compared(service: Service) -> None:
    failing = a_build(
        50, replace(USUAL[0], result=Result.FAILED, steps=(("install", 2.0),)), result=Result.FAILED
    )
    job = replace(failing.jobs[0], exit=Exit("failed", 2, "make `x`", "script", None))
    found = explained(service, usual_builds(), replace(failing, jobs=(job,)))
    assert sentence(found) == (
        "Failed after 8.0 s: `make 'x'` exited with 2 in job 50.1. "
        "Wall time is compared for passed builds only."
    )
    assert (found["difference"], found["verdict"]["parts"]) == (None, [])
    page = service.get("/build/travis/owner/name/50").text
    assert "delta slower" not in page
    assert "delta faster" not in page


@pytest.mark.parametrize(
    ("result", "of_step", "said"),
    [
        (Result.FAILED, Result.FAILED, "Failed after 8.0 s: `install` failed after 2.0 s in job 50.1."),
        (Result.FAILED, None, "Failed after 8.0 s: job 50.1."),
        (Result.CANCELED, None, "Canceled after 8.0 s."),
    ],
)
def test_a_build_is_told_by_its_step_or_job_where_no_command_is_known(
    service: Service, result: Result, of_step: Result | None, said: str
) -> None:
    build = a_build(50, replace(USUAL[0], result=result, steps=(("install", 2.0),)), result=result)
    (job,) = build.jobs
    ran = replace(job, steps=(job.steps[0]._replace(result=of_step),))
    found = explained(service, usual_builds(), replace(build, jobs=(ran,)))
    assert sentence(found) == f"{said} Wall time is compared for passed builds only."


def test_how_long_a_job_took_is_said_of_it_and_not_the_time_of_its_build(service: Service) -> None:
    failing = a_build(
        50,
        replace(USUAL[0], result=Result.FAILED, steps=(("install", 2.0),)),
        Planned("late", waits=600.0),
        result=Result.FAILED,
    )
    job = replace(failing.jobs[0], exit=Exit("failed", 2, "make", "script", None))
    found = explained(service, usual_builds(), replace(failing, jobs=(job, failing.jobs[1])))
    assert sentence(found) == (
        "Failed: `make` exited with 2 in job 50.1, which ran for 8.0 s. "
        "Wall time is compared for passed builds only."
    )
    endless = replace(job, started_at=None, finished_at=None)
    again = explained(service, [], replace(failing, attempt=2, jobs=(endless, failing.jobs[1])))
    assert sentence(again).startswith("Failed: `make` exited with 2 in job 50.1. ")


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("canceled", "was canceled"),
        ("log_limit", "was stopped for a log beyond the CI's limit"),
        ("of a later version", "ended with an error"),
        (None, "ended with an error"),
    ],
)
def test_how_a_command_without_an_exit_code_ended_is_said_in_words(
    service: Service, reason: str | None, said: str
) -> None:
    ended = a_build(50, replace(USUAL[0], result=Result.CANCELED), result=Result.CANCELED)
    job = replace(ended.jobs[0], exit=Exit(reason, None, "make", "script", None))
    found = sentence(explained(service, usual_builds(), replace(ended, jobs=(job,))))
    assert f": `make` {said} in job 50.1" in found


@pytest.mark.parametrize(
    ("before", "said"), [(0, "0 passed builds"), (1, "1 passed build"), (9, "9 passed builds")]
)
def test_too_few_builds_make_nothing_usual(service: Service, before: int, said: str) -> None:
    found = explained(service, usual_builds(before), a_build(50, *with_first(waits=300.0)))
    assert sentence(found) == f"No usual yet: {said} so far, 10 are needed."
    assert (found["usual"], found["difference"], found["compared_builds"]) == (None, None, before)


def test_ten_builds_are_enough(service: Service) -> None:
    found = explained(service, usual_builds(10), a_build(50, *with_first(waits=300.0)))
    assert "because job 50.1 waited" in sentence(found)
