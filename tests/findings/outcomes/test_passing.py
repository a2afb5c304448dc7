"""Builds and jobs that pass less often for one cause are one finding, of the jobs if they explain it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from buildtimetrend.findings.finding import Findings
from buildtimetrend.findings.kept.known import Known, Lived
from buildtimetrend.findings.kept.life import lived
from buildtimetrend.findings.outcomes.ended_builds import Outcomes
from buildtimetrend.findings.outcomes.passing import Results, results
from buildtimetrend.findings.series import Measured
from buildtimetrend.store.reads import Pipeline
from buildtimetrend.store.reads.branches import BranchClass
from buildtimetrend.waste.runs import Run

BEGUN = datetime(2026, 3, 2, 8, tzinfo=UTC)
PIPELINE = Pipeline(1, "travis", "https://api.travis-ci.com", "", None, None, "travis", "Travis CI")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def ended(jobs: Mapping[str, str], builds: str = "") -> Outcomes:
    """Each job's results, one for each build: `+` passed, `-` failed, `.` did not run. A build passes if no
    job failed in it, unless `builds` says otherwise.
    """
    rows, runs = [], []
    for place, of_build in enumerate(zip(*jobs.values(), strict=True)):
        at = BEGUN + place * timedelta(hours=3)
        result = builds[place] if builds else "-" if "-" in of_build else "+"
        rows.append(row(place, at, "passed" if result == "+" else "failed"))
        runs += [
            Run(place, f"{place:040x}", job, how == "+", at + timedelta(minutes=5))
            for job, how in zip(jobs, of_build, strict=True)
            if how != "."
        ]
    return Outcomes(rows, runs)


def row(place: int, at: datetime, result: str) -> dict[str, Any]:
    return {
        "provider": "travis", "instance": "", "build_id": f"{place}", "attempt": 1, "number": f"{place + 1}",
        "commit_id": f"{place:040x}", "message": "", "author": "", "branch": "main", "url": None,
        "result": result, "started_at": at, "finished_at": at + timedelta(minutes=9), "is_pull": False,
    }  # fmt: skip


def failing(every: int, times: int, first: int = 0) -> str:
    return "".join("-" if number % every == first else "+" for number in range(times))


def told(jobs: Mapping[str, str], builds: str = "") -> Results:
    return results(ended(jobs, builds), BranchClass(), PIPELINE)


JOBS = {name: failing(50, 240, first) for first, name in enumerate(("docs", "py311", "py312", "py313"), 7)}
LINT = {**JOBS, "lint": failing(50, 120, 3) + failing(4, 120)}


def test_a_job_that_began_to_fail_is_told_with_its_share_and_what_builds_do() -> None:
    [found] = told(LINT).found
    document = found.document
    assert document["sentence"].startswith("Job lint passes less often: 75 % instead of 98 % since about ")
    assert document["evidence"].startswith("It began with one of builds #93 to #132. Job lint")
    assert document["sentence"].endswith(" runs).")
    assert (document["what"], document["jobs"], document["worse"]) == ("results", ["lint"], True)
    assert ". Job lint failed in 30 of the " in document["evidence"]
    assert int(document["first"]["number"]) <= 121 <= int(document["last"]["number"])


def test_it_is_over_when_the_job_passes_as_before() -> None:
    of = {name: results * 2 for name, results in JOBS.items()}
    worse, better = told({**of, "lint": LINT["lint"] + failing(50, 240, 3)}).found
    assert worse.document["over_since"] == better.document["since"]
    assert better.document["sentence"].startswith("Job lint passes more often: 98 % instead of 75 % since")


def test_jobs_that_fail_together_are_one_finding() -> None:
    [found] = told({**LINT, "docs": LINT["lint"]}).found
    assert found.document["sentence"].startswith("Jobs docs and lint pass less often: docs 75 % instead of ")
    assert sorted(found.document["jobs"]) == ["docs", "lint"]


def test_many_jobs_are_counted() -> None:
    [found] = told(dict.fromkeys((*JOBS, "lint"), LINT["lint"])).found
    assert found.document["sentence"].startswith("Five jobs pass less often: docs 75 % instead of 98 %")


def test_what_no_job_explains_is_told_of_builds() -> None:
    jobs = {
        f"job {number}": "+" * 120 + failing(40, 120, 4 * number) for number in range(10)
    }  # each fails in 3 builds of 120, so 30 of 120 builds do
    [found] = told(jobs).found
    assert found.document["sentence"].startswith("Builds pass less often: ")
    assert found.thing == ""


def test_a_job_that_may_fail_is_not_told() -> None:
    assert not told(LINT, builds="+" * 240).found


def test_a_job_that_is_not_run_in_every_build_is_told_by_its_runs() -> None:
    lint = "".join(how + "." for how in LINT["lint"])
    of = {name: "".join(how + "+" for how in results) for name, results in JOBS.items()}
    [found] = told({**of, "lint": lint}).found
    assert found.document["jobs"] == ["lint"]
    assert int(found.document["first"]["number"]) <= 241 <= int(found.document["last"]["number"])


def kept(found: Known) -> Known:
    return replace(found, id="one", state="open", events=1)


def lives(of: Results, before: list[Known]) -> list[Lived]:
    return lived(before, of.found, Findings((), Measured(of.builds, {}, {})), of.moves, LONG_AGO)


def test_what_was_told_of_builds_is_the_same_finding_once_a_job_explains_it() -> None:
    others = {name: failing(60, 240, first) for first, name in enumerate(JOBS, 7)}
    of_builds = told({"all": "+" * 100 + failing(4, 140)})
    before = kept(replace(of_builds.found[0], thing=""))
    jobs = ended({**others, "lint": "+" * 100 + failing(4, 140)})
    [life] = lives(results(jobs, BranchClass(), PIPELINE, [before]), [before])
    assert (life.known.id, life.happened) == ("one", None)
    assert life.known.document["jobs"] == ["lint"]


def test_what_was_told_stays_told_though_more_jobs_are_heard() -> None:
    """Evidence that several jobs need is more than that of two."""
    lint = "+" * 100 + failing(4, 36)
    few = {"lint": lint, "docs": failing(40, 136, 1)}
    [before] = [kept(found) for found in told(few).found]
    more = {**few, **{f"job {number}": failing(40, 136, number) for number in range(2, 30)}}
    assert not [found for found in told(more).found if found.document["jobs"] == ["lint"]]
    again = results(ended(more), BranchClass(), PIPELINE, [before])
    assert [found.document["jobs"] for found in again.found if found.document["jobs"] == ["lint"]]


def test_builds_are_told_beside_a_job_only_for_what_is_left_without_it() -> None:
    """Builds that failed by it before explain their worse share, however far from it that is placed."""
    lint = failing(50, 100, 3) + failing(3, 80) + failing(2, 80)
    found = told({**{name: failing(50, 260, at) for at, name in enumerate(JOBS, 7)}, "lint": lint}).found
    assert {tuple(each.document["jobs"]) for each in found} == {("lint",)}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text("+-.", min_size=5, max_size=5), min_size=20, max_size=120))
def test_whatever_ends_how_each_finding_has_its_place_in_its_range(of_builds: list[str]) -> None:
    jobs = {f"job {place}": "".join(of[place] for of in of_builds) for place in range(5)}
    of = told(jobs)
    for found in of.found:
        assert found.first_at <= found.since_at <= found.last_at
        assert 0 <= found.document["after"] <= 100
        assert (found.document["after"] < found.document["before"]) == found.document["worse"]
