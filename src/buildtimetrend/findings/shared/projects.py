"""One cause in several projects: whether jobs on one image moved in them at the same time."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from buildtimetrend.findings.document.shared_part import SEVERAL
from buildtimetrend.findings.kept.known import OPEN
from buildtimetrend.findings.shared.candidates import (
    NEAR,
    PAST,
    WINDOW,
    Candidate,
    MovedTogether,
    Question,
    SharedCause,
    candidates_near,
    until_when,
)
from buildtimetrend.findings.shared.images import ALIKE, MANY, Shift, moved_alike
from buildtimetrend.findings.shared.sentence import shared
from buildtimetrend.store import reads

MOST_ASKED = 6  # projects, of a history that is imported
MAY_BE = ("step", "job", "wall", "waiting")


def of_projects(by: Question, row: Candidate, shift: Shift) -> SharedCause | None:
    """None where it is no cause of so many, of repos that may be shown."""
    moved = moved_with(by, row, shift)
    if moved is None or len(moved.by) < MANY:
        return None
    rows = candidates_near(by, row, [*moved.by], shift, NEAR)
    alike = [each for each in rows if each.what in MAY_BE and is_alike(each, moved.by[each.repo_id], shift)]
    others = [each for each in _of_it([row, *alike], shift) if each is not row]
    projects = [by.slugs[each] for each in moved.by]
    since = _surest([row, *others], shift).known.since_at
    return SharedCause(shared(row.known, since, moved.image, [*moved.by.values()], projects), others, moved)


def moved_with(by: Question, row: Candidate, shift: Shift) -> MovedTogether | None:
    """Jobs of its project and of others on the same image that moved at once; None where no other's did.

    Of a history that is imported those of all repos are asked for only once another's in which something was
    found moved as well: most findings have no other.
    """
    if row.id not in by.moved:
        near = _asked(by, row)
        is_asked = row.what in MAY_BE and (
            near is None or (len(near) >= SEVERAL and _moved(by, row, shift, near))
        )
        by.moved[row.id] = _moved(by, row, shift, None) if is_asked else None
    return by.moved[row.id]


def _moved(by: Question, row: Candidate, shift: Shift, repos: Sequence[int] | None) -> MovedTogether | None:
    until = until_when(row.known, shift.until, by.at.now)
    found = reads.jobs_of_all(by.store, (shift.since, shift.until), WINDOW, until, repos)
    jobs = [job for job in found if job["repo_id"] in by.slugs]
    image, moved = moved_alike(shift, row.repo_id, jobs, many=SEVERAL)
    if not image:
        return None
    of_them = {(job["repo_id"], job["pipeline"]) for job in jobs if job["repo_id"] in moved}
    return MovedTogether(image, moved, frozenset(of_them))


def is_alike(row: Candidate, moved: float, shift: Shift) -> bool:
    """Whether it may be what moved the jobs of its project: a step alone moves by more than they do."""
    if (row.what == "waiting") != (shift.measure == "queue_time"):
        return False
    before, after = row.document["before"], row.document["after"]
    if row.what == "waiting" or not before or not after:
        return True
    return abs(math.log(after / before)) >= abs(moved) / ALIKE


def _asked(by: Question, row: Candidate) -> list[int] | None:
    """The repos whose jobs are looked at: all, where people are told; of a history that is imported those
    alone in which something was found, and of what is long past none.
    """
    if row.state in OPEN:
        return None
    if row.known.since_at < by.at.now - PAST:
        return []
    near = dict.fromkeys([*(one.repo_id for one in by.near(row.known)), by.at.repo_id])
    return [row.repo_id, *[each for each in near if each != row.repo_id][:MOST_ASKED]]


def _of_it(rows: Iterable[Candidate], shift: Shift) -> Iterator[Candidate]:
    """Of each pipeline the one that moved most, of those whose ranges meet that of the shift, else the
    nearest; with those that meet it: others are others.
    """
    of_each = defaultdict[tuple[int, int], list[Candidate]](list)
    for row in rows:
        of_each[row.repo_id, row.pipeline].append(row)
    for each in of_each.values():
        meeting = _meeting(each, shift)
        if meeting:
            most = max(meeting, key=_moved_in_all)
            yield from (row for row in meeting if _may_be_at_once(row, most))
        else:
            yield min(each, key=lambda row: abs(row.known.since_at - shift.until))


def _moved_in_all(row: Candidate) -> float:
    """Seconds, in all jobs that it is of."""
    return abs(row.known.cause.seconds) * len(row.known.of_cause)


def _surest(rows: Iterable[Candidate], shift: Shift) -> Candidate:
    """Of one instant the narrowest range says most, of those that may hold it."""
    return min(_meeting(rows, shift), key=lambda row: (row.known.last_at - row.was_as_before, row.id))


def _may_be_at_once(row: Candidate, other: Candidate) -> bool:
    return row.was_as_before <= other.known.last_at and other.was_as_before <= row.known.last_at


def _meeting(rows: Iterable[Candidate], shift: Shift) -> list[Candidate]:
    return [row for row in rows if row.was_as_before <= shift.until and shift.since <= row.known.last_at]
