"""The nouns of the product (docs/glossary.md), as frozen values; nothing else.

Instants are time-zone-aware UTC datetimes, durations are seconds as floats. A log carries nanoseconds, which
a datetime cannot hold: a `Step` keeps its instants as integers and derives the datetimes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeAlias


class Result(StrEnum):
    """How a build or job ended. One that has not ended has no result (None)."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"
    CANCELED = "canceled"
    SKIPPED = "skipped"


class LogState(StrEnum):
    """What became of a job's log: a fact about the job, never an error."""

    COMPLETE = "complete"
    EMPTY = "empty"
    MISSING = "missing"  # removed, expired, or never there
    CUT = "cut"  # ends early: by the CI's own limit, by ours, or in transfer
    UNREAD = "unread"  # not asked for at this data detail


class Step(NamedTuple):
    """One timed part of a job. `depth` counts the timed steps that enclose it: sum only those of depth 0.

    A tuple, since logs have many steps: it is made five times as fast as a frozen dataclass.
    """

    name: str
    phase: str
    command: str | None
    started_ns: int  # since 1970, as the log has it
    finished_ns: int
    depth: int = 0

    @property
    def started_at(self) -> datetime:
        return instant(self.started_ns)

    @property
    def finished_at(self) -> datetime:
        return instant(self.finished_ns)

    @property
    def duration(self) -> float:
        return (self.finished_ns - self.started_ns) / 1e9


@dataclass(frozen=True, slots=True)
class Worker:
    """The machine that ran a job, as far as it says so."""

    hostname: str | None = None
    os: str | None = None
    dist: str | None = None
    arch: str | None = None
    instance: str | None = None
    boot_time: float | None = None  # seconds
    facts: Mapping[str, str] = field(default_factory=dict)  # whatever else it said, by its own names


@dataclass(frozen=True, slots=True)
class Exit:
    """How a job's log ends.

    `reason` is one of: done, failed (a command before the script stopped the job), clone_failed, canceled,
    stalled, timeout, log_limit, stopped, terminated; None when the log just stops.
    """

    reason: str | None = None
    code: int | None = None  # the failed command's own; of the job if that is not known
    command: str | None = None  # the command that failed, or ran when the log ended
    phase: str | None = None  # that of the command
    message: str | None = None  # the log's own words


@dataclass(frozen=True, slots=True)
class Matrix:
    """A job's entry in the build matrix. `summary` is one line, such as `python 2.7 linux`."""

    summary: str = ""
    values: Mapping[str, str] = field(default_factory=dict)  # language, version, os, dist, arch, jdk, env, …


@dataclass(frozen=True, slots=True)
class PullRequest:
    number: str
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One unit run on one worker."""

    id: str  # the CI's own
    number: str | None  # `158.2` at Travis CI
    result: Result | None
    raw_result: str
    name: str | None = None
    stage: str | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    allow_failure: bool = False
    matrix: Matrix = Matrix()
    worker: Worker = Worker()
    exit: Exit = Exit()
    log: LogState = LogState.UNREAD
    steps: tuple[Step, ...] = ()

    @property
    def duration(self) -> float | None:
        return seconds_between(self.started_at, self.finished_at)

    @property
    def queue_time(self) -> float | None:
        return seconds_between(self.queued_at, self.started_at)


@dataclass(frozen=True, slots=True)
class Build:
    """One run of the CI for one commit, with its jobs.

    `attempt` is None when the CI does not number re-runs (Travis CI resets the build instead): the store then
    tells a new attempt by its start after the stored one's end.
    """

    provider: str
    instance: str
    repo: str  # `owner/name`
    id: str  # the CI's own
    number: str
    result: Result | None
    raw_result: str
    attempt: int | None = None
    repo_id: str | None = None  # the CI's own id of the repo: survives a rename
    branch: str | None = None
    tag: str | None = None
    commit: str | None = None
    message: str | None = None
    author: str | None = None
    trigger: str | None = None
    pull_request: PullRequest | None = None
    url: str | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    jobs: tuple[Job, ...] = ()

    @property
    def duration(self) -> float | None:
        """Wall time, not the sum over a matrix."""
        return seconds_between(self.started_at, self.finished_at)

    @property
    def finished(self) -> bool:
        return self.result is not None


@dataclass(frozen=True, slots=True)
class BuildRef:
    """Names one build to fetch: by the CI's own id, or by number within its repo."""

    provider: str
    instance: str
    repo: str
    id: str | None = None
    number: str | None = None

    def __str__(self) -> str:
        return f"{self.repo} build {self.number or f'id {self.id}'}"

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Equal for two references that name the build in the same way; tasks are deduplicated by it."""
        named = f"id:{self.id}" if self.id else f"number:{self.number}"
        return (self.provider, self.instance, self.repo, named)


@dataclass(frozen=True, slots=True)
class Hook:
    """What one verified webhook says."""

    ref: BuildRef
    finished: bool  # whether the build it speaks of has ended
    state: str  # in the CI's own word
    payload: bytes  # what was verified, without what else came with it


@dataclass(frozen=True, slots=True)
class Delivery:
    """One received webhook. `id` is derived from its payload: a replay has the id of the original."""

    id: str
    provider: str
    repo: str
    received_at: datetime
    state: str
    payload: str


class TaskState(StrEnum):
    WAITING = "waiting"  # for its time, a worker or another try
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # for good: `reason` says why
    CANCELED = "canceled"
    ABSENT = "absent"  # an import's number that there is no build of


class Origin(StrEnum):
    """Why a task exists; fresh notifications go before everything else."""

    HOOK = "hook"
    REQUEST = "request"  # one build, asked for by a person
    SWEEP = "sweep"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Task:
    """Collect one build: what is to do, and how far it came."""

    id: str
    ref: BuildRef
    origin: Origin
    created_at: datetime
    due_at: datetime
    state: TaskState = TaskState.WAITING
    tries: int = 0
    reason: str | None = None
    import_id: str | None = None
    finished_at: datetime | None = None
    silent_ends: int = 0  # in a row, of processes that worked at it


@dataclass(frozen=True, slots=True)
class Import:
    """A batch of builds asked for together. Its progress is that of its tasks."""

    id: str
    provider: str
    repo: str
    first: int
    last: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Query:
    """What a chart is asked for: one repo, half-open time range [since, until), bucket and filters."""

    repo: str
    since: datetime
    until: datetime
    interval: str = "day"  # hour, day, week
    filters: Mapping[str, str] = field(default_factory=dict, hash=False)  # values by names of `FILTERS`

    def filtered(self, **changes: str | None) -> Query:
        """The same with other filters; None takes one away."""
        changed = {**self.filters, **changes}
        return replace(self, filters={name: value for name, value in changed.items() if value is not None})


Value: TypeAlias = str | int | float | bool | datetime | None  # of a table cell


@dataclass(frozen=True, slots=True)
class Column:
    """`unit` is `s` for seconds, `%`, a counted noun in the plural, or empty."""

    name: str
    unit: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """What a chart draws: columns of equal length, over [since, until) in buckets of `interval`.

    `shown` and `of` where there may be too many rows to draw: so many are there, chosen of so many.
    """

    chart: str
    title: str
    since: datetime
    until: datetime
    interval: str
    columns: tuple[Column, ...]
    shown: int | None = None
    of: int | None = None


def instant(ns: int) -> datetime:
    """Nanoseconds since 1970 as a datetime, exact to the microsecond that it can hold."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ns // 1000)


def seconds_between(start: datetime | None, end: datetime | None) -> float | None:
    """Never negative: clocks of a CI's machines differ by a second now and then."""
    if start is None or end is None:
        return None
    return max(0.0, (end - start).total_seconds())
