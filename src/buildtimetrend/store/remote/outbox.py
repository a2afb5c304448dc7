"""Builds on their way to another instance, on disk until that one has them."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import orjson
import structlog

from buildtimetrend.errors import StoreError, StoreUnavailable

log = structlog.get_logger(__name__)

REFUSED = "refused.jsonl"
UNUSABLE = "store.outbox"  # detail of the error of an outbox that cannot be used
# Entries that are moved at a time out of the outbox of a process that is no more.
PAGE = 100
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
_TABLE = "CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL)"
_OLDEST = "SELECT id, body FROM entry ORDER BY id LIMIT ?"
_BODIES = "SELECT id, body FROM entry WHERE id IN ({marks})"
_DELETE = "DELETE FROM entry WHERE id IN ({marks})"


@dataclass(frozen=True, slots=True)
class Entry:
    """`size` is in bytes."""

    id: int
    size: int


class Outbox:
    """A file for one process, in a folder that several share.

    A process takes the first file that nobody has, and empties those that dead ones have left behind into it.
    A file that is damaged is moved aside.
    What `put` has returned is on disk. What was removed while the disk is full, where even that needs room,
    is out for this process, and off the disk as soon as it can be; nothing waiting, the file itself goes.
    Safe to use from several threads.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        """Raises `StoreError` when the folder cannot be used."""
        self.folder = folder
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        with _translated(folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._slot, self._held = _first_free(folder)
            self._database = _opened_anew(folder / f"{self._slot}.db")
            self._gone: set[int] = set()  # ids that were removed, and whose rows are still there
            self._adopt()
            self._bytes = sum(entry.size for entry in self.entries())

    def entries(self) -> list[Entry]:
        """Oldest first."""
        with self._lock, _translated(self.folder):
            rows = self._database.execute("SELECT id, length(body) FROM entry ORDER BY id")
            return [Entry(*row) for row in rows if row[0] not in self._gone]

    def put(self, body: bytes) -> Entry:
        """Raises `StoreUnavailable` when the outbox, or the disk, is full."""
        with self._lock:
            if self._bytes + len(body) > self._most_bytes:
                raise StoreUnavailable(
                    f"The outbox {self.folder} is full: {self._bytes} bytes wait for the instance at "
                    f"store.url, and store.outbox_size allows {self._most_bytes}."
                )
            self._tidy()
            with _translated(self.folder), self._database:
                cursor = self._database.execute("INSERT INTO entry (body) VALUES (?)", (body,))
            self._bytes += len(body)
            return Entry(cursor.lastrowid or 0, len(body))

    def bodies(self, ids: Sequence[int]) -> dict[int, bytes]:
        with self._lock, _translated(self.folder):
            return dict(self._database.execute(_BODIES.format(marks=_marks(ids)), ids))

    def remove(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        with self._lock:
            self._gone.update(entry.id for entry in entries)
            self._bytes -= sum(entry.size for entry in entries)
            with _translated(self.folder):
                self._tidy()

    def _tidy(self) -> None:
        """Take off the disk what is gone, as far as the disk has room for that."""
        if not self._gone:
            return
        ids = sorted(self._gone)
        try:
            for start in range(0, len(ids), PAGE):
                part = ids[start : start + PAGE]
                with self._database:
                    self._database.execute(_DELETE.format(marks=_marks(part)), part)
                self._gone.difference_update(part)
        except sqlite3.OperationalError as error:
            if _code(error) not in _NO_ROOM:
                raise
            if self._bytes == 0:
                self._start_anew()

    def _start_anew(self) -> None:
        """Nothing waits: the file goes, which needs no room, and makes some."""
        file = self.folder / f"{self._slot}.db"
        with suppress(sqlite3.Error):
            self._database.close()
        for suffix in ("-wal", "-shm", ""):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        self._gone.clear()
        self._database = _opened_anew(file)
        log.warning("outbox.emptied", reason="the disk was full", folder=str(self.folder))

    def refuse(self, entry: Entry, reason: str) -> None:
        """Keep aside what the other side will never take, with its reason, and send it no more."""
        body = self.bodies([entry.id])[entry.id]
        line = orjson.dumps({"reason": reason, "write": orjson.loads(body)}) + b"\n"
        with _translated(self.folder), _refused(self.folder / REFUSED) as file:
            file.write(line)
            os.fsync(file.fileno())
        self.remove([entry])

    def close(self) -> None:
        with self._lock:
            self._database.close()
            self._held.close()

    def _adopt(self) -> None:
        for file in sorted(self.folder.glob("*.db"), key=lambda path: path.stem.zfill(9)):
            if file.stem != self._slot and (held := _locked(file.with_suffix(".lock"))):
                with held, closing(_opened_anew(file)) as other:
                    try:
                        self._move_from(other)
                    except sqlite3.OperationalError as error:
                        if _code(error) not in _NO_ROOM:
                            raise
                        log.warning("outbox.not_adopted", file=str(file), reason=str(error))

    def _move_from(self, other: sqlite3.Connection) -> None:
        """Killed between the two commits it has some twice, and sends them twice: that changes nothing."""
        while rows := other.execute(_OLDEST, (PAGE,)).fetchall():
            with self._database:
                self._database.executemany(
                    "INSERT INTO entry (body) VALUES (?)", [(body,) for _, body in rows]
                )
            with other:
                other.execute("DELETE FROM entry WHERE id <= ?", (rows[-1][0],))


def _refused(file: Path) -> IO[bytes]:
    """To add to; its owner's alone, as all that lies there."""
    return os.fdopen(os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), "ab", buffering=0)


def _first_free(folder: Path) -> tuple[str, IO[bytes]]:
    number = 1
    while (held := _locked(folder / f"{number}.lock")) is None:
        number += 1
    return str(number), held


def _locked(file: Path) -> IO[bytes] | None:
    """The file, ours until it is closed; None when another process has it."""
    opened = file.open("ab")
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        opened.close()
        return None
    return opened


def _opened(file: Path, *, alone: bool = False) -> sqlite3.Connection:
    """`alone` takes less room on disk, and lets nobody else look into it."""
    database = sqlite3.connect(file, check_same_thread=False)
    file.chmod(0o600)
    if alone:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute(_TABLE)
    return database


def _opened_anew(file: Path, *, alone: bool = False) -> sqlite3.Connection:
    """The file, or an empty one in the place of a damaged one."""
    try:
        database = _opened(file, alone=alone)
        try:
            database.execute("SELECT body FROM entry").fetchone()
            faults = database.execute("PRAGMA quick_check(1)").fetchone()[0]
        except BaseException:
            database.close()
            raise
        if faults == "ok":
            return database
        database.close()
    except sqlite3.DatabaseError as error:
        if _code(error) in _NO_ROOM and not alone:
            return _opened_anew(file, alone=True)
        if _code(error) not in _DAMAGED:
            raise
        faults = str(error)
    log.error("outbox.damaged", reason=faults, moved_to=str(_moved_aside(file)))
    return _opened(file)


def _code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _moved_aside(file: Path) -> Path:
    number, aside = 1, file.with_name(f"{file.name}.damaged")
    while aside.exists():
        number += 1
        aside = file.with_name(f"{file.name}.damaged-{number}")
    # With what belongs to it, by names that SQLite finds again.
    for suffix in ("-wal", "-shm", ""):
        part = file.with_name(file.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.ProgrammingError as error:
        raise StoreError("The store is closed.", detail=str(error)) from error
    except (sqlite3.Error, OSError) as error:
        raise StoreUnavailable(f"The outbox {folder} cannot be used: {error}.", detail=UNUSABLE) from error


def _marks(ids: Sequence[int]) -> str:
    return ", ".join("?" * len(ids))
