"""What DuckDB writes beside the file is its owner's alone, as the file is.

DuckDB leaves that to the umask, which is the whole process's: exports are for others to read.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from buildtimetrend.errors import StoreError
from buildtimetrend.store.duckdb import wal

MODE = 0o600
_FOLDER_MODE = 0o700


def keep(file: Path) -> None:
    """For a file that was just opened: it, its log, and the folder of what does not fit into memory."""
    try:
        for path in (file, wal.path_of(file)):
            if path.exists() and stat.S_IMODE(path.stat().st_mode) != MODE:
                path.chmod(MODE)
    except OSError as error:
        raise StoreError(
            f"The store {file} cannot be made its owner's alone (mode 0600): {error.strerror}."
        ) from error
    folder = _folder(file)
    with suppress(OSError):  # a full disk: DuckDB says so when it needs the folder
        folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        folder.chmod(_FOLDER_MODE)
        for left in folder.glob("duckdb_temp_*"):  # by a process that was killed: the file is ours
            left.unlink()


def keep_log(log: Path) -> None:
    """Before a commit that may begin a log: DuckDB goes on with an empty one that is there."""
    with suppress(OSError):  # DuckDB meets the same, and says so
        os.close(os.open(log, os.O_CREAT | os.O_WRONLY, MODE))


def forget_folder(file: Path) -> None:
    with suppress(OSError):  # not empty, or another process's by now
        _folder(file).rmdir()


def _folder(file: Path) -> Path:
    return file.with_name(f"{file.name}.tmp")
