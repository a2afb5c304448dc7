"""Blocks of a Travis CI log, and what they are, to steps."""

from __future__ import annotations

from itertools import compress
from typing import Any

from buildtimetrend.logs.steps import made
from buildtimetrend.logs.travis.blocks import OPEN, Blocks
from buildtimetrend.logs.travis.outline import Outline
from buildtimetrend.model import Step


def steps(blocks: Blocks, outline: Outline) -> tuple[Step, ...]:
    """Those that ended, in the order of the log. Consumes what is known of them."""
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
    return made(columns)
