"""Job logs of GitHub Actions: the groups that begin their steps, and their errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from buildtimetrend.logs.chunks import sized
from buildtimetrend.logs.edges import Edges
from buildtimetrend.logs.github import stamps
from buildtimetrend.logs.github.exit import read_exit
from buildtimetrend.logs.github.groups import RUN, Groups
from buildtimetrend.logs.parsed import ParsedLog
from buildtimetrend.logs.steps import made
from buildtimetrend.model import Worker

AT_LEAST, AT_MOST = 65_536, 4_000_000  # bytes that are read at once
TAIL = 65_536  # bytes at the end where the end of the last step is looked for
CLEANUP = b"Post job cleanup."
LONGEST_LINE = 1_000_000  # bytes: more of one is read as if it ended there


def parse(chunks: Iterable[bytes]) -> ParsedLog:
    """Read a whole log. Its steps are those of the workflow that ran something."""
    groups, edges = Groups(), Edges(0, TAIL)
    for text in _lines(sized(AT_LEAST, AT_MOST, chunks), edges):
        groups.read(text)
    tail = edges.tail
    if groups.is_open:
        groups.end(_cleanup(tail) or _last_instant(tail))
    ending = read_exit(groups, tail)
    count = len(groups.names)
    columns: list[list[Any]] = [
        groups.names, ["script"] * count, groups.commands, groups.starts, groups.finishes, [0] * count,
    ]  # fmt: skip
    return ParsedLog(made(columns), Worker(), ending, edges.size, groups.dropped)


def _lines(chunks: Iterable[bytes], edges: Edges) -> Iterator[bytes]:
    """Whole lines. What a chunk has of the next line waits for the rest of it."""
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        edges.add(chunk)
        end = chunk.rfind(b"\n") + 1
        if not end and size + len(chunk) < LONGEST_LINE:
            held.append(chunk)
            size += len(chunk)
            continue
        whole = chunk[:end] if end else chunk
        yield b"".join([*held, whole])
        held = [chunk[len(whole) :]]
        size = len(held[0])
    yield b"".join(held)


def _cleanup(tail: bytes) -> int | None:
    """When what follows the last step of the workflow began: it is none of that."""
    at = tail.find(CLEANUP, max(0, tail.rfind(RUN)))
    while at >= 0:
        found = stamps.before(tail, at)
        if found is not None:
            return found
        at = tail.find(CLEANUP, at + 1)
    return None


def _last_instant(tail: bytes) -> int | None:
    """Of the last line that has one."""
    end = len(tail)
    while end >= 0:
        start = tail.rfind(b"\n", 0, end) + 1
        found = stamps.at(tail, start)
        if found is not None:
            return found
        end = start - 1
    return None
