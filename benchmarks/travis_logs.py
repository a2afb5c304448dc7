"""The recorded Travis CI logs, and a long one made of them."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "tests" / "data" / "travis-logs"
DAY = 86_400_000_000_000  # ns
TIMES = re.compile(rb"(travis_time:end:[\w.-]+:start=)(\d+)(,finish=)(\d+)(?=,duration=\d)")


def recorded() -> list[bytes]:
    """Every recorded log, whole."""
    return [gzip.decompress(path.read_bytes()) for path in sorted(FOLDER.glob("*.gz"))]


def write_long(path: Path, size: int) -> int:
    """Write the recorded logs one after the other, over and over, for `size` bytes; gives the bytes written.

    Each round is a day later than the one before, so that no timed block is the same as another.
    """
    logs = recorded()
    written = 0
    with path.open("wb") as file:
        for log in _rounds(logs):
            if written >= size:
                return written
            written += file.write(log)
    raise AssertionError


def _rounds(logs: list[bytes]) -> Iterator[bytes]:
    for day in count():
        for log in logs:
            yield TIMES.sub(lambda tag, later=day * DAY: _later(tag, later), log)  # type: ignore[misc]


def _later(tag: re.Match[bytes], ns: int) -> bytes:
    return b"%s%d%s%d" % (tag[1], int(tag[2]) + ns, tag[3], int(tag[4]) + ns)
