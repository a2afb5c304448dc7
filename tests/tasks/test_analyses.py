"""How long a look at builds rests between two pieces of work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from itertools import count, repeat
from typing import Any

import pytest

from buildtimetrend.store import open_store
from buildtimetrend.tasks import Analyses, analyses
from tests.findings.test_watch import SLOWER, Watched


def nobody(_: str, __: Mapping[str, Any]) -> Sequence[str]:
    return ()


@pytest.mark.parametrize(("requests", "beside"), [(repeat(7), False), (count(), True)])
def test_a_look_makes_way_for_requests_that_come_meanwhile(
    requests: Iterator[int], beside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[tuple[float, bool]] = []

    def rest(worked: float, *, asked: bool) -> float:
        rests.append((worked, asked))
        return 0.0

    monkeypatch.setattr(analyses, "rest_after", rest)
    with closing(open_store("duckdb://:memory:")) as store:
        Watched(store, "ann/tool").land(SLOWER, range(1, 52))
        looking = Analyses(store, nobody)
        looking.make_way_for(lambda: next(requests))
        assert looking.once() == 1
    assert len(rests) > 2
    assert {asked for _, asked in rests[1:]} == {beside}


def test_it_rests_for_most_of_the_time_beside_requests() -> None:
    assert analyses.rest_after(0.01, asked=True) > 0.01 > analyses.rest_after(0.01, asked=False) > 0


@pytest.mark.parametrize(("builds", "longest"), [(60, analyses.AFTER_MANY), (10, analyses.LONGEST)])
def test_after_many_builds_it_waits_a_minute_at_most(
    builds: int, longest: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyses, "SHARE_OF_WHOLE", 1e9)
    with closing(open_store("duckdb://:memory:")) as store:
        Watched(store, "ann/tool").land(SLOWER, range(1, builds + 1))
        begun = store.clock.now()
        assert Analyses(store, nobody).once() == 1
        due_at = store.select("SELECT max(due_at) AS due_at FROM analysis", {})["due_at"][0]
        assert isinstance(due_at, datetime)
        assert begun + longest <= due_at <= store.clock.now() + longest
