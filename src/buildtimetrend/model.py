"""The nouns of the product (docs/glossary.md), as frozen values; nothing else.

Instants are time-zone-aware UTC datetimes, durations are seconds as floats. A log carries nanoseconds, which
a datetime cannot hold: a `Step` keeps its instants as integers and derives the datetimes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, NamedTuple, TypeAlias


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
    UNNEEDED = "unneeded"  # the CI's API has the steps


NEVER = -(2**63)  # in place of nanoseconds: when a step started and finished that did not run


class Step(NamedTuple):
    """One timed part of a job. `depth` counts the timed steps that enclose it: sum only those of depth 0.

    One that did not run starts and finishes `NEVER`: it is kept, and not counted.
    A tuple, since logs have many steps: it is made five times as fast as a frozen dataclass.
    """

    name: str
    phase: str
    command: str | None
    started_ns: int  # since 1970, as the log has it
    finished_ns: int
    depth: int = 0
    result: Result | None = None  # where the CI says one
    number: int | None = None  # the CI's own

    @property
    def ran(self) -> bool:
        return self.started_ns != NEVER

    @property
    def started_at(self) -> datetime:
        return instant(self.started_ns)

    @property
    def finished_at(self) -> datetime:
        return instant(self.finished_ns)

    @property
    def duration(self) -> float:
        """Never negative, as those of jobs and builds."""
        return max(0, self.finished_ns - self.started_ns) / 1e9


# What a field holds, and in which unit, is said beside its type: columns, API and push document follow from
# both (store/columns.py, store/documents.py).


@dataclass(frozen=True, slots=True)
class Worker:
    """The machine that ran a job, as far as it says so; `boot_time` in seconds."""

    hostname: str | None = None
    os: str | None = None
    dist: str | None = None
    arch: str | None = None
    instance: str | None = None
    boot_time: Annotated[float | None, "seconds"] = None
    facts: Annotated[Mapping[str, str], "whatever else it says of itself"] = field(default_factory=dict)
    name: Annotated[str | None, "what the CI calls the runner"] = None
    group: Annotated[str | None, "the group or pool that the runner is of"] = None
    labels: Annotated[tuple[str, ...], "what the job asked of its runner, such as ubuntu-latest"] = ()

    def with_log(self, logged: Worker) -> Worker:
        """What the CI's API says, and what its log says where that says nothing."""
        if self == Worker():
            return logged
        return Worker(
            hostname=self.hostname or logged.hostname,
            os=self.os or logged.os,
            dist=self.dist or logged.dist,
            arch=self.arch or logged.arch,
            instance=self.instance or logged.instance,
            boot_time=logged.boot_time if self.boot_time is None else self.boot_time,
            facts={**logged.facts, **self.facts},
            name=self.name or logged.name,
            group=self.group or logged.group,
            labels=self.labels or logged.labels,
        )


@dataclass(frozen=True, slots=True)
class Exit:
    """How a job's log ends."""

    reason: Annotated[
        str | None,
        "done, failed (a command before the script), clone_failed, canceled, stalled, timeout, log_limit, "
        "stopped, terminated; none if the log just stops",
    ] = None
    code: Annotated[int | None, "the failed command's own, or the job's"] = None
    command: Annotated[str | None, "what failed, or ran when the log ended"] = None
    phase: Annotated[str | None, "that of the command"] = None
    message: Annotated[str | None, "the log's own words"] = None


@dataclass(frozen=True, slots=True)
class Matrix:
    """A job's entry in the build matrix."""

    summary: Annotated[str, "one line, such as python 2.7 linux"] = ""
    values: Annotated[Mapping[str, str], "language, os and the like"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PullRequest:
    number: str
    title: str | None = None
    source_branch: str | None = None
    target_branch: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One unit run on one worker."""

    id: Annotated[str, "the CI's own"]
    number: str | None
    result: Result | None
    raw_result: Annotated[str, "in the CI's own word"]
    name: str | None = None
    stage: str | None = None
    url: Annotated[str | None, "of its page at the CI"] = None
    own_attempt: Annotated[int | None, "where the CI runs single jobs again"] = None
    needs: Annotated[
        tuple[str, ...] | None, "ids or names of the jobs that it waited for; none if the CI does not say"
    ] = None
    failure_reason: Annotated[str | None, "in the CI's own word"] = None
    queued_at: datetime | None = None
    blocked_at: Annotated[datetime | None, "since when it waited for a person"] = None
    unblocked_at: Annotated[datetime | None, "when that person let it go on"] = None
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
        """Waiting for a worker, which begins when nobody has to be waited for any more.

        Not known of a job that ran before that.
        """
        if self.queued_at is None or self.unblocked_at is None:
            return seconds_between(self.queued_at, self.started_at)
        if self._ran_while_blocked:
            return None
        return seconds_between(max(self.queued_at, self.unblocked_at), self.started_at)

    @property
    def blocked_time(self) -> float | None:
        """Waiting for a person, before the job ran."""
        return None if self._ran_while_blocked else seconds_between(self.blocked_at, self.unblocked_at)

    @property
    def _ran_while_blocked(self) -> bool:
        return bool(self.unblocked_at and self.started_at and self.unblocked_at > self.started_at)


@dataclass(frozen=True, slots=True)
class Build:
    """One run of the CI for one commit, with its jobs.

    `attempt` is None when the CI does not number re-runs (Travis CI resets the build instead): the store then
    tells a new attempt by its start after the stored one's end. `branch` is one of this repo: where the
    commit is of another repo, a fork, the store puts that one's owner before it, as in `octocat:main`.
    """

    provider: Annotated[str, "kind of CI system, such as travis or github"]
    instance: Annotated[str, "base URL of that CI system"]
    repo: Annotated[str, "owner/name"]
    id: Annotated[str, "the CI's own"]
    number: Annotated[str, "within its pipeline"]
    result: Result | None
    raw_result: Annotated[str, "in the CI's own word"]
    attempt: Annotated[int | None, "from 1; left out where the CI does not number re-runs"] = None
    repo_id: Annotated[str | None, "the CI's own id of the repo: survives a rename"] = None
    code_host: Annotated[str | None, "where the repo lives, such as github.com"] = None
    pipeline: Annotated[str, "the CI's stable key of what it runs, such as a workflow's file"] = ""
    pipeline_name: Annotated[str | None, "what it is called, if not as its key"] = None
    pipeline_url: Annotated[str | None, "of its page at the CI"] = None
    branch: str | None = None
    tag: str | None = None
    commit: str | None = None
    message: Annotated[str | None, "of the commit"] = None
    author: Annotated[str | None, "of the commit"] = None
    title: Annotated[str | None, "what the CI calls this build, if it has a name of its own"] = None
    trigger: Annotated[str | None, "push, pull_request, cron, api and the like"] = None
    event: Annotated[str | None, "what started it, in the CI's own word"] = None
    actor: Annotated[str | None, "who or what started it"] = None
    head_repo: Annotated[str | None, "owner/name of the repo that the commit is of: a fork's"] = None
    parent_id: Annotated[str | None, "the CI's id of the build that started it"] = None
    parent_repo: Annotated[str | None, "owner/name of that build's repo, if another"] = None
    pull_request: PullRequest | None = None
    url: Annotated[str | None, "of its page at the CI"] = None
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


LIST = "*"  # in place of a build's number: see `BuildRef.is_list`


@dataclass(frozen=True, slots=True)
class BuildRef:
    """Names one build to fetch: by the CI's own id, or by number within its repo."""

    provider: str
    instance: str
    repo: str
    id: str | None = None
    number: str | None = None
    attempt: int | None = None  # of a CI that numbers re-runs; else the latest

    def __str__(self) -> str:
        if self.is_list:
            return f"the list of builds of {self.repo}"
        named = f"{self.repo} build {self.number or f'id {self.id}'}"
        return f"{named}, attempt {self.attempt}" if self.attempt else named

    @property
    def is_list(self) -> bool:
        """Whether it names the builds of an import that are still to be listed: those that come after the one
        of its id, or all.
        """
        return self.number == LIST

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Equal for two references that name the build in the same way; tasks are deduplicated by it."""
        named = f"id:{self.id}" if self.id else f"number:{self.number}"
        return (self.provider, self.instance, self.repo, f"{named}:{self.attempt or ''}")


@dataclass(frozen=True, slots=True)
class Hook:
    """What one verified webhook says: of no build (`ref` is None), of one, or with `build` a whole one."""

    ref: BuildRef | None
    finished: bool  # whether the build it speaks of has ended
    state: str  # in the CI's own word
    payload: bytes  # what was verified, without what else came with it
    build: Build | None = None

    @property
    def repo(self) -> str | None:
        return self.build.repo if self.build else self.ref.repo if self.ref else None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One received webhook. `id` is derived from its payload: a replay has the id of the original."""

    id: str
    provider: str
    repo: str  # empty where it names none
    received_at: datetime
    state: str
    payload: str
    instance: str | None = None  # base URL of the CI that sent it


class TaskState(StrEnum):
    WAITING = "waiting"  # for its time, a worker or another try
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # for good: `reason` says why
    CANCELED = "canceled"
    ABSENT = "absent"  # an import's number that there is no build of


class Origin(StrEnum):
    """Why a task exists, the most urgent first: an import of a year must not hold up the build that just
    finished. What decides which task is next follows this order, in memory (tasks/queue.py) and as SQL
    (store/statements/claims.py).
    """

    HOOK = "hook"
    REQUEST = "request"  # one build, asked for by a person
    SWEEP = "sweep"
    IMPORT = "import"

    @property
    def urgency(self) -> int:
        """0 is the most urgent."""
        return _URGENCY[self]

    @property
    def is_bulk(self) -> bool:
        """Whether many come together, of which none is awaited: these leave room for all others."""
        return self in BULK


_URGENCY = {origin: place for place, origin in enumerate(Origin)}
BULK = (Origin.SWEEP, Origin.IMPORT)


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
    instance: str | None = None  # base URL of the CI
    selection: str | None = None  # in words, what was asked for, if not the numbers from first to last


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


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(ns: int) -> datetime:
    """Nanoseconds since 1970 as a datetime, exact to the microsecond that it can hold."""
    return _EPOCH + timedelta(0, 0, ns // 1000)


def seconds_between(start: datetime | None, end: datetime | None) -> float | None:
    """Never negative: clocks of a CI's machines differ by a second now and then."""
    if start is None or end is None:
        return None
    return max(0.0, (end - start).total_seconds())
