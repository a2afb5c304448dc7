"""The jobs of a pipeline, with those that were run again, and its bridges to other pipelines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from buildtimetrend.model import Job, Result, Worker
from buildtimetrend.providers.fields import Fields, WrongField
from buildtimetrend.providers.gitlab.graph import Graph
from buildtimetrend.providers.gitlab.names import named
from buildtimetrend.providers.gitlab.times import CLOCKS, in_order, time_of
from buildtimetrend.providers.gitlab.words import result_of_job

_SYSTEMS = {"linux": "linux", "windows": "windows", "darwin": "osx", "macos": "osx", "freebsd": "freebsd"}
_LONGEST_QUEUE = 366 * 86_400.0  # s


def jobs_of(described: Iterable[Fields], graph: Graph | None, *, ended: bool) -> tuple[Job, ...]:
    """In the order of their creation. `ended` is whether the pipeline has. Raises `WrongField`."""
    told = {job.id("id"): job for job in described}
    ids = sorted(told, key=int)
    attempts: dict[str, list[str]] = defaultdict(list)  # by name as GitLab has it
    for job_id in ids:
        attempts[told[job_id].text("name")].append(job_id)
    jobs = {job_id: _job(told[job_id], job_id, ended=ended) for job_id in ids}
    for runs in attempts.values():
        for number, job_id in enumerate(runs, 1):
            jobs[job_id] = replace(jobs[job_id], own_attempt=number)
    if graph is None:
        return tuple(jobs.values())
    latest = {name: runs[-1] for name, runs in attempts.items()}
    needed = {job_id: _needs(graph.needs.get(told[job_id].text("name")), latest, job_id) for job_id in ids}
    return tuple(
        _let_go(replace(job, needs=needed[job_id]), jobs, graph.manual) for job_id, job in jobs.items()
    )


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
        os=_SYSTEMS.get(platform),
        arch=(manager.maybe_text("architecture") or None) if manager else None,
    )


def _texts(given: object) -> tuple[str, ...]:
    return tuple(each for each in given if isinstance(each, str)) if isinstance(given, list) else ()


def _needs(names: tuple[str, ...] | None, latest: Mapping[str, str], job_id: str) -> tuple[str, ...] | None:
    """Ids of the jobs that it waited for. None where it waited for a stage: which jobs are of that, and which
    of them nobody waits for, the stages tell as well.
    """
    if names is None:
        return None
    found = dict.fromkeys(other for name in names for other in _called(name, latest))
    return tuple(other for other in found if other != job_id)


def _called(name: str, latest: Mapping[str, str]) -> list[str]:
    """One that is called so, or all of that definition."""
    if name in latest:
        return [latest[name]]
    return [job_id for shown, job_id in latest.items() if named(shown)[0] == name]


def _let_go(job: Job, jobs: Mapping[str, Job], manual: frozenset[str]) -> Job:
    """One that waited for a person did so from the end of what it needed to when it was queued."""
    if job.id not in manual or job.queued_at is None:
        return job
    before = [jobs[other].finished_at for other in job.needs or () if other in jobs]
    since = max((end for end in before if end), default=None)
    if since is None and job.needs is None:
        ends = [
            other.finished_at
            for other in jobs.values()
            if other.stage != job.stage and other.finished_at and other.finished_at <= job.queued_at
        ]
        since = max((end for end in ends if end), default=None)
    return replace(job, blocked_at=since and min(since, job.queued_at), unblocked_at=job.queued_at)
