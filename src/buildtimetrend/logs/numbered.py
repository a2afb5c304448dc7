"""Rows of a log to steps with names of their own."""

from __future__ import annotations

from typing import TypeAlias

from buildtimetrend.logs.depths import depths
from buildtimetrend.model import Step

Ended: TypeAlias = tuple[str | None, str | None, str | None, int, int]  # name, phase, command, start, finish


def numbered(rows: list[Ended]) -> tuple[Step, ...]:
    """Consumes `rows`. Those that share a name are told apart by number: `apt`, `apt.2`; `script.1`, `script.2`
    where there is only a phase to go by. So a step more leaves the names of those before it as they were.
    """
    deep = depths(rows)
    taken = {row[0] for row in rows}
    count: dict[str, int] = {}
    steps = []
    rows.reverse()
    while rows:
        name, phase, command, start, finish = rows.pop()
        assert phase
        base = name or phase
        number = count.get(base, 0) + 1
        if name is None or number > 1:
            while (name := f"{base}.{number}") in taken:
                number += 1
        count[base] = number
        steps.append(Step(name, phase, command, start, finish, deep.get(len(steps), 0)))
    return tuple(steps)
