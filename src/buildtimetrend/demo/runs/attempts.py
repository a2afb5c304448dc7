"""How often a simulated run was repeated, when, and which jobs each attempt has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from buildtimetrend.demo.drawn import Lots
from buildtimetrend.demo.jobs import moment_of
from buildtimetrend.demo.projects import PROJECT_IDS, Project
from buildtimetrend.demo.runs.definitions import Dialect, Pipeline, Repository
from buildtimetrend.demo.runs.jobs import Plan, draw
from buildtimetrend.demo.runs.run import Place, RunJob
from buildtimetrend.demo.workload import Workload

PIPELINES = 10  # most that a repository can have: ids are made of their positions
_RUN_JOBS, _ATTEMPT_JOBS = 1000, 200  # most jobs of a run and of an attempt: theirs too
_CACHED = 4096
_WHOLE_AGAIN = 0.3
_SOONER = 6  # single jobs are repeated so many times sooner than runs


def run_id(repository: Repository, place: Place) -> int:
    return (repository.project.id * PROJECT_IDS + place.change) * PIPELINES + place.pipeline


def run_of_job(job_id: int) -> int:
    return job_id // _RUN_JOBS


class Attempts:
    def __init__(
        self, repositories: Mapping[str, Repository], lots: Lots, workload: Workload, dialect: Dialect
    ) -> None:
        self._repositories = repositories
        self._lots = lots
        self._workload = workload
        self._dialect = dialect
        self._drawn = lru_cache(maxsize=_CACHED)(self._draw)

    def number(self, repository: Repository, place: Place) -> int:
        """How many the history has: what was skipped as a whole is not repeated."""
        first = self.jobs(repository, place, 1)
        wrong = any(job.state in {"failed", "canceled"} and not job.definition.allow_failure for job in first)
        flaky = repository.project.flaky
        if flaky and wrong and self.flaky(repository, place, 1):
            lots = self._lots.random(repository.project, place.change, place.pipeline, "flaky again")
            return 2 if lots.random() < flaky.again else 1
        return self._lots.attempts(_own_lots(repository, place), place.change) if wrong else 1

    def flaky(self, repository: Repository, place: Place, attempt: int) -> str:
        """The job of this attempt that fails though nothing is wrong; empty: none."""
        flaky = repository.project.flaky
        is_open = repository.project.is_open_pull(place.change)
        if flaky is None or attempt > 1 or is_open or not flaky.holds(place.change):
            return ""
        if flaky.job not in self._names(repository.pipelines[place.pipeline]):
            return ""
        fine = self._drawn_outcome(repository, place, attempt) == "passed"
        lots = self._lots.random(repository.project, place.change, place.pipeline, "flaky")
        return flaky.job if fine and lots.random() < flaky.share else ""

    def _names(self, pipeline: Pipeline) -> set[str]:
        return {self._dialect.name(each, values) for each in pipeline.jobs for values in each.variants}

    def outcome(self, repository: Repository, place: Place, attempt: int) -> str:
        return (
            "failed"
            if self.flaky(repository, place, attempt)
            else self._drawn_outcome(repository, place, attempt)
        )

    def _drawn_outcome(self, repository: Repository, place: Place, attempt: int) -> str:
        return self._lots.outcome(_own_lots(repository, place), place.change, attempt)

    def queued_at(self, repository: Repository, place: Place, attempt: int) -> int:
        """Unix time. A child pipeline begins when the job that starts it does."""
        own = _own_lots(repository, place)
        first, later = (self._lots.queued_at(own, place.change, each) for each in (1, attempt))
        bridge = self.bridge(repository, place)
        start = bridge.started_at if bridge else self._lots.queued_at(repository.project, place.change)
        return (start or 0) + (later - first) // (1 if self._dialect.attempts_are_runs else _SOONER)

    def bridge(self, repository: Repository, place: Place) -> RunJob | None:
        """The job that started a child pipeline, if it ever did; None of others."""
        pipeline = repository.pipelines[place.pipeline]
        for index, other in enumerate(repository.pipelines):
            if other.path == pipeline.parent:
                above = Place(place.change, index)
                tries = range(1, self.number(repository, above) + 1)
                jobs = [job for each in tries for job in self.jobs(repository, above, each)]
                return next((job for job in jobs if job.definition.starts == pipeline.path and job.ran), None)
        return None

    def jobs(self, repository: Repository, place: Place, attempt: int) -> tuple[RunJob, ...]:
        """Those of one attempt, with the untouched ones of the attempt before."""
        return self._drawn(repository.project.slug, place, attempt)

    def _draw(self, slug: str, place: Place, attempt: int) -> tuple[RunJob, ...]:
        repository = self._repositories[slug]
        own = _own_lots(repository, place)
        rng = self._lots.random(own, place.change, attempt, "jobs")
        whole = attempt == 1 or (self._dialect.attempts_are_runs and rng.random() < _WHOLE_AGAIN)
        event, branch, tag = self._lots.event(repository.project, place.change)
        on_main = event == "push" and tag is None and branch == repository.project.main_branch
        conditions = {event, "tag" if tag else "", "main" if on_main else ""}
        queued_at = self.queued_at(repository, place, attempt)
        plan = Plan(
            pipeline=repository.pipelines[place.pipeline],
            dialect=self._dialect,
            moment=moment_of(repository.project, place.change, queued_at, self._workload),
            events=frozenset(conditions - {""}),
            outcome=self.outcome(repository, place, attempt),
            attempt=attempt,
            first_id=run_id(repository, place) * _RUN_JOBS + (attempt - 1) * _ATTEMPT_JOBS + 1,
            fails=self.flaky(repository, place, attempt),
            earlier=() if whole else self.jobs(repository, place, attempt - 1),
        )
        return draw(plan, rng)


def _own_lots(repository: Repository, place: Place) -> Project:
    """The project by another name: each pipeline's runs end, and are repeated, independently."""
    path = repository.pipelines[place.pipeline].path
    return replace(repository.project, slug=f"{repository.project.slug}/{path}")
