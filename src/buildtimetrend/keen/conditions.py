"""Filters as conditions of a WHERE clause."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from buildtimetrend.keen import times
from buildtimetrend.keen.columns import Bind, Column
from buildtimetrend.keen.documents import Json, canonical
from buildtimetrend.keen.events import item
from buildtimetrend.keen.filters import COORDINATES, Condition, Either, Filter

COMPARISONS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
EARTH_MILES = 3958.7613  # mean radius

Columns = Callable[[str], Column]


def where(tree: Filter, column: Columns, bind: Bind) -> str:
    if isinstance(tree, Condition):
        return _condition(tree, column, bind)
    parts = [where(part, column, bind) for part in tree.parts]
    if isinstance(tree, Either):
        return f"({' OR '.join(parts)})"
    return f"({' AND '.join(parts)})" if parts else "TRUE"


def _condition(condition: Condition, columns: Columns, bind: Bind) -> str:
    column, value = columns(condition.path), condition.value
    if column.names is not None and condition.operator != "exists":
        return _among(condition, column, column.names, bind)
    match condition.operator:
        case "exists":
            return column.exists if value else f"NOT ({column.exists})"
        case "eq":
            return _equals(column, value, bind)
        case "ne":
            return f"NOT coalesce({_equals(column, value, bind)}, FALSE)"
        case "in":
            return f"({' OR '.join(_equals(column, each, bind) for each in value) or 'FALSE'})"
        case "contains":
            return _contains(column, value, bind)
        case "not_contains":
            return f"NOT coalesce({_contains(column, value, bind)}, FALSE)"
        case "regex":
            return f"{column.text} ~ {bind(value)}" if column.text else "FALSE"
        case "within":
            return _within(columns(f"{COORDINATES}.0"), columns(f"{COORDINATES}.1"), value, bind)
        case _:
            return _compares(column, COMPARISONS[condition.operator], value, bind)


def _equals(column: Column, value: Json, bind: Bind) -> str:
    """An array is equal to what it holds."""
    if value is None:
        return f"NOT ({column.exists})"
    if column.is_literal:
        whole = f"{column.key} = {bind(canonical(value))}"
        return f"({whole} OR strpos({column.items}, {bind(item(value))}) > 0)" if column.items else whole
    if isinstance(value, bool):
        return f"{'' if value else 'NOT '}({column.truth})" if column.truth else "FALSE"
    return _compares(column, "=", value, bind)


def _compares(column: Column, operator: str, value: Json, bind: Bind) -> str:
    """Only with what is of the same type; texts by their characters' numbers."""
    if isinstance(value, (int, float)):
        return f"{column.number} {operator} {bind(float(value))}" if column.number else "FALSE"
    moment = times.instant(value) if column.instant else None
    if moment:
        return f"{column.instant} {operator} {bind(moment)}"
    if not isinstance(value, str) or not column.text:
        return "FALSE"
    return f'{column.text} {operator} {bind(value)} COLLATE "C"'


def _contains(column: Column, value: str, bind: Bind) -> str:
    parts = [f"strpos({column.text}, {bind(value)}) > 0"] if column.text else []
    if column.items:
        parts.append(f"strpos({column.items}, {bind(item(value))}) > 0")
    return f"({' OR '.join(parts) or 'FALSE'})"


def _among(condition: Condition, column: Column, names: Mapping[int, str], bind: Bind) -> str:
    """Of few values those that the condition is true of are known beforehand, whatever the condition."""
    keys = [key for key, name in names.items() if _holds(condition.operator, condition.value, name)]
    if len(keys) == 1:
        found = f"{column.key} = {bind(keys[0])}"
    else:
        found = f"{column.key} IN ({', '.join(map(bind, keys))})" if keys else "FALSE"
    absent = condition.operator in ("ne", "not_contains") or (
        condition.operator == "eq" and condition.value is None
    )
    return f"({found} OR NOT ({column.exists}))" if absent and column.exists != "TRUE" else found


def _holds(operator: str, value: Json, name: str) -> bool:
    match operator:
        case "eq":
            return bool(name == value)
        case "ne":
            return bool(name != value)
        case "in":
            return name in value
        case "contains":
            return value in name
        case "not_contains":
            return value not in name
        case "regex":
            return re.fullmatch(value, name) is not None
        case _ if not isinstance(value, str):
            return False
        case "lt":
            return name < value
        case "lte":
            return name <= value
        case "gt":
            return name > value
        case _:
            return name >= value


def _within(longitude: Column, latitude: Column, circle: tuple[float, float, float], bind: Bind) -> str:
    """By the haversine formula."""
    if not longitude.number or not latitude.number:
        return "FALSE"
    east, north, miles = circle
    here = f"radians({latitude.number})"
    there = f"radians({bind(north)})"
    square = (
        f"power(sin(({here} - {there}) / 2), 2) + cos({here}) * cos({there})"
        f" * power(sin((radians({longitude.number}) - radians({bind(east)})) / 2), 2)"
    )
    return f"2 * {EARTH_MILES} * asin(sqrt(least(1.0, {square}))) <= {bind(miles)}"


