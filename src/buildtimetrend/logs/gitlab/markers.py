"""The marks of a section in a GitLab CI trace, and the commands between them.

    section_start:TIME:NAME CR ESC[0K        and section_end:TIME:NAME CR ESC[0K
    section_start:TIME:NAME[collapsed=true,hide_duration=true] CR ESC[0K

Runners write them, and scripts write their own. Several may stand on one line, also behind other text. A
line may begin with what runners from 17 on put before it: an instant, the stream, and `+` where the line
above goes on. Runners write whole seconds; scripts also milli-, micro- and nanoseconds, and decimals.

Some traces lost the CR, some the ESC[0K: there a mark begins its line. One that ends in a line end alone is
text, as of a script that is shown, where the same trace has whole marks; but sections that are open end so,
too, as they do for GitLab. Nor does a section start where its mark is quoted, or stands in the command
which is to print it; nor is a mark one whose CR is written as `\\r`.

A command is what the runner shows before it runs it: `$ make`, in green.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from buildtimetrend.logs.parsed import NS
from buildtimetrend.logs.placing import LATEST

TAG = b"section_"
REACH = 1024  # bytes that a mark has at most
LOOKBACK = 4096  # bytes of its line that stand before it
MOST_COMMAND = 4096  # bytes

STAMP = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z [0-9a-fA-F]{2}[OE][ +]"
COLOURS = rb"(?:\x1b\[[0-9;]{0,20}[A-Za-z])*+"
_NAME = rb"[^\x00-\x20\x7f\[\]\"'`\\$:]{1,200}+"
_MARK = re.compile(
    rb"section_((?<![\"'`]section_)start|end):([0-9]{1,19})(?:[.,]([0-9]{0,9}))?:(" + _NAME + rb")"
    rb"(?:\[[^\]\x00-\x1f]{0,500}\])?(?:(\r*\x1b\[0?K)|(\r+(?!\n))|(?=\r*\n|\Z))"
)
_BEGUN = re.compile(rb"(?:" + STAMP + rb")?" + COLOURS)
_COMMAND_LINE = re.compile(rb"(?:" + STAMP + rb")?" + COLOURS + rb"\$ ")
_CLEAR = (b"\n", b"\r", b"\r\x1b[0K", b"\n\x1b[0K")  # before what begins a line
_COMMAND = b"\x1b[32;1m$ "
_COMMAND_END = re.compile(rb"\x1b\[0;?m|[\r\n]")


# What it is, ns since 1970 as the marker's clock has it (0 of a command), and the name, or the command
Found: TypeAlias = tuple[int, int, bytes]
STARTS, ENDS, RUNS = range(3)


def find_markers(chunks: Iterable[bytes]) -> Iterator[list[Found]]:
    """Markers in the order of the trace, and of the commands between two of them the last."""
    finder = _Finder()
    text, begun = b"", 0
    for chunk in chunks:
        text = text + chunk if text else chunk
        found, begun = finder.find(text, begun, _cut(text, begun), last=False)
        yield found
        kept = max(0, begun - LOOKBACK)
        text, begun = text[kept:], begun - kept
    yield finder.find(text, begun, len(text), last=True)[0]


class _Finder:
    def __init__(self) -> None:
        self._whole = False  # whether there was a marker with all that belongs to one

    def find(self, text: bytes, begun: int, cut: int, *, last: bool) -> tuple[list[Found], int]:
        """What begins in that part of the text, and up to where it was read."""
        found: list[Found] = []
        at = text.find(TAG, begun, cut)
        while at >= 0:
            mark = _MARK.match(text, at)
            if mark and self._is_marker(text, at, mark):
                if at > begun + len(_COMMAND) and (shown := text.rfind(_COMMAND, begun, at)) >= 0:
                    found.append((RUNS, 0, _command(text, shown, at) or text[shown + len(_COMMAND) : at]))
                what, whole, fraction, name = mark.group(1, 2, 3, 4)
                ns = int(whole) * NS if len(whole) < 12 and not fraction else _fine(whole, fraction)
                if ns <= LATEST:
                    found.append((STARTS if what == b"start" else ENDS, ns, name))
                begun = mark.end()
            at = text.find(TAG, at + len(TAG), cut)
        shown = text.rfind(_COMMAND, begun, cut + len(_COMMAND) - 1)
        if shown >= 0:
            command = _command(text, shown, len(text))
            if command is None and not last:
                return found, shown
            found.append((RUNS, 0, command or text[shown + len(_COMMAND) :]))
        return found, max(begun, cut)

    def _is_marker(self, text: bytes, at: int, mark: re.Match[bytes]) -> bool:
        if mark[5] is not None:
            if text.endswith(_CLEAR, 0, at) or mark[1] == b"end":
                self._whole = True
                return True
            is_shown = _COMMAND_LINE.match(text, _line(text, at), at) is not None
            self._whole |= not is_shown
            return not is_shown
        if self._whole and mark[6] is None and mark[1] == b"start":
            return False
        return _BEGUN.fullmatch(text, _line(text, at), at) is not None


def _line(text: bytes, at: int) -> int:
    """Where the line begins that something stands in, as far as is looked."""
    furthest = max(0, at - LOOKBACK)
    return max(text.rfind(b"\n", furthest, at), text.rfind(b"\r", furthest, at), furthest - 1) + 1


def _command(text: bytes, at: int, end: int) -> bytes | None:
    """That which is shown there, None if more of it may follow behind `end`."""
    begins = at + len(_COMMAND)
    most = begins + MOST_COMMAND
    over = _COMMAND_END.search(text, begins, min(most, end))
    if over:
        return text[begins : over.start()]
    return text[begins:most] if end >= most else None


def _cut(text: bytes, begun: int) -> int:
    """Up to where no marker goes on behind this text."""
    size = len(text)
    at = text.find(TAG, max(begun, size - REACH))
    return at if at >= 0 else max(begun, size - len(_COMMAND) + 1)


def _fine(whole: bytes, fraction: bytes | None) -> int:
    """Of an instant in seconds, milliseconds, microseconds or nanoseconds since 1970: its length tells which.

    Seconds have at most 11 digits, up to the year 5138; milliseconds as many from 1973 on.
    """
    unit = NS if len(whole) <= 11 else 10**6 if len(whole) <= 14 else 1000 if len(whole) <= 17 else 1
    ns = int(whole) * unit
    return ns + int(fraction) * unit // 10 ** len(fraction) if fraction else ns
