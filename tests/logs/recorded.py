"""The recorded logs, and a count of their timed blocks that shares nothing with the parser."""

from __future__ import annotations

import gzip
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "data" / "travis-logs"
NAMES = sorted(path.name.removesuffix(".gz") for path in FOLDER.glob("*.gz"))


def recorded(name: str) -> bytes:
    return gzip.decompress((FOLDER / f"{name}.gz").read_bytes())


def timed_blocks(log: bytes) -> dict[tuple[bytes, int], int]:
    """Nanoseconds by (id, start), read line by line with string methods: the last end of a block counts."""
    found: dict[tuple[bytes, int], int] = {}
    for line in log.replace(b"\r", b"\n").split(b"\n"):
        for text in line.split(b"travis_time:end:")[1:]:
            block, _, rest = text.partition(b":")
            numbers = dict(part.split(b"=", 1) for part in rest.split(b",") if b"=" in part)
            try:
                start, finish = int(numbers[b"start"]), int(numbers[b"finish"])
            except (KeyError, ValueError):
                continue
            found[block, start] = finish - start
    return found
