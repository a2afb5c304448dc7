"""What comes little by little is one finding, in all jobs in which it does, and hides nothing else."""

from __future__ import annotations

import pytest

from buildtimetrend.findings import Findings, find
from buildtimetrend.findings.changes.gradual import Drifted, with_gradual
from buildtimetrend.findings.changes.moves import Move
from buildtimetrend.findings.search.incremental import search_again
from buildtimetrend.findings.search.state import state_of
from buildtimetrend.findings.series import Thing
from buildtimetrend.findings.watch import watched_builds
from buildtimetrend.store.base import Store
from buildtimetrend.web.analysis.found import found
from tests.findings.history import BEGUN, JOBS, USUAL, Seconds, saved

BUILDS = 200
DRIFTING = JOBS[:2]


def grows(seconds: float, share: float, jobs: tuple[str, ...] = JOBS) -> Seconds:
    """With each build, up to that share more."""
    return lambda number, job: seconds * (1 + share * number / BUILDS * (job in jobs))


def causes(of: Findings) -> list[tuple[str, bool, int]]:
    return [(each.cause.step, each.cause.gradual, len(each.cause.jobs)) for each in of.found]


@pytest.mark.parametrize("share", [0.08, 0.15, 0.6])
def test_a_step_that_grows_with_each_build_is_one_finding_of_all_jobs(store: Store, share: float) -> None:
    query = saved(store, f"grows/by-{share}", {**USUAL, "pytest": grows(120, share)}, builds=BUILDS)
    of = find(store, query)
    [finding] = of.found
    assert causes(of) == [("script: pytest", True, 3)]
    assert finding.cause.seconds == pytest.approx(120 * share, rel=0.25)
    assert finding.place <= BUILDS // 4
    assert finding.last >= BUILDS * 3 // 4
    [row] = found(store, query)["findings"]
    assert row["gradual"]
    assert "in all three jobs little by little since about " in row["sentence"]


def test_one_that_grows_in_some_jobs_alone_names_no_other(store: Store) -> None:
    query = saved(store, "grows/in-two", {**USUAL, "pytest": grows(120, 0.2, DRIFTING)}, builds=BUILDS)
    [finding] = find(store, query).found
    assert finding.cause.gradual
    assert finding.cause.jobs == DRIFTING


def test_what_happens_meanwhile_is_a_finding_of_its_own(store: Store) -> None:
    steps = {
        **USUAL,
        "pytest": grows(120, 0.2),
        "pip install": lambda number, job: 40.0 if number < 120 else 55.0,
    }
    of = find(store, saved(store, "grows/and-more", steps, builds=BUILDS))
    assert sorted(causes(of)) == [("script: pip install", False, 3), ("script: pytest", True, 3)]
    [sharp] = [each for each in of.found if not each.cause.gradual]
    assert of.measured.builds[sharp.place]["number"] == "120"


def test_a_large_change_of_the_same_step_keeps_its_build(store: Store) -> None:
    steps = {
        **USUAL,
        "pytest": lambda number, job: grows(120, 0.15)(number, job) * (1.5 if number >= 100 else 1),
    }
    of = find(store, saved(store, "grows/and-jumps", steps, builds=BUILDS))
    [sharp] = [each for each in of.found if not each.cause.gradual]
    assert of.measured.builds[sharp.place]["number"] == "100"
    assert sharp.cause.after / sharp.cause.before == pytest.approx(1.5, abs=0.1)


@pytest.mark.parametrize(
    ("thing", "is_told"),
    [
        (Thing("job", JOBS[0]), True),
        (Thing("wall"), True),
        (Thing("job", JOBS[1]), False),  # in which nothing drifts
        (Thing("waiting"), False),  # of which no step is a part
    ],
)
def test_what_is_made_of_what_drifts_is_told_so_if_that_is_about_as_likely(
    thing: Thing, is_told: bool
) -> None:
    step = Thing("step", JOBS[0], "script: pytest")
    slow = {each: Move(each, 0, 0, 150, 100.0, 115.0, 0.95, gradual=True) for each in (step, thing)}
    at_once = {thing: [Move(thing, 80, 70, 90, 100.0, 107.0, 0.9)]}
    drifts = [Drifted(slow[step], 20.0, of_all=True), Drifted(slow[thing], -5.0, of_all=True)]
    told = list(with_gradual(at_once.values(), drifts))
    assert told == ([slow[step], slow[thing]] if is_told else [*at_once[thing], slow[step]])


def test_what_is_stored_of_a_look_says_the_same(store: Store) -> None:
    query = saved(store, "grows/stored", {**USUAL, "pytest": grows(120, 0.15)}, builds=BUILDS)
    of = watched_builds(store, query)
    first = search_again(of, None, BEGUN, lambda: None)
    again = search_again(
        of, state_of(first.state.to_json(of.builds), of.builds), of.builds[-1]["finished_at"], lambda: None
    )
    assert not again.whole
    assert again.findings.found == first.findings.found
    assert causes(again.findings) == [("script: pytest", True, 3)]
