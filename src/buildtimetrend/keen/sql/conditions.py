"""Filters as conditions of a WHERE clause."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from buildtimetrend.keen.language import times
from buildtimetrend.keen.language.documents import Json, canonical
from buildtimetrend.keen.language.events import item
from buildtimetrend.keen.language.filters import COORDINATES, Condition, Either, Filter
from buildtimetrend.keen.sql.columns import Bind, Column
from buildtimetrend.keen.sql.few import among

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
    operator, value = condition.operator, condition.value
    column = columns(condition.path)
    if operator == "exists":
        return column.exists if value else f"NOT ({column.exists})"
    if operator == "within":
        return _within(columns(f"{COORDINATES}.0"), columns(f"{COORDINATES}.1"), value, bind)
    if column.names is not None:
        return among(condition, column, column.names, bind)
    if operator in ("ne", "not_contains"):
        opposite = _equals if operator == "ne" else _contains
        return f"NOT coalesce({opposite(column, value, bind)}, FALSE)"
    return _SIMPLE[operator](column, value, bind)


def _equals(column: Column, value: Json, bind: Bind) -> str:
    """An array is equal to what it holds."""
    if value is None:
        return f"NOT ({column.exists})"
    if column.is_literal:
        whole = f"{column.key} = {bind(canonical(value))}"
        return f"({whole} OR strpos({column.items}, {bind(item(value))}) > 0)" if column.items else whole
    if isinstance(value, bool):
        return f"{'' if value else 'NOT '}({column.truth})" if column.truth else "FALSE"
    return _compares(column, value, bind, "=")


def _compares(column: Column, value: Json, bind: Bind, operator: str) -> str:
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


def _in(column: Column, values: list[Json], bind: Bind) -> str:
    return f"({' OR '.join(_equals(column, value, bind) for value in values) or 'FALSE'})"


def _matches(column: Column, pattern: str, bind: Bind) -> str:
    return f"{column.text} ~ {bind(pattern)}" if column.text else "FALSE"


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
    # Rounding makes it more than 1 at the other end of the world; `least` leaves NULL out of account.
    distance = f"2 * {EARTH_MILES} * asin(sqrt(least(1.0, {square})))"
    known = f"{longitude.number} IS NOT NULL AND {latitude.number} IS NOT NULL"
    return f"({known} AND {distance} <= {bind(miles)})"


_SIMPLE: dict[str, Callable[[Column, Json, Bind], str]] = {
    "eq": _equals,
    "in": _in,
    "lt": partial(_compares, operator="<"),
    "lte": partial(_compares, operator="<="),
    "gt": partial(_compares, operator=">"),
    "gte": partial(_compares, operator=">="),
    "contains": _contains,
    "regex": _matches,
}
