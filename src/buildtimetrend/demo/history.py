"""A year of builds from a seed. Any build can be asked for in any order; it is always the same."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from buildtimetrend.demo import recorded
from buildtimetrend.demo.builds import SimulatedBuild, SimulatedPullRequest
from buildtimetrend.demo.drawn import Lots, final
from buildtimetrend.demo.events import SLOW_IMAGE
from buildtimetrend.demo.jobs import make_jobs, moment_of
from buildtimetrend.demo.projects import BUILD_IDS, PROJECT_IDS, PROJECTS, Project
from buildtimetrend.demo.workload import Workload

_CACHED_BUILDS = 2048


@dataclass(frozen=True, slots=True)
class Expected:
    """What a store should hold after it has collected one build, for checks."""

    number: int
    attempt: int
    state: str
    started_at: int | None
    finished_at: int | None
    jobs: tuple[str, ...]  # their states
    steps: tuple[int, ...]  # that each job timed
    pipeline: str = ""  # the key of it, of a CI that has several
    id: int = 0  # the CI's own
    nested: int = 0  # of the steps, those that lie in others
    numbered: bool = True  # whether the CI numbers attempts

    @property
    def stored_attempt(self) -> int:
        """Where the CI does not number attempts, and forgets those before the last, there is a first one."""
        return self.attempt if self.numbered else 1


@dataclass(frozen=True, slots=True)
class Happened:
    """What the simulation did to builds of a project from `number` on, up to `until`, which is none of them;
    None: to the end.
    """

    what: Literal["script", "waiting", "cache", "image"]
    number: int
    until: int | None
    slower: bool = True


class History:
    """`now` is the Unix time at which the year of builds ends; like the seed, it decides what they are."""

    def __init__(
        self,
        seed: int = 1,
        now: int | None = None,
        projects: Sequence[Project] = (*PROJECTS, recorded.PROJECT),
    ) -> None:
        self.seed = seed
        self.now = int(time.time()) if now is None else now
        self.projects = {project.slug: project for project in projects}
        self._by_id = {project.id: project for project in projects}
        self._workload = Workload(self.now)
        self._lots = Lots(seed, self.now, self._workload)
        self._made = lru_cache(maxsize=_CACHED_BUILDS)(self._make)
        self._numbers = lru_cache(maxsize=len(projects))(self._existing)

    def build(self, slug: str, number: int, attempt: int | None = None) -> SimulatedBuild | None:
        """The given attempt, by default the last; None where there is no such build (some were deleted)."""
        project = self.projects.get(slug)
        if project is None or not self._lots.exists(project, number):
            return None
        return self._made(slug, number, attempt or self._lots.attempts(project, number))

    def place_of(self, any_id: int) -> tuple[str, int] | None:
        """Slug and number of the build that has, or would have, this id or a job of this id."""
        project = self._by_id.get(any_id // PROJECT_IDS)
        return (project.slug, any_id % PROJECT_IDS // BUILD_IDS) if project else None

    def project(self, slug_or_id: str) -> Project | None:
        if slug_or_id.isdecimal():
            return self._by_id.get(int(slug_or_id))
        return self.projects.get(slug_or_id)

    def numbers(self, slug: str) -> list[int]:
        """The numbers of the project's builds, ascending."""
        return list(self._numbers(slug))

    def expected(self, slug: str) -> Iterator[Expected]:
        """The truth about every build of a project, ascending by number."""
        for number in self.numbers(slug):
            if build := self.build(slug, number):
                yield Expected(
                    number,
                    build.attempt,
                    build.state,
                    build.started_at,
                    build.finished_at,
                    tuple(job.state for job in build.jobs),
                    tuple(job.steps for job in build.jobs),
                    id=build.id,
                    numbered=False,
                )

    def happened(self, slug: str) -> Iterator[Happened]:
        """The truth about what changed in a project's builds, but for drift."""
        project = self.projects[slug]
        if project.slowdown:
            yield Happened("script", project.slowdown.number, None, project.slowdown.factor > 1)
        if project.congestion:
            yield Happened("waiting", project.congestion.number, project.congestion.until)
        if project.cache_loss:
            yield Happened("cache", project.cache_loss.number, project.cache_loss.until)
        if any(variant.config.get("dist") == SLOW_IMAGE.dist for variant in project.variants):
            ages = [(number, self._age(project, number)) for number in self.numbers(slug)]
            slow = [number for number, age in ages if SLOW_IMAGE.begins <= age < SLOW_IMAGE.ends]
            if slow:
                yield Happened("image", slow[0], slow[-1] + 1)

    def _age(self, project: Project, number: int) -> float:
        return self._workload.age(self._lots.queued_at(project, number))

    def _existing(self, slug: str) -> tuple[int, ...]:
        project = self.projects[slug]
        return tuple(number for number in range(1, project.builds + 1) if self._lots.exists(project, number))

    def _make(self, slug: str, number: int, attempt: int) -> SimulatedBuild:
        project = self.projects[slug]
        if not project.told:
            return recorded.build(project, number)
        outcome = self._lots.outcome(project, number, attempt)
        event, branch, tag = self._lots.event(project, number)
        commit = self._lots.commit(project, number)
        queued_at = self._lots.queued_at(project, number, attempt)
        moment = moment_of(project, number, queued_at, self._workload)
        rng = self._lots.random(project, number, attempt, "jobs")
        return SimulatedBuild(
            project=project,
            id=moment.build_id,
            number=number,
            attempt=attempt,
            state=final(outcome),
            previous_state=self._lots.previous_state(project, number),
            event_type=event,
            branch=branch,
            tag=tag,
            pull_request=_pull_request(number, commit.message) if event == "pull_request" else None,
            commit=commit,
            queued_at=queued_at,
            jobs=make_jobs(project, moment, outcome, rng),
        )


def _pull_request(number: int, title: str) -> SimulatedPullRequest:
    return SimulatedPullRequest(1000 + number // 2, title, head=f"{number:040x}")
