"""What the simulated Travis CI knows of a build: the values that both versions of its API are made from.

Times are whole seconds since 1970, as its API has no finer ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from buildtimetrend.demo.logs import Telling
from buildtimetrend.demo.projects import Config, Project
from buildtimetrend.demo.recordings import Recording


class LogKind(StrEnum):
    INLINE = "inline"  # answered by the API itself
    ARCHIVED = "archived"  # the API redirects to the storage host
    MISSING = "missing"  # removed: 404
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class SimulatedJob:
    id: int
    number: str
    state: str
    config: Config
    allow_failure: bool
    queued_at: int
    started_at: int | None
    finished_at: int | None
    log_kind: LogKind
    source: Telling | Recording | None  # None for one that never ran

    @property
    def duration(self) -> int | None:
        if self.started_at is None or self.finished_at is None:
            return None
        return self.finished_at - self.started_at

    @property
    def readable(self) -> bool:
        return self.source is not None and self.log_kind in {LogKind.INLINE, LogKind.ARCHIVED}

    @property
    def steps(self) -> int:
        """The timed blocks in its log, as far as anybody can read it."""
        if not self.readable or self.source is None:
            return 0
        return self.source.steps if isinstance(self.source, Telling) else self.source.steps_before()

    def log(self) -> bytes:
        if not self.readable or self.source is None:
            return b""
        return self.source.log() if isinstance(self.source, Telling) else self.source.content


@dataclass(frozen=True, slots=True)
class Commit:
    id: int
    sha: str
    parent: str
    message: str
    author: str
    email: str
    committed_at: int


@dataclass(frozen=True, slots=True)
class SimulatedPullRequest:
    number: int
    title: str
    head: str  # the commit that it proposes


@dataclass(frozen=True, slots=True)
class SimulatedBuild:
    project: Project
    id: int
    number: int
    attempt: int
    state: str
    previous_state: str | None
    event_type: str
    branch: str
    tag: str | None
    pull_request: SimulatedPullRequest | None
    commit: Commit
    queued_at: int
    jobs: tuple[SimulatedJob, ...]

    @property
    def started_at(self) -> int | None:
        return min((job.started_at for job in self.jobs if job.started_at is not None), default=None)

    @property
    def finished_at(self) -> int | None:
        finished = [job.finished_at for job in self.jobs if job.finished_at is not None]
        return max(finished) if len(finished) == len(self.jobs) else None

    @property
    def duration(self) -> int | None:
        """The sum of the jobs' run times, as at Travis CI: not the wall time."""
        if self.finished_at is None or self.started_at is None:
            return None
        return sum(job.duration or 0 for job in self.jobs)

    @property
    def compare_url(self) -> str:
        base = f"https://github.example/{self.project.slug}"
        if self.pull_request:
            return f"{base}/pull/{self.pull_request.number}"
        return f"{base}/compare/{self.commit.parent[:12]}...{self.commit.sha[:12]}"

    def running(self) -> SimulatedBuild:
        """The same build before its jobs were done."""
        jobs = tuple(replace(job, state="started", finished_at=None) for job in self.jobs)
        return replace(self, state="started", jobs=jobs)

    def unstamped(self) -> SimulatedBuild:
        """The same build in the moments when its result is known and its `finished_at` is not."""
        return replace(self, jobs=tuple(replace(job, finished_at=None) for job in self.jobs))
