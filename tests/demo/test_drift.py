"""The demo's project whose tests take longer little by little, all year, has one finding, which says so."""

from __future__ import annotations

import pytest

from buildtimetrend.demo.history import History
from buildtimetrend.findings.search.find import found_in
from buildtimetrend.findings.sentences.headline import headline
from tests.demo.planted import of_travis
from tests.demo.watched import pipelines

REPO = "simulated/streams"


# Ends of the year with which one of its two jobs, or both, seemed to take longer at once some time in it.
@pytest.mark.parametrize("now", [1_795_885_282, 1_795_700_000, 1_795_647_514, 1_795_500_000, 1_795_300_000])
def test_what_drifts_is_one_finding_of_both_jobs(now: int) -> None:
    history = History(seed=1, now=now)
    played = [build for build in of_travis(history) if build.repo == REPO]
    [of] = [found_in(builds) for builds in pipelines(played).values()]
    [finding] = of.found
    said, drift = headline(finding, of), history.projects[REPO].drift
    assert " in both jobs little by little since about " in said
    assert finding.cause.gradual
    assert len(finding.cause.jobs) == 2
    assert drift / 2 < finding.cause.seconds / finding.cause.before < drift * 1.5
    assert finding.over_since is None
    builds = len(of.measured.builds)
    assert finding.first < builds / 3
    assert finding.last > builds / 2
