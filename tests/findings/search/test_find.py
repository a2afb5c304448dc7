"""Changes that belong together are one finding, with the build that it began with and what caused it."""

from __future__ import annotations

import pytest

from buildtimetrend.findings import Finding, find
from buildtimetrend.findings.changes.moves import Move
from buildtimetrend.findings.search.find import findings_of
from buildtimetrend.findings.series import Measured, Thing
from buildtimetrend.store.base import Store
from buildtimetrend.web.analysis.found import found
from tests.findings.history import JOBS, USUAL, changed, saved, steady


def only(findings: tuple[Finding, ...]) -> Finding:
    (finding,) = findings
    return finding


def test_a_history_without_a_change_has_no_finding(store: Store) -> None:
    assert find(store, saved(store, "none/steady", USUAL)).found == ()


def test_a_slower_step_in_all_jobs_is_one_finding_of_that_step(store: Store) -> None:
    query = saved(store, "one/step", {**USUAL, "pytest": changed(120, 71, 180)})
    of = find(store, query)
    finding = only(of.found)
    assert (finding.cause.what, finding.cause.step) == ("step", "script: pytest")
    assert finding.cause.jobs == JOBS
    assert finding.cause.seconds == pytest.approx(60, abs=3)
    assert of.measured.builds[finding.place]["number"] == "71"
    assert finding.first <= finding.place <= finding.last
    assert finding.wall
    assert finding.over_since is None
    (row,) = found(store, query)["findings"]
    assert row["sentence"].startswith("pytest takes 1 m")
    assert row["sentence"].endswith("in all three jobs since build #71 on 11 Mar 2026.")
    assert row["status"] == "It is not over."
    assert row["last_before"]["number"] == "70"
    assert row["builds_since"] == 50


def test_a_slower_step_in_one_job_says_which(store: Store) -> None:
    query = saved(store, "one/job", {**USUAL, "pytest": changed(120, 61, 190, JOBS[1:2])})
    (row,) = found(store, query)["findings"]
    assert (row["jobs"], row["of_jobs"]) == ([JOBS[1]], 3)
    assert f"in job {JOBS[1]} since build #61" in row["sentence"]


def test_jobs_that_wait_longer_are_a_finding_about_waiting(store: Store) -> None:
    query = saved(store, "all/wait", USUAL, waiting=lambda number: 150.0 if number > 60 else 20.0)
    finding = only(find(store, query).found)
    assert finding.cause.what == "waiting"
    (row,) = found(store, query)["findings"]
    assert row["sentence"].startswith("Jobs wait 2 m")
    assert "for a worker since build #61" in row["sentence"]


def test_a_long_wait_is_not_blamed_on_a_step_that_moved_a_little(store: Store) -> None:
    steps = {**USUAL, "pip install": changed(40, 61, 44)}
    query = saved(store, "wait/and-step", steps, waiting=lambda number: 320.0 if number > 60 else 20.0)
    assert find(store, query).found[0].cause.what == "waiting"


def test_what_went_back_is_over(store: Store) -> None:
    slower = {**USUAL, "pytest": lambda number, job: 180.0 if 41 <= number <= 80 else 120.0}
    query = saved(store, "there/back", slower)
    later, earlier = find(store, query).found
    assert earlier.cause.seconds > 0 > later.cause.seconds
    assert earlier.over_since == later.place
    [row] = found(store, query)["findings"]  # one event: its end is told there
    assert row["status"].startswith("Over since build #81 on ")
    assert "longer" in row["sentence"]


def test_what_takes_less_for_good_has_stayed_so(store: Store) -> None:
    query = saved(store, "less/now", {**USUAL, "pytest": changed(180, 61, 120)})
    [row] = found(store, query)["findings"]
    assert "less" in row["sentence"]
    assert row["status"] == "It has stayed so."


def test_two_steps_that_change_at_different_times_are_two_findings(store: Store) -> None:
    steps = {**USUAL, "pip install": changed(40, 41, 70), "pytest": changed(120, 91, 180)}
    causes = [finding.cause.step for finding in find(store, saved(store, "two/steps", steps)).found]
    assert causes == ["script: pytest", "script: pip install"]


def test_what_grows_little_by_little_is_one_finding(store: Store) -> None:
    steps = {**USUAL, "pytest": lambda number, job: 120.0 * (1 + 0.07 * (number // 50))}
    finding = only(find(store, saved(store, "little/by-little", steps, builds=200)).found)
    assert finding.cause.gradual
    assert finding.cause.seconds > 20


def test_of_many_steps_that_grow_alike_none_is_blamed(store: Store) -> None:
    steps = {f"make part{part}": changed(30, 61, 39) for part in range(6)}
    finding = only(find(store, saved(store, "many/steps", steps)).found)
    assert finding.cause.what == "job"
    assert len(finding.others) >= 6


def test_under_a_second_nothing_is_found(store: Store) -> None:
    steps = {**USUAL, "true": changed(0.2, 61, 0.9)}
    assert find(store, saved(store, "under/second", steps)).found == ()


def test_too_few_builds_tell_nothing(store: Store) -> None:
    assert find(store, saved(store, "too/few", {"make": changed(10, 5, 100)}, builds=8)).found == ()


def test_one_job_alone_is_not_named(store: Store) -> None:
    steps = {"make": steady(10), "make test": changed(60, 61, 90, ("python",))}
    query = saved(store, "just/one", steps, jobs=("python",))
    (row,) = found(store, query)["findings"]
    assert row["sentence"].startswith("make test takes 30 s longer (+50 %) since build #61")


@pytest.mark.parametrize(("sure", "explained", "told"), [(0.9, False, 0), (0.96, False, 1), (0.9, True, 1)])
def test_what_builds_take_longer_by_is_told_where_it_is_sure_or_explained(
    sure: float, explained: bool, told: int
) -> None:
    builds = [{"duration": 60.0, "number": str(number)} for number in range(60)]
    wall = Move(Thing("wall"), 30, 28, 32, 60.0, 90.0, sure)
    step = Move(Thing("step", "node", "make"), 30, 29, 31, 40.0, 66.0, 0.9)
    moves = [[wall], [step]] if explained else [[wall]]
    found = findings_of(Measured(builds, {}, {}), moves).found
    assert [one.wall for one in found] == [wall] * told
