"""What the providers make of the simulated GitHub and GitLab is what the history says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from buildtimetrend.demo.history import Expected
from buildtimetrend.demo.organisation import GITHUB, GITLAB
from buildtimetrend.demo.runs.history import RunHistory
from buildtimetrend.demo.server import TOKEN, SimulatedGitHub, SimulatedGitLab, SimulatedRuns
from buildtimetrend.model import Build
from buildtimetrend.providers import open_provider
from buildtimetrend.providers.base import Latest, Provider
from buildtimetrend.settings import Settings

from .conftest import NOW

REPOS = [("github", slug) for slug in RunHistory(GITHUB, now=NOW).repositories]


@pytest.fixture(scope="module", params=["github"])
def ci(request: pytest.FixtureRequest) -> Iterator[tuple[SimulatedRuns, Provider]]:
    kind = request.param
    simulated = {"github": SimulatedGitHub, "gitlab": SimulatedGitLab}[kind]
    history = RunHistory({"github": GITHUB, "gitlab": GITLAB}[kind], now=NOW)
    with simulated(history) as server:
        provider = open_provider(Settings.of(github_api_url=server.url, github_token=TOKEN).section(kind))
        yield server, provider
        provider.close()


def seen(build: Build) -> tuple[object, ...]:
    return (
        int(build.number),
        build.attempt,
        str(build.result),
        stamp(build.started_at),
        stamp(build.finished_at),
        sorted(str(job.result) for job in build.jobs),
        sorted(sum(step.ran for step in job.steps) for job in build.jobs),
        build.pipeline,
    )


def told(expected: Expected) -> tuple[object, ...]:
    return (
        expected.number,
        expected.attempt,
        expected.state,
        expected.started_at,
        expected.finished_at,
        sorted(expected.jobs),
        sorted(expected.steps),
        expected.pipeline,
    )


def stamp(at: datetime | None) -> int | None:
    return None if at is None else int(at.astimezone(UTC).timestamp())


def test_every_attempt_of_every_run_is_collected_as_it_was(ci: tuple[SimulatedRuns, Provider]) -> None:
    server, provider = ci
    for slug in server.history.repositories:
        expected = {(each.id, each.attempt): each for each in server.history.expected(slug)}
        found = {}
        for ref in provider.select(slug, Latest(10_000)):
            build = provider.fetch(ref)
            found[int(build.id), build.attempt or 1] = build
        assert found.keys() == expected.keys()
        differ = [
            (seen(found[key]), told(each)) for key, each in expected.items() if seen(found[key]) != told(each)
        ]
        assert differ == []
