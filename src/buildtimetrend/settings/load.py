"""Settings from the environment and the file."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from buildtimetrend import brokers
from buildtimetrend.brokers import BROKER_ENV
from buildtimetrend.errors import SettingsError
from buildtimetrend.settings.file import read_file
from buildtimetrend.settings.passwords import without_passwords
from buildtimetrend.settings.table import HINTS, ROWS, Settings

CONFIG_FILE = "config_service.yml"
CONFIG_ENV = "BTT_CONFIG"


@dataclasses.dataclass(frozen=True, slots=True)
class Loaded:
    """Settings with the source of each (`default`, the file's path or `environment VARIABLE`)."""

    settings: Settings
    sources: Mapping[str, str]
    warnings: tuple[str, ...]


def load(environ: Mapping[str, str] | None = None, file: Path | None = None) -> Loaded:
    """Read the settings. Raises `SettingsError` naming key, value and what is allowed."""
    environ = os.environ if environ is None else environ
    named = file or (Path(environ[CONFIG_ENV]) if environ.get(CONFIG_ENV) else None)
    path = named or Path(CONFIG_FILE)
    if named and not named.is_file():
        raise SettingsError(f"The configuration file {named} does not exist.", detail=CONFIG_ENV)
    content, warnings = read_file(path) if path.is_file() else ({}, [])

    values: dict[str, Any] = {}
    sources = dict.fromkeys(ROWS, "default")
    for name, row in ROWS.items():
        variable = next((v for v in (row.env or "").split(", ") if environ.get(v)), None)
        if variable:
            values[name] = _checked(name, environ[variable], f"environment variable {variable}")
            sources[name] = f"environment {variable}"
            if variable in BROKER_ENV:
                values["task_queue_backend"], sources["task_queue_backend"] = (
                    BROKER_ENV[variable],
                    sources[name],
                )
        elif row.key in content and name not in values:
            values[name] = _checked(name, content[row.key], f"{row.key} in {path}")
            sources[name] = str(path)
    _check_broker(values)
    return Loaded(Settings(**values), sources, tuple(warnings))


def _check_broker(values: dict[str, Any]) -> None:
    backend, url = (str(values.get(f"task_queue_{name}", "")) for name in ("backend", "broker_url"))
    try:
        values["task_queue_backend"] = brokers.checked(backend, url)
    except ValueError as error:
        raise SettingsError(str(error), detail="task_queue") from None


def data_folder() -> Path:
    """The user's, by the XDG base directory specification."""
    home = Path(os.environ.get("XDG_DATA_HOME", ""))
    if not home.is_absolute():
        home = Path.home() / ".local" / "share"
    return home / "buildtimetrend"


def shown(name: str, value: object) -> str:
    """A setting's value as `check-config` may print it."""
    if ROWS[name].secret and value:
        return without_passwords(str(value)) if "://" in str(value) else "********"
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{k}: {v}" for k, v in value.items())
    return str(value)


def _checked(name: str, value: object, where: str) -> Any:
    try:
        return TypeAdapter(HINTS[name]).validate_python(value)
    except ValidationError as error:
        what = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        given = "its value (not shown)" if ROWS[name].secret else repr(value)
        raise SettingsError(
            f"{where}: {given} is not allowed: {what}. {ROWS[name].help}", detail=ROWS[name].key
        ) from None
