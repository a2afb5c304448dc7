"""Settings from the environment and the file."""

from __future__ import annotations

import dataclasses
import difflib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from buildtimetrend import brokers
from buildtimetrend.alerts.base import Section
from buildtimetrend.brokers import BROKER_ENV
from buildtimetrend.errors import SettingsError
from buildtimetrend.masking import MASK, SHORTEST
from buildtimetrend.setting import Row, declared
from buildtimetrend.settings.budgets import BUDGETS, named_budgets
from buildtimetrend.settings.channels import ALERTS, OF_CHANNELS, named_channels
from buildtimetrend.settings.channels import sources as channel_sources
from buildtimetrend.settings.file import read_file
from buildtimetrend.settings.passwords import without_passwords
from buildtimetrend.settings.sections import named_sections, require_addresses
from buildtimetrend.settings.table import ROWS, Settings
from buildtimetrend.settings.values import FILE, checked, read_secret

CONFIG_FILE = "config_service.yml"
CONFIG_ENV = "BTT_CONFIG"
OURS = "BTT_"
MUCH_ALIKE = 0.8  # as BTT_STORE and BTT_STORE_URL


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
    if named and not named.exists():
        raise SettingsError(f"The configuration file {named} does not exist.", detail=CONFIG_ENV)
    content, warnings = read_file(path) if path.exists() else ({}, [])

    values: dict[str, Any] = {}
    sources = dict.fromkeys(ROWS, "default")
    for name, setting in ROWS.declared().items():
        found = _from_environment(setting.row, environ) or _from_file(setting.row, content, path)
        if found is None or (name in values and found.variable is None):
            continue
        values[name] = checked(setting, found.value, found.where)
        sources[name] = found.source
        if found.variable in BROKER_ENV:
            values["task_queue_backend"] = BROKER_ENV[found.variable]
            sources["task_queue_backend"] = found.source
    _check_broker(values)
    channels = named_channels(content, path, environ)
    budgets = named_budgets(content, path)
    sources |= channel_sources(channels, path, environ)
    sources |= {f"{BUDGETS}.{budget.name}": str(path) for budget in budgets}
    loaded = Settings.of(**values, sections=named_sections(content, path), alerts=channels, budgets=budgets)
    require_addresses(loaded.servers())
    return Loaded(loaded, sources, (*_mistyped(environ), *warnings, *_too_short(loaded)))


def _mistyped(environ: Mapping[str, str]) -> Iterator[str]:
    """Variables much like one of ours; others may be of anything that begins so, as our own tests are."""
    known = {CONFIG_ENV}
    for row in ROWS.values():
        for variable in (row.env or "").split(", "):
            known |= {variable, f"{variable}{FILE.upper()}"} if row.secret else {variable}
    for variable in sorted(environ.keys() - known):
        if not variable.startswith(OURS) or variable.startswith(OF_CHANNELS):
            continue
        if near := difflib.get_close_matches(variable, known, n=1, cutoff=MUCH_ALIKE):
            yield f"The environment variable {variable} has no effect. Did you mean {near[0]}?"


def _too_short(settings: Settings) -> list[str]:
    return [
        f"{key} is too short to be kept out of the log: take a secret of {SHORTEST} characters or more."
        for key, secrets in settings.named_secrets().items()
        if any(len(secret) < SHORTEST for secret in secrets)
    ]


@dataclasses.dataclass(frozen=True, slots=True)
class _Found:
    value: object
    where: str  # for messages
    source: str  # for `check-config`
    variable: str | None = None


def _from_environment(row: Row, environ: Mapping[str, str]) -> _Found | None:
    for variable in (row.env or "").split(", ") if row.env else ():
        if value := environ.get(variable):
            return _Found(value, f"environment variable {variable}", f"environment {variable}", variable)
        in_file = f"{variable}{FILE.upper()}"
        if row.secret and (named := environ.get(in_file)):
            where = f"environment variable {in_file}"
            return _Found(read_secret(named, where), where, f"environment {in_file}", variable)
    return None


def _from_file(row: Row, content: Mapping[str, object], path: Path) -> _Found | None:
    if row.key in content:
        return _Found(content[row.key], f"{row.key} in {path}", str(path))
    key = f"{row.key}{FILE}"
    if row.secret and key in content:
        where = f"{key} in {path}"
        return _Found(read_secret(content[key], where), where, str(path))
    return None


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
        return without_passwords(str(value)) if "://" in str(value) else MASK
    return _shown(value)


def shown_channel(channel: Section) -> dict[str, str]:
    """The same of a channel, by `alerts.name.field`; of its addresses nothing is shown."""
    found = {"kind": channel.kind}
    for part in (channel.values, channel.rules):
        kind: Any = type(part)
        for name, each in declared(kind).items():
            value = getattr(part, name)
            found[name] = MASK if each.row.secret and value else _shown(value)
    return {f"{ALERTS}.{channel.name}.{name}": value for name, value in found.items()}


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{k}: {v}" for k, v in value.items())
    return str(value)
