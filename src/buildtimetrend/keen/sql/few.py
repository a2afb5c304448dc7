"""Conditions on a property that has few possible values, all known beforehand: SQL compares their keys."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping

from buildtimetrend.keen.language.documents import Json
from buildtimetrend.keen.language.filters import Condition
from buildtimetrend.keen.sql.columns import Bind, Column

_HOLDS: Mapping[str, Callable[[str, Json], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "in": lambda name, values: name in values,
    "contains": operator.contains,
    "not_contains": lambda name, part: part not in name,
    "lt": lambda name, other: isinstance(other, str) and name < other,
    "lte": lambda name, other: isinstance(other, str) and name <= other,
    "gt": lambda name, other: isinstance(other, str) and name > other,
    "gte": lambda name, other: isinstance(other, str) and name >= other,
}


def among(condition: Condition, column: Column, names: Mapping[int, str], bind: Bind) -> str:
    """Which names the condition holds of is found out beforehand."""
    if condition.operator == "regex":
        return _matching(column, names, bind(condition.value))
    holds = _HOLDS[condition.operator]
    keys = [key for key, name in names.items() if holds(name, condition.value)]
    if len(keys) == 1:
        found = f"{column.key} = {bind(keys[0])}"
    else:
        found = f"{column.key} IN ({', '.join(map(bind, keys))})" if keys else "FALSE"
    return f"({found} OR NOT ({column.exists}))" if _takes_absence(condition) else found


def _matching(column: Column, names: Mapping[int, str], pattern: str) -> str:
    """The engine finds the names: Python may try an expression for ever, and everybody waits meanwhile."""
    of = column.named or f"VALUES {', '.join(f'({key}, {_quoted(name)})' for key, name in names.items())}"
    return f"{column.key} IN (SELECT named.id FROM ({of}) AS named (id, name) WHERE named.name ~ {pattern})"  # noqa: S608 - only our own words


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _takes_absence(condition: Condition) -> bool:
    """Whether the condition holds of an event that lacks the property."""
    match condition.operator:
        case "ne":
            return condition.value is not None
        case "eq":
            return condition.value is None
        case "in":
            return None in condition.value
        case _:
            return condition.operator == "not_contains"
