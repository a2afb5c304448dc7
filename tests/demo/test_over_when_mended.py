"""What is told of the demo when its history is imported: over is what was mended, and since then."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from buildtimetrend.demo.history import Happened, History
from buildtimetrend.store import open_store, reads
from buildtimetrend.web.analysis.found import told
from tests.demo.stored import at_the_end_of, builds_of, looked_at, save

pytestmark = pytest.mark.long

NEAR = 8  # builds: of all branches, where those of the default branch alone are looked at
PARTS = 3


def imported(history: History, repo: str, first: int) -> list[dict[str, Any]]:
    """What is kept when all has come: the newest first, as histories do, and looked at meanwhile."""
    builds = [build for build in builds_of(history, repo) if int(build.number) >= first][::-1]
    with at_the_end_of(history), closing(open_store("duckdb://:memory:")) as store:
        for part in range(PARTS):
            save(store, builds[len(builds) * part // PARTS : len(builds) * (part + 1) // PARTS])
            looked_at(store)
        return [told(row) for row in reads.kept_findings(store, reads.repo_id(store, repo))]


def since(findings: list[dict[str, Any]], number: int, *, worse: bool) -> list[dict[str, Any]]:
    near = [each for each in findings if abs(int(each["since"]["number"]) - number) <= NEAR]
    return [each for each in near if each["worse"] == worse]


def happened(history: History, repo: str) -> dict[str, Happened]:
    return {each.what: each for each in history.happened(repo)}


# Ends of the year with which the slow image takes what the gain won before: told of a step, whose job is not
# known to have moved; of a step whose job was, and no other step; and of the job.
@pytest.mark.parametrize("now", [1_795_750_810, 1_795_608_268, 1_795_632_025])
def test_a_gain_is_not_over_where_a_slow_image_hides_it(now: int) -> None:
    history = History(seed=1, now=now)
    found, events = imported(history, "simulated/classroom", 1), happened(history, "simulated/classroom")
    [gain] = since(found, events["script"].number, worse=False)
    assert gain["over_since"] is None, gain["status"]
    assert since(found, events["image"].number, worse=True)


def test_a_slow_image_is_over_when_its_recovery_says_so() -> None:
    """Of one of four jobs the level was lower fifteen builds before."""
    history = History(seed=1, now=1_795_727_053)
    found, image = imported(history, "simulated/parser", 140), happened(history, "simulated/parser")["image"]
    [slow] = since(found, image.number, worse=True)
    assert image.until
    [mended] = since(found, image.until, worse=False)
    assert slow["over_since"] == mended["since"]
