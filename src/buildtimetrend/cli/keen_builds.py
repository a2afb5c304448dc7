"""Builds that were read from Keen.io, on their way to the service that owns the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from buildtimetrend.cli.client import ServiceClient, of_repo
from buildtimetrend.cli.export import EVERYTHING
from buildtimetrend.keen.exchange.reading import ID
from buildtimetrend.model import Build
from buildtimetrend.store.documents import document_of

# Of one request; a step takes about 200 bytes.
MOST_BUILDS, MOST_STEPS = 100, 10_000


class Builds:
    """Stores builds, and counts what became of them."""

    def __init__(self, client: ServiceClient) -> None:
        self.stored = 0
        self.known = 0  # there already, fetched from the CI itself
        self.refused: list[str] = []
        self._client = client
        self._numbers = lru_cache(maxsize=100)(self._numbers_from_ci)

    @property
    def read(self) -> int:
        return self.stored + self.known + len(self.refused)

    def store(self, builds: Sequence[Build]) -> None:
        new = [build for build in builds if not self._is_known(build)]
        self.known += len(builds) - len(new)
        for batch in _batches(new):
            self._store(batch)

    def _store(self, builds: Sequence[Build]) -> None:
        body = {"builds": [document_of(build) for build in builds]}
        results = self._client.post("/builds?from_keen=true", body)["results"]
        for build, result in zip(builds, results, strict=True):
            if "error" in result:
                self.refused.append(f"{build.repo} build {build.number}: {result['error']['message']}")
            else:
                self.stored += 1

    def _is_known(self, build: Build) -> bool:
        """What the CI told itself is more than what the old service kept of it."""
        return build.id.startswith(ID) and build.number in self._numbers(build.provider, build.repo)

    def _numbers_from_ci(self, provider: str, repo: str) -> set[str]:
        projects = self._client.each("/projects", "projects", **EVERYTHING)
        if repo.lower() not in (project["repo"].lower() for project in projects):
            return set()
        builds = self._client.each(of_repo(repo, "builds"), "builds", **EVERYTHING)
        from_ci = (build for build in builds if not build["build_id"].startswith(ID))
        return {build["number"] for build in from_ci if build["provider"] == provider}


def _batches(builds: Sequence[Build]) -> Iterator[list[Build]]:
    batch: list[Build] = []
    steps = 0
    for build in builds:
        of_build = sum(len(job.steps) for job in build.jobs)
        if batch and (len(batch) == MOST_BUILDS or steps + of_build > MOST_STEPS):
            yield batch
            batch, steps = [], 0
        batch.append(build)
        steps += of_build
    if batch:
        yield batch
