"""One value, as the environment or the file has it: checked, and secrets read from files of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from buildtimetrend.errors import SettingsError
from buildtimetrend.setting import Declared
from buildtimetrend.wrong_values import wrong

_PEM = "-----BEGIN "
FILE = "_file"  # behind the key of a secret, as `token_file`: the path of a file that holds it


def checked(setting: Declared, value: object, where: str) -> Any:
    """Raises `SettingsError` naming where, value and what is allowed."""
    try:
        return TypeAdapter(setting.hint).validate_python(value)
    except ValidationError as error:
        what = wrong(error.errors(include_url=False)[0])
        what = f"it {what}" if what.startswith(("must ", "is ")) else what
        given = "its value (not shown)" if setting.row.secret else repr(value)
        raise SettingsError(
            f"{where}: {given} is not allowed: {what}. {setting.row.help}", detail=setting.row.key
        ) from None


def read_secret(path: object, where: str) -> str:
    """The first line of a file, or all of a key in PEM. Raises `SettingsError` where nothing can be read."""
    try:
        text = Path(str(path)).read_text(encoding="utf-8")
        return text.strip() if text.lstrip().startswith(_PEM) else text.split("\n", 1)[0].strip()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise SettingsError(f"{where}: the file {path} cannot be read: {why}.", detail=str(path)) from error
