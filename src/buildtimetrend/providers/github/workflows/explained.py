"""The jobs of a run with what the workflow's file says of them: needs, matrix, whether they may fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from buildtimetrend.model import Job, Matrix
from buildtimetrend.providers.github.job_names import named, split
from buildtimetrend.providers.github.jobs import Listed
from buildtimetrend.providers.github.workflows.graph import Match, Tree, needs_of

# GitHub creates a job within that of the end of what it needed.
SOON = timedelta(seconds=5)
EARLIER = timedelta(seconds=2)
AFTER_ANOTHER = timedelta(seconds=15)  # of the end of a job that it waited for, a runner takes a job
# A longer wait may be for something else than a runner: for another job that ended just before or, in an
# environment, for a person.
LONGEST_QUEUE = timedelta(minutes=1)


def explained(tree: Tree, listed: Sequence[Listed]) -> list[Listed]:
    """Names and needs of those whose definition is known; the others as they are."""
    found = [tree.matches(each.shown) for each in listed]
    needs = needs_of(found)
    return [
        replace(each, job=_with(each, meant, None if of is None else tuple(listed[n].job.id for n in of)))
        for each, meant, of in zip(listed, found, needs, strict=True)
    ]


def agrees(tree: Tree, listed: Sequence[Listed], began_at: datetime | None) -> bool:
    """Whether the file, as it was at another commit, explains this run: its jobs have all their names in it,
    and each was created when what it needs had ended.
    """
    needs = needs_of([tree.matches(each.shown) for each in listed])
    if None in needs:
        return False
    for each, of in zip(listed, needs, strict=True):
        job = each.job
        if job.started_at is None or each.earlier:
            continue
        needed = [listed[place].job.finished_at for place in of or () if not listed[place].earlier]
        ready = max([end for end in (began_at, *needed) if end], default=None)
        if ready is None or job.queued_at is None:
            return False
        if not ready - EARLIER <= job.queued_at <= ready + SOON:
            return False
    return True


def may_have_waited(listed: Sequence[Listed]) -> bool:
    """Whether a job waited long and began just after another one: perhaps for that, whatever is known."""
    ends = [each.job.finished_at for each in listed if each.job.finished_at]
    waited = (
        each.job.started_at
        for each in listed
        if each.job.started_at
        and each.job.queued_at
        and each.job.started_at - each.job.queued_at > LONGEST_QUEUE
    )
    return any(began - AFTER_ANOTHER <= end <= began for began in waited for end in ends)


def _with(each: Listed, meant: Sequence[Match], needs: tuple[str, ...] | None) -> Job:
    if not meant:
        return each.job
    name, matrix = _named(each.shown, meant)
    job = replace(each.job, name=name, matrix=matrix, needs=needs)
    job = replace(job, allow_failure=all(match.levels[-1].job.may_fail for match in meant))
    waited = job.started_at - job.queued_at if job.started_at and job.queued_at else None
    if waited and waited > LONGEST_QUEUE and any(match.levels[-1].job.environment for match in meant):
        job = replace(job, queued_at=None)
    return job


def _named(shown: str, meant: Sequence[Match]) -> tuple[str, Matrix]:
    """Of several definitions that nothing tells apart, what is the same for all."""
    [first, *others] = meant
    if others or first.levels[-1].job.matrix is None:
        return named(shown)
    last = first.levels[-1].shape
    if last.shown is not None and shown.endswith(f" ({last.shown})"):
        return shown[: -len(last.shown) - 3], Matrix(last.shown, first.values)
    if last.shown is not None:  # it was cut
        return split(shown)[0].partition(" (")[0], Matrix(last.shown, first.values)
    return shown, Matrix(", ".join(value for value in first.values.values() if value), first.values)
