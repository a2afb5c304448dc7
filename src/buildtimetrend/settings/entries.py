"""A named entry of a list in the file: its fields, checked as all settings are."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from buildtimetrend.errors import SettingsError
from buildtimetrend.setting import Declared
from buildtimetrend.settings.values import FILE, checked, read_secret


def entry_values(
    given: Mapping[str, object], fields: Mapping[str, Declared], where: str, of: str, key: str
) -> dict[str, Any]:
    """By field; a secret also from the file that `…_file` names. `of` is what has these fields, in the words
    of messages. Raises `SettingsError` naming entry and field.
    """
    values: dict[str, Any] = {}
    for field, value in given.items():
        secret = field.removesuffix(FILE)
        if field != secret and secret in fields and fields[secret].row.secret:
            values[secret] = checked(fields[secret], read_secret(value, where), where)
        elif field in fields:
            values[field] = checked(fields[field], value, f"{where}: {field}")
        else:
            near = difflib.get_close_matches(field, fields, n=1)
            meant = f" Did you mean {near[0]}?" if near else f" There are {', '.join(fields)}."
            raise SettingsError(f"{where}: {field} is not a setting of {of}.{meant}", detail=key)
    return values


def entries_of(content: Mapping[str, object], key: str, where: str, what: str) -> list[Any]:
    """The list in the file. Raises `SettingsError` for what is none."""
    entries = content.get(key) or []
    if not isinstance(entries, list):
        raise SettingsError(f"{where} must be a list of {what}.", detail=key)
    return entries
