"""Job logs of Travis CI: what their tags say, and their first and last words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from buildtimetrend.logs.chunks import sized
from buildtimetrend.logs.edges import Edges
from buildtimetrend.logs.parsed import ParsedLog
from buildtimetrend.logs.travis.blocks import Blocks
from buildtimetrend.logs.travis.exit import OVER, TAIL, complete, read_exit
from buildtimetrend.logs.travis.outline import Outline
from buildtimetrend.logs.travis.phases import SETUP
from buildtimetrend.logs.travis.running import running
from buildtimetrend.logs.travis.steps import steps
from buildtimetrend.logs.travis.tags import AT_MOST, find_tags
from buildtimetrend.logs.travis.untimed import Untimed
from buildtimetrend.logs.travis.worker import HEAD, read_worker
from buildtimetrend.model import Exit

AT_LEAST = 65_536  # bytes that are worth reading at once
NOTHING = Untimed()


def parse(chunks: Iterable[bytes]) -> ParsedLog:
    """Read a whole log."""
    blocks, edges, untimed = Blocks(), Passing(), Untimed()
    for tags in find_tags(_watched(sized(AT_LEAST, AT_MOST, chunks), blocks, edges, untimed)):
        blocks.read(tags)
    blocks.end()
    if not blocks.starts:
        untimed.end(b"".join(edges.unread))
    tail = edges.tail
    said = read_exit(tail)
    # A command that ends the whole job, as `travis_terminate 2` does, has no end.
    ran = [] if said.reason in OVER and not said.code else running(blocks)
    outline = Outline(blocks, ran, stopped_in=_stopped_in(said))
    ending = complete(said, tail, blocks, outline, NOTHING if blocks.starts else untimed)
    worker = read_worker(edges.head)
    return ParsedLog(steps(blocks, outline), worker, ending, edges.size, blocks.dropped)


def _stopped_in(said: Exit) -> str | None:
    return (said.phase or SETUP) if said.reason in ("failed", "clone_failed") else None


class Passing(Edges):
    """Also keeps the chunks whose tags have not been found yet."""

    def __init__(self) -> None:
        super().__init__(HEAD, TAIL)
        self.unread: list[bytes] = []

    def add(self, chunk: bytes) -> None:
        super().add(chunk)
        self.unread = [*self.unread[-1:], chunk]


def _watched(chunks: Iterable[bytes], blocks: Blocks, edges: Passing, untimed: Untimed) -> Iterator[bytes]:
    """What goes on to have its tags found. Most logs have a timed block in the first chunk; then nothing is
    read twice.
    """
    for chunk in chunks:
        if len(edges.unread) > 1 and not blocks.starts:
            untimed.add(edges.unread[0])
        edges.add(chunk)
        yield chunk
