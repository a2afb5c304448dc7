"""A year of builds from a seed. Any build can be asked for in any order; it is always the same."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from buildtimetrend.demo import recorded
from buildtimetrend.demo.builds import Commit, SimulatedBuild, SimulatedJob, SimulatedPullRequest
from buildtimetrend.demo.jobs import Moment, make_job
from buildtimetrend.demo.projects import PROJECTS, Project
from buildtimetrend.demo.workload import Workload, busyness

_PROJECT_IDS, _BUILD_IDS = 1_000_000, 10  # a job's id is its project's, its build's number and its position
_STATES = ("passed", "failed", "errored", "canceled", "never")
_STATE_WEIGHTS = (84, 9, 3, 3, 1)
_STATE_WEIGHTS_AGAIN = (88, 8, 2, 2, 0)
_FEATURES = ("faster-start", "fix-rounding", "new-parser", "docs", "less-memory", "drop-old-versions")
_AUTHORS = ("Ada Example", "Grace Sample", "Edsger Specimen", "Barbara Model")
_VERBS = ("Speed up", "Fix", "Document", "Test", "Simplify", "Move", "Rename")
_NOUNS = ("the reader", "rounding", "the cache", "start-up", "error messages", "the examples", "time zones")


@dataclass(frozen=True, slots=True)
class Expected:
    """What a store should hold after it has collected one build, for checks."""

    number: int
    attempt: int
    state: str
    started_at: int | None
    finished_at: int | None
    jobs: tuple[str, ...]  # their states
    steps: tuple[int, ...]  # timed blocks per job


class History:
    """`now` is the Unix time at which the year of builds ends; it is part of the seed."""

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
        self._cached = lru_cache(maxsize=2048)(self._make)
        self._numbers = lru_cache(maxsize=len(projects))(self._existing)

    def build(self, slug: str, number: int, attempt: int | None = None) -> SimulatedBuild | None:
        """The given attempt, by default the last one; None where there is no such build (some were deleted)."""
        project = self.projects.get(slug)
        if project is None or not self._exists(project, number):
            return None
        return self._cached(slug, number, attempt or self.attempts(project, number))

    def place_of(self, any_id: int) -> tuple[str, int] | None:
        """Slug and number of the build that has, or would have, this id or a job of this id."""
        project = self._by_id.get(any_id // _PROJECT_IDS)
        return (project.slug, any_id % _PROJECT_IDS // _BUILD_IDS) if project else None

    def project(self, slug_or_id: str) -> Project | None:
        if slug_or_id.isdecimal():
            return self._by_id.get(int(slug_or_id))
        return self.projects.get(slug_or_id)

    def numbers(self, slug: str) -> list[int]:
        """The numbers of the project's builds, ascending."""
        return list(self._numbers(slug))

    def expected(self, slug: str) -> Iterator[Expected]:
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
                )

    def attempts(self, project: Project, number: int) -> int:
        """How often the build was run: some that went wrong were restarted."""
        rng = self._random(project, number, "restart")
        return (
            2 if project.told and self._outcome(project, number, 1) != "passed" and rng.random() < 0.3 else 1
        )

    def queued_at(self, project: Project, number: int, attempt: int = 1) -> int:
        rng = self._random(project, number, "queued")
        first = self._workload.instant((number - 1 + rng.random()) / project.builds)
        return first + sum(3600 + rng.randrange(1200) for _ in range(1, attempt))

    def _random(self, project: Project, *names: object) -> Random:
        return Random("/".join(map(str, (self.seed, self.now, project.slug, *names))))  # noqa: S311  (a simulation)

    def _existing(self, slug: str) -> tuple[int, ...]:
        project = self.projects[slug]
        return tuple(number for number in range(1, project.builds + 1) if self._exists(project, number))

    def _exists(self, project: Project, number: int) -> bool:
        if not 1 <= number <= project.builds:
            return False
        kept = (
            not project.told or number <= 3 or number > project.builds - 10 or self._changes(project, number)
        )
        return kept or self._random(project, number, "deleted").random() >= 0.005

    @staticmethod
    def _changes(project: Project, number: int) -> bool:
        return project.slowdown is not None and project.slowdown.number == number

    def _outcome(self, project: Project, number: int, attempt: int) -> str:
        if not project.told:
            return recorded.build(project, number).state
        if self._changes(project, number):
            return "passed"
        weights = _STATE_WEIGHTS if attempt == 1 else _STATE_WEIGHTS_AGAIN
        return self._random(project, number, attempt, "outcome").choices(_STATES, weights)[0]

    def _previous_state(self, project: Project, number: int) -> str | None:
        for earlier in range(number - 1, 0, -1):
            if self._exists(project, earlier):
                outcome = self._outcome(project, earlier, self.attempts(project, earlier))
                return "canceled" if outcome == "never" else outcome
        return None

    def _make(self, slug: str, number: int, attempt: int) -> SimulatedBuild:
        project = self.projects[slug]
        if not project.told:
            return recorded.build(project, number)
        queued_at = self.queued_at(project, number, attempt)
        outcome = self._outcome(project, number, attempt)
        rng = self._random(project, number, "commit")
        event = rng.choices(("push", "pull_request", "cron", "api"), (70, 25, 4, 1))[0]
        tag = f"v1.{number}" if event == "push" and rng.random() < 0.02 else None
        branch = self._branch(project, event, tag, rng)
        commit = self._commit(project, number, rng)
        pull_request = None
        if event == "pull_request":
            pull_request = SimulatedPullRequest(
                1000 + number // 2, commit.message, f"{rng.getrandbits(160):040x}"
            )
        build_id = project.id * _PROJECT_IDS + number * _BUILD_IDS
        return SimulatedBuild(
            project=project,
            id=build_id,
            number=number,
            attempt=attempt,
            state="canceled" if outcome == "never" else outcome,
            previous_state=self._previous_state(project, number),
            event_type=event,
            branch=branch,
            tag=tag,
            pull_request=pull_request,
            commit=commit,
            queued_at=queued_at,
            jobs=self._jobs(project, number, attempt, build_id, queued_at, outcome),
        )

    def _branch(self, project: Project, event: str, tag: str | None, rng: Random) -> str:
        if tag:
            return tag
        return rng.choice(_FEATURES) if event == "push" and rng.random() < 0.25 else project.main_branch

    def _commit(self, project: Project, number: int, rng: Random) -> Commit:
        message = f"{rng.choice(_VERBS)} {rng.choice(_NOUNS)} (simulated)"
        if project.slowdown and self._changes(project, number):
            kind = "slower" if project.slowdown.factor > 1 else "faster"
            message = f"Change how tests are run (simulated: the script is {kind} from here on)"
        author = rng.choice(_AUTHORS)
        return Commit(
            id=project.id * 100_000 + number,
            sha=f"{rng.getrandbits(160):040x}",
            parent=f"{rng.getrandbits(160):040x}",
            message=message,
            author=author,
            email=author.lower().replace(" ", ".") + "@example.org",
            committed_at=self.queued_at(project, number) - 30 - rng.randrange(600),
        )

    def _jobs(
        self, project: Project, number: int, attempt: int, build_id: int, queued_at: int, outcome: str
    ) -> tuple[SimulatedJob, ...]:
        rng = self._random(project, number, attempt, "jobs")
        slowed = project.slowdown is not None and number >= project.slowdown.number
        moment = Moment(
            queued_at=queued_at,
            busyness=busyness(queued_at),
            script=(project.slowdown.factor if project.slowdown and slowed else 1.0)
            * (1 + project.drift * self._workload.age(queued_at))
            * math.exp(rng.gauss(0, 0.03)),
            archived=self.now - queued_at > 90 * 24 * 3600,
        )
        required = [i for i, variant in enumerate(project.variants) if not variant.allow_failure]
        culprit = rng.choice(required)
        jobs = []
        for position, variant in enumerate(project.variants):
            state = _job_state(outcome, position, culprit, variant.allow_failure, rng)
            job_id, job_number = build_id + 1 + position, f"{number}.{position + 1}"
            jobs.append(make_job(variant, job_id, job_number, build_id, state, moment, rng))
        return tuple(jobs)


def _job_state(outcome: str, position: int, culprit: int, allow_failure: bool, rng: Random) -> str:
    """`never` is a job that was cancelled before it started."""
    chance = rng.random()
    if outcome == "never":
        return "never"
    if outcome == "canceled" and position >= culprit:
        return "canceled" if position == culprit else "never"
    if position == culprit:
        return outcome
    likely_to_fail = 0.4 if allow_failure else 0.3 if outcome == "failed" else 0.0
    return "failed" if chance < likely_to_fail else "passed"
