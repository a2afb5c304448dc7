"""Traces as GitLab's runner writes them."""

from __future__ import annotations

from buildtimetrend.logs import ParsedLog, parse

T0 = 1_700_000_000  # s: 2023-11-14T22:13:20Z
S = 1_000_000_000  # ns
END_OF_MARK = b"\r\x1b[0K"


def start(name: str, at: object = 0, options: str = "", end: bytes = END_OF_MARK) -> bytes:
    """`at` in seconds after T0, or as text what the marker has."""
    return f"section_start:{_instant(at)}:{name}{options}".encode() + end


def stop(name: str, at: object = 0, end: bytes = END_OF_MARK) -> bytes:
    return f"section_end:{_instant(at)}:{name}".encode() + end


def section(name: str, begin: int, finish: int, content: bytes = b"output\n") -> bytes:
    return start(name, begin) + content + stop(name, finish)


def command(line: str) -> bytes:
    return b"\x1b[32;1m$ " + line.encode() + b"\x1b[0;m\n"


def stamped(trace: bytes) -> bytes:
    """Each line behind what runners from 17 on put before it."""
    stamp = b"2024-05-30T14:30:00.000000Z 00O "
    return b"".join(stamp + line + b"\n" for line in trace.removesuffix(b"\n").split(b"\n"))


def read(*parts: bytes) -> ParsedLog:
    return parse([b"".join(parts)], "gitlab")


def told(*parts: bytes) -> list[tuple[str, float, int]]:
    """Name, seconds and depth of each step."""
    return [(step.name, step.duration, step.depth) for step in read(*parts).steps]


def _instant(at: object) -> str:
    return str(T0 + at) if isinstance(at, int) else str(at)
