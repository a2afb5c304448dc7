"""One cause in several pipelines of a project: the same step, or jobs on one image, moved at once.

A commit slows a step wherever it runs, and an image all jobs on it. Which of both it is, nothing tells within
one project; that it is one thing to mend, either way, does not depend on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from buildtimetrend.findings.kept.known import OPEN
from buildtimetrend.findings.shared.candidates import (
    PAST,
    WINDOW,
    Candidate,
    Question,
    SharedCause,
    candidates_near,
    until_when,
)
from buildtimetrend.findings.shared.images import Shift, moved_alike
from buildtimetrend.findings.shared.projects import MAY_BE, is_alike
from buildtimetrend.findings.shared.sentence import of_more_pipelines, shared_on_image, shared_step
from buildtimetrend.store import reads

MANY = 2
NEAR = timedelta(days=1)  # beyond both ranges: one in twenty does not hold its place
OF_STEPS = ("step", "new_step", "gone_step")


def of_pipelines(by: Question, row: Candidate, shift: Shift) -> SharedCause | None:
    """None where it is of one pipeline alone, for all that is known."""
    labels = {each.id: (each.reference, each.label) for each in reads.pipelines(by.store, row.repo)}
    if len(labels) < MANY or row.pipeline not in labels:
        return None
    found = candidates_near(by, row, [row.repo_id], shift, NEAR)
    rows = [each for each in found if each.pipeline in labels and each.pipeline != row.pipeline]
    several = _of_step(row, rows, labels) or _on_image(by, row, shift, rows, labels)
    return several and _joined(several, row.repo, rows, dict(labels.values()))


def _joined(
    found: SharedCause, repo: str, rows: Sequence[Candidate], labels: Mapping[str, str]
) -> SharedCause:
    """What speaks for pipelines of those already, be it of an image or of a step, speaks for all of them."""
    led = {(row.document.get("part_of") or {}).get("id") for row in found.others}
    others = [row for row in rows if row in found.others or row.id in led]
    said = [row.document["shared"] for row in others if "pipelines" in (row.document.get("shared") or {})]
    more = [shared for shared in said if not {*shared["pipelines"]} <= {*found.shared["pipelines"]}]
    if not more:
        return found
    references = {*more[0]["pipelines"], *found.shared["pipelines"]}
    names = {each: labels[each] for each in references if each in labels}
    return SharedCause(of_more_pipelines(more[0], repo, names), others)


def _of_step(
    row: Candidate, rows: Sequence[Candidate], labels: Mapping[int, tuple[str, str]]
) -> SharedCause | None:
    known = row.known
    same = [each for each in rows if (each.what, each.known.thing) == (known.what, known.thing)]
    if known.what not in OF_STEPS or not same:
        return None
    names = dict(labels[each] for each in {row.pipeline, *(other.pipeline for other in same)})
    documents = [other.document for other in same]
    return SharedCause(shared_step(known, documents, row.repo, names), same)


def _on_image(
    by: Question,
    row: Candidate,
    shift: Shift,
    rows: Sequence[Candidate],
    labels: Mapping[int, tuple[str, str]],
) -> SharedCause | None:
    known = row.known
    if row.what not in MAY_BE or (row.state not in OPEN and known.since_at < by.at.now - PAST):
        return None
    until = until_when(known, shift.until, by.at.now)
    jobs = reads.jobs_of_all(by.store, (shift.since, shift.until), WINDOW, until, [row.repo_id])
    image, moved = moved_alike(shift, row.pipeline, jobs, whose="pipeline", many=MANY)
    of_known = {each: by_log for each, by_log in moved.items() if each in labels}
    if not image or len(of_known) < MANY:
        return None
    others = [
        each
        for each in rows
        if each.what in MAY_BE
        and each.pipeline in of_known
        and is_alike(each, of_known[each.pipeline], shift)
    ]
    names = dict(labels[each] for each in of_known)
    return SharedCause(shared_on_image(known, image, [*of_known.values()], row.repo, names), others)
