"""Rows of a log to steps with names of their own."""

from __future__ import annotations

from itertools import repeat
from typing import Any, TypeAlias, cast

from buildtimetrend.logs.depths import depths
from buildtimetrend.model import Step

Ended: TypeAlias = tuple[str | None, str | None, str | None, int, int]  # name, phase, command, start, finish

AT_ONCE = 1000
MOST_NAMES = 20_000


def numbered(rows: list[Ended]) -> tuple[Step, ...]:
    """Rows that share a name are told apart by number: `apt`, `apt.2`; `script.1`, `script.2` where there
    is only a phase to go by. So one step more leaves the names of those before it as they were. This stops
    behind `MOST_NAMES` steps, which no real job reaches, since the names would take too much room.

    Consumes `rows`: each part's memory goes to its steps.
    """
    deep = depths(rows)
    taken = {row[0] for row in rows}
    count: dict[str, int] = {}
    steps = cast("list[Any]", rows)
    for first in range(0, len(rows), AT_ONCE):
        part = rows[first : first + AT_ONCE]
        names = _names(part, taken, count) if first < MOST_NAMES else [row[0] or row[1] or "" for row in part]
        _, phases, commands, starts, finishes = zip(*part, strict=True)
        depth = [deep.get(at, 0) for at in range(first, first + len(part))] if deep else repeat(0)
        columns = zip(names, phases, commands, starts, finishes, depth, strict=False)
        # As `map(Step._make, columns)`, without a call in Python for each.
        steps[first : first + len(part)] = map(tuple.__new__, repeat(Step), columns)
    return tuple(steps)


def _names(rows: list[Ended], taken: set[str | None], count: dict[str, int]) -> list[str]:
    names = []
    for name, phase, _, _, _ in rows:
        base = name or phase or ""
        number = count[base] = count.get(base, 0) + 1
        if name is not None and number == 1:
            names.append(name)
            continue
        while (numbered := f"{base}.{number}") in taken:
            number = count[base] = number + 1
        names.append(numbered)
    return names
