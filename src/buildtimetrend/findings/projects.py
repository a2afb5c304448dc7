"""One cause behind many projects: whether jobs of others moved at the same time on the same image."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from buildtimetrend.findings.asking import PAST, WINDOW, Asking, Several, found_beside, until_when
from buildtimetrend.findings.images import MANY, Shift, moved_alike
from buildtimetrend.findings.life import Lived
from buildtimetrend.findings.speaking import shared
from buildtimetrend.store import reads

NEAR = timedelta(weeks=1)  # some build seldom, and one range in twenty does not hold its place
MOST_ASKED = 6  # projects, of a history that is imported
MAY_BE = ("step", "job", "wall", "waiting")


def of_projects(by: Asking, life: Lived, shift: Shift) -> Several | None:
    """None where it is no cause of so many, of repos that may be shown."""
    if life.known.what not in MAY_BE:
        return None
    image, moved, slugs = _moved(by, life, shift)
    if not image:
        return None
    names = {each: slugs[each] for each in moved}
    since, until = shift.since - NEAR, shift.until + NEAR
    rows = found_beside(by, names, since, until, slower=shift.slower)
    said = shared(life.known, image, [*moved.values()], [*names.values()])
    return Several(said, [row for row in rows if row.what in MAY_BE])


def _moved(by: Asking, life: Lived, shift: Shift) -> tuple[str, Mapping[int, float], Mapping[int, str]]:
    """The image and by how much the jobs of each repo moved, as `moved_alike` has it, of repos that may be
    shown; and the repos' names.
    """
    slugs = {of: slug for of, slug in reads.slugs(by.store).items() if by.shows(slug)}
    asked = _asked(by, life, slugs)
    if asked is not None and len(asked) <= MANY - 1:
        return "", {}, slugs
    until = until_when(by, life.known, shift.until)
    jobs = reads.jobs_of_all(by.store, (shift.since, shift.until), WINDOW, until, asked)
    image, moved = moved_alike(shift, by.at.repo_id, (job for job in jobs if job["repo_id"] in slugs))
    return image, moved, slugs


def _asked(by: Asking, life: Lived, slugs: Mapping[int, str]) -> list[int] | None:
    """The repos whose jobs are looked at: all, where people are to be told; of a history that is imported
    those alone in which something was found, and of what is long past none.
    """
    if life.happened:
        return None
    known = life.known
    if known.since_at < by.at.now - PAST:
        return []
    found = reads.repos_found_beside(by.store, by.at.repo_id, known.since_at, NEAR, known.slower)
    return [by.at.repo_id, *[each for each in found if each in slugs][:MOST_ASKED]]
