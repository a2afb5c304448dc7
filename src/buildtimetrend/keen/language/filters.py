"""Filters of a query document: which events count."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from buildtimetrend.keen.language.documents import Json, checked
from buildtimetrend.keen.language.errors import KeenError
from buildtimetrend.keen.language.names import property_name
from buildtimetrend.keen.language.regex import portable

COORDINATES = "keen.location.coordinates"
MOST = 200  # conditions, and values of one `in`
MOST_VALUES = 500  # in all
MOST_PATHS = 60  # different properties of one query: of twice as many, databases plan for seconds


@dataclass(frozen=True, slots=True)
class Condition:
    """`value` has been checked against the operator: of `regex` it is the pattern that all engines read."""

    path: str
    operator: str
    value: Json


@dataclass(frozen=True, slots=True)
class Either:
    """Whether one of the parts holds."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class All:
    """Whether all parts hold, as they do when there are none."""

    parts: tuple[Filter, ...] = ()


Filter: TypeAlias = Condition | Either | All
EVERYTHING = All()


def filters(value: Json) -> All:
    """A list of filters, all of which must hold; none when there is no list."""
    if value is None:
        return EVERYTHING
    if not isinstance(value, list):
        raise _wrong("filters must be a list")
    parsed = All(tuple(_one(each) for each in value))
    found = conditions(parsed)
    if len(found) > MOST:
        raise _wrong(f"there are more than {MOST} conditions")
    if sum(len(each.value) if each.operator == "in" else 1 for each in found) > MOST_VALUES:
        raise _wrong(f"there are more than {MOST_VALUES} values")
    few_enough({each.path for each in found})
    return parsed


def conditions(tree: Filter) -> list[Condition]:
    """All conditions, wherever they stand."""
    if isinstance(tree, Condition):
        return [tree]
    return [condition for part in tree.parts for condition in conditions(part)]


def few_enough(paths: set[str]) -> None:
    """Raises `KeenError` when a query is about too many properties."""
    if len(paths) > MOST_PATHS:
        raise KeenError(f"A query is about {MOST_PATHS} different properties at most.")


def _one(value: Json) -> Filter:
    if not isinstance(value, dict):
        raise _wrong("a filter must be an object")
    operator = value.get("operator")
    if operator in ("or", "and"):
        operands = value.get("operands")
        if not isinstance(operands, list) or not operands:
            raise _wrong(f"{operator} needs a list of operands")
        parts = tuple(_one(operand) for operand in operands)
        return Either(parts) if operator == "or" else All(parts)
    if operator not in OPERATORS:
        raise _wrong(f"operator is {str(operator)[:50]!r}; there are {', '.join(OPERATORS)}, or, and")
    if "property_value" not in value:
        raise _wrong(f"{operator} needs a property_value")
    path = property_name(value.get("property_name"))
    return Condition(path, operator, _checked(path, operator, checked(value["property_value"], "filters")))


def _checked(path: str, operator: str, value: Json) -> Json:
    if operator == "within":
        return _circle(path, value)
    if not _TAKES[operator](value):
        raise _wrong(f"{operator} does not take {str(value)[:100]!r}")
    if operator == "exists":
        return value in (True, "true")
    return portable(value) if operator == "regex" else value


def _circle(path: str, value: Json) -> tuple[float, float, float]:
    """Longitude, latitude (degrees) and distance (miles)."""
    if path != COORDINATES:
        raise KeenError(f"within is only for {COORDINATES}.", "InvalidPropertyNameForGeoFilter")
    given = value if isinstance(value, dict) else {}
    centre, miles = given.get("coordinates"), given.get("max_distance_miles")
    if isinstance(centre, list) and len(centre) == 2 and all(map(_is_number, [*centre, miles])):
        longitude, latitude, distance = float(centre[0]), float(centre[1]), float(miles or 0)
        if abs(longitude) <= 360 and abs(latitude) <= 90 and distance >= 0 and math.isfinite(distance):
            return longitude, latitude, distance
    raise _wrong("within needs coordinates [longitude, latitude] and max_distance_miles")


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _is_ordered(value: Json) -> bool:
    return _is_number(value) or _is_text(value)


def _wrong(why: str) -> KeenError:
    return KeenError(f"A filter cannot be read: {why}.", "InvalidFilterError")


_TAKES: dict[str, Callable[[Json], bool]] = {
    "eq": lambda value: not isinstance(value, dict),
    "ne": lambda value: not isinstance(value, dict),
    "lt": _is_ordered,
    "lte": _is_ordered,
    "gt": _is_ordered,
    "gte": _is_ordered,
    "exists": lambda value: isinstance(value, bool) or value in ("true", "false"),
    "in": lambda value: isinstance(value, list) and len(value) <= MOST,
    "contains": _is_text,
    "not_contains": _is_text,
    "regex": _is_text,
}
OPERATORS = (*_TAKES, "within")
