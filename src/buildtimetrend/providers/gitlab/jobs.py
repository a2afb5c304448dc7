"""The jobs of a pipeline, with those that were run again, and its bridges to other pipelines."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from buildtimetrend.model import Job, LogState, Result, Worker
from buildtimetrend.providers.fields import Fields, WrongField
from buildtimetrend.providers.gitlab.graph import Graph
from buildtimetrend.providers.gitlab.names import named
from buildtimetrend.providers.gitlab.times import time_of
from buildtimetrend.providers.gitlab.words import result_of_job
from buildtimetrend.providers.systems import system_of
from buildtimetrend.providers.times import CLOCKS, in_order

_LONGEST_QUEUE = 366 * 86_400.0  # s


def jobs_of(
    described: Iterable[Fields], bridges: Iterable[Fields], graph: Graph | None, *, ended: bool
) -> tuple[Job, ...]:
    """In the order of their creation. `ended` is whether the pipeline has. Raises `WrongField`."""
    told = {job.id("id"): job for job in described}
    of_bridges = {bridge.id("id"): bridge for bridge in bridges}
    told |= of_bridges
    ids = sorted(told, key=int)
    attempts: dict[str, list[str]] = defaultdict(list)  # by name as GitLab has it
    for job_id in ids:
        attempts[told[job_id].text("name")].append(job_id)
    jobs = {job_id: _job(told[job_id], job_id, ended=ended) for job_id in ids}
    for bridge_id in of_bridges:
        jobs[bridge_id] = replace(jobs[bridge_id], log=LogState.UNNEEDED)
    for runs in attempts.values():
        for number, job_id in enumerate(runs, 1):
            jobs[job_id] = replace(jobs[job_id], own_attempt=number)
    if graph is None:
        return tuple(jobs.values())
    latest = Latest({name: runs[-1] for name, runs in attempts.items()})
    for job_id in ids:
        names = graph.needs.get(told[job_id].text("name"))
        jobs[job_id] = replace(jobs[job_id], needs=latest.needed_by(job_id, names))
    ends = StageEnds(jobs.values())
    return tuple(_let_go(job, jobs, ends) if job.id in graph.manual else job for job in jobs.values())


def _job(job: Fields, job_id: str, *, ended: bool) -> Job:
    word = job.text("status")
    result = result_of_job(word, ended=ended)
    queued, started, finished = _times(job, result)
    name, matrix = named(job.text("name"))
    failed = result is Result.FAILED
    return Job(
        id=job_id,
        number=None,
        result=result,
        raw_result=word,
        name=name,
        stage=job.maybe_text("stage") or None,
        url=job.maybe_text("web_url") or None,
        failure_reason=(job.maybe_text("failure_reason") or None) if failed else None,
        queued_at=queued,
        started_at=started,
        finished_at=finished,
        allow_failure=job.maybe_flag("allow_failure") or False,
        matrix=matrix,
        worker=_worker(job),
        log=LogState.MISSING if job.maybe_text("erased_at") else LogState.UNREAD,
    )


def _times(job: Fields, result: Result | None) -> tuple[datetime | None, datetime | None, datetime | None]:
    """Queued, started, finished; None for what never was, or cannot be true."""
    if result is Result.SKIPPED:
        return None, None, None
    started, finished = time_of(job, "started_at"), time_of(job, "finished_at")
    if result is None:
        finished = None
    if not in_order(started, finished):
        return None, None, None
    if started and finished and finished < started:
        finished = started
    return _queued(job, started), started, finished


def _queued(job: Fields, started: datetime | None) -> datetime | None:
    """By what GitLab says that it waited: since it was made it also waited for other jobs, and for people."""
    seconds = job.get("queued_duration")
    if started is None or seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise WrongField(job.path("queued_duration"), "a number of seconds")
    if not -CLOCKS.total_seconds() <= seconds <= _LONGEST_QUEUE:
        return None
    return started - timedelta(seconds=max(0.0, seconds))


def _worker(job: Fields) -> Worker:
    runner = job.maybe_fields("runner")
    manager = job.maybe_fields("runner_manager")
    platform = (manager.maybe_text("platform") or "").lower() if manager else ""
    return Worker(
        name=(runner.maybe_text("description") or runner.maybe_text("name") or None) if runner else None,
        labels=_texts(job.get("tag_list")) or (_texts(runner.get("tags")) if runner else ()),
        os=system_of([platform]),
        arch=(manager.maybe_text("architecture") or None) if manager else None,
    )


def _texts(given: object) -> tuple[str, ...]:
    return tuple(each for each in given if isinstance(each, str)) if isinstance(given, list) else ()


class Latest:
    """The last run of each job, by its name and by that of its definition, which several may share."""

    def __init__(self, by_name: Mapping[str, str]) -> None:
        self._by_name = by_name
        self._by_definition: dict[str, list[str]] = defaultdict(list)
        for shown, job_id in by_name.items():
            self._by_definition[named(shown)[0]].append(job_id)

    def needed_by(self, job_id: str, names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """Ids of the jobs that it waited for. None where it waited for a stage: which jobs are of that, and
        which of them nobody waits for, the stages tell as well.
        """
        if names is None:
            return None
        found = dict.fromkeys(other for name in names for other in self._called(name))
        found.pop(job_id, None)
        return tuple(found)

    def _called(self, name: str) -> Sequence[str]:
        """One that is called so, or all of that definition."""
        if name in self._by_name:
            return [self._by_name[name]]
        return self._by_definition.get(name, ())


class StageEnds:
    """When jobs ended, to be asked for the last end before an instant of any stage but one."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        ended = sorted((job.finished_at, job.stage or "") for job in jobs if job.finished_at)
        self._ends = [end for end, _ in ended]
        self._last: list[tuple[str, datetime | None]] = []  # a stage, and the last end of all others so far
        for place, (_, stage) in enumerate(ended):
            other = None
            if place:
                before, before_that = self._last[-1]
                other = before_that if before == stage else self._ends[place - 1]
            self._last.append((stage, other))

    def before(self, at: datetime, stage: str | None) -> datetime | None:
        place = bisect_right(self._ends, at) - 1
        if place < 0:
            return None
        last, other = self._last[place]
        return other if last == (stage or "") else self._ends[place]


def _let_go(job: Job, jobs: Mapping[str, Job], ends: StageEnds) -> Job:
    """One that waited for a person did so from the end of what it needed to when it was queued."""
    if job.queued_at is None:
        return job
    before = [jobs[other].finished_at for other in job.needs or () if other in jobs]
    since = max((end for end in before if end), default=None)
    if since is None and job.needs is None:
        since = ends.before(job.queued_at, job.stage)
    return replace(job, blocked_at=since and min(since, job.queued_at), unblocked_at=job.queued_at)
