"""One cause behind many projects: whether jobs of others moved at the same time on the same image."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from buildtimetrend.findings.asking import NEAR, PAST, WINDOW, Asking, Row, Several, found_beside, until_when
from buildtimetrend.findings.images import ALIKE, MANY, Shift, moved_alike
from buildtimetrend.findings.led import OPEN
from buildtimetrend.findings.shared_words import shared
from buildtimetrend.store import reads

MOST_ASKED = 6  # projects, of a history that is imported
MAY_BE = ("step", "job", "wall", "waiting")


def of_projects(by: Asking, row: Row, shift: Shift) -> Several | None:
    """None where it is no cause of so many, of repos that may be shown."""
    asked = _asked(by, row)
    if row.what not in MAY_BE or (asked is not None and len(asked) < MANY):
        return None
    until = until_when(by, row.known, shift.until)
    jobs = reads.jobs_of_all(by.store, (shift.since, shift.until), WINDOW, until, asked)
    image, moved = moved_alike(shift, row.repo_id, (job for job in jobs if job["repo_id"] in by.slugs))
    if not image:
        return None
    rows = found_beside(by, row, [*moved], shift, NEAR)
    alike = [each for each in rows if each.what in MAY_BE and is_alike(each, moved[each.repo_id], shift)]
    said = shared(row.known, image, [*moved.values()], [by.slugs[each] for each in moved])
    return Several(said, [*_of_it(alike, shift)])


def is_alike(row: Row, moved: float, shift: Shift) -> bool:
    """Whether it may be what moved the jobs of its project: a step alone moves by more than they do."""
    if (row.what == "waiting") != (shift.measure == "queue_time"):
        return False
    before, after = row.document["before"], row.document["after"]
    if row.what == "waiting" or not before or not after:
        return True
    return abs(math.log(after / before)) >= abs(moved) / ALIKE


def _asked(by: Asking, row: Row) -> list[int] | None:
    """The repos whose jobs are looked at: all, where people are told; of a history that is imported those
    alone in which something was found, and of what is long past none.
    """
    if row.state in OPEN:
        return None
    if row.known.since_at < by.at.now - PAST:
        return []
    near = dict.fromkeys([*(one.repo_id for one in by.near(row.known)), by.at.repo_id])
    return [row.repo_id, *[each for each in near if each != row.repo_id][:MOST_ASKED]]


def _of_it(rows: Iterable[Row], shift: Shift) -> Iterator[Row]:
    """Of each pipeline those whose ranges meet that of the shift, else the nearest: others are others."""
    of_each = defaultdict[tuple[int, int], list[Row]](list)
    for row in rows:
        of_each[row.repo_id, row.pipeline].append(row)
    for each in of_each.values():
        yield from _meeting(each, shift) or [min(each, key=lambda row: abs(row.known.since_at - shift.until))]


def _meeting(rows: Sequence[Row], shift: Shift) -> list[Row]:
    return [row for row in rows if row.was_as_before <= shift.until and shift.since <= row.known.last_at]
