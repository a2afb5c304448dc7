"""Whether what made a build take longer is over, by the builds that passed after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from buildtimetrend import text
from buildtimetrend.enough import SIDE, notable
from buildtimetrend.store.reads.usual import BUILDS


def is_it_over(
    build: Mapping[str, Any], after: Sequence[float], within: Sequence[Mapping[str, Any]] = ()
) -> str:
    """A sentence, of a build that took longer than usual; `after` (s) are what the builds took that passed
    next. Empty for any other build, and where a finding that the build is `within` says it of the same cause.
    """
    if build["verdict"]["word"] != "longer" or _is_said(build["verdict"]["causes"], within):
        return ""
    if len(after) < SIDE:
        passed = f"{text.counted(len(after), 'build')} passed since" if after else "no build passed since"
        return f"Too early to tell whether it is over: {passed}, {SIDE} are needed."
    took = median(after)
    next_ones = "next" if len(after) == BUILDS else "since"
    said = f"the {len(after)} builds that passed {next_ones} took {text.duration(took)} in the median"
    more = took - build["usual"]
    if more > 0 and notable(more, build["usual"]):
        return f"It went on: {said}, {text.duration(more)} longer than was usual."
    return f"It is over: {said}."


def _is_said(causes: Sequence[Mapping[str, Any]], within: Sequence[Mapping[str, Any]]) -> bool:
    moved = {(move["what"], move["step"]) for finding in within for move in finding["moves"]}
    return any((cause["kind"], cause["step"]) in moved for cause in causes)
