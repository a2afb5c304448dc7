"""One cause behind many projects: the same shift at the same time on one image is one finding, and one alert.

The finding that people were told of first speaks for all; without one, that which is found just now. It says
what moved where in place of its own sentence. The others point to it, and nobody is told of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

import orjson

from buildtimetrend import json_text, text
from buildtimetrend.findings.images import MANY, Shift, moved_alike
from buildtimetrend.findings.keeping import Place
from buildtimetrend.findings.life import Known, Lived
from buildtimetrend.findings.words import day, listed, number_of
from buildtimetrend.store import reads
from buildtimetrend.store.base import Statement, Store
from buildtimetrend.store.statements import findings

WINDOW = timedelta(weeks=8)  # before and since
NEAR = timedelta(weeks=1)  # some build seldom, and one range in twenty does not hold its place
PAST = timedelta(weeks=26)
MOST_ASKED = 6  # projects, of a history that is imported
MAY_BE = ("step", "job", "wall", "waiting")

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Row:
    """A finding of another project that is kept, or one of this look."""

    id: str
    repo_id: int
    document: Document
    state: str | None


def with_shared(store: Store, at: Place, lives: Sequence[Lived]) -> tuple[list[Lived], list[Statement]]:
    """The same lives, with what they share said in their documents; and what is to be stored of others. Only
    those are asked about that are new: of older ones a project that moves later says so. All have ids.
    """
    told, changes = list(lives), list[Statement]()
    for place, life in enumerate(lives):
        shift = _shift(life)
        done = _together(store, at, life, shift, told) if shift else None
        if done:
            told[place] = done[0]
            changes += done[1]
    return told, changes


def _shift(life: Lived) -> Shift | None:
    known = life.known
    if life.dropped or not life.is_new or known.what not in MAY_BE or not known.document["last_before"]:
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
    store: Store, at: Place, life: Lived, shift: Shift, of_look: Sequence[Lived]
) -> tuple[Lived, list[Statement]] | None:
    asked = _asked(store, at, life)
    if asked is not None and len(asked) <= MANY - 1:
        return None
    until = min(shift.until + WINDOW, life.known.over_at or at.now)
    until = max(until, shift.until + timedelta(seconds=1))
    jobs = reads.jobs_of_all(store, shift.since - WINDOW, until, asked)
    image, by = moved_alike(shift, at.repo_id, jobs)
    if not image:
        return None
    others = [each for each in by if each != at.repo_id]
    rows = reads.found_beside(store, others, shift.since - NEAR, shift.until + NEAR)
    beside = [
        _Row(row["id"], row["repo_id"], json_text.loads(row["document"]), row["state"])
        for row in rows
        if row["what"] in MAY_BE and (row["seconds"] > 0) == shift.slower
    ]
    here = [
        _Row(one.known.id, at.repo_id, one.known.document, one.known.state)
        for one in of_look
        if one.known.slower == shift.slower and _is_near(one.known, shift)
    ]
    speaks = [row for row in [*here, *beside] if (row.document.get("shared") or {}).get("image") == image]
    leader = next(iter(speaks or [row for row in beside if row.state]), None)
    shared = _shared(store, life.known, image, by)
    if leader is None:
        document = _speaking(life.known.document, shared)
        mine = _Row(life.known.id, at.repo_id, document, None)
        changes = [_put(row, _pointing(store, row.document, mine)) for row in beside]
        return replace(life, known=replace(life.known, document=document)), changes
    document = dict(_pointing(store, life.known.document, leader))
    changes = [_put(leader, _speaking(leader.document, shared))] if leader in beside else []
    changes += [_put(row, _pointing(store, row.document, leader)) for row in _alone(beside, leader)]
    told = None if life.happened and life.happened.event == "opened" else life.happened
    return Lived(replace(life.known, document=document), told, is_new=True), changes


def _asked(store: Store, at: Place, life: Lived) -> list[int] | None:
    """The repos whose jobs are looked at: all, where people are to be told; of a history that is imported
    those alone in which something was found, and of what is long past none.
    """
    if life.happened:
        return None
    if life.known.since_at < at.now - PAST:
        return []
    beside = reads.repos_found_beside(store, at.repo_id, life.known.since_at, NEAR, life.known.slower)
    return [at.repo_id, *beside[:MOST_ASKED]]


def _is_near(known: Known, shift: Shift) -> bool:
    return known.first_at <= shift.until + NEAR and shift.since - NEAR <= known.last_at


def _alone(beside: Sequence[_Row], leader: _Row) -> Iterator[_Row]:
    for row in beside:
        if row != leader and not row.document.get("part_of") and not row.document.get("shared"):
            yield row


def _shared(store: Store, known: Known, image: str, by: Mapping[int, float]) -> dict[str, Any]:
    projects = sorted(reads.slug_of(store, repo_id) for repo_id in by)
    percent = 100 * (math.exp(median(by.values())) - 1)
    seconds = known.document["after"] - known.document["before"]
    longer = "longer" if seconds > 0 else "less"
    what = (
        f"wait {text.duration(abs(seconds))} {longer} for a worker"
        if known.what == "waiting"
        else f"take {text.signed(abs(percent)).lstrip('+')} {longer}"
    )
    since: datetime = known.document["since"]["started_at"]
    sentence = f"Jobs on {image} {what} in {number_of(len(projects))} projects since {day(since)}: "
    return {"image": image, "projects": projects, "sentence": f"{sentence}{listed(projects)}."}


def _speaking(document: Document, shared: Mapping[str, Any]) -> dict[str, Any]:
    own = document.get("own_sentence") or document["sentence"]
    return {**document, "shared": shared, "own_sentence": own, "sentence": shared["sentence"]}


def _pointing(store: Store, document: Document, leader: _Row) -> dict[str, Any]:
    return {**document, "part_of": {"repo": reads.slug_of(store, leader.repo_id), "id": leader.id}}


def _put(row: _Row, document: Document) -> Statement:
    return findings.put_document(row.id, orjson.dumps(document).decode())
