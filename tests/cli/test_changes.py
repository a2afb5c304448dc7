"""`buildtimetrend changes`: what changed, and an exit code for CI."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from buildtimetrend.store import open_store
from tests.cli.conftest import Run
from tests.findings.history import USUAL, changed, saved

pytestmark = pytest.mark.servers  # without a service, the command starts one of its own

MONTH_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(days=30)


@pytest.fixture
def stored(run: Run) -> Run:  # whose store it is
    store = open_store(os.environ["BTT_STORE_URL"])
    saved(store, "made/slower", {**USUAL, "pytest": changed(120, 71, 180)}, begun=MONTH_AGO)
    saved(store, "made/faster", {**USUAL, "pytest": changed(120, 71, 90)}, begun=MONTH_AGO)
    saved(store, "made/steady", USUAL, begun=MONTH_AGO)
    store.close()
    return run


def test_it_says_what_changed_and_fails_on_what_is_slower(stored: Run) -> None:
    ran = stored("changes", "made/slower")
    assert ran.code == 0
    assert "pytest takes 1 m" in ran.out
    assert "in all three jobs since build #71 on " in ran.out
    assert "It is not over." in ran.out
    assert "build #70 was the last before it." in ran.out
    assert stored("changes", "made/slower", "--fail-on", "slower").code == 1
    faster = stored("changes", "made/faster", "--fail-on", "slower")
    assert (faster.code, "pytest takes 30 s less" in faster.out) == (0, True)
    steady = stored("changes", "made/steady", "--fail-on", "slower")
    assert (steady.code, steady.out) == (
        0,
        "Nothing changed in the builds of made/steady that are looked at.\n",
    )


def test_without_builds_to_look_at_it_does_not_say_that_nothing_changed(stored: Run) -> None:
    ran = stored("changes", "made/slower", "--branch", "no/such", "--fail-on", "slower")
    assert (ran.code, ran.out) == (0, "")
    assert (
        "No build of made/slower that passed is there to look at (timeframe year, branch no/such)." in ran.err
    )


def test_names_of_steps_give_the_terminal_no_orders(stored: Run) -> None:
    store = open_store(os.environ["BTT_STORE_URL"])
    saved(store, "made/odd", {**USUAL, "\x1b[2Jmake": changed(120, 71, 180)}, begun=MONTH_AGO)
    store.close()
    out = stored("changes", "made/odd").out
    assert "[2Jmake takes" in out
    assert "\x1b" not in out


def test_what_is_not_known_is_one_line(stored: Run) -> None:
    assert "made/nothing" in stored("changes", "made/nothing").err
    ran = stored("changes", "made/steady", "--timeframe", "decade")
    assert (ran.code, "timeframe" in ran.err) == (1, True)
