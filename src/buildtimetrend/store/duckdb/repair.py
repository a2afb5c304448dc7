"""Going on with what can be read of a damaged store: all that was there is kept beside it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from buildtimetrend.errors import StoreError, StoreInUse
from buildtimetrend.store.base import Repaired
from buildtimetrend.store.duckdb import acknowledged, damage, kind, wal


def repair(file: Path) -> Repaired | None:
    """None when nothing was wrong. Killed at any moment, it can be called again.

    Raises `StoreInUse`, and `StoreError` for what is no store and where there is no room for the copies.
    """
    kind.require_store(file)
    if not (file.exists() or wal.path_of(file).exists()):
        raise StoreError(f"There is no store {file}.", detail=str(file))
    if damage.is_open_elsewhere(file):
        raise StoreInUse(f"Another process has the store {file} open: stop it.")
    found = damage.of(file) or damage.foreign(file)
    if found is None:
        return None
    try:
        kept = _kept(file)
        _cut(wal.path_of(file), found.keep)
        acknowledged.path_of(file).unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"The store {file} cannot be kept aside: {error}.", detail=str(error)) from error
    return Repaired(found.what, kept)


def _kept(file: Path) -> list[Path]:
    """Copies of the file and its log, under names that nobody has, as DuckDB would open them."""
    number, aside = 1, file.with_name(f"{file.name}.damaged")
    while aside.exists() or wal.path_of(aside).exists():
        number += 1
        aside = file.with_name(f"{file.name}.damaged-{number}")
    pairs = ((file, aside), (wal.path_of(file), wal.path_of(aside)))
    return [_copied(path, copy) for path, copy in pairs if path.exists()]


def _copied(path: Path, copy: Path) -> Path:
    new = copy.with_name(f"{copy.name}.new")
    try:
        shutil.copy2(path, new)
        new.chmod(0o600)
        _synced(new)
        new.rename(copy)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    return copy


def _cut(log: Path, size: int) -> None:
    """It is kept aside by now; a log without a transaction goes."""
    if not log.exists():
        return
    if size == 0:
        log.unlink()
        return
    os.truncate(log, size)
    _synced(log)


def _synced(path: Path) -> None:
    with path.open("rb") as opened:
        os.fsync(opened.fileno())
