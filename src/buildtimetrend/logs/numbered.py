"""Names that tell the steps of a job apart."""

from __future__ import annotations

from collections.abc import Sequence

MOST_NAMES = 20_000


def numbered(names: Sequence[str | None], phases: Sequence[str | None]) -> list[str]:
    """Steps that share a name are told apart by number: `apt`, `apt.2`; `script.1`, `script.2` where there
    is only a phase to go by. So one step more leaves the names of those before it as they were. This stops
    behind `MOST_NAMES` steps, which no real job reaches, since the names would take too much room.
    """
    taken = set(names)
    count: dict[str, int] = {}
    told: list[str] = []
    for name, phase in zip(names[:MOST_NAMES], phases, strict=False):
        if name is not None and name not in count:
            count[name] = 1
            told.append(name)
            continue
        base = name or phase or ""
        number = count[base] = count.get(base, 0) + 1
        while (numbered := f"{base}.{number}") in taken:
            number = count[base] = number + 1
        told.append(numbered)
    if len(names) > MOST_NAMES:
        told += [name or phase or "" for name, phase in zip(names, phases, strict=True)][MOST_NAMES:]
    return told
