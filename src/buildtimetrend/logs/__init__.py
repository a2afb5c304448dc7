"""Log bytes to timed steps: pure, total, streaming.

Each CI system marks its logs in its own way: a dialect reads one of them. A dialect never raises, whatever
the bytes, and its memory grows only with the number of a log's steps, which is capped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from buildtimetrend.logs.parsed import ParsedLog
from buildtimetrend.logs.travis import parsing as travis

__all__ = ["DIALECTS", "ParsedLog", "parse"]

DIALECTS: Mapping[str, Callable[[Iterable[bytes]], ParsedLog]] = {"travis": travis.parse}


def parse(chunks: Iterable[bytes], dialect: str = "travis") -> ParsedLog:
    """Read a whole log, given in chunks of any size. KeyError for a dialect that is not in `DIALECTS`."""
    return DIALECTS[dialect](chunks)
