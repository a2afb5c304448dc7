"""Builds that pass less often are a finding with the range of their commits, closed when they pass again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from buildtimetrend import json_text
from buildtimetrend.store import open_store
from buildtimetrend.web.analysis.found import found
from tests.findings.test_flaky import QUERY, Flaky

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
    assert told.startswith("ann/tool: Builds pass less often: 49 % instead of 91 % since build 80 on ")
    assert told.endswith(" (25 of 51 builds).")
    [row] = here.kept
    document = json_text.loads(row["document"])
    assert (row["what"], row["state"], document["unit"], document["worse"]) == ("results", "open", "%", True)
    assert document["evidence"].startswith("It began with one of builds ")
    assert ". Job test failed in " in document["evidence"]
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
    assert "Builds pass more often: " in here.told[-2] + here.told[-1]


def test_the_same_share_all_along_is_no_finding(here: Flaky) -> None:
    here.run(USUAL * 15)
    here.look()
    assert not here.kept
    assert not found(here.store, replace(QUERY, repo="ann/tool"))["findings"]
