"""Findings of how often builds and jobs pass, where that changed for good.

- What moved the same way at about the same builds is one cause (`passing_causes.py` says what it is told of).
- What builds did is none of its own if nothing of it is left without the builds in which such jobs failed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from buildtimetrend.findings.causes.groups import grouped
from buildtimetrend.findings.changes.moves import Move
from buildtimetrend.findings.document.of_finding import build_of
from buildtimetrend.findings.kept.known import Known
from buildtimetrend.findings.outcomes.common_fields import COMMON_FIELDS
from buildtimetrend.findings.outcomes.ended_builds import Outcomes
from buildtimetrend.findings.outcomes.passing_causes import PassingCause, explained_by_jobs
from buildtimetrend.findings.outcomes.passing_sentence import evidence, headline
from buildtimetrend.findings.outcomes.passing_series import (
    WHAT,
    Changed,
    KnownChanges,
    PipelinePassing,
    passing_of,
)
from buildtimetrend.findings.recovery.level import is_back
from buildtimetrend.findings.sentences.past_tense import in_tense
from buildtimetrend.findings.sentences.status import status
from buildtimetrend.findings.series import Thing
from buildtimetrend.store import reads
from buildtimetrend.store.reads.branches import BranchClass
from buildtimetrend.trends.rates import rate_changes


@dataclass(frozen=True, slots=True)
class Results:
    """`builds` are those that passed or did not, of a class of branches; `moves` all changes of how many did
    not, in percent, of builds and of jobs; `found` those that are to be told.
    """

    builds: list[dict[str, Any]]
    moves: list[Move]
    found: list[Known]


def results(
    of: Outcomes, branches: BranchClass, pipeline: reads.Pipeline, kept: Iterable[Known] = ()
) -> Results:
    """`kept` are findings of it that were made before."""
    here = passing_of(of, branches)
    changes = list(here.changes(_known_changes(kept, here.rows)))
    moves = [change.move for change in changes]
    found = [_known(cause, moves, here, pipeline) for cause in _causes(changes, here)]
    return Results(here.rows, moves, sorted(found, key=lambda known: known.since_at))


def _known_changes(kept: Iterable[Known], builds: Sequence[dict[str, Any]]) -> KnownChanges:
    found: dict[Thing, list[int]] = {}
    began = [row["started_at"] for row in builds]
    for known in kept:
        if known.what == WHAT and not known.withdrawn_at:
            for thing in known.moved:
                found.setdefault(thing, []).append(bisect_left(began, known.since_at))
    return found


def _causes(changes: Sequence[Changed], here: PipelinePassing) -> Iterator[PassingCause]:
    of_moves = {change.move: change for change in changes}
    groups = [[of_moves[move] for move in group] for group in grouped(of_moves)]
    with_jobs = [group for group in groups if any(each.of is not here.builds for each in group)]
    for group in groups:
        if group not in with_jobs:
            [*_, of_builds] = group
            jobs = [other for other in with_jobs if other[0].worse == of_builds.worse]
            if jobs and not _is_left(of_builds, jobs, here):
                min(jobs, key=lambda other: abs(other[0].move.place - of_builds.move.place)).extend(group)
            else:
                with_jobs.append(group)
    return (explained_by_jobs(group, here) for group in with_jobs)


def _is_left(of_builds: Changed, groups: Iterable[Sequence[Changed]], here: PipelinePassing) -> bool:
    """Whether builds changed there, too, without those in which one of these jobs failed."""
    jobs = {change.of.thing.job for group in groups for change in group}
    rest = [place for place in here.builds.places if not jobs & here.failed.get(place, frozenset())]
    move = of_builds.move
    for change in rate_changes([here.builds.passed[place] for place in rest]):
        is_there = rest[change.first - 1] < move.last and move.first <= rest[change.last]
        if is_there and (change.after < change.before) == of_builds.worse:
            return True
    return False


def _known(
    cause: PassingCause, moves: Sequence[Move], here: PipelinePassing, pipeline: reads.Pipeline
) -> Known:
    builds, told = here.rows, cause.told.move
    later = (move for move in moves if move.thing == told.thing and move.place > told.place)
    back = next((move.place for move in later if is_back(told, move)), None)
    ranges = [change.move for change in cause.changes]
    began = [builds[at]["started_at"] for move in ranges for at in (move.place, move.first, move.last)]
    blamed = {Thing(WHAT, job) for job in cause.jobs}
    return Known(
        id="",
        what=WHAT,
        thing=", ".join(sorted(change.of.thing.job for change in cause.named)),
        cause=told,
        moved=frozenset({move.thing for move in ranges} | blamed),
        since_at=builds[told.place]["started_at"],
        # Of all that moved: another of them may be what it is told of next time.
        first_at=min(began),
        last_at=max(began),
        over_at=None if back is None else builds[back]["started_at"],
        document=_document(cause, here, pipeline, None if back is None else build_of(builds[back])),
    )


def _document(
    cause: PassingCause, here: PipelinePassing, pipeline: reads.Pipeline, over: dict[str, Any] | None
) -> dict[str, Any]:
    """As `of_finding.py` has those of durations; shares are in percent of builds, or of runs of a job."""
    builds, told, change = here.rows, cause.told.move, cause.told.change
    return {
        **COMMON_FIELDS,
        **in_tense(lambda said: headline(cause, here, said), over=over is not None),
        "status": status(told.seconds, over),
        "evidence": evidence(cause, here),
        "pipeline": pipeline.reference,
        "provider": pipeline.provider,
        "what": WHAT,
        "jobs": [job for job in cause.jobs if job],
        "worse": cause.told.worse,
        "before": 100 * change.before,
        "after": 100 * change.after,
        "since": build_of(builds[told.place]),
        "first": build_of(builds[told.first]),
        "last": build_of(builds[told.last]),
        "last_before": build_of(builds[told.first - 1]) if told.first else None,
        "over_since": over,
        "builds_before": told.place,
        "builds_since": len(builds) - told.place,
    }
