"""GitLab CI traces as jobs make them, and a long one made of them.

The recorded ones are of 1 to 2 kB, since their output was not published: each output of a recorded Travis CI
log, without that CI's tags, goes into the script of one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count, cycle
from pathlib import Path

from benchmarks import travis_logs

FOLDER = Path(__file__).parent.parent / "tests" / "data" / "gitlab-logs"
SCRIPT = re.compile(rb"(?<=step_script)\n|(?<=build_script)(?:\r\x1b\[0K)?\n")
TAG = re.compile(rb"travis_(?:fold|time):[^\r\n\x1b]*\r?(?:\x1b\[0K)?")
TIME = re.compile(rb"(section_(?:start|end):)(\d+)")
DAY = 86_400  # s


def recorded() -> list[bytes]:
    """One for each recorded output."""
    traces = [path.read_bytes() for path in sorted(FOLDER.glob("*.txt"))]
    outputs = (TAG.sub(b"", log) for log in travis_logs.recorded())
    return [_with_output(trace, output) for trace, output in zip(cycle(traces), outputs, strict=False)]


def write_long(path: Path, size: int) -> int:
    """Write them one after the other, over and over, for `size` bytes; gives the bytes written."""
    traces = recorded()
    written = 0
    with path.open("wb") as file:
        for trace in _rounds(traces):
            if written >= size:
                return written
            written += file.write(trace)
    raise AssertionError


def _with_output(trace: bytes, output: bytes) -> bytes:
    script = SCRIPT.search(trace)
    assert script, "a recorded trace has a script"
    return trace[: script.end()] + output + b"\n" + trace[script.end() :]


def _rounds(traces: list[bytes]) -> Iterator[bytes]:
    for day in count():
        for trace in traces:
            yield TIME.sub(lambda mark, later=day * DAY: mark[1] + b"%d" % (int(mark[2]) + later), trace)  # type: ignore[misc]
