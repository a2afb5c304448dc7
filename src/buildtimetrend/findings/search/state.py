"""What is stored of a pipeline's series between two looks: the level of each, and its changes.

JSON, of some 200 bytes for each series. Builds in it are known by their ids: places change as builds come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias

import orjson

from buildtimetrend.findings.changes.gradual import Drifted
from buildtimetrend.findings.changes.moves import Move
from buildtimetrend.findings.series import Thing
from buildtimetrend.trends.watched import Watched, from_numbers, to_numbers

FORM = 4  # another form is not read: all is looked at anew
RECENT = 30  # builds, the newest, among which one that ended earlier than others may still land

BuildKey: TypeAlias = tuple[str, int]  # the CI's id, and the attempt


@dataclass(slots=True)
class SeriesState:
    """`watched` is None while there are too few values to tell anything. `moves` are as the last search found
    them, and `drifts`, one at most, is what may have come little by little instead; their places are those of
    the builds that are looked at now. `missed` runs in a row that might have had it did not. When it was
    searched last there were `searched` values, and `missed_then` were missed.
    """

    values: int = 0
    watched: Watched | None = None
    moves: list[Move] = field(default_factory=list)
    drifts: list[Drifted] = field(default_factory=list)
    missed: int = 0
    searched: int = 0
    missed_then: int = 0


@dataclass(slots=True)
class State:
    """`recent` are the newest builds that were looked at, in the order of their ends, and `recent_from` is
    when the first of them ended.
    """

    branches: str
    default: str | None
    recent: list[BuildKey]
    recent_from: datetime
    labels: dict[str, str]
    series: dict[Thing, SeriesState]

    @property
    def drifts(self) -> list[Drifted]:
        return [drifted for of in self.series.values() for drifted in of.drifts]

    def to_json(self, builds: list[dict[str, Any]]) -> str:
        ids = [row["build_id"] for row in builds]
        series = [
            [
                *thing,
                of.values,
                of.watched and to_numbers(of.watched),
                [_told(move, ids) for move in of.moves],
                [[*_told(one.move, ids), one.favour, one.of_all] for one in of.drifts],
                [of.missed, of.searched, of.missed_then],
            ]
            for thing, of in self.series.items()
        ]
        return orjson.dumps(
            {
                "form": FORM,
                "branches": self.branches,
                "default": self.default,
                "recent": self.recent,
                "recent_from": self.recent_from,
                "labels": self.labels,
                "series": series,
            }
        ).decode()


def state_of(document: str | None, builds: list[dict[str, Any]]) -> State | None:
    """None where nothing is stored, or in another form. What began before these builds is left out."""
    found = orjson.loads(document) if document else {}
    if found.get("form") != FORM:
        return None
    places = {row["build_id"]: place for place, row in enumerate(builds)}
    return State(
        branches=found["branches"],
        default=found["default"],
        recent=[(id_, attempt) for id_, attempt in found["recent"]],
        recent_from=datetime.fromisoformat(found["recent_from"]),
        labels=found["labels"],
        series=dict(_series(row, places) for row in found["series"]),
    )


def _series(row: list[Any], places: Mapping[str, int]) -> tuple[Thing, SeriesState]:
    kind, job, step, values, numbers, moves, drifts, missed = row
    thing = Thing(kind, job, step)
    known = [_move(thing, move, places) for move in moves if move[0] in places]
    slow = [_drifted(thing, told, places) for told in drifts if told[0] in places]
    return thing, SeriesState(values, numbers and from_numbers(numbers), known, slow, *missed)


def _told(move: Move, ids: list[str]) -> list[Any]:
    at = [ids[move.place], ids[move.first], ids[move.last]]
    return [*at, move.before, move.after, move.confidence, move.edge]


def _move(thing: Thing, told: list[Any], places: Mapping[str, int]) -> Move:
    at, first, last, before, after, confidence, edge = told
    place = places[at]
    return Move(
        thing, place, places.get(first, 0), places.get(last, place), before, after, confidence, edge=edge
    )


def _drifted(thing: Thing, told: list[Any], places: Mapping[str, int]) -> Drifted:
    *move, favour, of_all = told
    return Drifted(replace(_move(thing, move, places), gradual=True), favour, of_all)
