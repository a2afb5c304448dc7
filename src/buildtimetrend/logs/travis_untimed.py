"""What a Travis CI log without timed blocks, such as those of 2013, says of its commands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from buildtimetrend.logs.text import plain
from buildtimetrend.logs.travis_phases import AFTER_SCRIPT, read_fold

TIMED = b"travis_time:"
LONGEST = 4096  # bytes of a command
REACH = 4400  # bytes that what is found may span
FOUND = re.compile(
    rb"travis_fold:(?:start:([\w.-]{1,100})|end:([\w.-]{1,100}))(?=[\r\n\x1b])"
    rb"|\" exited with ([0-9]{1,9})\.[\r\n\x1b]"
    rb"|(?<=\n)\$ ([^\r\n]{1,%d})[\r\n]" % LONGEST
)
COMMAND = b'The command "'


class Untimed:
    """Reads what passes; of a log with timed blocks nothing is kept, since these tell more.

    `failed` is the first command of the script that failed: its text and code. `running` is a command that no
    verdict follows, and `phase` that of the fold it stands in.
    """

    def __init__(self) -> None:
        self.failed: tuple[str, int] | None = None
        self.running: str | None = None
        self.phase: str | None = None
        self._text = b"\n"
        self._read = 0  # bytes of the text
        self._timed = False

    def watch(self, passing: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in passing:
            if not self._timed:
                self._timed = TIMED in chunk or TIMED in self._text[-len(TIMED) :] + chunk[: len(TIMED)]
                if self._timed:
                    self.failed, self.running, self.phase, self._text = None, None, None, b""
                else:
                    self._add(chunk)
            yield chunk
        if not self._timed:
            self._add(b"\n")

    def _add(self, chunk: bytes) -> None:
        text = self._text + chunk
        for found in FOUND.finditer(text, self._read):
            self._note(text, found)
            self._read = found.end() - 1
        kept = max(0, len(text) - 2 * REACH)
        self._text = text[kept:]
        self._read = max(self._read, len(text) - REACH) - kept

    def _note(self, text: bytes, found: re.Match[bytes]) -> None:
        opened, _closed, code, command = found.groups()
        if command:
            self.running = plain(command)
        elif opened:
            self.phase = read_fold(opened)[1] or self.phase
        elif code:
            self._judge(text[max(0, found.start() - LONGEST) : found.start()], int(code))
        elif self.phase not in AFTER_SCRIPT:
            self.phase = None

    def _judge(self, before: bytes, code: int) -> None:
        _, said, command = before.rpartition(COMMAND)
        if not said or self.phase in AFTER_SCRIPT:
            return
        self.running = None
        if code and not self.failed:
            self.failed = plain(command), code
