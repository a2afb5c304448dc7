"""Log bytes to timed steps: pure, total, streaming.

Each CI system marks its logs in its own way: a dialect reads one of them. A dialect never raises, whatever
the bytes, and its memory grows only with the number of a log's steps, which is capped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module

from buildtimetrend.logs.parsed import ParsedLog

__all__ = ["ParsedLog", "parse"]


def parse(chunks: Iterable[bytes], dialect: str = "travis") -> ParsedLog:
    """Read a whole log, given in chunks of any size. KeyError for a dialect that has no folder here."""
    return _dialect(dialect)(chunks)


@cache
def _dialect(name: str) -> Callable[[Iterable[bytes]], ParsedLog]:
    try:
        found: Callable[[Iterable[bytes]], ParsedLog] = import_module(f"{__name__}.{name}.parsing").parse
    except ModuleNotFoundError:
        raise KeyError(name) from None
    return found
