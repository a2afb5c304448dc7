"""Whether a file that is there may be a store; what it is instead, as far as its first bytes tell.

DuckDB takes some files for other databases by their first bytes or their names. Of those that it can read as
tables, as `builds.json`, it makes views in memory: what is stored then is gone with the process.
"""

from __future__ import annotations

import stat
from codecs import getincrementaldecoder
from collections.abc import Collection
from pathlib import Path

from buildtimetrend.errors import StoreError
from buildtimetrend.store.duckdb import damage
from buildtimetrend.store.schema.migrations import VERSIONS

_READ = 4096  # bytes
_DUCKDB = b"DUCK"
_DUCKDB_AT = 8
_PACKED = "a packed file"
# First bytes -> what has them.
_KINDS = {
    b"SQLite format 3\0": "an SQLite database",
    b"PAR1": "a Parquet file",
    b"PGDMP": "a dump of PostgreSQL",
    b"\x1f\x8b": f"{_PACKED} (gzip)",
    b"PK\x03\x04": f"{_PACKED} (zip)",
    b"BZh": f"{_PACKED} (bzip2)",
    b"\xfd7zXZ\0": f"{_PACKED} (xz)",
    b"\x28\xb5\x2f\xfd": f"{_PACKED} (zstd)",
}
_WAY_ON = "Name another file in store.url: one that is not there yet becomes a new store."
_BACKUP = "If it was a store, put a backup of it and of its log in place."


def require_store(file: Path) -> None:
    """Raises `StoreError` for what is none; a file that is not there may become one.

    Never of a file that this process has open: closing it would give up DuckDB's lock.
    """
    try:
        what = _what_else(file) if file.exists() else None
    except OSError as error:
        raise StoreError(f"Cannot read the store {file}: {error.strerror}.", detail=str(file)) from error
    if what:
        raise StoreError(f"{file} is no store: it {what} {_WAY_ON}", detail=str(file))


def require_ours(file: Path, tables: Collection[str]) -> None:
    """Raises `StoreError` for a DuckDB database that has tables, but none of ours."""
    if tables and VERSIONS not in tables:
        some = ", ".join(sorted(tables)[:3])
        what = f"is a DuckDB database of another program, with tables as {some}."
        raise StoreError(f"{file} is no store: it {what} {_WAY_ON}", detail=str(file))


def _what_else(file: Path) -> str | None:
    if not stat.S_ISREG(file.stat().st_mode):  # reading a pipe would wait
        return "is a folder." if file.is_dir() else "is a pipe or a device."
    with file.open("rb") as opened:
        begin = opened.read(_READ)
    if not begin and damage.is_open_elsewhere(file):
        return None  # another process is about to make a store of it
    return _kind(begin)


def _kind(begin: bytes) -> str | None:
    if begin[_DUCKDB_AT:].startswith(_DUCKDB):
        return None
    if not begin:
        return f"is empty. {_BACKUP} If not, remove it."
    known = next((kind for magic, kind in _KINDS.items() if begin.startswith(magic)), None)
    if known:
        unpack = " If a backup of a store is in it, unpack that first." if known.startswith(_PACKED) else ""
        return f"is {known}.{unpack}"
    if _is_text(begin):
        return "is text."
    return f"does not begin as a DuckDB database does. {_BACKUP}"


def _is_text(begin: bytes) -> bool:
    try:
        text = getincrementaldecoder("utf-8")().decode(begin)  # its last character may be cut
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\t\n\r\f\ufeff" for character in text)
