"""Further servers of a CI system, a list of named sections in the file:

travis:
  instances:
    - name: enterprise
      api_url: https://ci.example.org/api
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from buildtimetrend.errors import SettingsError
from buildtimetrend.providers import PROVIDERS, provider_class
from buildtimetrend.providers.base import Section
from buildtimetrend.setting import declared
from buildtimetrend.settings.entries import entries_of, entry_values

INSTANCES = "instances"
NAME = re.compile(r"[a-z][a-z0-9_-]{0,49}")


def keys() -> dict[str, str]:
    """Where the file may list them: the kind of each list, by its dotted key."""
    return {f"{kind}.{INSTANCES}": kind for kind in PROVIDERS}


def named_sections(content: Mapping[str, object], path: Path) -> list[Section]:
    """Raises `SettingsError` naming list, entry and field."""
    found: list[Section] = []
    for key, kind in keys().items():
        entries = entries_of(content, key, f"{key} in {path}", "named servers")
        for number, entry in enumerate(entries, 1):
            section = _section(kind, entry, f"{key} in {path}, entry {number}", key)
            if any(other.name == section.name for other in found):
                raise SettingsError(f"{key} in {path}: the name {section.name!r} is taken twice.", detail=key)
            found.append(section)
    return found


def require_addresses(sections: list[Section]) -> None:
    """Builds know their CI by its address. Raises `SettingsError` where two servers have the same."""
    taken: dict[tuple[str, str], str] = {}
    for section in sections:
        address = str(getattr(section.values, provider_class(section.kind).address)).rstrip("/")
        other = taken.setdefault((section.kind, address), section.name)
        if other != section.name:
            raise SettingsError(
                f"{section.kind}: {other} and {section.name} have the same address, {address}. "
                "Give each its own, or leave one out.",
                detail=f"{section.kind}.{INSTANCES}",
            )


def _section(kind: str, entry: object, where: str, key: str) -> Section:
    if not isinstance(entry, dict):
        raise SettingsError(f"{where} must hold a name and settings, not {entry!r}.", detail=key)
    given: dict[str, Any] = {str(name): value for name, value in entry.items() if value is not None}
    name = given.pop("name", None)
    if not isinstance(name, str) or not NAME.fullmatch(name) or name in PROVIDERS:
        raise SettingsError(
            f"{where}: its name must be of lower-case letters, digits, '-' and '_', and no kind of CI "
            f"system, not {name!r}.",
            detail=key,
        )
    fields = declared(provider_class(kind).settings)
    values = entry_values(given, fields, where, kind, key)
    return Section(name, kind, provider_class(kind).settings(**values))
