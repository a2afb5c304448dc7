"""Job traces of GitLab CI: what their sections say, and their first and last words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import compress
from typing import Any

from buildtimetrend.logs.chunks import sized
from buildtimetrend.logs.edges import Edges
from buildtimetrend.logs.gitlab.exit import TAIL, read_exit
from buildtimetrend.logs.gitlab.markers import find_markers
from buildtimetrend.logs.gitlab.sections import OPEN, Outline, Sections
from buildtimetrend.logs.gitlab.worker import HEAD, read_worker
from buildtimetrend.logs.parsed import ParsedLog
from buildtimetrend.logs.steps import made

AT_LEAST = 65_536  # bytes that are worth reading at once
AT_MOST = 4_000_000


def parse(chunks: Iterable[bytes]) -> ParsedLog:
    """Read a whole trace. Its steps are the sections that ended."""
    sections, edges = Sections(), Edges(HEAD, TAIL)
    for found in find_markers(_watched(sized(AT_LEAST, AT_MOST, chunks), edges)):
        sections.read(found)
    outline = Outline(sections)
    ending = read_exit(edges.tail, sections, outline)
    columns: list[list[Any]] = [
        sections.names,
        outline.phases,
        [None] * len(sections.names),
        sections.starts,
        sections.finishes,
        outline.depths,
    ]
    if OPEN in sections.finishes:
        ended = bytes(map(OPEN.__ne__, sections.finishes))
        for column in columns:
            column[:] = compress(column, ended)
    return ParsedLog(made(columns), read_worker(edges.head), ending, edges.size, sections.dropped)


def _watched(chunks: Iterable[bytes], edges: Edges) -> Iterator[bytes]:
    for chunk in chunks:
        edges.add(chunk)
        yield chunk
