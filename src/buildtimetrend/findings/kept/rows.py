"""Findings as rows of the store, and back; the events of alerts with them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

import orjson

from buildtimetrend import json_text
from buildtimetrend.findings.changes.moves import Move
from buildtimetrend.findings.kept.known import QUIET, Happened, Known, Lived
from buildtimetrend.findings.series import Thing
from buildtimetrend.store.base import Statement
from buildtimetrend.store.statements import alerts, findings

# Of a repo's slug and a finding's document: names of the channels that are to tell it
ChannelsFor: TypeAlias = Callable[[str, Mapping[str, Any]], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where findings are kept, and as of when."""

    repo_id: int
    repo: str
    pipeline: int
    branches: str
    now: datetime


def known_of(row: Mapping[str, Any]) -> Known:
    """A row of `reads.kept_findings`."""
    [kind, job, step, before, after, confidence], moved, *asked = json_text.loads(row["known"])
    return Known(
        id=row["id"],
        what=row["what"],
        thing=row["thing"],
        cause=Move(Thing(kind, job, step), 0, 0, 0, before, after, confidence),
        moved=frozenset(Thing(*each) for each in moved),
        since_at=row["since_at"],
        first_at=row["first_at"],
        last_at=row["last_at"],
        over_at=row["over_at"],
        document=json_text.loads(row["document"]),
        withdrawn_at=row["withdrawn_at"],
        state=row["state"],
        events=row["events"] or 0,
        branches=row["branches"],
        found_at=row["found_at"],
        stored=row["document"],
        asked=next(iter(asked), ""),
    )


def with_ids(at: Place, lives: Sequence[Lived], taken: frozenset[str]) -> Iterator[Lived]:
    """Those that are new get one, and all say whose builds they are of; `taken` are ids of findings that are
    kept.
    """
    ids = set(taken)
    for life in lives:
        known = life.known if life.known.id else replace(life.known, id=_new_id(at, life.known, ids))
        ids.add(known.id)
        of = known.document | {"branches": known.branches or at.branches}
        yield replace(life, known=replace(known, document=of))


def statements(
    at: Place, lives: Sequence[Lived], hear: Callable[[Known], Sequence[str]]
) -> Iterator[Statement]:
    """What is to be stored of a look, of findings with ids; `hear` says which channels hear of each."""
    for life in lives:
        if life.dropped:
            yield findings.drop(life.known.id)
            continue
        yield findings.put(_row(at, life.known), life.known.stored)
        if life.happened:
            yield from _event(at, life.known, life.happened, hear)


def _event(
    at: Place, known: Known, happened: Happened, hear: Callable[[Known], Sequence[str]]
) -> Iterator[Statement]:
    channels = () if known.state in QUIET else hear(known)
    if happened.event == "opened" and not known.slower:
        if not channels:
            return  # what takes less asks for nothing: it is an alert for those who want to hear of it
        happened = replace(happened, state="acknowledged")
    yield from alerts.told(
        alerts.Event(
            finding=known.id,
            repo_id=at.repo_id,
            number=known.events + 1,
            event=happened.event,
            state=happened.state,
            at=at.now,
            why=happened.why,
            channels=channels,
        )
    )


def _row(at: Place, known: Known) -> dict[str, Any]:
    cause = [*known.cause.thing, known.cause.before, known.cause.after, known.cause.confidence]
    return {
        "id": known.id,
        "repo_id": at.repo_id,
        "pipeline": at.pipeline,
        "branches": known.branches or at.branches,
        "what": known.what,
        "thing": known.thing,
        "seconds": known.cause.seconds,
        "since_at": known.since_at,
        "first_at": known.first_at,
        "last_at": known.last_at,
        "over_at": known.over_at,
        "found_at": at.now,
        "seen_at": at.now,
        "withdrawn_at": known.withdrawn_at,
        "document": orjson.dumps(known.document | {"id": known.id}).decode(),
        "known": orjson.dumps([cause, [[*thing] for thing in sorted(known.moved)], known.asked]).decode(),
    }


def _new_id(at: Place, known: Known, taken: set[str]) -> str:
    """The same for the same finding, found anew after it was dropped, unless another has it."""
    since = known.document["since"]
    parts = [str(at.repo_id), str(at.pipeline), known.what, known.thing, since["build_id"]]
    for number in range(len(taken) + 1):
        digest = hashlib.blake2b("\0".join([*parts, str(known.slower), str(number)]).encode(), digest_size=6)
        if digest.hexdigest() not in taken:
            return digest.hexdigest()
    raise AssertionError
