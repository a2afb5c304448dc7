"""A budget that burns is a finding and an alert, closed when it is kept again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from buildtimetrend.budgets.budget import Budget
from buildtimetrend.findings.outcomes.budgets import RANGE, as_document, kept_budgets
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.base import Store
from buildtimetrend.tasks import Analyses
from tests.findings.outcomes.test_flaky import Flaky, attempts

SUCCESS = Budget(name="green", what="success", share=95)
NOW = datetime.now(UTC)


class WithBudgets(Flaky):
    def budgets(self, *budgets: Budget) -> None:
        self._analyses = Analyses(self.store, self._tell, budgets)


@pytest.fixture
def here() -> Iterator[WithBudgets]:
    with closing(open_store("duckdb://:memory:")) as store:
        yield WithBudgets(store, "ann/tool")


def test_a_budget_that_burns_is_told_once_and_closed_when_it_is_kept(here: WithBudgets) -> None:
    here.budgets(SUCCESS)
    here.run([*["+"] * 30, *["-"] * 9])
    here.look()
    here.look()
    [told] = [each for each in here.told if "budget" in each]
    assert told.startswith("ann/tool: The budget “green” is used up ")
    assert told.endswith(" builds did not pass.")
    here.run(["+"] * 25, 40)
    here.look()
    [row] = [row for row in here.kept if row["what"] == "budget"]
    assert (row["state"], row["thing"], row["over_at"] is not None) == ("fixed", "green", True)


def test_a_budget_that_is_taken_out_of_the_settings_ends_its_alert(here: WithBudgets) -> None:
    here.budgets(SUCCESS)
    here.run([*["+"] * 30, *["-"] * 9])
    here.look()
    here.budgets()
    here.run(["-"], 40)
    here.look()
    [row] = [row for row in here.kept if row["what"] == "budget"]
    assert (row["state"], row["withdrawn_at"] is not None) == ("fixed", True)


def test_a_fault_in_budgets_keeps_no_other_finding_from_being_stored(here: WithBudgets) -> None:
    here.budgets(replace(SUCCESS, share=100))  # settings refuse it: nothing may be beyond, to divide by
    here.run([*["+"] * 10, *["-+", "+", "+"] * 5])
    here.look()
    assert [row["what"] for row in here.kept] == ["flaky"]


def test_budgets_say_how_far_they_are_kept_on_every_engine(store: Store) -> None:
    repo = "ann/budgets"
    for number, results in enumerate([*["+"] * 9, "-", "-+"], 1):
        for each in attempts(repo, number, results):
            store.save(each).result()
    [pipeline] = reads.pipelines(store, repo)
    wall = Budget(name="fast", what="wall_time", within=1.0, share=90)
    waiting = Budget(name="queue", what="queue_time", within=60, share=95)
    elsewhere = replace(wall, name="other", repos=("bob/",))
    pulls = replace(SUCCESS, name="pulls", branches="pull_requests")
    found = {
        kept.budget.name: as_document(kept)
        for kept in kept_budgets(store, [SUCCESS, wall, waiting, elsewhere, pulls], repo, pipeline, NOW)
    }
    assert {name: (each["builds"], each["beyond"]) for name, each in found.items()} == {
        "green": (11, 1), "fast": (10, 10), "queue": (11, 0), "pulls": (0, 0),
    }  # fmt: skip
    assert found["green"]["kept"] == pytest.approx(100 * 10 / 11)
    assert found["green"]["left"] == pytest.approx(100 * (1 - 1 / 11 / 0.05))
    assert (found["fast"]["state"], found["queue"]["state"], found["pulls"]["state"]) == (
        "burning", "kept", "no builds",
    )  # fmt: skip
    assert found["fast"]["sentence"] == "90 % of builds take at most 1.0 s"


def test_monitoring_asks_every_engine_for_levels_and_what_burns(store: Store) -> None:
    repo = "ann/levels"
    for each in attempts(repo, 1, "+"):
        store.save(each).result()
    [level] = [row for row in reads.levels(store, NOW - RANGE, NOW, 500) if row["repo"] == repo]
    assert level["duration"] > 0
    assert not [row for row in reads.burning_budgets(store, 500) if row["repo"] == repo]
