"""Blocks of a Travis CI log, and what they are, to steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import compress, repeat
from typing import Any

from buildtimetrend.logs.numbered import numbered
from buildtimetrend.logs.placing import place
from buildtimetrend.logs.travis.blocks import OPEN, Blocks
from buildtimetrend.logs.travis.outline import Outline
from buildtimetrend.model import Step

AT_ONCE = 1000


def steps(blocks: Blocks, outline: Outline) -> tuple[Step, ...]:
    """Those that ended, in the order of the log. Consumes what is known of them, which takes room, too."""
    blocks.events.clear()
    blocks.told.clear()
    columns: list[list[Any]] = [
        outline.names,
        outline.phases,
        blocks.commands,
        blocks.starts,
        blocks.finishes,
        outline.depths,
    ]
    if OPEN in blocks.starts:
        ended = bytes(map(OPEN.__ne__, blocks.starts))
        for column in columns:
            column[:] = compress(column, ended)
    names, phases, _commands, starts, finishes, depths = columns
    place(starts, finishes, depths)
    names[:] = numbered(names, phases)
    if len(names) <= AT_ONCE:
        return tuple(_made(columns))
    made: list[Any] = names
    # From the back, so that what is used up can go.
    for first in reversed(range(0, len(names), AT_ONCE)):
        others = [column[first:] for column in columns[1:]]
        made[first : first + AT_ONCE] = _made([names[first : first + AT_ONCE], *others])
        for column in columns[1:]:
            del column[first:]
    return tuple(made)


def _made(columns: Sequence[Sequence[Any]]) -> Iterator[Step]:
    """As `map(Step, *columns)`, without a call in Python for each; what is not told is as by default."""
    untold = [Step._field_defaults[name] for name in Step._fields[len(columns) :]]
    rest = [repeat(value, len(columns[0])) for value in untold]
    return map(tuple.__new__, repeat(Step), zip(*columns, *rest, strict=True))
