"""Operating systems, by the words that CI systems have for them."""

from __future__ import annotations

from collections.abc import Iterable

_SYSTEMS = {
    "linux": "linux",
    "ubuntu": "linux",
    "windows": "windows",
    "macos": "osx",
    "darwin": "osx",
    "freebsd": "freebsd",
}


def system_of(words: Iterable[str]) -> str | None:
    """As the store calls it, by the first word that is one."""
    return next((_SYSTEMS[word] for word in words if word in _SYSTEMS), None)
