"""Funnels: who did this, and of those who did that, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from buildtimetrend.keen.analyses import select
from buildtimetrend.keen.language.documents import Json, canonical
from buildtimetrend.keen.language.errors import KeenError
from buildtimetrend.keen.language.names import property_name
from buildtimetrend.keen.language.query import Document, Events, Measure, Query, events
from buildtimetrend.keen.project import Project
from buildtimetrend.keen.sql import statements

MOST_STEPS = 20
TRUE = (True, "true")


@dataclass(frozen=True, slots=True)
class Step:
    events: Events
    actor: str
    optional: bool
    inverted: bool
    with_actors: bool
    document: Document


def steps(document: Document, now: datetime) -> list[Step]:
    """Raises `KeenError`. What a step does not say of its time, the whole document says."""
    listed = document.get("steps")
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST_STEPS:
        raise KeenError(f"steps must be a list of 1 to {MOST_STEPS} steps.")
    fallback = {name: document.get(name) for name in ("timeframe", "timezone")}
    found = [_step(each, now, fallback) for each in listed]
    if found[0].inverted or found[0].optional:
        raise KeenError("The first step can be neither inverted nor optional.")
    return found


def answer(project: Project, steps: list[Step]) -> Mapping[str, Json]:
    """`result` with the number of each step's actors, `steps`, and `actors` where they are asked for."""
    left: set[str] | None = None
    reached: list[set[str]] = []
    for step in steps:
        actors = _actors(project, step)
        here = actors if left is None else left - actors if step.inverted else left & actors
        reached.append(here)
        if not step.optional:
            left = here
    shown: dict[str, Json] = {
        "result": [len(actors) for actors in reached],
        "steps": [step.document for step in steps],
    }
    if any(step.with_actors for step in steps):
        shown["actors"] = [
            [orjson.loads(actor) for actor in sorted(actors)] if step.with_actors else None
            for step, actors in zip(steps, reached, strict=True)
        ]
    return shown


def _step(value: Json, now: datetime, fallback: Document) -> Step:
    if not isinstance(value, dict):
        raise KeenError("A step must be an object.")
    return Step(
        events=events(value, now, fallback),
        actor=property_name(value.get("actor_property")),
        optional=value.get("optional") in TRUE,
        inverted=value.get("inverted") in TRUE,
        with_actors=value.get("with_actors") in TRUE,
        document=value,
    )


def _actors(project: Project, step: Step) -> set[str]:
    """As canonical JSON, so that those of several collections compare."""
    measure = Measure("result", "select_unique", step.actor)
    asked = statements.uniques(
        Query(step.events, (measure,), multiple=False), measure, *project.open(step.events)()
    )
    found = select(project, step.events, asked.statement)["m0"]
    if len(found) > statements.MOST_ROWS:
        raise statements.too_many()
    (target,) = asked.targets
    assert target is not None
    return {canonical(target.value(key)) for key in found if key is not None}
