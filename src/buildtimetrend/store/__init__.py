"""The event store: `base.Store` says what it promises, `ENGINES` names who keeps it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from buildtimetrend.errors import SettingsError
from buildtimetrend.settings import Settings
from buildtimetrend.start_wait import StartWait
from buildtimetrend.store import location
from buildtimetrend.store.base import Pushing, Repaired, Store

# Scheme of the URL -> module and function, imported on first use: an engine's driver may not be installed.
ENGINES = {
    "duckdb": "buildtimetrend.store.duckdb.engine:open_duckdb",
    "postgresql": "buildtimetrend.store.postgres.engine:open_postgres",
    "postgres": "buildtimetrend.store.postgres.engine:open_postgres",
    "http": "buildtimetrend.store.remote.engine:open_remote",
    "https": "buildtimetrend.store.remote.engine:open_remote",
}
# The same, for what can be told of a URL without opening the store.
CHECKS = {
    "duckdb": "buildtimetrend.store.duckdb.engine:check_duckdb",
    "postgresql": "buildtimetrend.store.postgres.engine:check_postgres",
    "postgres": "buildtimetrend.store.postgres.engine:check_postgres",
    "http": "buildtimetrend.store.remote.engine:check_remote",
    "https": "buildtimetrend.store.remote.engine:check_remote",
}


def check_configured(settings: Settings) -> None:
    """Raises what `configured_store` would, as far as that can be told without opening the store: its file
    may be another process's, its server away.
    """
    _named(CHECKS, settings.store_url)(settings.store_url, pushing=_pushing(settings))


def is_shared(settings: Settings) -> bool:
    """Whether several processes may write to the store that the settings name."""
    return not settings.store_url.startswith("duckdb:")


def configured_store(settings: Settings) -> Store:
    """The store that the settings name."""
    return open_store(
        settings.store_url, memory_limit=settings.store_memory_limit, pushing=_pushing(settings)
    )


def awaited_store(settings: Settings, wait: StartWait) -> Store:
    """The same, which answers: a server that is away, or another instance, is waited for."""
    if not is_shared(settings):
        return configured_store(settings)
    check_configured(settings)  # a folder that cannot be used is not worth a wait
    what = f"the store {place(settings.store_url)}"
    store = wait.until_there(what, partial(configured_store, settings))
    try:
        wait.until_there(what, store.ready)  # another instance is not asked before
    except BaseException:
        store.close()
        raise
    return store


def open_store(url: str, *, memory_limit: str | None = None, pushing: Pushing | None = None) -> Store:
    """Open, and create or upgrade where needed, the store at `url`.

    `memory_limit` (such as `512MB`) bounds what an embedded database takes; `pushing` is for a store that
    another instance keeps. Raises `SettingsError` for a URL
    that names no engine, `StoreInUse` when another process owns the file, `StoreUnavailable` when a server is
    away, and another `StoreError` when it cannot be opened.
    """
    store: Store = _named(ENGINES, url)(url, memory_limit=memory_limit, pushing=pushing or Pushing())
    return store


def _pushing(settings: Settings) -> Pushing:
    outbox = Path(settings.store_outbox).expanduser() if settings.store_outbox else None
    return Pushing(settings.store_token, outbox, settings.store_outbox_size)


def _named(functions: Mapping[str, str], url: str) -> Callable[..., Any]:
    scheme, separator, _ = url.partition("://")
    if not separator or scheme not in functions:
        known = ", ".join(f"{engine}://" for engine in functions)
        raise SettingsError(
            f"store.url is {location.shown(url)!r}; a store's URL begins with {known}.", detail="store.url"
        )
    module, _, function = functions[scheme].partition(":")
    found: Callable[..., Any] = getattr(import_module(module), function)
    return found


def place(url: str) -> str:
    """Where a store keeps its data, for people: its file, `memory`, or the URL without its password."""
    return str(file_of(url) or "memory") if url.startswith("duckdb://") else location.shown(url)


def distribute(url: str) -> list[str]:
    """Spread the tables of a PostgreSQL store over its Citus cluster; the names of those that were not yet.

    Raises `SettingsError` for another store, and `StoreError` where the database has no Citus.
    """
    if not url.startswith(("postgresql://", "postgres://")):
        raise SettingsError(f"{place(url)} is no PostgreSQL database: see store.url.", detail="store.url")
    from buildtimetrend.store.postgres.migrate import distribute as spread  # noqa: PLC0415 - as in ENGINES

    return spread(url)


def repair(url: str) -> Repaired | None:
    """Let a damaged DuckDB store go on with what can be read; None: it is whole, and was left alone.

    Raises `SettingsError` for another store, and `StoreInUse` while a process has it open.
    """
    file = file_of(url)
    if file is None:
        raise SettingsError(f"{place(url)} is no file of DuckDB: see store.url.", detail="store.url")
    from buildtimetrend.store.duckdb.repair import repair as repaired  # noqa: PLC0415 - as in ENGINES

    return repaired(file)


def file_of(url: str) -> Path | None:
    """The file that a store keeps its data in; None when it is a server or the memory."""
    return location.file_of(url) if url.startswith("duckdb://") else None
