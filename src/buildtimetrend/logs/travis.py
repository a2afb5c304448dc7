"""The marks that Travis CI puts into a job's log.

    travis_fold:start:NAME CR ESC[0K                                     and travis_fold:end:NAME
    travis_time:start:ID CR ESC[0K$ command
    travis_time:end:ID:start=NS,finish=NS,duration=NS[,event=PHASE] CR ESC[0K      (,stage= in mid-2019)

They share lines with each other and with other text, and some logs lost their CRs. A tag in echoed shell source,
such as `travis_fold:start:$fold"`, is none: its name has other characters, or no line end or ESC after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from buildtimetrend.logs.blocks import blocks
from buildtimetrend.logs.parsed import ParsedLog
from buildtimetrend.logs.travis_exit import TAIL, Failure, read_exit, read_failure
from buildtimetrend.logs.travis_steps import MAX_COMMAND, Timeline
from buildtimetrend.logs.travis_worker import HEAD, read_worker

TAG = b"travis_"
REACH = MAX_COMMAND + 512  # bytes behind a TAG that may belong to it
LATEST = 2**63 - 1  # ns: in the year 2262, the last that a 64-bit clock shows

START = re.compile(rb"time:start:([\w.+/@~%#=-]{1,100})(?:[\r\n]+(?:\x1b\[0K)?|\x1b\[0K|\Z)(\$ )?")
END = re.compile(
    rb"time:end:([\w.+/@~%#=-]{1,100}):start=([0-9]{1,19}),finish=([0-9]{1,19}),duration=-?[0-9]{1,20}"
    rb"(?:,(?:event|stage)=([\w.-]{0,60}))?(?=[\r\n\x1b]|\Z)"
)
FOLD = re.compile(rb"fold:(start|end):([\w.+/@~%#=-]{1,100})(?=[\r\n\x1b]|\Z)")
LINE_END = re.compile(rb"[\r\n]")




def parse(chunks: Iterable[bytes]) -> ParsedLog:
    """Read a whole log."""
    scan = Scan()
    head: list[bytes] = []
    tail = carry = b""
    size = 0
    for block in blocks(chunks):
        if size < HEAD:
            head.append(block)
        size += len(block)
        tail = block if len(block) >= TAIL else tail[-TAIL:] + block
        carry = scan.read(carry + block)
    if carry.startswith(TAG):
        scan.piece(carry[len(TAG) :])
    ending = read_exit(tail[-TAIL:], scan.failure)
    return ParsedLog(
        steps=scan.timeline.steps(script_reached=ending.reason != "failed"),
        worker=read_worker(b"".join(head)[:HEAD]),
        exit=ending,
        bytes_read=size,
        dropped=scan.timeline.dropped,
    )


class Scan:
    """Finds the tags. What follows a TAG is a piece, up to the next TAG; no piece matters beyond its REACH."""

    def __init__(self) -> None:
        self.timeline = Timeline()
        self.line: bytes | None = None  # a command line that holds a TAG itself
        self.said: bytes | None = None  # the words below a block, which may hold a TAG as well
        self.failure: Failure | None = None

    def read(self, text: bytes) -> bytes:
        """Read all but what the next block may complete, which is given back to be put before that."""
        pieces = text.split(TAG)
        last = pieces[-1]
        if len(pieces) == 1:
            return last[1 - len(TAG) :]
        whole = len(last) >= REACH
        for piece in pieces[1:] if whole else pieces[1:-1]:
            self.piece(piece)
        return last[1 - len(TAG) :] if whole else TAG + last

    def piece(self, piece: bytes) -> None:
        if self.line is not None:
            self._command(self.line + TAG + piece)
        elif piece.startswith(b"time:end:") and (end := END.match(piece)):
            self._end(end, piece)
        elif piece.startswith(b"time:start:") and (start := START.match(piece)):
            self.said = None
            self.timeline.start(start[1])
            if start[2]:
                self._command(piece[start.end() :])
        elif piece.startswith(b"fold:") and (fold := FOLD.match(piece)):
            self.said = None
            name = fold[2].decode()
            if fold[1] == b"start":
                self.timeline.start_fold(name)
            else:
                self.timeline.end_fold(name)
        elif self.said is not None:
            self._say(self.said + TAG + piece)

    def _command(self, line: bytes) -> None:
        end = LINE_END.search(line, 0, MAX_COMMAND)
        if end or len(line) >= MAX_COMMAND:
            self.timeline.command(line[: end.start()] if end else line)
            self.line = None
        else:
            self.line = line

    def _end(self, end: re.Match[bytes], piece: bytes) -> None:
        block, start, finish, event = end.groups()
        started, finished = int(start), int(finish)
        if started > LATEST or finished > LATEST:
            return
        self.timeline.end(block, started, finished, event.decode() if event else "")
        self.said = None
        if self.failure is None and piece.find(b'The command "', end.end(), end.end() + 100) >= 0:
            self._say(piece[end.end() :])

    def _say(self, text: bytes) -> None:
        self.failure = read_failure(text[:REACH])
        self.said = None if self.failure or b" exited with " in text or len(text) >= REACH else text
