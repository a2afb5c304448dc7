"""Blocks of a Travis CI log, and what they are, to steps."""

from __future__ import annotations

from itertools import compress, repeat
from typing import Any

from buildtimetrend.logs.numbered import numbered
from buildtimetrend.logs.placing import place
from buildtimetrend.logs.travis_blocks import OPEN, Blocks
from buildtimetrend.logs.travis_outline import Outline
from buildtimetrend.model import Step


def steps(blocks: Blocks, outline: Outline) -> tuple[Step, ...]:
    """Those that ended, in the order of the log."""
    columns: list[Any] = [
        outline.names,
        outline.phases,
        blocks.commands,
        blocks.starts,
        blocks.finishes,
        outline.depths,
    ]
    if OPEN in blocks.starts:
        ended = [start != OPEN for start in blocks.starts]
        columns = [list(compress(column, ended)) for column in columns]
    names, phases, commands, starts, finishes, depths = columns
    place(starts, finishes, depths)
    rows = zip(numbered(names, phases), phases, commands, starts, finishes, depths, strict=True)
    # As `map(Step._make, rows)`, without a call in Python for each.
    return tuple(map(tuple.__new__, repeat(Step), rows))
