"""How builds get into the store: fetched, with their logs parsed, or as they are pushed."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, replace

from buildtimetrend.errors import Forbidden, PermanentError, StillRuns, TemporaryError
from buildtimetrend.model import Build, Job, LogState, Task, TaskState
from buildtimetrend.providers.base import Provider
from buildtimetrend.settings import Detail, Settings
from buildtimetrend.store.base import Store

# A log that breaks off in transfer is worth this many tries; after that what arrived is all there is.
LOG_TRIES = 3
# Seconds that a build may wait to share a commit: 32 builds cost little more than one, and meanwhile
# notifications, which do not wait, find the writer free.
PATIENCE = 0.5
# The same, of each of several builds that came together.
TOGETHER = 0.01


@dataclass(frozen=True, slots=True)
class Collected:
    """A build on its way to disk, there when `stored` is done; `complete` if nothing is left to fetch."""

    complete: bool
    stored: Future[int]


@dataclass(frozen=True, slots=True)
class Ingest:
    """The one way in, of builds that are fetched, pushed, or brought by a webhook.

    Each is stored as the settings want it, in one transaction with all that is to follow from it: the end of
    its task, the days that are to be summed up anew, that it is to be sent to Keen.io, and that it was saved.
    From there whoever wants to know learns of it, also after a crash, and also in other processes
    (`Store.on_saved`, `reads.saved_builds`).
    """

    settings: Settings
    store: Store

    def land(
        self, build: Build, task: Task | None = None, *, patience: float = 0.0, from_keen: bool = False
    ) -> Future[int]:
        """See `Store.save`. What comes from Keen.io is not sent there.

        Raises `Forbidden` for a repo that the settings do not allow.
        """
        settings = self.settings
        if not settings.allows(build.repo):
            raise Forbidden(f"The settings of this service do not allow {build.repo}.", detail="repo")
        kept = trimmed(build, settings.detail_of(build.repo))
        send = settings.sends_to_keen and not from_keen
        return self.store.save(kept, task, patience=patience, send=send)

    def collect(
        self, provider: Provider, task: Task, *, last_try: bool = False, patience: float = PATIENCE
    ) -> Collected:
        """Bring one build into the store, and with it, when it is complete, the end of its task.

        A build that ended while some of its jobs still run (fast_finish) is stored as far as it is known; at
        the last try so is one whose logs cannot be had. `patience` is that of `Store.save`.
        Raises `TemporaryError`, also while the build itself runs, or `PermanentError`, also for a repo whose
        present name at the CI is not allowed.
        """
        build = provider.fetch(task.ref)
        if not self.settings.allows(build.repo):
            raise PermanentError(f"The settings do not allow {task.ref.repo} by the name that it has now.")
        if not build.finished:
            raise StillRuns(f"{task.ref} has not finished yet: the CI says {build.raw_result!r}.")
        detail = self.settings.detail_of(build.repo)
        jobs = (_with_log(provider, build, job, task, detail, last_try=last_try) for job in build.jobs)
        build = replace(build, jobs=tuple(jobs))
        complete = all(job.result is not None for job in build.jobs)
        ended = replace(task, state=TaskState.DONE, reason=None, finished_at=self.store.clock.now())
        return Collected(complete, self.land(build, ended if complete else None, patience=patience))


def trimmed(build: Build, detail: Detail) -> Build:
    """The build with no more than its data detail keeps."""
    if detail == "extended":
        return build
    if detail == "minimal":
        build = replace(build, message=None, author=None, title=None, actor=None)
        return replace(build, jobs=tuple(_essentials(job) for job in build.jobs))
    return replace(build, jobs=tuple(_without_facts(job, steps=detail == "full") for job in build.jobs))


def _with_log(
    provider: Provider, build: Build, job: Job, task: Task, detail: Detail, *, last_try: bool
) -> Job:
    if detail == "minimal" or job.result is None:
        return job
    try:
        log = provider.log(build, job)
        if log is None:
            return _without_log(job, job.log)
        with log:
            parsed = provider.parse(log.chunks)
    except TemporaryError:
        if not last_try:
            raise
        return _without_log(job, LogState.MISSING)
    if log.retry and task.tries < LOG_TRIES:
        raise TemporaryError(f"The log of job {job.number or job.id} broke off in transfer.")
    job = _with_language(job, parsed.language, provider)
    worker = job.worker.with_log(parsed.worker)
    told = replace(job, worker=worker, exit=parsed.exit)
    if job.steps and log.state is not LogState.COMPLETE:
        return _without_log(told, log.state)
    # Steps that the CI's API has, with their results, are better than those that a log shows.
    return replace(told, steps=job.steps or parsed.steps, log=log.state)


def _without_log(job: Job, state: LogState) -> Job:
    """A job whose steps the CI's API has lacks nothing."""
    return replace(job, log=LogState.UNNEEDED if job.steps else state)


def _with_language(job: Job, logged: str | None, provider: Provider) -> Job:
    """The log knows the language where the configuration names none, and the default was assumed."""
    if not logged or job.matrix.values.get("language") not in (None, provider.default_language):
        return job
    return replace(job, matrix=replace(job.matrix, values={**job.matrix.values, "language": logged}))


def _essentials(job: Job) -> Job:
    return Job(
        id=job.id,
        number=job.number,
        result=job.result,
        raw_result=job.raw_result,
        name=job.name,
        stage=job.stage,
        url=job.url,
        own_attempt=job.own_attempt,
        needs=job.needs,
        queued_at=job.queued_at,
        blocked_at=job.blocked_at,
        unblocked_at=job.unblocked_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        allow_failure=job.allow_failure,
        matrix=replace(job.matrix, values={}),
    )


def _without_facts(job: Job, *, steps: bool) -> Job:
    worker = replace(job.worker, facts={}) if job.worker.facts else job.worker
    return replace(job, worker=worker, steps=job.steps if steps else ())
