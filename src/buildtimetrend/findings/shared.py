"""One cause behind many projects: the same shift at the same time on one image is one finding, and one alert.

The finding that people were told of first speaks for all; without one, that which is found just now. It says
what moved where in place of its own sentence. The others point to it, and nobody is told of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import orjson

from buildtimetrend import json_text
from buildtimetrend.findings.images import MANY, Shift, moved_alike
from buildtimetrend.findings.keeping import Place, Told
from buildtimetrend.findings.led import OPEN
from buildtimetrend.findings.life import Lived
from buildtimetrend.findings.speaking import Document, Shows, everything, pointing, shared, speaking
from buildtimetrend.store import reads
from buildtimetrend.store.base import Statement, Store
from buildtimetrend.store.statements import findings

WINDOW = timedelta(weeks=8)  # before and since
NEAR = timedelta(weeks=1)  # some build seldom, and one range in twenty does not hold its place
PAST = timedelta(weeks=26)
MOST_ASKED = 6  # projects, of a history that is imported
MAY_BE = ("step", "job", "wall", "waiting")


@dataclass(frozen=True, slots=True)
class Asking:
    """Where the findings of a look are; which channels hear of a finding, and which repos others hear of."""

    store: Store
    at: Place
    tell: Told
    shows: Shows = everything


@dataclass(frozen=True, slots=True)
class _Row:
    """A finding of another project that is kept, `stored` as it was read, or one of this look. `speaks`: its
    alert asks for something, and it is not over.
    """

    id: str
    repo_id: int
    document: Document
    state: str | None
    speaks: bool
    stored: str = ""


def with_shared(by: Asking, lives: Sequence[Lived]) -> tuple[list[Lived], list[Statement]]:
    """The same lives, with what they share said in their documents; and what is to be stored of others. Only
    those are asked about that are new, or told just now: of older ones a project that moves later says so.
    All have ids. Of a repo that may not be shown nothing is asked: it shares nothing.
    """
    told, changes = list(lives), list[Statement]()
    if not by.shows(by.at.repo):
        return told, changes
    for place, life in enumerate(lives):
        shift = _shift(life)
        done = _together(by, life, shift, told) if shift else None
        if done:
            told[place] = done[0]
            changes += done[1]
    return told, changes


def _shift(life: Lived) -> Shift | None:
    known = life.known
    is_asked = life.is_new or (_opens(life) and known.slower)
    if life.dropped or not is_asked or known.what not in MAY_BE or not known.document["last_before"]:
        return None
    jobs = frozenset(thing.job for thing in known.moved if thing.kind in ("job", "step"))
    return Shift(
        jobs=frozenset() if known.what == "waiting" else jobs,
        measure="queue_time" if known.what == "waiting" else "duration",
        since=known.document["last_before"]["started_at"],
        until=known.last_at,
        slower=known.slower,
    )


def _together(
    by: Asking, life: Lived, shift: Shift, of_look: Sequence[Lived]
) -> tuple[Lived, list[Statement]] | None:
    image, moved, slugs = _moved(by, life, shift)
    if not image:
        return None
    store, repo_id, known = by.store, by.at.repo_id, life.known
    beside = list(_beside(store, [each for each in moved if each != repo_id], shift))
    here = [_of_look(one, repo_id) for one in of_look if _is_near(one, shift)]
    channels = by.tell(by.at.repo, known.document) if _opens(life) else ()
    is_told = _opens(life) and (known.slower or bool(channels))
    leader = _leader(here, beside, image, only_open=is_told)
    told = shared(known, image, [*moved.values()], [slugs[each] for each in moved])
    if leader is None:
        document = speaking(known.document, told)
        others = [row for row in beside if row.state is None and _image(row) in (image, None)]
        changes = [_put(row, pointing(row.document, by.at.repo, known.id)) for row in others]
        return replace(life, known=replace(known, document=document)), changes
    name = slugs[leader.repo_id]
    changes = [_put(leader, speaking(leader.document, told))] if leader in beside else []
    changes += [_put(row, pointing(row.document, name, leader.id)) for row in _alone(beside, leader)]
    of_leader = by.tell(name, leader.document) if channels else ()
    hears = any(channel not in of_leader for channel in channels)  # and not of the one that speaks
    happened = life.happened if hears or not _opens(life) else None
    led = replace(known, document=pointing(known.document, name, leader.id))
    return replace(life, known=led, happened=happened), changes


def _moved(by: Asking, life: Lived, shift: Shift) -> tuple[str, Mapping[int, float], Mapping[int, str]]:
    """The image and by how much the jobs of each repo moved, as `moved_alike` has it, of repos that may be
    shown; and the repos' names.
    """
    slugs = {of: slug for of, slug in reads.slugs(by.store).items() if by.shows(slug)}
    asked = _asked(by, life, slugs)
    if asked is not None and len(asked) <= MANY - 1:
        return "", {}, slugs
    until = min(shift.until + WINDOW, life.known.over_at or by.at.now)
    until = max(until, shift.until + timedelta(seconds=1))
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


def _beside(store: Store, repos: Sequence[int], shift: Shift) -> Iterator[_Row]:
    for row in reads.found_beside(store, repos, shift.since - NEAR, shift.until + NEAR):
        if row["what"] in MAY_BE and (row["seconds"] > 0) == shift.slower:
            yield _Row(
                id=row["id"],
                repo_id=row["repo_id"],
                document=json_text.loads(row["document"]),
                state=row["state"],
                speaks=row["state"] in OPEN and row["over_at"] is None,
                stored=row["document"],
            )


def _of_look(life: Lived, repo_id: int) -> _Row:
    known = life.known
    is_open = life.happened.state in OPEN if life.happened else known.state in OPEN
    speaks = is_open and known.over_at is None and known.withdrawn_at is None
    return _Row(known.id, repo_id, known.document, known.state, speaks)


def _leader(here: Sequence[_Row], beside: Sequence[_Row], image: str, *, only_open: bool) -> _Row | None:
    """Of a finding that people are to be told of, only one that they were told of may speak in its place."""
    said = [row for row in [*here, *beside] if _image(row) == image]
    open_ones = [row for row in [*said, *beside] if row.speaks]
    return next(iter(open_ones or ([] if only_open else said)), None)


def _image(row: _Row) -> str | None:
    """Whose jobs it says moved in several projects."""
    return (row.document.get("shared") or {}).get("image")


def _opens(life: Lived) -> bool:
    return life.happened is not None and life.happened.event == "opened"


def _is_near(life: Lived, shift: Shift) -> bool:
    known = life.known
    if life.dropped or known.withdrawn_at or known.slower != shift.slower:
        return False
    return known.first_at <= shift.until + NEAR and shift.since - NEAR <= known.last_at


def _alone(beside: Sequence[_Row], leader: _Row) -> Iterator[_Row]:
    for row in beside:
        is_free = not row.document.get("part_of") and not row.document.get("shared")
        if row != leader and is_free and row.state in (None, *OPEN):
            yield row


def _put(row: _Row, document: Mapping[str, Any]) -> Statement:
    return findings.put_document(row.id, orjson.dumps(document).decode(), row.stored)
