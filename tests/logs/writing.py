"""Tags as Travis CI writes them."""

from __future__ import annotations

from buildtimetrend.logs import ParsedLog, parse

T0 = 1_500_000_000_000_000_000  # ns: 2017-07-14T02:40:00Z
S = 1_000_000_000
END_OF_TAG = b"\r\x1b[0K"


def start(block: str, command: str = "") -> bytes:
    line = f"$ {command}\r\n" if command else ""
    return b"travis_time:start:" + block.encode() + END_OF_TAG + line.encode()


def end(block: str, begin: int, finish: int, suffix: str = "") -> bytes:
    """`begin` and `finish` in ns after T0."""
    times = f":start={T0 + begin},finish={T0 + finish},duration={finish - begin}{suffix}"
    return b"travis_time:end:" + block.encode() + times.encode() + END_OF_TAG


def timed(block: str, begin: int, finish: int, command: str = "", suffix: str = "") -> bytes:
    return start(block, command) + b"some output\r\n" + end(block, begin, finish, suffix)


def fold(name: str, content: bytes) -> bytes:
    return open_fold(name) + content + close_fold(name)


def open_fold(name: str) -> bytes:
    return b"travis_fold:start:" + name.encode() + END_OF_TAG


def close_fold(name: str) -> bytes:
    return b"travis_fold:end:" + name.encode() + END_OF_TAG


def read(*parts: bytes) -> ParsedLog:
    return parse([b"".join(parts)])


def names(*parts: bytes) -> list[str]:
    return [step.name for step in read(*parts).steps]


def phases(*parts: bytes) -> list[str]:
    return [step.phase for step in read(*parts).steps]


def durations(*parts: bytes) -> list[float]:
    return [step.duration for step in read(*parts).steps]
