"""An event as it is written: checked, and taken apart into what queries ask about."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from buildtimetrend.keen.language import times
from buildtimetrend.keen.language.documents import Json, canonical
from buildtimetrend.keen.language.errors import KeenError
from buildtimetrend.keen.language.filters import COORDINATES
from buildtimetrend.keen.language.names import LONGEST, property_name

MOST_BYTES = 900_000
MOST_PROPERTIES = 1000
LONGEST_TEXT = 10_000
# Between the items of an array: JSON writes such a character in no other way than as an escape.
MARK = "\x1f"


class Leaf(NamedTuple):
    """One property. `literal` is its canonical JSON, None for an object, which only exists."""

    path: str
    number: float | None
    text: str | None
    literal: str | None
    items: str | None  # of an array


@dataclass(frozen=True, slots=True)
class Event:
    id: str
    at: datetime
    created_at: datetime
    body: str  # JSON, without what is ours: id and times
    leaves: tuple[Leaf, ...]


def event(document: Json, now: datetime) -> Event:
    """Raises `KeenError` for what is no event."""
    if not isinstance(document, dict):
        raise KeenError("An event must be an object.", "InvalidEventError")
    ours = document.get("keen", {})
    if not isinstance(ours, dict):
        raise KeenError("The property keen must be an object.", "InvalidPropertyNameError")
    if ours.get("addons"):
        raise KeenError("Add-ons (keen.addons) are not part of this service.", "NotImplementedError", 501)
    at = _timestamp(ours.get("timestamp"), now)
    kept = {
        name: value for name, value in ours.items() if name not in ("timestamp", "created_at", "id", "addons")
    }
    body = {name: value for name, value in document.items() if name != "keen"}
    if kept:
        body["keen"] = kept
    leaves = tuple(_leaves("", body))
    if len(leaves) > MOST_PROPERTIES:
        raise KeenError(f"An event has at most {MOST_PROPERTIES} properties.", "InvalidEventError")
    text = canonical(body)
    if len(text.encode()) > MOST_BYTES:
        raise KeenError(f"An event has at most {MOST_BYTES} bytes.", "InvalidEventError")
    return Event(new_id(now), at, now, text, leaves)


def new_id(now: datetime) -> str:
    """24 hexadecimal digits: the second, then chance."""
    return f"{int(now.timestamp()):08x}{os.urandom(8).hex()}"


def item(value: Json) -> str:
    """How `value` stands in the items of an array."""
    return f"{MARK}{canonical(value)}{MARK}"


def _timestamp(value: Json, now: datetime) -> datetime:
    if value is None:
        return now
    found = times.instant(value)
    if found is None:
        raise KeenError(
            f"keen.timestamp is {str(value)[:50]!r}: it must be an instant in the form of ISO 8601.",
            "InvalidPropertyValueError",
        )
    return found


def _leaves(prefix: str, document: dict[str, Json]) -> Iterator[Leaf]:
    for name, value in document.items():
        path = prefix + _checked(name)
        if len(path) > LONGEST * 4:
            raise KeenError(f"The property {path[:50]}… lies too deep.", "InvalidPropertyNameError")
        if isinstance(value, dict):
            yield Leaf(path, None, None, None, None)
            yield from _leaves(f"{path}.", value)
        elif value is not None:
            yield _leaf(path, value)
        if path == COORDINATES and isinstance(value, list) and len(value) == 2:
            yield from (_leaf(f"{path}.{n}", part) for n, part in enumerate(value))


def _leaf(path: str, value: Json) -> Leaf:
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, str) and len(text) > LONGEST_TEXT:
            raise KeenError(
                f"{path} has {len(text)} characters: {LONGEST_TEXT} at most.", "InvalidPropertyValueError"
            )
    literal = canonical(value)
    if isinstance(value, list):
        return Leaf(path, None, None, literal, "".join(map(item, value)))
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    text = value if isinstance(value, str) else None
    return Leaf(path, float(value) if is_number else None, text, literal, None)


def _checked(name: str) -> str:
    property_name(name)
    if name.startswith("$") or "." in name:
        raise KeenError(
            f"A property's name neither begins with $ nor has a dot in it, unlike {name[:50]!r}.",
            "InvalidPropertyNameError",
        )
    return name
