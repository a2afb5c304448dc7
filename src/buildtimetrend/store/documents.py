"""Builds as JSON documents: what one instance pushes to another, and what anybody may push.

`document_of` and `build_of` undo each other. A document has the names of `model.Build`; instants are ISO
8601, those of steps with nanoseconds, and durations follow from them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cache
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from buildtimetrend.model import Build, Exit, Job, LogState, Matrix, PullRequest, Result, Step, Worker
from buildtimetrend.store.rows import LARGEST, LAST_NS
from buildtimetrend.store.text import clean

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WITH_FRACTION = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)
MOST_ATTEMPTS = 1_000_000  # far below what a column holds: the next attempt has its number still
# Bytes of what builds and jobs are known by: several of them share an entry of PostgreSQL's indexes, and one
# that is cut could be another's.
LONGEST_ID = 500
_NO_INSTANT = "must be an instant in ISO 8601, such as 2024-03-01T12:00:00.5Z"


def _nanoseconds(value: object) -> int:
    found = _WITH_FRACTION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(_NO_INSTANT)
    seconds, fraction, zone = found.groups()
    try:
        whole = datetime.fromisoformat(seconds + (zone or "Z")) - _EPOCH
    except ValueError:
        raise ValueError(_NO_INSTANT) from None
    return (whole.days * 86_400 + whole.seconds) * 10**9 + int((fraction or "").ljust(9, "0"))


def _nanoseconds_of_step(value: object) -> int:
    found = _nanoseconds(value)
    if not 0 <= found <= LAST_NS:
        raise ValueError("must lie between the years 1970 and 9999")
    return found


def _instant(value: object) -> object:
    if value is None:
        return None
    try:
        return _EPOCH + timedelta(microseconds=_nanoseconds(value) // 1000)
    except OverflowError:
        raise ValueError(_NO_INSTANT) from None


def known(value: str) -> str:
    """What something is known by. Raises ValueError when it is longer than an index can hold."""
    if len(clean(value).encode()) > LONGEST_ID:
        raise ValueError(f"must have {LONGEST_ID} bytes at most")
    return value


_AS_TEXT = WithJsonSchema({"type": "string", "format": "date-time"})
_AS_TEXT_OR_NULL = WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]})
Instant: TypeAlias = Annotated[datetime | None, BeforeValidator(_instant), _AS_TEXT_OR_NULL]
Nanoseconds: TypeAlias = Annotated[int, BeforeValidator(_nanoseconds_of_step), _AS_TEXT]
Id: TypeAlias = Annotated[str, AfterValidator(known)]
Strict: TypeAlias = Annotated[bool, Field(strict=True)]
Number: TypeAlias = Annotated[int, Field(strict=True, ge=-LARGEST, le=LARGEST)]
Count: TypeAlias = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]
Seconds: TypeAlias = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PushedStep(Document):
    """One timed part of a job. `depth` counts the steps around it."""

    name: str
    phase: str = ""
    command: str | None = None
    started_at: Nanoseconds
    finished_at: Nanoseconds
    depth: Count = 0


class PushedWorker(Document):
    """The machine that ran a job; `boot_time` in seconds."""

    hostname: str | None = None
    os: str | None = None
    dist: str | None = None
    arch: str | None = None
    instance: str | None = None
    boot_time: Seconds | None = None
    facts: dict[str, str] = Field(default_factory=dict, description="whatever else it says of itself")


class PushedExit(Document):
    """How a job's log ends."""

    reason: str | None = Field(
        default=None,
        description="done, failed (a command before the script), clone_failed, canceled, stalled, timeout, "
        "log_limit, stopped, terminated; none if the log just stops",
    )
    code: Number | None = Field(default=None, description="the failed command's own, or the job's")
    command: str | None = Field(default=None, description="what failed, or ran when the log ended")
    phase: str | None = Field(default=None, description="that of the command")
    message: str | None = None


class PushedMatrix(Document):
    """A job's entry in the build matrix."""

    summary: str = Field(default="", description="one line, such as python 2.7 linux")
    values: dict[str, str] = Field(default_factory=dict, description="language, os and the like")


class PushedPullRequest(Document):
    number: str
    title: str | None = None


class PushedJob(Document):
    """One unit run on one worker. `raw_result` is the CI's own word, else as `result`."""

    id: Id = Field(description="the CI's own")
    number: str | None = None
    result: Result | None = None
    raw_result: str | None = None
    name: str | None = None
    stage: str | None = None
    queued_at: Instant = None
    started_at: Instant = None
    finished_at: Instant = None
    allow_failure: Strict = False
    matrix: PushedMatrix = PushedMatrix()
    worker: PushedWorker = PushedWorker()
    exit: PushedExit = PushedExit()
    log: LogState = LogState.UNREAD
    steps: list[PushedStep] = []


class PushedBuild(Document):
    """One run of the CI for one commit, with its jobs, of which the same id is stored but once."""

    provider: Id = Field(description="kind of CI system, such as travis or github")
    instance: Id = Field(description="base URL of that CI system")
    repo: str = Field(description="owner/name")
    id: Id = Field(description="the CI's own")
    number: Id
    attempt: Annotated[int, Field(strict=True, ge=1, le=MOST_ATTEMPTS)] | None = Field(
        default=None, description="from 1; left out where the CI does not number re-runs"
    )
    result: Result | None
    raw_result: str | None = Field(default=None, description="in the CI's own word, else as result")
    repo_id: Id | None = Field(default=None, description="the CI's own id of the repo: survives a rename")
    branch: str | None = None
    tag: str | None = None
    commit: str | None = None
    message: str | None = None
    author: str | None = None
    trigger: str | None = None
    pull_request: PushedPullRequest | None = None
    url: str | None = None
    queued_at: Instant = None
    started_at: Instant = None
    finished_at: Instant = None
    jobs: list[PushedJob] = []


def build_of(pushed: PushedBuild) -> Build:
    """The build that a document says."""
    parts = {
        "raw_result": _raw_result(pushed),
        "pull_request": pushed.pull_request and PullRequest(**dict(pushed.pull_request)),
        "jobs": tuple(_job(job) for job in pushed.jobs),
    }
    return Build(**{**dict(pushed), **parts})


def document_of(value: Any) -> Any:  # noqa: PLR0911 - one for each kind of value
    """What `orjson` writes of a build, or of any other noun of the model.

    Text is what a database can hold. What no column can hold is left out, as it is where a build is stored: a
    step outside the calendar, a number that is none or beyond 63 bits. Raises TypeError for anything else.
    """
    match value:
        case None | bool():
            return value
        case Enum():
            return value.value
        case str():
            return clean(value)
        case int():
            return value if abs(value) <= LARGEST else None
        case float():
            return value if math.isfinite(value) else None
        case datetime():
            return _utc(value).isoformat()
        case Step():
            return _step(value)
        case tuple() | list():
            return [
                document_of(each) for each in value if not isinstance(each, Step) or _is_in_calendar(each)
            ]
        case Mapping():
            return {clean(name): document_of(each) for name, each in value.items()}
        case _ if is_dataclass(value):
            return {name: document_of(getattr(value, name)) for name in _names(value.__class__)}
    raise TypeError(f"{value!r} is nothing that a build has")


@cache
def _names(kind: Any) -> list[str]:
    return [field.name for field in fields(kind)]


def _raw_result(pushed: PushedBuild | PushedJob) -> str:
    if pushed.raw_result is not None:
        return pushed.raw_result
    return pushed.result.value if pushed.result else ""


def _job(pushed: PushedJob) -> Job:
    parts = {
        "raw_result": _raw_result(pushed),
        "matrix": Matrix(**dict(pushed.matrix)),
        "worker": Worker(**dict(pushed.worker)),
        "exit": Exit(**dict(pushed.exit)),
        "steps": tuple(_step_of(step) for step in pushed.steps),
    }
    return Job(**{**dict(pushed), **parts})


def _step_of(pushed: PushedStep) -> Step:
    return Step(
        pushed.name, pushed.phase, pushed.command, pushed.started_at, pushed.finished_at, pushed.depth
    )


def _step(step: Step) -> dict[str, Any]:
    return {
        "name": clean(step.name),
        "phase": clean(step.phase),
        "command": clean(step.command),
        "started_at": _iso(step.started_ns),
        "finished_at": _iso(step.finished_ns),
        "depth": step.depth,
    }


def _is_in_calendar(step: Step) -> bool:
    return 0 <= step.started_ns <= LAST_NS and 0 <= step.finished_ns <= LAST_NS


def _iso(ns: int) -> str:
    seconds, fraction = divmod(ns, 10**9)
    return f"{_EPOCH + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}.{fraction:09}Z"


def _utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
