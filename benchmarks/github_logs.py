"""Job logs of GitHub Actions as they were recorded, and a long one made of them."""

from __future__ import annotations

import gzip
from itertools import cycle
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "tests" / "data" / "github-logs"


def recorded() -> list[bytes]:
    return [gzip.decompress(path.read_bytes()) for path in sorted(FOLDER.glob("*.log.gz"))]


def write_long(path: Path, size: int) -> int:
    """Write them one after the other, over and over, for `size` bytes; gives the bytes written."""
    written = 0
    with path.open("wb") as file:
        for log in cycle(recorded()):
            if written >= size:
                break
            written += file.write(log.rstrip(b"\r\n") + b"\n")
    return written
