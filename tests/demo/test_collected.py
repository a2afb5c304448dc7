"""What the providers make of the simulated GitHub and GitLab is what the history says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

import pytest

from buildtimetrend.demo.history import Expected
from buildtimetrend.demo.organisation import GITHUB, GITLAB
from buildtimetrend.demo.runs.history import RunHistory
from buildtimetrend.demo.server import TOKEN, SimulatedGitHub, SimulatedGitLab, SimulatedRuns
from buildtimetrend.model import Build, Job
from buildtimetrend.providers import open_provider
from buildtimetrend.providers.base import Latest, Provider
from buildtimetrend.settings import Settings

from .conftest import NOW


@pytest.fixture(scope="module", params=["github", "gitlab"])
def ci(request: pytest.FixtureRequest) -> Iterator[tuple[SimulatedRuns, Provider]]:
    kind = request.param
    simulated = {"github": SimulatedGitHub, "gitlab": SimulatedGitLab}[kind]
    history = RunHistory({"github": GITHUB, "gitlab": GITLAB}[kind], now=NOW)
    with simulated(history) as server:
        address = {"github": "github_api_url", "gitlab": "gitlab_url"}[kind]
        settings = Settings.of(**{address: server.url, f"{kind}_token": TOKEN})
        provider = open_provider(settings.section(kind))
        yield server, provider
        provider.close()


def seen(provider: Provider, build: Build) -> tuple[object, ...]:
    return (
        int(build.number),
        build.attempt,
        str(build.result),
        stamp(build.started_at),
        stamp(build.finished_at),
        sorted(str(job.result) for job in build.jobs),
        sorted(steps(provider, build, job) for job in build.jobs),
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


def steps(provider: Provider, build: Build, job: Job) -> int:
    """Those that ran, by the API or by the log."""
    log = provider.log(build, job)
    if log is None:
        return sum(step.ran for step in job.steps)
    with log:
        return len(provider.parse(log.chunks).steps)


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
            (seen(provider, found[key]), told(each))
            for key, each in expected.items()
            if seen(provider, found[key]) != told(each)
        ]
        assert differ == []


def test_jobs_need_those_that_the_workflow_says(ci: tuple[SimulatedRuns, Provider]) -> None:
    server, provider = ci
    for slug in server.history.repositories:
        for ref in islice(provider.select(slug, Latest(10_000)), 120):
            build = provider.fetch(ref)
            run = server.catalogue.find(int(build.id), build.attempt)
            assert run is not None
            if run.pipeline.path.startswith("dynamic/"):  # of no file
                continue
            names = {str(job.id): job.name for job in run.jobs}
            keys = {str(job.id): job.definition.needs for job in run.jobs}
            for job in build.jobs:
                needed = {each.name for each in run.jobs if each.definition.key in keys[job.id]}
                found = {names.get(need, need) for need in job.needs or ()}
                assert found == needed, (slug, build.id, job.name)
