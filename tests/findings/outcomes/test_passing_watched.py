"""Builds that pass less often are a finding with the range of their commits, closed when they pass again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from buildtimetrend import json_text
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.statements import alerts
from buildtimetrend.web.analysis.found import found
from tests.findings.outcomes.test_flaky import BEGUN, QUERY, Flaky

USUAL = [*["+"] * 9, "-"]
WORSE = ["+", "-"]


@pytest.fixture
def here() -> Iterator[Flaky]:
    with closing(open_store("duckdb://:memory:")) as store:
        yield Flaky(store, "ann/tool")


def test_builds_that_pass_less_often_are_told_once_with_share_range_and_job(
    here: Flaky,
) -> None:
    here.run([*USUAL * 8, *WORSE * 25])
    here.look()
    here.look()
    [told] = here.told
    assert told.startswith("ann/tool: Job test passes less often: 49 % instead of 91 % since about ")
    assert told.endswith(" (25 of 51 runs).")
    [row] = here.kept
    document = json_text.loads(row["document"])
    assert (row["what"], row["state"], document["unit"], document["worse"]) == ("results", "open", "%", True)
    assert document["evidence"].startswith("It began with one of builds ")
    failed = ". Job test failed in 26 of the 26 builds that did not pass. Builds pass 49 % instead of 91 %."
    assert document["evidence"].endswith(failed)
    numbers = [int(document[name]["number"]) for name in ("first", "last")]
    assert numbers[0] <= 81 <= numbers[1]
    assert document["last_before"]["number"] == str(numbers[0] - 1)


def test_it_is_over_when_they_pass_as_often_as_before(here: Flaky) -> None:
    here.run([*USUAL * 8, *WORSE * 25])
    here.look()
    here.run(USUAL * 8, 131)
    here.look()
    states = {row["seconds"] > 0: (row["state"], row["over_at"] is not None) for row in here.kept}
    assert states[True] == ("fixed", True)
    began, over = here.told
    assert "Job test passes less often: " in began
    assert "Job test passed less often: " in over  # and not that it passes more often


def test_the_same_share_all_along_is_no_finding(here: Flaky) -> None:
    here.run(USUAL * 15)
    here.look()
    assert not here.kept
    assert not found(here.store, replace(QUERY, repo="ann/tool"))["findings"]


SOMETIMES_TRIED_AGAIN = ["-", "-+", "+", "-"]


def told_of(here: Flaky) -> list[str]:
    """What each message is about that people were sent."""
    rows = sorted(here.kept, key=lambda row: row["what"])
    return [
        json_text.loads(row["document"])["sentence"].split(":")[0]
        for row in rows
        for _ in reads.notified(here.store, row["id"])
    ]


def test_of_a_job_that_became_flaky_people_are_told_once(here: Flaky) -> None:
    here.run([*["+"] * 60, *SOMETIMES_TRIED_AGAIN * 14])
    here.look()
    here.look()
    assert told_of(here) == ["Job test is flaky"]
    flaky, passes = sorted(here.kept, key=lambda row: row["what"])
    assert (flaky["state"], passes["state"]) == ("open", None)
    part = {"repo": "ann/tool", "id": flaky["id"], "what": "flaky"}
    assert json_text.loads(passes["document"])["part_of"] == part
    assert " Job test passes less often: 50 % instead of " in json_text.loads(flaky["document"])["evidence"]


def test_a_job_that_passes_less_often_and_shows_later_that_it_is_flaky_is_told_once(here: Flaky) -> None:
    here.run([*["+"] * 60, *WORSE * 15])
    here.look()
    here.run(SOMETIMES_TRIED_AGAIN * 8, 91)
    here.look()
    here.look()
    assert told_of(here) == ["Job test passes less often"]
    flaky, passes = sorted(here.kept, key=lambda row: row["what"])
    assert (flaky["state"], passes["state"]) == (None, "open")
    assert json_text.loads(flaky["document"])["part_of"]["id"] == passes["id"]
    assert " Job test is flaky: " in json_text.loads(passes["document"])["evidence"]


def test_a_flaky_job_that_breaks_later_is_told_of_that_too(here: Flaky) -> None:
    here.run(["-+", "+", "+"] * 30)
    here.look()
    here.run([*["-"] * 15, *WORSE * 6], 91)
    here.look()
    assert told_of(here) == ["Job test is flaky", "Job test passes less often"]


def test_when_the_flaky_job_is_muted_the_next_look_tells_what_still_holds(here: Flaky) -> None:
    here.run([*["+"] * 60, *SOMETIMES_TRIED_AGAIN * 14])
    here.look()
    [flaky] = [row for row in here.kept if row["what"] == "flaky"]
    of = {"finding": flaky["id"], "repo_id": flaky["repo_id"], "number": 2}
    here.store.execute(alerts.told(alerts.Event(**of, event="muted", state="muted", at=BEGUN))).result()
    here.run(["-"], 117)
    here.look()
    here.look()
    assert told_of(here) == ["Job test is flaky", "Job test passes less often"]
