"""Events read back: `build_jobs` and `build_substages` of any version become builds with jobs and steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from buildtimetrend.keen.exchange.values import fields, flag, instant, number, text
from buildtimetrend.keen.shape import MATRIX_NAMES
from buildtimetrend.model import (
    Build,
    Exit,
    Job,
    LogState,
    Matrix,
    PullRequest,
    Result,
    Step,
    Worker,
    seconds_between,
)

Event: TypeAlias = Mapping[str, Any]
BuildKey: TypeAlias = tuple[str, str, str, str, int]  # provider, instance, repo, id, attempt

# A build of the old service has no id of its CI in its events: ours tell where it is from.
ID = "keen-"
# Of several jobs, the first that applies is the build's.
WORST_FIRST = (Result.ERRORED, Result.FAILED, Result.CANCELED, Result.PASSED, Result.SKIPPED)
_OUR_NAMES = {theirs: ours for ours, theirs in MATRIX_NAMES.items()}


@dataclass(slots=True)
class ReadJob:
    """A job as its events tell it, and the build that they say it belongs to, without jobs."""

    name: str  # `job.job`: the job's number, which its substages name it by
    build: Build
    job: Job
    steps: dict[object, tuple[float, Step]] = field(default_factory=dict)  # by identity, with their order
    at: datetime | None = None  # the instant that Keen.io keeps its event under
    recorded_at: datetime | None = None
    seen: bool = False  # its own event, not only its steps'


class Reader:
    """Collects events, and gives the builds that they make. `instance` is that of events which name none.

    What cannot be read is counted in `skipped`, by reason.
    """

    def __init__(self, instance: str) -> None:
        self.skipped: Counter[str] = Counter()
        self._instance = instance
        self._builds: dict[BuildKey, dict[str, ReadJob]] = {}

    def job(self, event: Event) -> BuildKey | None:
        """Take a `build_jobs` event; the key of its build, or None when it was skipped."""
        read = self._read(event)
        if read is None:
            return None
        key, found = read
        known = self._builds.setdefault(key, {}).get(found.name)
        if known is None:
            self._builds[key][found.name] = replace(found, seen=True)
        elif known.seen:
            self.skipped["the same job twice"] += 1
            if (known.recorded_at or _LONG_AGO) < (found.recorded_at or _LONG_AGO):
                self._builds[key][found.name] = replace(found, steps=known.steps, seen=True)
        else:
            self._builds[key][found.name] = replace(found, steps=known.steps, seen=True)
        return key

    def substage(self, event: Event) -> BuildKey | None:
        """Take a `build_substages` event; its job need not have come."""
        read = self._read(event)
        if read is None:
            return None
        key, found = read
        step = _step(fields(event, "stage"))
        if step is None:
            self.skipped["a substage without its times"] += 1
            return None
        known = self._builds.setdefault(key, {}).setdefault(found.name, found)
        order = number(fields(event, "stage").get("position")) or step.started_ns / 1e9
        identity = text(fields(event, "buildtime_trend").get("event_id")) or (step.name, step.started_ns)
        if identity in known.steps:
            self.skipped["the same substage twice"] += 1
        known.steps[identity] = (order, step)
        return key

    @property
    def waiting(self) -> list[BuildKey]:
        """Builds that were not taken yet."""
        return list(self._builds)

    def seen(self, key: BuildKey) -> tuple[datetime, datetime]:
        """The first and the last instant of the build's jobs that have come, as Keen.io keeps them."""
        instants = [read.at or _LONG_AGO for read in self._builds[key].values()]
        return min(instants), max(instants)

    def take(self, key: BuildKey) -> Build:
        """A build with all that has come of it, which is forgotten."""
        return _assembled(list(self._builds.pop(key).values()))

    def _read(self, event: Event) -> tuple[BuildKey, ReadJob] | None:
        try:
            found = _read_job(event, self._instance)
        except Unreadable as error:
            self.skipped[str(error)] += 1
            return None
        build = found.build
        return (build.provider, build.instance, build.repo.lower(), build.id, build.attempt or 1), found


class Unreadable(Exception):
    """Why an event is no job."""


_LONG_AGO = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _read_job(event: Event, instance: str) -> ReadJob:
    job, about = fields(event, "job"), fields(event, "buildtime_trend")
    repo = text(job.get("repo")) or text(about.get("project_name"))
    if repo is None or "/" not in repo:
        raise Unreadable("no repo")
    job_number = text(job.get("job"))
    number_ = text(job.get("build")) or (job_number or "").partition(".")[0]
    if not number_:
        raise Unreadable("no build number")
    return ReadJob(
        name=job_number or number_,
        build=_build(event, repo, number_, instance),
        job=_job(event, number_, job_number),
        at=instant_of(event, "timestamp"),
        recorded_at=instant_of(event, "created_at"),
    )


def instant_of(event: Event, name: str) -> datetime | None:
    """`keen.timestamp` or `keen.created_at`."""
    return instant(fields(event, "keen").get(name))


def _build(event: Event, repo: str, number_: str, instance: str) -> Build:
    job, of_build = fields(event, "job"), fields(event, "build")
    return Build(
        provider=text(job.get("ci_platform")) or "travis",
        instance=text(of_build.get("instance")) or instance,
        repo=repo,
        id=text(of_build.get("id")) or f"{ID}{number_}",
        number=number_,
        attempt=int(number(of_build.get("attempt")) or 1),
        result=_result(of_build.get("result")),
        raw_result=text(of_build.get("raw_result")) or "",
        branch=text(job.get("branch")),
        tag=text(of_build.get("tag")),
        commit=text(of_build.get("commit")),
        message=text(of_build.get("message")),
        author=text(of_build.get("author")),
        trigger=text(job.get("build_trigger")),
        pull_request=_pull_request(fields(job, "pull_request")),
        url=text(of_build.get("url")),
        queued_at=instant(of_build.get("queued_at")),
        started_at=instant(of_build.get("started_at")),
        finished_at=instant(of_build.get("finished_at")),
    )


def _job(event: Event, number_: str, job_number: str | None) -> Job:
    job = fields(event, "job")
    raw = text(job.get("raw_result")) or text(job.get("result")) or ""
    result = _result(job.get("result"))
    if result is None:
        raise Unreadable(f"the result {raw or 'is missing'}")
    started_at, finished_at = _times(event, job)
    return Job(
        id=text(job.get("id")) or f"{ID}{job_number or number_}",
        number=text(job.get("number")) if "id" in job else job_number,
        result=result,
        raw_result=raw,
        name=text(job.get("name")),
        stage=text(job.get("stage")),
        queued_at=instant(job.get("queued_at")),
        started_at=started_at,
        finished_at=finished_at,
        allow_failure=flag(job.get("allow_failure")),
        matrix=_matrix(fields(job, "build_matrix")),
        worker=_worker(fields(job, "worker")),
        exit=_exit(fields(job, "exit")),
        log=_log_state(job),
    )


def _times(event: Event, job: Event) -> tuple[datetime | None, datetime | None]:
    """From start to end; where an old event lacks one, what the duration and the event's own instant tell."""
    started_at, finished_at = instant(job.get("started_at")), instant(job.get("finished_at"))
    if "id" in job:
        return started_at, finished_at
    duration = number(job.get("duration"))
    if finished_at is None and started_at is not None and duration is not None and duration >= 0:
        finished_at = started_at + timedelta(seconds=duration)
    if finished_at is None:
        finished_at = instant_of(event, "timestamp")
    if started_at is None and finished_at is not None and duration is not None and duration >= 0:
        started_at = finished_at - timedelta(seconds=duration)
    return started_at, finished_at


def _step(stage: Event) -> Step | None:
    """None when it is not known when it began, and how long it took."""
    started_at, finished_at = instant(stage.get("started_at")), instant(stage.get("finished_at"))
    seconds = number(stage.get("duration"))
    if started_at is None and finished_at is not None and seconds is not None:
        started_at = finished_at - timedelta(seconds=seconds)
    if seconds is None:
        seconds = seconds_between(started_at, finished_at)
    if started_at is None or seconds is None or seconds < 0:
        return None
    command = text(stage.get("command"))
    name = text(stage.get("name")) or command or "unnamed"
    started_ns = round(started_at.timestamp() * 1e6) * 1000
    phase = text(stage.get("phase")) or name.partition(".")[0]
    return Step(name, phase, command, started_ns, started_ns + round(seconds * 1e9))


def _assembled(jobs: Sequence[ReadJob]) -> Build:
    build = jobs[0].build
    done = tuple(sorted((_with_steps(read) for read in jobs), key=_order))
    if not build.id.startswith(ID):
        return replace(build, jobs=done)
    result = next(word for word in WORST_FIRST if any(job.result is word for job in done))
    return replace(
        build,
        result=result,
        raw_result=result.value,
        started_at=min(_known(job.started_at for job in done), default=None),
        finished_at=max(_known(job.finished_at for job in done), default=None),
        jobs=done,
    )


def _with_steps(read: ReadJob) -> Job:
    steps = tuple(step for _, step in sorted(read.steps.values(), key=lambda each: each[0]))
    if steps and read.job.log is LogState.UNREAD:
        return replace(read.job, steps=steps, log=LogState.COMPLETE)
    return replace(read.job, steps=steps)


def _order(job: Job) -> tuple[list[int], str]:
    """By number, part by part: 1.2 before 1.10."""
    parts = (job.number or "").split(".")
    return [int(part) for part in parts if part.isdecimal()], job.id


def _result(value: object) -> Result | None:
    word = text(value)
    return Result(word) if word is not None and word in set(Result) else None


def _pull_request(asked: Event) -> PullRequest | None:
    number_ = text(asked.get("number"))
    if number_ is None or not flag(asked.get("is_pull_request")):
        return None
    return PullRequest(number_, text(asked.get("title")))


def _matrix(entry: Event) -> Matrix:
    values = {_OUR_NAMES.get(name, name): text(value) for name, value in entry.items() if name != "summary"}
    known = {name: value for name, value in values.items() if value is not None}
    return Matrix(text(entry.get("summary")) or " ".join(known.values()), known)


def _worker(told: Event) -> Worker:
    return Worker(
        hostname=text(told.get("hostname")),
        os=text(told.get("os")),
        dist=text(told.get("dist")),
        arch=text(told.get("arch")),
        instance=text(told.get("instance")),
        boot_time=number(told.get("boot_time")),
    )


def _exit(told: Event) -> Exit:
    code = number(told.get("code"))
    return Exit(
        reason=text(told.get("reason")),
        code=None if code is None else int(code),
        command=text(told.get("command")),
        phase=text(told.get("phase")),
        message=text(told.get("message")),
    )


def _log_state(job: Event) -> LogState:
    word = text(job.get("log"))
    return LogState(word) if word is not None and word in set(LogState) else LogState.UNREAD


def _known(instants: Iterable[datetime | None]) -> Iterable[datetime]:
    return (at for at in instants if at is not None)
