"""JSON as clients send it: bounded, without what no database holds, numbers of one value written alike."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, TypeAlias

import orjson

from buildtimetrend.keen.language.errors import KeenError

Json: TypeAlias = Any  # what a JSON document becomes

DEPTH = 32
# Sums and squares of them are still numbers.
LARGEST = 1e100
EXACT = 2**53


def parse(text: bytes | str, what: str) -> Json:
    """A JSON document; `what` names it in the error for one that cannot be read."""
    try:
        return checked(orjson.loads(text), what)
    except (orjson.JSONDecodeError, RecursionError, UnicodeEncodeError) as error:
        raise KeenError(f"{what} is not valid JSON: {error}.", "InvalidJSONError") from None


def checked(value: Json, what: str) -> Json:
    """The document, if it is not too deep and holds no number or text that a store refuses."""
    for depth, part in _parts(value, 1):
        if depth > DEPTH:
            raise KeenError(f"{what} is nested deeper than {DEPTH} levels.", "InvalidJSONError")
        if isinstance(part, (int, float)) and not (math.isfinite(part) and abs(part) <= LARGEST):
            raise KeenError(f"{what} holds a number beyond ±{LARGEST:.0e}.", "InvalidJSONError")
        if isinstance(part, str) and "\0" in part:
            raise KeenError(f"{what} holds the character U+0000.", "InvalidJSONError")
    return value


def canonical(value: Json) -> str:
    """JSON that is equal for equal values: 5 and 5.0 are one number, keys are sorted."""
    return orjson.dumps(_alike(value), option=orjson.OPT_SORT_KEYS).decode()


def number(value: float) -> int | float:
    """Whole numbers as integers, as far as they are exact."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < EXACT else value


def _alike(value: Json) -> Json:
    if isinstance(value, float):
        return number(value)
    if isinstance(value, list):
        return [_alike(item) for item in value]
    if isinstance(value, dict):
        return {key: _alike(item) for key, item in value.items()}
    return value


def _parts(value: Json, depth: int) -> Iterator[tuple[int, Json]]:
    """All values and names; one level more than is allowed, and no deeper."""
    yield depth, value
    if depth > DEPTH or not isinstance(value, (list, dict)):
        return
    if isinstance(value, dict):
        for name in value:
            yield depth, name
    for item in value.values() if isinstance(value, dict) else value:
        yield from _parts(item, depth + 1)
