"""The recorded traces, and a count of their sections that shares nothing with the parser."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parents[2] / "data" / "gitlab-logs"
NAMES = sorted(path.name for path in FOLDER.glob("*.txt"))


def recorded(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def sections(trace: bytes) -> list[tuple[str, int, int]]:
    """Name, start and seconds, read with string methods alone, of a trace whose names do not repeat."""
    found: dict[str, list[int]] = {}
    for part in trace.decode().replace("\r", "\n").replace("\x1b[0K", "\n").split("\n"):
        what, _, rest = part.partition(":")
        if what in ("section_start", "section_end"):
            at, _, name = rest.partition(":")
            found.setdefault(name, []).append(int(at))
    return [(name, begin, finish - begin) for name, (begin, finish) in found.items()]
