"""A year of runs from a seed, of the same changes as the builds of `demo.history`.

Any run can be asked for in any order; it is always the same.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from buildtimetrend.demo.drawn import Lots
from buildtimetrend.demo.history import Expected
from buildtimetrend.demo.projects import PROJECT_IDS, Project
from buildtimetrend.demo.runs.attempts import PIPELINES, Attempts, run_id
from buildtimetrend.demo.runs.definitions import Dialect, Repository
from buildtimetrend.demo.runs.jobs import merged, state_of
from buildtimetrend.demo.runs.run import Place, Pull, Run, RunJob
from buildtimetrend.demo.workload import Workload

_CACHED = 4096
_FORKS = 0.35
_CHANGE = ("faster-start", "fix-rounding", "new-parser", "docs", "main")  # a fork's branch may be called main


@dataclass(frozen=True, slots=True)
class CI:
    """Who runs what: a CI system's own ways, and the repositories that it builds."""

    dialect: Dialect
    repositories: tuple[Repository, ...]


class RunHistory:
    """`now` is the Unix time at which the year ends; like the seed, it decides what the runs are."""

    def __init__(self, ci: CI, seed: int = 1, now: int | None = None) -> None:
        self.seed = seed
        self.now = int(time.time()) if now is None else now
        self.repositories = {each.project.slug: each for each in ci.repositories}
        self._by_id = {each.project.id: each for each in ci.repositories}
        self.dialect = ci.dialect
        self._repeats = ci.dialect.attempts_are_runs
        workload = Workload(self.now)
        self._lots = Lots(seed, self.now, workload)
        self._attempts = Attempts(self.repositories, self._lots, workload, ci.dialect)
        self._numbers = lru_cache(maxsize=len(self._by_id))(self._numbered)
        self._created = lru_cache(maxsize=len(self._by_id))(self._times)
        self._made = lru_cache(maxsize=_CACHED)(self._make)

    def repository(self, slug_or_id: str) -> Repository | None:
        if slug_or_id.isdecimal():
            return self._by_id.get(int(slug_or_id))
        return self.repositories.get(slug_or_id)

    def places(self, slug: str) -> Mapping[Place, int]:
        """All runs of a repository, ascending by id, each with its number.

        Numbers count within the pipeline where attempts are runs, else within the repository.
        """
        return self._numbers(slug)

    def created_at(self, slug: str) -> Mapping[Place, int]:
        """When each run was made, in Unix time."""
        return self._created(slug)

    def place_of(self, any_id: int) -> tuple[str, Place] | None:
        """Slug and place of the run that has this id; None where there is none."""
        change, pipeline = divmod(any_id, PIPELINES)
        repository = self._by_id.get(change // PROJECT_IDS)
        if repository is None:
            return None
        slug, place = repository.project.slug, Place(change % PROJECT_IDS, pipeline)
        return (slug, place) if place in self.places(slug) else None

    def attempts(self, slug: str, place: Place) -> int:
        """How often the history has it run."""
        return self._attempts.number(self.repositories[slug], place)

    def run(self, slug: str, place: Place, attempt: int | None = None, last: int | None = None) -> Run:
        """One attempt, by default the last; `last` is how often it was run, by default as the history has it.

        Where attempts are no runs of their own, the one run has the jobs of all.
        """
        last = last or self.attempts(slug, place)
        return self._made(slug, place, attempt or last, last)

    def expected(self, slug: str) -> Iterator[Expected]:
        """The truth about every run and attempt of a repository, ascending by id."""
        for place in self.places(slug):
            last = self.attempts(slug, place)
            for attempt in range(1 if self._repeats else last, last + 1):
                yield self._expected(self.run(slug, place, attempt))

    def _numbered(self, slug: str) -> dict[Place, int]:
        repository, counts, numbers = self.repositories[slug], dict[int, int](), dict[Place, int]()
        for place in self._all_places(repository):
            key = place.pipeline if self._repeats else 0
            counts[key] = numbers[place] = counts.get(key, 0) + 1
        return numbers

    def _times(self, slug: str) -> dict[Place, int]:
        repository = self.repositories[slug]
        return {place: self._attempts.queued_at(repository, place, 1) for place in self.places(slug)}

    def _all_places(self, repository: Repository) -> Iterator[Place]:
        project = repository.project
        for change in range(repository.since, project.builds + 1):
            if self._lots.exists(project, change):
                event = self._lots.event(project, change)[0]
                for index, pipeline in enumerate(repository.pipelines):
                    place = Place(change, index)
                    if event in pipeline.events or self._attempts.bridge(repository, place):
                        yield place

    def _make(self, slug: str, place: Place, attempt: int, last: int) -> Run:
        repository = self.repositories[slug]
        drawn = [self._attempts.jobs(repository, place, each) for each in range(1, last + 1)]
        jobs = drawn[attempt - 1] if self._repeats else merged(drawn)
        event, branch, tag = self._lots.event(repository.project, place.change)
        bridge = self._attempts.bridge(repository, place)
        return Run(
            repository=repository,
            pipeline=repository.pipelines[place.pipeline],
            id=run_id(repository, place),
            number=self.places(slug)[place],
            attempt=attempt,
            state=state_of(jobs, self._attempts.outcome(repository, place, attempt)),
            event="parent" if bridge else event,
            branch=branch,
            tag=tag,
            pull=self._pull(repository.project, place.change) if event == "pull_request" else None,
            commit=self._lots.commit(repository.project, place.change),
            created_at=self._attempts.queued_at(repository, place, 1),
            queued_at=self._attempts.queued_at(repository, place, attempt if self._repeats else 1),
            updated_at=max(job.finished_at or 0 for job in drawn[-1]),
            jobs=jobs,
            bridge=bridge,
            children=self._children(repository, place, jobs),
        )

    def _children(
        self, repository: Repository, place: Place, jobs: tuple[RunJob, ...]
    ) -> tuple[tuple[int, int], ...]:
        positions = {pipeline.path: index for index, pipeline in enumerate(repository.pipelines)}
        bridges = [job for job in jobs if job.definition.starts and job.ran]
        return tuple(
            (job.id, run_id(repository, Place(place.change, positions[job.definition.starts])))
            for job in bridges
        )

    def _pull(self, project: Project, change: int) -> Pull:
        rng = self._lots.random(project, change, "pull")
        commit = self._lots.commit(project, change)
        login = commit.author.partition(" ")[0].lower()
        # GitHub's runs of a fork name no pull request: nothing could be written to the open one.
        is_forked = rng.random() < _FORKS and not project.is_open_pull(change)
        fork = f"{login}/{project.name.rpartition('/')[2]}" if is_forked else None
        branch = rng.choice(_CHANGE if fork else _CHANGE[:-1])
        return Pull(1000 + change // 2, commit.message, branch, fork)

    def _expected(self, run: Run) -> Expected:
        jobs = run.own_jobs if self._repeats else run.jobs
        return Expected(
            number=run.number,
            attempt=run.attempt if self._repeats else 1,
            state=run.state,
            started_at=run.queued_at if self._repeats else run.started_at,
            finished_at=max((job.finished_at or 0 for job in jobs if not job.waived), default=run.updated_at),
            # What still waits for a person when the run has ended was left out.
            jobs=tuple("skipped" if job.waived else job.state for job in jobs),
            steps=tuple(job.steps_run + (bool(self.dialect.around and job.steps)) for job in jobs),
            pipeline=self.dialect.key(run.pipeline, run.event),
            id=run.id,
            nested=sum(self._nested(job) for job in jobs),
        )

    def _nested(self, job: RunJob) -> int:
        own = job.steps[len(self.dialect.opening) : -len(self.dialect.closing)]
        return sum(step.state != "skipped" for step in own) if self.dialect.around else 0
