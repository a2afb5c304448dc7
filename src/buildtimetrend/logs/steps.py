"""What was found in a log, column by column, to steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Any

from buildtimetrend.logs.numbered import numbered
from buildtimetrend.logs.placing import place
from buildtimetrend.model import Step

AT_ONCE = 1000
_TOLD = 6  # columns: what a log says of a step; all else is as by default
_UNTOLD = tuple(Step._field_defaults[name] for name in Step._fields[_TOLD:])


def made(columns: Sequence[list[Any]]) -> tuple[Step, ...]:
    """Of names, phases, commands, starts, finishes and depths, in the same order; names are numbered, and
    instants of other clocks moved. Consumes the columns, which take room, too.
    """
    names, phases, _commands, starts, finishes, depths = columns
    place(starts, finishes, depths)
    names[:] = numbered(names, phases)
    if len(names) <= AT_ONCE:
        return tuple(_made(columns))
    # From the back, so that what is used up can go.
    for first in reversed(range(0, len(names), AT_ONCE)):
        others = [column[first:] for column in columns[1:]]
        names[first : first + AT_ONCE] = _made([names[first : first + AT_ONCE], *others])
        for column in columns[1:]:
            del column[first:]
    return tuple(names)


def _made(columns: Sequence[Sequence[Any]]) -> Iterator[Step]:
    """As `map(Step, *columns)`, without a call in Python for each."""
    return map(tuple.__new__, repeat(Step), zip(*columns, *map(repeat, _UNTOLD), strict=False))
