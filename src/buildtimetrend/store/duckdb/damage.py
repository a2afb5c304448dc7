"""Whether a file and its log hold what was acknowledged: asked before DuckDB opens them.

DuckDB takes what it cannot read of a log for never written, and removes the log of a file that is not there.
"""

from __future__ import annotations

import fcntl
from dataclasses import dataclass
from pathlib import Path

from buildtimetrend.errors import StoreDamaged
from buildtimetrend.installation import command
from buildtimetrend.store.duckdb import acknowledged, header, wal
from buildtimetrend.store.duckdb.acknowledged import Acknowledged
from buildtimetrend.store.duckdb.wal import Origin, Wal

WAY_ON = (
    f"Nothing was changed. Put a backup of the file and its log in place, or let `{command('repair-store')}` "
    "keep what is there aside and go on with what can be read."
)


@dataclass(frozen=True, slots=True)
class Damage:
    """`what` is a sentence for people; `keep` bytes of the log can be read."""

    what: str
    keep: int


def check(file: Path) -> None:
    """Raises `StoreDamaged` when there is less than was acknowledged."""
    found = of(file)
    if found is not None and not is_open_elsewhere(file):
        raise StoreDamaged(f"{found.what} {WAY_ON}", detail=str(file))


def of(file: Path) -> Damage | None:
    """What is wrong with a store, as far as can be told without its owner; None: nothing."""
    noted = acknowledged.read(file)  # before the log, to which its owner may add
    log = wal.read(wal.path_of(file))
    if not file.exists():
        return _alone(file, log) if log.size else None
    return _of_log(file, log, header.read(file), noted)


def foreign(file: Path) -> Damage | None:
    """A log of another database, or of another time: DuckDB refuses it itself."""
    log = wal.read(wal.path_of(file))
    head = header.read(file) if file.exists() else None
    if log.origin is None or head is None:
        return None
    # A crash may leave the log that has just been written into the file.
    if log.origin.database == head.database and head.checkpoint - log.origin.checkpoint in (0, 1):
        return None
    return Damage(f"The log {wal.path_of(file)} is of another store, or of another time than {file}.", 0)


def is_open_elsewhere(file: Path) -> bool:
    """Whether another process has the file: what it is about to write may look like damage."""
    if not file.exists():
        return False
    with file.open("rb") as opened:
        try:
            fcntl.lockf(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def _alone(file: Path, log: Wal) -> Damage:
    return Damage(
        f"The store {file} is not there, but its log {wal.path_of(file)} is ({log.size} bytes), "
        "which is worth nothing without it.",
        0,
    )


def _of_log(file: Path, log: Wal, head: Origin | None, noted: Acknowledged | None) -> Damage | None:
    path = wal.path_of(file)
    if log.damaged_at is not None:
        return Damage(
            f"The log {path} of the store is damaged at byte {log.damaged_at} of {log.size}: "
            f"{_readable(log)} can be read.",
            log.whole,
        )
    if noted is None or not log.known:
        return None
    # Without a log: of a file that is further on, the log is in it.
    if noted.origin != (log.origin or head) or log.whole >= noted.size:
        return None
    there = f"has {_readable(log)} that can be read" if log.size else "is not there, or empty"
    return Damage(
        f"The log {path} of the store is shorter than it was: {noted.size} bytes were acknowledged, "
        f"and it {there}. If this is a backup that was put in place, remove {acknowledged.path_of(file)}.",
        log.whole,
    )


def _readable(log: Wal) -> str:
    plural = "" if log.transactions == 1 else "s"
    return f"{log.whole} bytes ({log.transactions} transaction{plural})"
