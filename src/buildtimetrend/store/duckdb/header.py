"""What the file says of itself in its first bytes (DuckDB 2.0): which log belongs to it."""

from __future__ import annotations

import struct
from pathlib import Path

from buildtimetrend.store.duckdb.wal import Origin

BYTES = 3 * 4096  # the file's own header, and two of checkpoints: the later one counts
_MAGIC = slice(8, 12)
_ID = slice(124, 140)
_CHECKSUM_AND_CHECKPOINT = struct.Struct("<QQ")


def read(file: Path) -> Origin | None:
    """What a log that belongs to the file names. None of what is no database, which DuckDB says itself.

    Never of a file that this process has open: closing it would give up DuckDB's lock.
    """
    with file.open("rb") as opened:
        data = opened.read(BYTES)
    if len(data) < BYTES or data[_MAGIC] != b"DUCK":
        return None
    checkpoints = (_CHECKSUM_AND_CHECKPOINT.unpack_from(data, start)[1] for start in (4096, 8192))
    return Origin(data[_ID], max(checkpoints))
