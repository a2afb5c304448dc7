"""What queries mean, said once more in plain Python over lists of events."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable, Iterable
from datetime import datetime
from fractions import Fraction
from typing import Any

from buildtimetrend.keen.language.documents import canonical

Event = dict[str, Any]


def value_of(event: Event, path: str) -> Any:
    """None for what is not there, as for null."""
    found: Any = event
    for part in path.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def time_of(event: Event) -> datetime:
    return datetime.fromisoformat(event["keen"]["timestamp"])


def same(one: Any, other: Any) -> bool:
    """Type by type: True is not 1, 5 is 5.0, "5" is neither."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    alike = type(one) is type(other) or (is_number(one) and is_number(other))
    return alike and bool(one == other)


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def holds(event: Event, condition: dict[str, Any]) -> bool:
    operator = condition["operator"]
    if operator == "or":
        return any(holds(event, each) for each in condition["operands"])
    if operator == "and":
        return all(holds(event, each) for each in condition["operands"])
    return _OPERATORS[operator](value_of(event, condition["property_name"]), condition["property_value"])


def equal(value: Any, wanted: Any) -> bool:
    if wanted is None:
        return value is None
    return same(value, wanted) or (isinstance(value, list) and any(same(each, wanted) for each in value))


def contains(value: Any, part: str) -> bool:
    if isinstance(value, list):
        return any(same(each, part) for each in value)
    return isinstance(value, str) and part in value


def ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def holds(value: Any, other: Any) -> bool:
        if is_number(value) and is_number(other):
            return compare(value, other)
        return isinstance(value, str) and isinstance(other, str) and compare(value, other)

    return holds


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": equal,
    "ne": lambda value, wanted: not equal(value, wanted),
    "in": lambda value, wanted: any(equal(value, each) for each in wanted),
    "exists": lambda value, wanted: (value is not None) == wanted,
    "contains": contains,
    "not_contains": lambda value, part: not contains(value, part),
    "regex": lambda value, pattern: (
        isinstance(value, str) and bool(re.search(pattern, value, re.DOTALL | re.ASCII))
    ),
    "lt": ordered(lambda one, other: bool(one < other)),
    "lte": ordered(lambda one, other: bool(one <= other)),
    "gt": ordered(lambda one, other: bool(one > other)),
    "gte": ordered(lambda one, other: bool(one >= other)),
}


def distinct(values: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if not any(same(value, each) for each in found):
            found.append(value)
    return found


def reckon(events: list[Event], kind: str, target: str | None, percentile: float = 50) -> Any:
    if kind == "count":
        return len(events)
    values = [value for event in events if (value := value_of(event, target or "")) is not None]
    if kind == "count_unique":
        return len(distinct(values))
    if kind == "select_unique":
        return distinct(values)
    numbers = sorted(value for value in values if is_number(value))
    if not numbers:
        return 0 if kind == "sum" else None
    if kind in ("median", "percentile"):
        share = Fraction(str(percentile)) / 100
        return numbers[max(math.ceil(share * len(numbers)), 1) - 1]
    return _FIGURES[kind](numbers)


_FIGURES: dict[str, Callable[[list[float]], float]] = {
    "sum": sum,
    "average": statistics.fmean,
    "minimum": min,
    "maximum": max,
    "standard_deviation": statistics.pstdev,
}


def grouped(events: list[Event], paths: list[str]) -> list[tuple[list[Any], list[Event]]]:
    found: list[tuple[list[Any], list[Event]]] = []
    for event in events:
        key = [value_of(event, path) for path in paths]
        for known, members in found:
            if same(known, key):
                members.append(event)
                break
        else:
            found.append((key, [event]))
    return found


def rank(value: Any) -> tuple[int, Any]:
    """Nothing, then truths, numbers, texts, lists."""
    if value is None:
        return 0, 0
    if isinstance(value, bool):
        return 1, value
    if is_number(value):
        return 2, value
    return (3, value) if isinstance(value, str) else (4, canonical(value))


def funnel(steps: list[dict[str, Any]], chosen: list[list[Event]]) -> list[list[Any]]:
    """The actors of each step, of whose events `chosen` has those that the step's filters let through."""
    did = [
        distinct(value for event in events if (value := value_of(event, step["actor_property"])) is not None)
        for step, events in zip(steps, chosen, strict=True)
    ]
    reached: list[list[Any]] = [[] for _ in steps]
    for actor in did[0]:
        for step, others, here in zip(steps, did, reached, strict=True):
            if any(same(actor, other) for other in others) != step.get("inverted", False):
                here.append(actor)
            elif not step.get("optional", False):
                break
    return reached


def projected(event: Event, paths: list[str]) -> Event:
    """Only these properties, each where it was."""
    shown: Event = {}
    for path in paths:
        *outer, name = path.split(".")
        source = value_of(event, ".".join(outer)) if outer else event
        if isinstance(source, dict) and name in source:
            target = shown
            for part in outer:
                target = target.setdefault(part, {})
            target[name] = source[name]
    return shown
