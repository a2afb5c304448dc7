"""What a store's URL says: of an embedded one where its file lies, of a server what may be shown."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from buildtimetrend.errors import SettingsError
from buildtimetrend.settings import data_folder

MEMORY = ":memory:"


def file_of(url: str) -> Path | None:
    """The path that `scheme:///relative`, `scheme:////absolute` or `scheme:///` (the default file) names.

    None for `scheme://:memory:`, or with three slashes as other tools write it: memory of this process.
    """
    rest = url.partition("://")[2]
    if rest.removeprefix("/") == MEMORY:
        return None
    if not rest.startswith("/"):
        raise SettingsError(
            f"store.url is {url!r}: write three slashes before a relative path, four before an absolute one.",
            detail="store.url",
        )
    path = unquote(urlsplit(url).path)[1:]
    if "\0" in path:
        raise SettingsError("store.url holds a NUL character.", detail="store.url")
    return Path(path).expanduser() if path else data_folder() / f"buildtimetrend.{urlsplit(url).scheme}"


def check_folder(folder: Path, setting: str) -> None:
    """Raises `SettingsError` for one that is not there and cannot be made, or cannot be written to."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        raise SettingsError(f"{setting} is in {folder}, but {there} is no folder.", detail=setting)
    if not os.access(there, os.W_OK | os.X_OK):
        raise SettingsError(f"{setting} is in {folder}, but {there} cannot be written to.", detail=setting)


def shown(url: str) -> str:
    """The URL without password and parameters, for people to see."""
    parts = urlsplit(url)
    login, _, host = parts.netloc.rpartition("@")
    user = login.partition(":")[0]
    return urlunsplit(parts._replace(netloc=f"{user}@{host}" if user else host, query="", fragment=""))
