"""What a simulated repository's CI is set up to do: its pipelines (workflows), their jobs and steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Literal, TypeAlias

from buildtimetrend.demo.projects import Project

Values: TypeAlias = Mapping[str, str]  # of a matrix, one per axis


@dataclass(frozen=True, slots=True)
class StepDefinition:
    name: str
    seconds: float  # that it usually takes
    work: Literal["fixed", "network", "script"] = "script"  # what makes it slower
    uses: str = ""  # the action that it is, else a command


@dataclass(frozen=True, slots=True)
class JobDefinition:
    """`only` are the events that it runs for, `tag` and `main` among them; it is skipped for others."""

    key: str
    steps: tuple[StepDefinition, ...]
    needs: tuple[str, ...] = ()
    name: str = ""  # if not its key
    matrix: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parallel: int = 1  # so many equal jobs
    stage: str = "test"
    runner: str = "ubuntu-latest"
    only: frozenset[str] = frozenset()
    allow_failure: bool = False
    manual: bool = False  # waits for a person, who never comes
    called: str = ""  # the job of a reusable workflow that it calls, which has the steps
    starts: str = ""  # the path of the child pipeline that it starts; it has no steps then

    @property
    def may_fail(self) -> bool:
        return self.allow_failure or self.manual

    @property
    def variants(self) -> list[Values]:
        if self.parallel > 1:
            return [{"": f"{number}/{self.parallel}"} for number in range(1, self.parallel + 1)]
        return [dict(zip(self.matrix, each, strict=True)) for each in product(*self.matrix.values())]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """`events` start it: push, pull_request, cron, api. `path` is its file, or what the CI knows it by."""

    path: str
    name: str
    events: frozenset[str]
    jobs: tuple[JobDefinition, ...]
    run_name: str = ""  # what its runs are called, with `{}` for their number, if not by its name
    parent: str = ""  # path of the pipeline whose job starts it, in place of events


@dataclass(frozen=True, slots=True)
class Repository:
    """`project` says how many changes there were; the CI has built those from `since` on."""

    project: Project
    pipelines: tuple[Pipeline, ...]
    since: int = 1


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs from CI to CI.

    `opening` and `closing` are the steps around a job's own, `around` one that holds all of those. Where
    `attempts_are_runs`, a repeated run is another attempt, which lists untouched jobs again; else it has the
    jobs of all attempts.
    """

    opening: tuple[StepDefinition, ...]
    closing: tuple[StepDefinition, ...]
    name: Callable[[JobDefinition, Values], str]
    key: Callable[[Pipeline, str], str]  # what a pipeline is known by, of runs of this event
    attempts_are_runs: bool
    around: str = ""
