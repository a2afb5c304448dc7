"""A step or a job that is new, or gone, is a finding of its own, unless it runs now and then."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from buildtimetrend.findings import Finding, Findings
from buildtimetrend.findings.changes.moves import appeared, moved
from buildtimetrend.findings.changes.presence import Edge, edges
from buildtimetrend.findings.document.of_finding import document
from buildtimetrend.findings.search.find import findings_of
from buildtimetrend.findings.series import Measured, Runs, Thing, Values
from buildtimetrend.store.reads import Pipeline
from buildtimetrend.trends import change_points
from tests.findings.history import steady
from tests.findings.test_watch import Watched, here

__all__ = ["here"]
BEGUN = datetime(2026, 3, 2, tzinfo=UTC)
BUILDS = 60
PIPELINE = Pipeline(1, "github", "", "ci.yml", "CI", None, "ci.yml", "CI")
EVERY = range(BUILDS)


def test_what_runs_from_some_build_on_is_new_there() -> None:
    [edge] = edges(EVERY, range(40, 60))
    assert (edge.place, edge.first, edge.runs, edge.since) == (40, 40, True, tuple(range(40, 60)))
    assert edge.confidence > 0.999


def test_what_ran_up_to_some_build_is_gone_from_the_next_on() -> None:
    [edge] = edges(EVERY, range(50))
    assert (edge.place, edge.runs, edge.before) == (50, False, tuple(range(50)))


def test_builds_that_could_not_have_run_it_widen_the_range() -> None:
    [edge] = edges([*range(30), *range(36, 60)], range(36, 60))
    assert (edge.first, edge.place) == (30, 36)


@pytest.mark.parametrize("since", [1, 4])
def test_four_builds_are_too_few(since: int) -> None:
    assert list(edges(EVERY, range(BUILDS - since, BUILDS))) == []
    assert list(edges(EVERY, range(BUILDS - since))) == []
    assert len(list(edges(EVERY, range(BUILDS - 5, BUILDS)))) == 1


def test_few_builds_on_both_sides_may_be_chance() -> None:
    assert list(edges(range(11), range(6, 11))) == []
    assert len(list(edges(range(16), range(11, 16)))) == 1


def test_a_try_before_and_a_leap_since_change_nothing() -> None:
    own = [12, *(place for place in range(30, 60) if place != 45)]
    assert [edge.place for edge in edges(EVERY, own)] == [30]


def test_what_went_away_and_came_back_has_two_edges() -> None:
    own = [*range(20), *range(40, 60)]
    assert [(edge.place, edge.runs) for edge in edges(EVERY, own)] == [(20, False), (40, True)]


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.9])
def test_what_runs_now_and_then_is_neither_new_nor_gone(share: float) -> None:
    """Of 100 such steps in 400 builds."""
    chance = random.Random(f"now and then {share}")
    told: list[Edge] = []
    for _ in range(100):
        own = [place for place in range(400) if chance.random() < share]
        told += edges(range(400), own)
    assert told == []


def measured(steps: Mapping[tuple[str, str], Mapping[int, float]], builds: int = BUILDS) -> Measured:
    """Of jobs whose steps took so long in the builds at these places; they run side by side."""
    rows = [
        dict.fromkeys(("message", "author", "branch", "url", "commit_id"))
        | {
            "provider": "github",
            "number": str(place + 1),
            "build_id": f"id-{place}",
            "attempt": 1,
            "started_at": BEGUN + place * timedelta(hours=3),
            "duration": 60.0,
        }
        for place in range(builds)
    ]
    values: dict[Thing, Values] = {Thing("wall"): Values()}
    runs = Runs(range(builds))
    for place in range(builds):
        of_jobs: dict[str, float] = {}
        for (job, step), seconds in steps.items():
            if place in seconds:
                took = seconds[place] * (1 + 0.02 * random.Random(f"{place} {job} {step}").gauss(0, 1))
                values.setdefault(Thing("step", job, step), Values()).add(place, took)
                of_jobs[job] = of_jobs.get(job, 0.0) + took
        for job, took in of_jobs.items():
            values.setdefault(Thing("job", job), Values()).add(place, took)
            runs.ran[job].append(place)
            runs.passed[job].append(place)
        runs.last[place] = max(of_jobs, key=lambda job: of_jobs[job])
        values[Thing("wall")].add(place, max(of_jobs.values()))
    return Measured(rows, values, {step: step for _, step in steps}, runs)


def found(of: Measured) -> tuple[Findings, list[Finding]]:
    moves = [
        moved(thing, values, change_points(values.seconds, of.stamps(values))) + appeared(thing, of)
        for thing, values in of.values.items()
    ]
    done = findings_of(of, moves)
    return done, list(done.found)


def told(of: Measured) -> list[dict[str, Any]]:
    done, findings = found(of)
    return [document(finding, done, PIPELINE) for finding in findings]


def always(seconds: float, places: Sequence[int] = EVERY) -> dict[int, float]:
    return dict.fromkeys(places, seconds)


TWO = {
    ("a", "make"): always(30),
    ("a", "test"): always(90),
    ("b", "make"): always(30),
    ("b", "test"): always(80),
}


def test_a_new_step_is_told_with_what_it_takes_and_where() -> None:
    new = {("a", "scan"): always(40, range(35, 60)), ("b", "scan"): always(40, range(35, 60))}
    [row] = told(measured({**TWO, **new}))
    assert (row["what"], row["step"], row["since"]["number"]) == ("new_step", "scan", "36")
    assert row["sentence"] == "New step scan takes 40 s in both jobs since build #36 on 6 Mar 2026."
    assert row["status"] == "It still runs."
    assert (row["before"], row["after"]) == (0, pytest.approx(40, abs=1))
    assert row["wall_after"] - row["wall_before"] == pytest.approx(40, abs=2)


def test_a_step_that_is_gone_is_told_with_what_builds_take_less() -> None:
    [row] = told(measured({**TWO, ("a", "scan"): always(40, range(35))}))
    assert row["what"] == "gone_step"
    assert row["sentence"].startswith(
        "scan no longer runs since build #36 on 6 Mar 2026; builds take 39 s less."
    )


def test_a_new_step_in_one_of_two_jobs_names_the_job() -> None:
    steps = {("a", "scan"): always(20), ("b", "scan"): always(40, range(35, 60))}
    [row] = told(measured({**TWO, **steps}))
    assert row["sentence"].startswith("New step scan takes 4")
    assert " in job b since build #36" in row["sentence"]


def test_a_new_job_that_ends_last_says_what_builds_take_longer() -> None:
    [row] = told(measured({**TWO, ("c", "test"): always(180, range(35, 60))}))
    assert (row["what"], row["jobs"]) == ("new_job", ["c"])
    assert row["sentence"].startswith("New job c ends last, so builds take 1 m")
    assert row["sentence"].endswith(" longer since build #36 on 6 Mar 2026.")


def test_a_new_job_beside_others_is_found_and_takes_no_build_longer() -> None:
    [row] = told(measured({**TWO, ("c", "test"): always(50, range(35, 60))}))
    assert row["sentence"].startswith("New job c takes ")
    assert row["wall_after"] is None


def test_a_job_that_is_gone_is_told() -> None:
    [row] = told(measured({**TWO, ("c", "test"): always(180, range(35))}))
    assert row["what"] == "gone_job"
    assert row["sentence"].startswith(
        "Job c no longer runs since build #36 on 6 Mar 2026; builds take 59 s less."
    )


def test_a_step_that_took_the_place_of_another_is_neither_new_nor_gone() -> None:
    of = measured(
        {**TWO, ("a", "scan -1"): always(40, range(35)), ("a", "scan -2"): always(41, range(35, 60))}
    )
    assert told(of) == []


def test_a_step_that_took_the_place_of_another_and_takes_longer_is_told_as_its_job() -> None:
    of = measured(
        {**TWO, ("a", "scan -1"): always(40, range(35)), ("a", "scan -2"): always(70, range(35, 60))}
    )
    [row] = told(of)
    assert (row["what"], row["jobs"]) == ("job", ["a"])


def test_a_step_under_a_second_is_not_told() -> None:
    assert told(measured({**TWO, ("a", "true"): always(0.5, range(35, 60))})) == []


def test_builds_one_by_one_tell_a_new_step_once_and_close_it_when_it_is_gone(here: Watched) -> None:
    steps = {"make": steady(30), "make test": steady(90)}
    more = {**steps, "scan": steady(40)}
    here.land(steps, range(1, 41))
    here.look()
    here.land(more, range(41, 45))
    here.look()
    assert here.kept == []
    here.one_by_one(more, [45, 46])
    [row] = here.kept
    assert (row["what"], row["thing"], row["state"]) == ("new_step", "script: scan", "open")
    assert [told.startswith("ann/tool: New step scan takes 4") for told in here.told] == [True]
    other = Watched(here.store, "bob/tool")
    other.land(steps, range(1, 41))
    other.land(more, range(41, 47))
    other.look()
    for name in ("what", "thing", "since_at", "first_at", "last_at"):
        assert row[name] == other.kept[0][name]
    here.land(steps, range(47, 57))
    here.look()
    assert here.events() == ["opened", "fixed"]
    assert [each["what"] for each in here.kept] == ["new_step"]


def test_a_step_that_went_away_and_came_back_before_it_was_told_is_told_nobody(here: Watched) -> None:
    steps = {"make": steady(30), "make test": steady(90)}
    here.land({**steps, "scan": steady(40)}, range(1, 31))
    here.land(steps, range(31, 41))
    here.land({**steps, "scan": steady(40)}, range(41, 61))
    here.look()
    assert [(row["what"], row["over_at"] is not None) for row in here.kept] == [
        ("gone_step", True),
    ]
    assert here.events() == []
