"""How an answer is split and sorted: group_by, order_by, limit."""

from __future__ import annotations

from dataclasses import dataclass

from buildtimetrend.keen.language.documents import Json
from buildtimetrend.keen.language.errors import KeenError, left_out
from buildtimetrend.keen.language.names import property_name

MOST = 10  # properties to group by


@dataclass(frozen=True, slots=True)
class Group:
    path: str
    alias: str  # the answer's name for it


@dataclass(frozen=True, slots=True)
class Order:
    by: str  # `result`, a group's alias or a label of a multi_analysis
    descending: bool


def groups(value: Json) -> tuple[Group, ...]:
    listed = value if isinstance(value, list) else [] if value is None else [value]
    found = tuple(_group(each) for each in listed)
    if len(found) > MOST:
        raise KeenError(f"group_by has more than {MOST} properties.")
    if len({group.alias for group in found}) < len(found):
        raise KeenError("group_by names a property twice.")
    return found


def orders(value: Json, known: set[str]) -> tuple[Order, ...]:
    """`known` is what there is to sort by."""
    listed = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(_order(each, known) for each in listed)


def limit(value: Json, name: str = "limit") -> int | None:
    """A positive number, also as text."""
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise KeenError(f"{name} is {str(value)[:50]!r}: it must be a number from 1.")
    return min(value, 2**31)


def _group(value: Json) -> Group:
    if not isinstance(value, dict):
        path = property_name(value)
        return Group(path, path)
    if value.get("buckets") is not None or value.get("ranges") is not None:
        raise left_out("Grouping by buckets or ranges of numbers")
    path = property_name(value.get("property_name"))
    return Group(path, property_name(value.get("alias") or path))


def _order(value: Json, known: set[str]) -> Order:
    by = value.get("property_name") if isinstance(value, dict) else value
    direction = str(value.get("direction") or "ASC") if isinstance(value, dict) else "ASC"
    if not isinstance(by, str) or by not in known:
        raise KeenError(f"order_by names {str(by)[:50]!r}: it must be one of {', '.join(sorted(known))}.")
    if direction.upper() not in ("ASC", "DESC"):
        raise KeenError(f"The direction of order_by is {direction[:50]!r}: it must be ASC or DESC.")
    return Order(by, direction.upper() == "DESC")
