"""The builds as the API has them at this moment, and who may see them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from urllib.parse import unquote

from buildtimetrend.demo.builds import SimulatedBuild, SimulatedJob
from buildtimetrend.demo.history import History
from buildtimetrend.demo.messages import Request
from buildtimetrend.demo.projects import Project


class Catalogue:
    """The history, with what happens to it while the simulator runs.

    `late_by` is the time in seconds that the API needs, after a build's notification, to know the result: for
    the first half it still calls the build started, for the second it has the result but no `finished_at`.
    """

    def __init__(self, history: History, tokens: Sequence[str], late_by: float) -> None:
        self.history = history
        self._tokens = frozenset(tokens)
        self._late_by = late_by
        self._notified: dict[int, float] = {}
        self._attempts: dict[tuple[str, int], int] = {}

    def announce(self, build: SimulatedBuild) -> None:
        """The build's notification is being sent."""
        self._notified[build.id] = time.monotonic()

    def restart(self, slug: str, number: int) -> None:
        """Run a build again: from now on, the API knows the new attempt only."""
        self._attempts[slug, number] = self.finished(slug, number).attempt + 1

    def finished(self, slug: str, number: int) -> SimulatedBuild:
        """The build as it will be once it is done. `LookupError` if there is none."""
        build = self.history.build(slug, number, self._attempts.get((slug, number)))
        if build is None:
            raise LookupError(f"{slug} has no build {number}")
        return build

    def builds(self, project: Project, numbers: Iterable[int]) -> list[SimulatedBuild]:
        found = (self._build(project.slug, number) for number in numbers)
        return [build for build in found if build]

    def job(self, job_id: int) -> tuple[SimulatedJob, SimulatedBuild] | None:
        build = self._find(job_id)
        jobs = [job for job in build.jobs if job.id == job_id] if build else []
        return (jobs[0], build) if jobs and build else None

    def refuses(self, request: Request) -> bool:
        """Whether the request carries a token that nobody knows."""
        return bool(_token(request)) and not self._knows(request)

    def visible_build(self, request: Request, build_id: str) -> SimulatedBuild | None:
        build = self._find(int(build_id))
        return (
            build if build and build.id == int(build_id) and self._visible(request, build.project) else None
        )

    def visible_job(self, request: Request, job_id: str) -> tuple[SimulatedJob, SimulatedBuild] | None:
        found = self.job(int(job_id))
        return found if found and self._visible(request, found[1].project) else None

    def visible_project(self, request: Request, slug_or_id: str) -> Project | None:
        project = self.history.project(unquote(slug_or_id))
        return project if project and self._visible(request, project) else None

    def _visible(self, request: Request, project: Project) -> bool:
        return not project.private or self._knows(request)

    def _knows(self, request: Request) -> bool:
        return _token(request) in self._tokens

    def _find(self, any_id: int) -> SimulatedBuild | None:
        place = self.history.place_of(any_id)
        return self._build(*place) if place else None

    def _build(self, slug: str, number: int) -> SimulatedBuild | None:
        build = self.history.build(slug, number, self._attempts.get((slug, number)))
        return build and self._as_known(build)

    def _as_known(self, build: SimulatedBuild) -> SimulatedBuild:
        notified_at = self._notified.get(build.id)
        if notified_at is None or (since := time.monotonic() - notified_at) >= self._late_by:
            return build
        return build.running() if since < self._late_by / 2 else build.unstamped()


def _token(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("token ").strip('"')
