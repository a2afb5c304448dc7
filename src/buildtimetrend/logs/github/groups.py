"""The steps in a log: each begins with a group that shows what it runs, and its output follows that group."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from buildtimetrend.logs.github import stamps
from buildtimetrend.logs.text import plain, shortened

MARK = b"##["
RUN = b"##[group]Run "
ERROR = b"##[error]"
END = b"##[endgroup]"
MOST = 20_000  # steps of a log
MESSAGE = 1000  # characters of an error
MOST_ERRORS = 50  # the last ones are kept
LONGEST_COMMAND = 2000  # characters
READ = 8192  # bytes of a group that are looked at for its command
OPEN = -1

# A script's lines as the runner shows them.
_SHOWN = re.compile(rb"\x1b\[36;1m(?P<line>[^\r\n]*?)\x1b\[0m")


@dataclass(slots=True)
class Groups:
    """`errors` are the last ones, each with the place of the step in which it came."""

    names: list[str] = field(default_factory=list)
    commands: list[str | None] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    finishes: list[int] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)
    dropped: int = 0

    def read(self, text: bytes) -> None:
        """Whole lines, from the start of one."""
        at = text.find(MARK)
        while at >= 0:
            kind = text[at + 3 : at + 4]
            if kind == b"g" and text.startswith(RUN, at):
                self._begin(text, at)
            elif kind == b"e" and text.startswith(ERROR, at):
                self._fail(text, at)
            at = text.find(MARK, at + 3)

    @property
    def is_open(self) -> bool:
        """Whether the last step has no end yet."""
        return bool(self.finishes) and self.finishes[-1] == OPEN

    def end(self, at: int | None) -> None:
        """The last step ended at that instant."""
        self._close(at)

    def _begin(self, text: bytes, at: int) -> None:
        started = stamps.before(text, at)
        if started is None:
            return
        self._close(started)
        if len(self.names) == MOST:
            self.dropped += 1
            return
        head = _line(text, at + len(RUN))
        self.names.append(shortened("Run " + plain(head)))
        self.commands.append(_command(text, at, head))
        self.starts.append(started)
        self.finishes.append(OPEN)

    def _close(self, at: int | None) -> None:
        if self.is_open:
            self.finishes[-1] = max(self.starts[-1], at if at is not None else OPEN)

    def _fail(self, text: bytes, at: int) -> None:
        if stamps.before(text, at) is None:
            return
        message = plain(_line(text, at + len(ERROR)))[:MESSAGE]
        self.errors.append((len(self.names) - 1, message))
        if len(self.errors) > 2 * MOST_ERRORS:
            del self.errors[:MOST_ERRORS]


def _line(text: bytes, at: int) -> bytes:
    end = text.find(b"\n", at, at + READ)
    return text[at : end if end >= 0 else at + READ]


def _command(text: bytes, at: int, head: bytes) -> str:
    """All lines of a script, which the group shows; else what stands at its head: `actions/checkout@v4`."""
    end = text.find(END, at, at + READ)
    lines = [plain(found["line"]) for found in _SHOWN.finditer(text, at, end if end >= 0 else at + READ)]
    return ("\n".join(lines) or plain(head))[:LONGEST_COMMAND]
