"""How much of the log was acknowledged, in a file beside it.

By that a start tells a log that a crash cut off, which loses nothing, from one that has become shorter since.

It is not forced to disk: after a power failure it may say less than was acknowledged, and then tells less.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from buildtimetrend.store.duckdb import wal
from buildtimetrend.store.duckdb.wal import Origin

_LINE = "{database} {checkpoint:020} {size:020}\n"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """`size` is in bytes."""

    origin: Origin
    size: int


def path_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.acknowledged")


def read(file: Path) -> Acknowledged | None:
    try:
        database, checkpoint, size = path_of(file).read_text(encoding="ascii").split()
        return Acknowledged(Origin(bytes.fromhex(database), int(checkpoint)), int(size))
    except (OSError, ValueError):
        return None


class Note:
    """Written anew after each commit, in place: that needs no room on a full disk."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._log = wal.path_of(file)
        self._opened: int | None = None

    def write(self) -> None:
        """All that is in the log now was acknowledged. What cannot be noted is not; nothing depends on it."""
        found = wal.origin_of(self._log)
        if found is None:
            return
        origin, size = found
        line = _LINE.format(database=origin.database.hex(), checkpoint=origin.checkpoint, size=size)
        with suppress(OSError):
            if self._opened is not None and os.fstat(self._opened).st_nlink == 0:
                os.close(self._opened)  # removed by hand, or by the owner before
                self._opened = None
            if self._opened is None:
                self._opened = os.open(path_of(self._file), os.O_CREAT | os.O_WRONLY, 0o600)
            os.pwrite(self._opened, line.encode(), 0)

    def close(self) -> None:
        """Once the log is in the file, there is nothing to note."""
        if self._opened is not None:
            os.close(self._opened)
            self._opened = None
        if not self._log.exists():
            path_of(self._file).unlink(missing_ok=True)
