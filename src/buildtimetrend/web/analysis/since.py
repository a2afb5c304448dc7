"""Whether what made a build take longer is over, by the builds that passed after it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from buildtimetrend import text
from buildtimetrend.enough import SIDE, notable
from buildtimetrend.store.reads.usual import BUILDS

CHANCE = 0.01  # that so many in a row take longer than usual though nothing differs
ALL = 0.75  # of what the build took longer: then it stayed so


def is_it_over(
    build: Mapping[str, Any], after: Sequence[float], within: Sequence[Mapping[str, Any]] = ()
) -> str:
    """A sentence, of a build that took longer than usual; `after` (s) are what the builds took that passed
    next. Empty for any other build, and where a finding that the build is `within` says it of the same cause.

    It is about builds: what made this one take longer is one thing, how long others take another.
    """
    if build["verdict"]["word"] != "longer" or _is_said(build["verdict"]["causes"], within):
        return ""
    if len(after) < SIDE:
        passed = f"{text.counted(len(after), 'build')} passed since" if after else "no build passed since"
        return f"Too early to tell whether builds stay so: {passed}, {SIDE} are needed."
    usual, held = build["usual"], _held(after, build["usual"])
    if held == 0 and not _longer(after, usual):
        return _did_not_stay(build, after)
    return _stayed(build, after, held or len(after))


def _did_not_stay(build: Mapping[str, Any], after: Sequence[float]) -> str:
    which = f"the next {len(after)}" if len(after) == BUILDS else f"the {len(after)} since"
    took = f"{which} that passed took {text.duration(median(after))} in the median"
    like_it = sum(seconds >= build["usual"] + ALL * build["difference"] for seconds in after)
    if not like_it:
        return f"Only this build: {took}."
    return f"Most builds were shorter again: {took}, though {like_it} of them about as long as this one."


def _stayed(build: Mapping[str, Any], after: Sequence[float], held: int) -> str:
    usual, took = build["usual"], median(after[:held])
    more = took - usual
    many = (
        "stayed so"
        if more >= ALL * build["difference"]
        else f"stayed {text.duration(more)} longer than usual"
    )
    said = f"Builds {many}: the {held} that passed next took {text.duration(took)} in the median"
    rest = after[held:]
    if not rest:
        return f"{said}."
    which = "the one after them" if len(rest) == 1 else f"the {len(rest)} after them"
    now = median(rest)
    again = "" if notable(now - usual, usual) else ", as usual"
    return f"{said}, {which} {text.duration(now)}{again}."


def _held(after: Sequence[float], usual: float) -> int:
    """How many of them in a row took longer, before they took as long as usual: where the levels of both
    fit best. 0 where that may be chance.
    """
    best = min(range(len(after) + 1), key=lambda held: _misfit(after, usual, held))
    first = after[:best]
    above = sum(took > usual for took in first)
    chance = sum(math.comb(best, many) for many in range(above, best + 1)) / 2**best
    return best if best and chance < CHANCE and _longer(first, usual) else 0


def _misfit(after: Sequence[float], usual: float, held: int) -> float:
    level = median(after[:held]) if held else usual
    of_held = sum(abs(took - level) for took in after[:held])
    return of_held + sum(abs(took - usual) for took in after[held:])


def _longer(after: Sequence[float], usual: float) -> bool:
    more = median(after) - usual
    return more > 0 and notable(more, usual)


def _is_said(causes: Sequence[Mapping[str, Any]], within: Sequence[Mapping[str, Any]]) -> bool:
    moved = {(move["what"], move["step"]) for finding in within for move in finding["moves"]}
    longer = [cause for cause in causes if cause["difference"] > 0]
    return any((cause["kind"], cause["step"]) in moved for cause in longer)
