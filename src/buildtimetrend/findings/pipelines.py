"""One cause in several pipelines of a project: the same step, or jobs on one image, that moved at once.

A commit slows a step wherever it runs, and an image all jobs on it. Which of both it is, nothing tells within
one project; that it is one thing to mend, either way, does not depend on it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta

from buildtimetrend.findings.asking import PAST, WINDOW, Asking, Row, Several, found_beside, until_when
from buildtimetrend.findings.images import ALIKE, Shift, moved_alike
from buildtimetrend.findings.life import Lived
from buildtimetrend.findings.projects import MAY_BE
from buildtimetrend.findings.speaking import of_more_pipelines, shared_on_image, shared_step
from buildtimetrend.store import reads

MANY = 2
NEAR = timedelta(days=1)  # beyond both ranges: one in twenty does not hold its place
OF_STEPS = ("step", "new_step", "gone_step")


def of_pipelines(by: Asking, life: Lived, shift: Shift) -> Several | None:
    """None where it is of one pipeline alone, for all that is known."""
    labels = {each.id: (each.reference, each.label) for each in reads.pipelines(by.store, by.at.repo)}
    if len(labels) < MANY or by.at.pipeline not in labels:
        return None
    here = {by.at.repo_id: by.at.repo}
    since, until = shift.since - NEAR, shift.until + NEAR
    rows = [
        row for row in found_beside(by, here, since, until, slower=shift.slower) if row.pipeline in labels
    ]
    found = _of_step(by, life, rows, labels) or _on_image(by, life, shift, rows, labels)
    return found and _joined(found, by.at.repo, rows, dict(labels.values()))


def _joined(found: Several, repo: str, rows: Sequence[Row], labels: Mapping[str, str]) -> Several:
    """What speaks for pipelines of those already, be it of an image or of a step, speaks for all of them."""
    led = {(row.document.get("part_of") or {}).get("id") for row in found.beside}
    beside = [row for row in rows if row in found.beside or row.id in led]
    said = [row.document["shared"] for row in beside if "pipelines" in (row.document.get("shared") or {})]
    more = [shared for shared in said if not {*shared["pipelines"]} <= {*found.shared["pipelines"]}]
    if not more:
        return found
    references = {*more[0]["pipelines"], *found.shared["pipelines"]}
    names = {each: labels[each] for each in references if each in labels}
    return Several(of_more_pipelines(more[0], repo, names), beside)


def _of_step(
    by: Asking, life: Lived, rows: Sequence[Row], labels: Mapping[int, tuple[str, str]]
) -> Several | None:
    known = life.known
    same = [row for row in rows if (row.what, row.thing) == (known.what, known.thing)]
    if known.what not in OF_STEPS or not same:
        return None
    names = dict(labels[each] for each in {by.at.pipeline, *(row.pipeline for row in same)})
    documents = [row.document for row in same]
    return Several(shared_step(known, documents, by.at.repo, names), same)


def _on_image(
    by: Asking, life: Lived, shift: Shift, rows: Sequence[Row], labels: Mapping[int, tuple[str, str]]
) -> Several | None:
    known = life.known
    if known.what not in MAY_BE or (not life.happened and known.since_at < by.at.now - PAST):
        return None
    between = (shift.since, shift.until)
    until = until_when(by, known, shift.until)
    jobs = reads.jobs_of_all(by.store, between, WINDOW, until, [by.at.repo_id])
    image, moved = moved_alike(shift, by.at.pipeline, jobs, whose="pipeline", many=MANY)
    of_known = {each: by_log for each, by_log in moved.items() if each in labels}
    if not image or len(of_known) < MANY:
        return None
    beside = [row for row in rows if row.what in MAY_BE and _is_alike(row, of_known.get(row.pipeline))]
    names = dict(labels[each] for each in of_known)
    return Several(shared_on_image(known, image, [*of_known.values()], by.at.repo, names), beside)


def _is_alike(row: Row, moved: float | None) -> bool:
    """Whether it may be what moved the jobs of its pipeline: a step alone moves by more than they do."""
    if moved is None:
        return False
    before, after = row.document["before"], row.document["after"]
    if row.what == "waiting" or not before or not after:
        return True
    return abs(math.log(after / before)) >= abs(moved) / ALIKE
