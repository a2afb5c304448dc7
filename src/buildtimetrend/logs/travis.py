"""The marks that Travis CI puts into a job's log.

    travis_fold:start:NAME CR ESC[0K                                     and travis_fold:end:NAME
    travis_time:start:ID CR ESC[0K$ command
    travis_time:end:ID:start=NS,finish=NS,duration=NS[,event=PHASE] CR ESC[0K      (,stage= in mid-2019)

They share lines with each other and with other text, and some logs lost their CRs. A tag in echoed shell
source, such as `travis_fold:start:$fold"`, is none: its name has other characters, or neither a line end nor
ESC follows; nor is one in a `$ command` line.

Speed comes from one regular expression that finds and reads the tags in one pass (docs/decisions.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from buildtimetrend.logs.chunks import sized
from buildtimetrend.logs.parsed import ParsedLog
from buildtimetrend.logs.travis_exit import TAIL, read_exit
from buildtimetrend.logs.travis_steps import Tag, Timeline
from buildtimetrend.logs.travis_worker import HEAD, read_worker

TAG = b"travis_"
REACH = 4400  # bytes behind a TAG that may belong to it: a tag, and a command line of 4096
AT_LEAST = 16_384  # bytes that are worth reading at once
AT_MOST = 4_000_000  # bytes that are read at once, to bound the room for their tags: Travis CI's longest log

NAME = rb"([0-9A-Za-z_.+/@~%#=-]{1,100})"
ENDED = rb"(?![^\r\n\x1b])"  # a line end, ESC or the end of the log follows
TAGS = re.compile(
    # The search for a literal prefix looks for its first byte, and "v" is rare in a log where "t" is not.
    rb"vis_(?<=travis_)"
    # A block's end, and whether the log says below it, in red, that the command failed
    rb"(?:time:(?:end:" + NAME + rb":start=([0-9]{1,19}),finish=([0-9]{1,19}),duration=-?[0-9]{1,20}"
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
    for tags in find_tags(edges.watch(sized(AT_LEAST, AT_MOST, chunks))):
        timeline.read(tags)
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


def find_tags(chunks: Iterable[bytes]) -> Iterator[list[Tag]]:
    """The tags in the order of the log; those that a chunk cuts are read with the next one."""
    text = b""
    for chunk in chunks:
        cut = _cut(text)
        yield TAGS.findall(text, 0, cut)
        text = text[cut:] + chunk
    yield TAGS.findall(text)


def _cut(text: bytes) -> int:
    """Up to where no tag goes on behind this text."""
    size = len(text)
    if text.find(TAG, max(0, size - REACH)) < 0:
        partial = text.find(TAG[:1], max(0, size - len(TAG) + 1))
        return partial if partial >= 0 else size
    # Between a line and a tag, unless that tag may be the end of a block that starts in the line.
    near = max(0, size - 2 * REACH)
    cut = max(text.rfind(b"\ntravis_fold:", near), text.rfind(b"\ntravis_time:start:", near)) + 1
    return cut if cut or size < AT_MOST else size
