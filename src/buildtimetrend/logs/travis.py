"""The marks that Travis CI puts into a job's log.

    travis_fold:start:NAME CR ESC[0K                                     and travis_fold:end:NAME
    travis_time:start:ID CR ESC[0K$ command
    travis_time:end:ID:start=NS,finish=NS,duration=NS[,event=PHASE] CR ESC[0K      (,stage= in mid-2019)

They share lines with each other and with other text, and some logs lost their CRs. A tag in echoed shell
source, such as `travis_fold:start:$fold"`, is none: its name has other characters, or neither a line end nor
ESC follows; nor is one in a `$ command` line.

Speed comes from two rounds: bytes.split finds every `travis_`, of which only the few bytes behind it are
kept; one regular expression then reads the tags in those.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from buildtimetrend.logs.chunks import at_least
from buildtimetrend.logs.parsed import ParsedLog
from buildtimetrend.logs.travis_exit import TAIL, read_exit
from buildtimetrend.logs.travis_steps import Timeline
from buildtimetrend.logs.travis_worker import HEAD, read_worker

TAG = b"travis_"
REACH = 4400  # bytes behind a TAG that may belong to it: a tag, and a command line of 4096
SHORT = 300  # bytes behind a TAG that hold any tag
# CPython searches less than 30,000 bytes with a simpler loop, 20 % faster for a needle as short as TAG.
BLOCK = 29_000
BATCH = 65_536  # bytes of excerpts that are read at once
LARGEST = 1_000_000  # bytes, when there is no place to cut

NAME = rb"([0-9A-Za-z_.+/@~%#=-]{1,100})"
ENDED = rb"(?![^\r\n\x1b])"  # a line end, ESC or the end of the log follows
TAGS = re.compile(
    # A block's end, and whether the log says below it, in red, that the command failed
    rb"travis_(?:time:(?:end:" + NAME + rb":start=([0-9]{1,19}),finish=([0-9]{1,19}),duration=-?[0-9]{1,20}"
    rb"(?:,(?:event|stage)=([0-9A-Za-z_.-]{0,60}))?" + ENDED + rb"[\r\n]*(?:\x1b\[0K)?[\r\n]*"
    rb"(\x1b\[31;1mThe command \")?"
    # A block's start, unless its end follows at once and says as much
    rb"|start:"
    + NAME
    + rb"(?>[\r\n]+(?:\x1b\[0K)?|\x1b\[0K|\Z)(?!travis_time:end:)(?:\$ ([^\r\n]{0,4096}))?)"
    rb"|fold:(?:start:" + NAME + rb"|end:" + NAME + rb")" + ENDED + rb")"
)


def parse(chunks: Iterable[bytes]) -> ParsedLog:
    """Read a whole log."""
    timeline = Timeline()
    edges = Edges()
    for text in batches(excerpts(edges.watch(at_least(BLOCK, chunks)))):
        timeline.read(TAGS.findall(text))
    ending = read_exit(edges.tail[-TAIL:], timeline.failure())
    return ParsedLog(
        timeline.steps(script_reached=ending.reason != "failed"),
        read_worker(edges.head),
        ending,
        edges.size,
        timeline.dropped,
    )


class Edges:
    """Keeps the head and the tail of what passes."""

    def __init__(self) -> None:
        self.head = b""
        self.tail = b""
        self.size = 0

    def watch(self, passing: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in passing:
            if self.size < HEAD:
                self.head += chunk[: HEAD - self.size]
            self.size += len(chunk)
            self.tail = chunk[-TAIL:] if len(chunk) >= TAIL else self.tail[-TAIL:] + chunk
            yield chunk


def excerpts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Every TAG with what may belong to it, and a line end wherever something was left out."""
    carry = b""
    for chunk in chunks:
        text = carry + chunk
        at, size = 0, len(text)
        while at < size:
            pieces = text[at : at + BLOCK].split(TAG)
            last = pieces[-1]
            at += BLOCK
            # The last may go on behind this block: it is read again; if long enough, only its last few bytes
            # are, since a TAG may begin there.
            again = len(TAG) - 1
            if len(last) < REACH and len(pieces) > 1:
                again = len(TAG) + len(pieces.pop())
            pieces[0] = b""
            yield TAG.join([piece if len(piece) < SHORT else _beginning(piece) for piece in pieces])
            if at < size:
                at -= again
        carry = text[-again:] if size else b""
    if carry.startswith(TAG):
        yield carry


def batches(texts: Iterable[bytes]) -> Iterator[bytes]:
    """The same text, cut where no tag and no command line is: between a line and a TAG."""
    held: list[bytes] = []
    size = 0
    for text in texts:
        held.append(text)
        size += len(text)
        if size > BATCH:
            joined = b"".join(held)
            cut = joined.rfind(b"\n" + TAG) + 1
            if not cut and size < LARGEST:
                continue
            cut = cut or size
            yield joined[:cut]
            held, size = [joined[cut:]], size - cut
    yield b"".join(held)


def _beginning(piece: bytes) -> bytes:
    if not piece.startswith(b"time:start:"):
        return piece[:SHORT] + b"\n"
    # From 150 on, since the tag itself may end in LF.
    end = piece.find(b"\n", 150, REACH)
    return piece[: end + 1] if end >= 0 else piece[:REACH] + b"\n"
