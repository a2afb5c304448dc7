"""One cause of several findings is one finding, and one alert: of many projects, or of pipelines of one.

The finding that people were told of first speaks for all; without one, that which is found just now. It says
what moved where in place of its own sentence. The others point to it, and nobody is told of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from buildtimetrend.findings.asking import Asking, Mark, Row, Several, of_look
from buildtimetrend.findings.images import Shift
from buildtimetrend.findings.led import OPEN
from buildtimetrend.findings.life import Lived
from buildtimetrend.findings.pipelines import OF_STEPS, of_pipelines
from buildtimetrend.findings.projects import MAY_BE, NEAR, of_projects
from buildtimetrend.findings.speaking import pointing, speaking
from buildtimetrend.store.base import Statement
from buildtimetrend.store.statements import findings


def with_shared(by: Asking, lives: Sequence[Lived]) -> tuple[list[Lived], list[Statement]]:
    """The same lives, with what they share said in their documents; and what is to be stored of others. Only
    those are asked about that are new, or told just now: of older ones what moves later says so.
    All have ids. Of a repo that may not be shown nothing is asked: it shares nothing.
    """
    told, changes = list(lives), list[Statement]()
    if not by.shows(by.at.repo):
        return told, changes
    for place, life in enumerate(lives):
        shift = _shift(life)
        several = (of_projects(by, life, shift) or of_pipelines(by, life, shift)) if shift else None
        if shift and several:
            here = [of_look(by, one) for one in told if one is not life and _is_near(one, shift)]
            told[place], more = _together(by, life, several, here)
            changes += more
    return told, changes


def _shift(life: Lived) -> Shift | None:
    known = life.known
    is_asked = life.is_new or (_opens(life) and known.slower)
    if life.dropped or not is_asked or known.what not in {*MAY_BE, *OF_STEPS}:
        return None
    if not known.document["last_before"]:
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
    by: Asking, life: Lived, several: Several, here: Sequence[Row]
) -> tuple[Lived, list[Statement]]:
    known, beside = life.known, several.beside
    channels = by.tell(by.at.repo, known.document) if _opens(life) else ()
    is_told = _opens(life) and (known.slower or bool(channels))
    leader = _leader(here, beside, several.mark, only_open=is_told)
    if leader is None:
        document = speaking(known.document, several.shared)
        others = [row for row in beside if row.state is None and row.mark in (several.mark, None)]
        changes = [_put(row, pointing(row.document, by.at.repo, known.id)) for row in others]
        return replace(life, known=replace(known, document=document)), changes
    changes = [_put(leader, speaking(leader.document, several.shared))] if leader in beside else []
    changes += [_put(row, pointing(row.document, leader.repo, leader.id)) for row in _alone(beside, leader)]
    of_leader = by.tell(leader.repo, leader.document) if channels else ()
    hears = any(channel not in of_leader for channel in channels)  # and not of the one that speaks
    happened = life.happened if hears or not _opens(life) else None
    led = replace(known, document=pointing(known.document, leader.repo, leader.id))
    return replace(life, known=led, happened=happened), changes


def _leader(here: Sequence[Row], beside: Sequence[Row], mark: Mark, *, only_open: bool) -> Row | None:
    """Of a finding that people are to be told of, only one that they were told of may speak in its place."""
    said = [row for row in here if row.mark == mark]
    said += [row for row in beside if row.mark == mark or (mark.of_pipelines and _of_pipelines(row))]
    open_ones = [row for row in [*said, *beside] if row.speaks]
    return next(iter(open_ones or ([] if only_open else said)), None)


def _of_pipelines(row: Row) -> bool:
    """Whether it speaks for pipelines: for these, then, whether it saw the image or the step."""
    return row.mark is not None and row.mark.of_pipelines


def _opens(life: Lived) -> bool:
    return life.happened is not None and life.happened.event == "opened"


def _is_near(life: Lived, shift: Shift) -> bool:
    known = life.known
    if life.dropped or known.withdrawn_at or known.slower != shift.slower:
        return False
    return known.first_at <= shift.until + NEAR and shift.since - NEAR <= known.last_at


def _alone(beside: Sequence[Row], leader: Row) -> Iterator[Row]:
    for row in beside:
        is_free = not row.document.get("part_of") and not row.document.get("shared")
        if row != leader and is_free and row.state in (None, *OPEN):
            yield row


def _put(row: Row, document: Mapping[str, Any]) -> Statement:
    return findings.put_document(row.id, orjson.dumps(document).decode(), row.stored)
