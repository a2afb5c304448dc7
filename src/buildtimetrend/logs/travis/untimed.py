"""What a Travis CI log without timed blocks, such as those of 2013, says of its commands."""

from __future__ import annotations

import re

from buildtimetrend.logs.text import plain
from buildtimetrend.logs.travis.phases import AFTER_SCRIPT, read_fold

LONGEST = 4096  # bytes of a command
REACH = 4400  # bytes that what is found may span
# Each starts with a literal, which is searched for much faster than one of several. A fold of Travis CI's
# begins with its command; any other is the project's own, whatever it is called.
FOUND = (
    re.compile(
        rb"travis_fold:(?:start:(?P<opened>[\w.-]{1,100})[\r\n]{1,3}(?:\x1b\[0K)?[\r\n]{0,3}\$ [^\r\n]"
        rb"|end:(?P<closed>[\w.-]{1,100})(?=[\r\n\x1b]))"
    ),
    re.compile(rb"\" exited with (?P<code>[0-9]{1,9})\.(?=[\r\n\x1b])"),
    re.compile(rb"\$ (?:(?<=[\r\n]\$ )|(?<=\[0K\$ ))(?P<command>[^\r\n]{1,%d})(?=[\r\n])" % LONGEST),
)
COMMAND = b'The command "'


class Untimed:
    """Reads a log that has no timed blocks.

    `failed` is the first command of the script that failed: its text and code. `running` is a command that no
    verdict follows, and `phase` that of the fold it stands in, if it stands in one.
    """

    def __init__(self) -> None:
        self.failed: tuple[str, int] | None = None
        self.running: str | None = None
        self.phase: str | None = None
        self._fold = b""  # that is open
        self._text = b"\n"
        self._read = 0  # bytes of the text

    def add(self, chunk: bytes) -> None:
        text = self._text + chunk
        matches = [found for pattern in FOUND for found in pattern.finditer(text, self._read)]
        for found in sorted(matches, key=lambda found: found.start()):
            self._note(text, found)
            self._read = found.end()
        kept = max(0, len(text) - 2 * REACH)
        self._text = text[kept:]
        self._read = max(self._read, len(text) - REACH) - kept

    def end(self, chunk: bytes) -> None:
        self.add(chunk + b"\n")

    def _note(self, text: bytes, found: re.Match[bytes]) -> None:
        kind = found.lastgroup or ""
        if kind == "command":
            self.running = plain(found[kind])
            if not self._fold:
                self.phase = None
        elif kind == "opened":
            self._fold = found[kind]
            self.phase = read_fold(self._fold)[1]
        elif kind == "code":
            self._judge(text[max(0, found.start() - LONGEST) : found.start()], int(found[kind]))
        elif found[kind] == self._fold:
            self._fold = b""

    def _judge(self, before: bytes, code: int) -> None:
        _, said, command = before.rpartition(COMMAND)
        if not said or self.phase in AFTER_SCRIPT:
            return
        self.running = None
        if code and not self.failed:
            self.failed = plain(command), code
