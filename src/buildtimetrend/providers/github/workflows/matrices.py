"""The combinations that a job's matrix stands for, with what is included and excluded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any, TypeAlias

from buildtimetrend.providers.github.workflows.yaml_text import text_of

Combination: TypeAlias = Mapping[str, Any]  # a value for each key, which may be an object itself
MOST = 1024  # GitHub runs 256 at most
MOST_VALUES = 200_000  # of the combinations of one file's matrices: that of several hundred jobs each
_DEEPEST = 5


def values_of(matrix: object) -> int:
    """How many values its combinations have together, at most; and how long it takes to make them."""
    if not isinstance(matrix, dict):
        return 0
    axes = (values for key, values in matrix.items() if key not in ("include", "exclude"))
    return prod(len(values) for values in axes if isinstance(values, list)) * _size_of(matrix)


def combinations(matrix: object) -> Sequence[Combination] | None:
    """In GitHub's order. None where an expression makes them, or there are too many."""
    if not isinstance(matrix, dict):
        return None
    axes = {str(key): values for key, values in matrix.items() if key not in ("include", "exclude")}
    include, exclude = matrix.get("include", []), matrix.get("exclude", [])
    lists = [*axes.values(), include, exclude]
    if not all(isinstance(values, list) for values in lists) or prod(map(len, axes.values())) > MOST:
        return None
    if any(not isinstance(entry, dict) for entry in (*include, *exclude)):
        return None
    made = [dict(zip(axes, values, strict=True)) for values in product(*axes.values())] if axes else []
    kept = [each for each in made if not any(_has(each, entry) for entry in exclude)]
    return _including(kept, axes, include)


def flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Keys with dots and values, of objects too, as GitHub shows them one after the other."""
    for key, value in values.items():
        path = f"{before}{key}"
        if isinstance(value, dict) and path.count(".") < _DEEPEST:
            yield from flat(value, f"{path}.")
        elif isinstance(value, list) and path.count(".") < _DEEPEST:
            yield from flat({str(place): each for place, each in enumerate(value)}, f"{path}.")
        else:
            yield path, text_of(value)


def _size_of(value: object) -> int:
    """What is in it, at all depths."""
    size, left = 0, [value]
    while left:
        size += 1
        value = left.pop()
        left += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return size


def _has(combination: Combination, entry: Combination) -> bool:
    return all(key in combination and combination[key] == value for key, value in entry.items())


def _including(
    made: list[dict[str, Any]], axes: Mapping[str, object], include: Sequence[Combination]
) -> list[dict[str, Any]]:
    """An entry is added to each combination whose own values it does not change; else it is one itself."""
    first = [dict(each) for each in made]
    alone: list[dict[str, Any]] = []
    for entry in include[:MOST]:
        fitting = [
            place
            for place, each in enumerate(first)
            if all(each[key] == value for key, value in entry.items() if key in axes)
        ]
        for place in fitting:
            made[place].update(entry)
        if not fitting:
            alone.append({str(key): value for key, value in entry.items()})
    return made + alone
