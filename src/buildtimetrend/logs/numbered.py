"""Rows of a log to steps with names of their own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import repeat
from typing import TypeAlias

from buildtimetrend.logs.depths import depths
from buildtimetrend.model import Step

Ended: TypeAlias = tuple[str | None, str | None, str | None, int, int]  # name, phase, command, start, finish

AT_ONCE = 1000
FIELDS = ("name", "phase", "command", "started_ns", "finished_ns", "depth")
SETTERS = [Step.__dict__[field].__set__ for field in FIELDS]


def numbered(rows: list[Ended]) -> tuple[Step, ...]:
    """Consumes `rows`. Those that share a name are told apart by number: `apt`, `apt.2`; `script.1`, `script.2`
    where there is only a phase to go by. So a step more leaves the names of those before it as they were.
    """
    deep = depths(rows)
    taken = {row[0] for row in rows}
    count: dict[str, int] = {}
    steps: list[Step] = []
    rows.reverse()
    while rows:
        part = rows[: -AT_ONCE - 1 : -1]
        del rows[-AT_ONCE:]
        names = []
        for name, phase, _, _, _ in part:
            base = name or phase or ""
            number = count.get(base, 0) + 1
            if name is None or number > 1:
                while (name := f"{base}.{number}") in taken:  # noqa: PLW2901
                    number += 1
            count[base] = number
            names.append(name)
        _, phases, commands, starts, finishes = zip(*part, strict=True)
        depth = [deep.get(at, 0) for at in range(len(steps), len(steps) + len(part))] if deep else repeat(0)
        steps += _steps(names, phases, commands, starts, finishes, depth)
    return tuple(steps)


def _steps(*columns: Iterable[object]) -> list[Step]:
    """As `map(Step, *columns)`, at a third of the cost: a frozen dataclass sets its fields one call at a time."""
    steps: list[Step] = list(map(object.__new__, repeat(Step, len(columns[0]))))  # type: ignore[arg-type]
    for set_field, column in zip(SETTERS, columns, strict=True):
        deque(map(set_field, steps, column), maxlen=0)
    return steps
