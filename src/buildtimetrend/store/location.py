"""Where an embedded store's file lies."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from buildtimetrend.errors import SettingsError

MEMORY = ":memory:"


def file_of(url: str) -> Path | None:
    """The path that `scheme:///relative`, `scheme:////absolute` or `scheme:///` (the default file) names.

    None for `scheme://:memory:`, which lasts as long as the process.
    """
    rest = url.partition("://")[2]
    if rest == MEMORY:
        return None
    if not rest.startswith("/"):
        raise SettingsError(
            f"store.url is {url!r}: write three slashes before a relative path, four before an absolute one.",
            detail="store.url",
        )
    path = unquote(urlsplit(url).path)[1:]
    if "\0" in path:
        raise SettingsError("store.url holds a NUL character.", detail="store.url")
    return Path(path).expanduser() if path else default_file(urlsplit(url).scheme)


def default_file(suffix: str) -> Path:
    """Follows the XDG base directory specification."""
    data_home = Path(os.environ.get("XDG_DATA_HOME", ""))
    if not data_home.is_absolute():
        data_home = Path.home() / ".local" / "share"
    return data_home / "buildtimetrend" / f"buildtimetrend.{suffix}"
