"""Opening the file, and translating DuckDB's errors: none of them leaves this package."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from buildtimetrend.errors import StoreDamaged, StoreError, StoreInUse, StoreUnavailable
from buildtimetrend.model import Value
from buildtimetrend.store.duckdb import damage, header, kind, private, step_keys, wal
from buildtimetrend.store.location import MEMORY
from buildtimetrend.store.schema.migrations import VERSION_TABLE, fill, pending

CONFIG: dict[str, str | bool | int | float | list[str]] = {
    # Nothing is ever fetched while a query runs, and no SQL reaches other files.
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "enable_external_access": "false",
    # The engine has it done between commits.
    "checkpoint_threshold": "1TB",
    # DuckDB 2.0 drops the LIMIT of a query, and answers EXISTS wrongly, where it knows that the right side of
    # a left join is empty: it takes no row there for no row at all.
    "disabled_optimizers": "statistics_propagation",
}

_FATAL = (duckdb.FatalException, duckdb.InternalException)
# A commit that meets a full disk is a failed transaction.
_DISK = (duckdb.IOException, duckdb.TransactionException)

_DAMAGED = re.compile(r"[Cc]orrupt|valid DuckDB|read enough bytes")

# DuckDB gives a second connection to a process that has the file open; two stores on one file would number
# their jobs alike.
_open_here: set[Path] = set()
_open_lock = threading.Lock()


def connect(file: Path | None, memory_limit: str | None) -> duckdb.DuckDBPyConnection:
    """The file's connection, with the schema up to date and all instants in UTC; pass it to `disconnect`."""
    if file is not None:
        _claim(file)
    try:
        return _connected(file, memory_limit)
    except BaseException:
        _release(file)
        raise


def disconnect(connection: duckdb.DuckDBPyConnection, file: Path | None) -> None:
    """Writes what is only in the log into the file where that still works; nothing is lost where not."""
    try:
        with suppress(duckdb.Error):
            connection.close()
        if file is not None:
            private.forget_folder(file)
    finally:
        _release(file)


@contextmanager
def translated() -> Iterator[None]:
    """Turns DuckDB's errors into ours."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        message = "This takes more memory than the store may use: raise store.memory_limit."
        raise StoreUnavailable(message, detail=str(error)) from error
    except duckdb.InterruptException as error:
        raise StoreUnavailable("The store gave a query up that took too long.", detail=str(error)) from error
    except duckdb.ConnectionException as error:
        raise StoreError("The store is closed.", detail=str(error)) from error
    except duckdb.Error as error:
        if isinstance(error, _DISK + _FATAL):
            raise StoreUnavailable(f"The store failed: {_first_line(error)}", detail=str(error)) from error
        raise StoreError(f"The store refused this: {_first_line(error)}", detail=str(error)) from error


def is_open_here(file: Path) -> bool:
    with _open_lock:
        return file.resolve() in _open_here


def is_fatal(error: StoreError) -> bool:
    """Whether DuckDB does nothing more until the file is opened anew."""
    return isinstance(error.__cause__, _FATAL)


def _connected(file: Path | None, memory_limit: str | None) -> duckdb.DuckDBPyConnection:
    is_new = file is not None and _prepared(file)
    config = {**CONFIG, **({"memory_limit": memory_limit} if memory_limit else {})}
    try:
        # Of a path that begins with `sqlite:` or `md:` it would use another database.
        connection = duckdb.connect(str(file.absolute() if file else MEMORY), config=config)
    except duckdb.Error as error:
        failed = _opening_error(file, error)
        if file is not None and is_new and not isinstance(failed, StoreInUse):
            _remove_begun(file)
        raise failed from error
    try:
        with translated():
            if file is not None:
                tables = _run(connection, "SELECT table_name FROM duckdb_tables()", {})
                kind.require_ours(file, [name for (name,) in tables])
                private.keep(file)
                if is_new:
                    private.keep_log(wal.path_of(file))
            connection.execute("SET GLOBAL TimeZone = 'UTC'")
            _migrate(connection, file)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepared(file: Path) -> bool:
    """Whether there is no such file yet; its folder is made then. Raises `StoreError`."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreError(f"Cannot create the folder of the store {file}: {error.strerror}.") from error
    kind.require_store(file)
    try:
        damage.check(file)
        return not file.exists()
    except OSError as error:
        raise StoreError(f"Cannot read the store {file}: {error.strerror}.") from error


def _remove_begun(file: Path) -> None:
    """A full disk leaves a part of a header, which every later start would take for a damaged file."""
    with suppress(OSError):
        if file.stat().st_size < header.BYTES:
            file.unlink()


def _opening_error(file: Path | None, error: duckdb.Error) -> StoreError:
    message = str(error)
    if "Could not set lock" in message:
        return StoreInUse(
            f"Another process has the store {file} open, and only one can at a time: stop it, or ask it over "
            f"HTTP. DuckDB says: {_first_line(error)}",
            detail=message,
        )
    if "WAL" in message:
        return StoreDamaged(
            f"Cannot open the store {file}: {_first_line(error)} {damage.WAY_ON}", detail=message
        )
    hint = " Put a backup of the file and its log in place." if _DAMAGED.search(message) else ""
    return StoreError(f"Cannot open the store {file}: {_first_line(error)}{hint}", detail=message)


def _migrate(connection: duckdb.DuckDBPyConnection, file: Path | None) -> None:
    connection.execute(VERSION_TABLE)
    run = partial(_run, connection)
    [(found,)] = run("SELECT coalesce(max(version), 0) FROM schema_version", {})
    for scripts in pending(found, str(file or MEMORY)):
        if file is not None:
            private.keep_log(wal.path_of(file))
        with transaction(connection):
            for version, script in scripts:
                connection.execute(script)
                fill(version, run, partial(step_keys.fill, connection), is_new=found == 0)
                connection.execute("INSERT INTO schema_version VALUES ($version)", {"version": version})


def _run(connection: duckdb.DuckDBPyConnection, sql: str, params: Mapping[str, Value]) -> list[Any]:
    return connection.execute(sql, dict(params)).fetchall()


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.begin()
    try:
        yield
        connection.commit()
    except BaseException:
        # Some errors have ended the transaction already.
        with suppress(duckdb.Error):
            connection.rollback()
        raise


def _claim(file: Path) -> None:
    with _open_lock:
        if file.resolve() in _open_here:
            raise StoreInUse(f"This process has the store {file} open already.")
        _open_here.add(file.resolve())


def _release(file: Path | None) -> None:
    with _open_lock:
        if file is not None:
            _open_here.discard(file.resolve())


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
