"""Changes that a project's own series do not tell from chance, found where other projects have them.

Of jobs on one image that moved in several projects, those of a project with few builds, or noisy ones, may
not show where they moved. But there it is one question at a known place, which few builds answer.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from buildtimetrend.findings.changes.moves import Move
from buildtimetrend.findings.document.shared_part import Shows
from buildtimetrend.findings.finding import Findings
from buildtimetrend.findings.kept.rows import Place, known_of
from buildtimetrend.findings.search.incremental import Look
from buildtimetrend.findings.series import Chosen, Thing, job_of
from buildtimetrend.findings.shared.candidates import NEAR, PAST, WINDOW, Candidate, until_when
from buildtimetrend.findings.shared.images import ALIKE, LEAST_SINCE, NEAREST, Shift, image_of, moved_then
from buildtimetrend.findings.shared.projects import MAY_BE
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store

SURE = 0.999  # that there is such a change, by `images.SURE`


def with_other_projects(store: Store, look: Look, of: Chosen, at: Place, shows: Shows) -> Look:
    """The look, with what others' findings say of jobs of this pipeline; of a repo that may not be shown
    nothing is asked.
    """
    if not (shows(at.repo) and of.builds):
        return look
    for row in _of_other_projects(store, at, shows):
        shift = row.shift
        if shift and not _is_found(look.findings, row, shift):
            look = look.with_moves(_moves(store, of.builds, at, row, shift))
    return look


def _of_other_projects(store: Store, at: Place, shows: Shows) -> Iterator[Candidate]:
    for found in reads.found_on_images(store, at.now - PAST):
        slug = reads.slug_of(store, found["repo_id"])
        if found["repo_id"] != at.repo_id and shows(slug):
            yield Candidate(found["repo_id"], slug, found["pipeline"], known_of(found))


def _is_found(own: Findings, row: Candidate, shift: Shift) -> bool:
    """Whether something was found here that may be of the same cause."""
    builds = own.measured.builds
    for one in own.found:
        since, until = builds[max(one.first - 1, 0)]["started_at"], builds[one.last]["started_at"]
        is_then = since <= shift.until + NEAR and shift.since - NEAR <= until
        of_waiting = one.cause.what == "waiting"
        is_of_it = one.cause.what in MAY_BE and of_waiting == (row.what == "waiting")
        same_way = (one.cause.seconds > 0) == shift.slower
        if is_then and is_of_it and same_way and not one.cause.gradual:
            return True
    return False


def _moves(
    store: Store, builds: Sequence[Mapping[str, Any]], at: Place, row: Candidate, shift: Shift
) -> Iterator[Move]:
    image, by = row.document["on_image"]["image"], row.document["on_image"]["by"]
    until, over = until_when(row.known, shift.until, at.now), row.known.over_at
    between = (shift.since, shift.until)
    found = reads.jobs_of_all(store, between, WINDOW, over + WINDOW if over else until, [at.repo_id])
    jobs = [
        job
        for job in found
        if job["pipeline"] == at.pipeline and job[shift.measure] is not None and image_of(job) == image
    ]
    moved = moved_then(shift, [job for job in jobs if job["started_at"] < until])
    if not moved or not 1 / ALIKE <= moved.by / by <= ALIKE:
        return
    place, back = _place(builds, shift, moved.since), _first(builds, over) if over else None
    for thing, levels in _levels(jobs, builds, shift, until).items():
        if place and levels.before and levels.since and (levels.since > levels.before) == shift.slower:
            yield Move(thing, *place, levels.before, levels.since, SURE)
            if back is not None and levels.after and levels.is_back:
                yield Move(thing, back, back, back, levels.since, levels.after, SURE)


def _place(builds: Sequence[Mapping[str, Any]], shift: Shift, since: datetime) -> tuple[int, int, int] | None:
    """Of the first build that has it, most likely and for sure, between the two that others say."""
    first = next((place for place, row in enumerate(builds) if row["started_at"] > shift.since), 0)
    last = _first(builds, shift.until)
    if not first or last is None:
        return None
    likely = _first(builds, since)
    return min(max(last if likely is None else likely, first), last), min(first, last), last


def _first(builds: Iterable[Mapping[str, Any]], since: datetime) -> int | None:
    return next((place for place, row in enumerate(builds) if row["started_at"] >= since), None)


@dataclass(frozen=True, slots=True)
class _Levels:
    """s; None of too few. `after` is since others were over."""

    before: float | None
    since: float | None
    after: float | None

    @property
    def is_back(self) -> bool:
        """Whether it is nearer to what it was before."""
        if not (self.before and self.since and self.after):
            return False
        return abs(math.log(self.after / self.before)) < abs(math.log(self.after / self.since))


def _levels(
    jobs: Iterable[Mapping[str, Any]], builds: Iterable[Mapping[str, Any]], shift: Shift, until: datetime
) -> Mapping[Thing, _Levels]:
    """Of each thing; of waiting all jobs are one."""
    of = defaultdict[Thing, list[tuple[datetime, float]]](list)
    for job in jobs:
        thing = Thing("waiting") if shift.measure == "queue_time" else Thing("job", job_of(job))
        of[thing].append((job["started_at"], job[shift.measure]))
    if shift.measure == "duration":
        of[Thing("wall")] = [(row["started_at"], row["duration"]) for row in builds]
    return {
        thing: _Levels(
            _level(
                [seconds for at, seconds in values if shift.since - WINDOW <= at <= shift.since][-NEAREST:]
            ),
            _level([seconds for at, seconds in values if shift.until <= at < until][: 2 * NEAREST]),
            _level([seconds for at, seconds in values if until <= at < until + WINDOW][: 2 * NEAREST]),
        )
        for thing, values in of.items()
    }


def _level(seconds: Sequence[float]) -> float | None:
    return median(seconds) if len(seconds) >= LEAST_SINCE else None
