"""What came little by little: small changes that follow each other, or a drift that none of them explains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from buildtimetrend.findings.changes.moves import Move
from buildtimetrend.findings.series import Thing, Values
from buildtimetrend.trends.changes import Analysis
from buildtimetrend.trends.drift import drift, is_large

# Twice the logarithm of odds, three deviations: chance may have made small changes likelier by so much.
CHANCE = 9.0


@dataclass(frozen=True, slots=True)
class Drifted:
    """What may take the place of small changes of a series, or `of_all`. `favour` is that of a `Drift`."""

    move: Move
    favour: float
    of_all: bool


def drifted(thing: Thing, values: Values, of: Analysis | None) -> list[Drifted]:
    """In terms of the builds; none where nothing drifts."""
    found = drift(of) if of else None
    if found is None:
        return []
    first, last = values.places[found.index], values.places[found.last]
    move = Move(thing, first, first, last, found.before, found.after, found.confidence, gradual=True)
    return [Drifted(move, found.favour, found.of_all)]


def with_gradual(moves: Iterable[Sequence[Move]], drifts: Iterable[Drifted]) -> Iterator[Move]:
    """`moves` are those of each series, ascending."""
    slow = {one.move.thing: one for one in _likelier(list(drifts))}
    for each in moves:
        drift = slow.get(each[0].thing) if each else None
        yield from _joined([move for move in each if not drift or _stands(move, drift)])
    yield from (one.move for one in slow.values())


def _likelier(drifts: Sequence[Drifted]) -> list[Drifted]:
    """Those that explain their series better than its small changes. A step is told of all jobs at once; a
    job, or builds as a whole, is told by what drifts in it if that is about as likely.
    """
    steps = defaultdict[tuple[str, bool], list[Drifted]](list)
    for one in drifts:
        if one.move.thing.kind == "step":
            steps[one.move.thing.step, one.move.seconds > 0].append(one)
    told = [one for of in steps.values() if sum(one.favour for one in of) > 0 for one in of]
    told += [one for one in drifts if one.move.thing.kind == "waiting" and one.favour > 0]
    for kind in ("job", "wall"):
        own = [one for one in drifts if one.move.thing.kind == kind]
        told += [one for one in own if one.favour > (-CHANCE if _is_made_of(one.move, told) else 0.0)]
    return told


def _is_made_of(move: Move, parts: Iterable[Drifted]) -> bool:
    same_way = [part.move for part in parts if (part.move.seconds > 0) == (move.seconds > 0)]
    return any(move.thing.job in ("", part.thing.job) for part in same_way)


def _stands(move: Move, drift: Drifted) -> bool:
    return bool(move.edge) or (_is_large(move) and not drift.of_all)


def _is_large(move: Move) -> bool:
    return is_large(move.before, move.after)


def _joined(found: Sequence[Move]) -> Iterator[Move]:
    """Small moves that follow each other in one direction are a single one, that takes its time."""
    for _, same in groupby(enumerate(found), lambda one: _kind(one[1], one[0])):
        run = [move for _, move in same]
        if len(run) == 1:
            yield run[0]
        else:
            first, last = run[0], run[-1]
            surest = max(move.confidence for move in run)
            yield replace(first, last=last.last, after=last.after, confidence=surest, gradual=True)


def _kind(move: Move, number: int) -> object:
    """Equal for those that may be joined."""
    return number + 2 if move.edge or _is_large(move) else move.seconds > 0
