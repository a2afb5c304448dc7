"""Why of a series nothing is told: its level, its noise, and how much it would have to change by."""

from __future__ import annotations

import math
from typing import Any, Literal, TypeAlias

from buildtimetrend import text
from buildtimetrend.enough import LEAST, NOTABLE
from buildtimetrend.errors import NotFound
from buildtimetrend.findings.search.state import SeriesState, state_of
from buildtimetrend.findings.series import Kind, Thing
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.trends.changes import LEAST as LEAST_SHARE
from buildtimetrend.trends.confirm import LEAST_POINTS
from buildtimetrend.trends.watched import Watched

Speaks: TypeAlias = Literal["slower", "faster", "neither"]
AFTER = (5, 10, 20, 50)  # builds


def why(store: Store, repo_id: int, pipeline: int, asked: Thing) -> dict[str, Any]:
    """Of a series as it was looked at last; a step may be named by its key or as people call it. Raises
    `NotFound` for one that was not.
    """
    state = state_of(reads.state_of(store, repo_id, pipeline), [])
    if state is None:
        raise NotFound("The builds of this pipeline were not looked at yet.", detail="pipeline")
    keys = {asked.step} | {key for key, label in state.labels.items() if label == asked.step}
    for thing, known in state.series.items():
        if (thing.kind, thing.job) == (asked.kind, asked.job) and thing.step in keys:
            return {"what": thing.kind, "job": thing.job, "step": state.labels.get(thing.step)} | _told(known)
    raise NotFound("There is no such series among those that were looked at.", detail="what")


def _told(known: SeriesState) -> dict[str, Any]:
    now = known.watched
    if now is None:
        missing = 2 * LEAST_POINTS - known.values
        sentence = f"{known.values} builds have it, {2 * LEAST_POINTS} are needed: {max(missing, 1)} more."
        return {"values": known.values, "sentence": sentence}
    level = now.scale.back(now.level)
    least = [{"builds": builds, **_least(now, level, builds)} for builds in AFTER]
    ten = least[AFTER.index(10)]
    percent = f" ({text.signed(ten['percent'])})" if ten["percent"] is not None else ""
    return {
        "values": known.values,
        "level": level,
        "noise": 100 * now.deviation if now.scale.offset is not None else None,
        "builds_on_level": now.points,
        "searched_builds_ago": now.since,
        "speaks": _speaks(now),
        "least": least,
        "sentence": (
            f"Its level is {text.duration(level)}, of {text.counted(now.points, 'build')}. A change by "
            f"{text.duration(ten['seconds'])}{percent} would be told after 10 builds."
        ),
    }


def _least(now: Watched, level: float, builds: int) -> dict[str, Any]:
    """The smallest change that would be told after so many builds on the new level."""
    beyond_chance = max(now.least(builds), LEAST_SHARE)
    rise = now.scale.back(now.level + beyond_chance) - level
    seconds = max(rise, LEAST, NOTABLE / 100 * level)
    return {"seconds": seconds, "percent": 100 * seconds / level if level > 0 else None}


def _speaks(now: Watched) -> Speaks:
    """What the newest builds may be: enough of them would be told."""
    if not now.speaks or math.isclose(now.rise, now.fall):
        return "neither"
    return "slower" if now.rise > now.fall else "faster"


def thing_of(what: Kind, job: str, step: str) -> Thing:
    return Thing(what, job if what in ("job", "step") else "", step if what == "step" else "")
