"""Channels by which people are told what changed, a list of named entries in the file:

alerts:
  - name: team
    kind: slack
    url_file: /etc/buildtimetrend/slack-url

A secret may come from the environment, too: BTT_ALERTS_TEAM_URL, or its file by BTT_ALERTS_TEAM_URL_FILE.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from buildtimetrend.alerts.base import Section
from buildtimetrend.alerts.channels import CHANNELS, channel_class
from buildtimetrend.alerts.rules import Rules
from buildtimetrend.errors import SettingsError
from buildtimetrend.setting import Declared, declared
from buildtimetrend.settings.entries import entries_of, entry_values
from buildtimetrend.settings.sections import NAME
from buildtimetrend.settings.values import FILE

ALERTS = "alerts"
OF_CHANNELS = "BTT_ALERTS_"  # so begin variables, whatever a channel is called


def fields_of(kind: str) -> Mapping[str, Declared]:
    """What an entry of that kind may have beside its name and kind."""
    return {**declared(channel_class(kind).settings), **declared(Rules)}


def named_channels(
    content: Mapping[str, object], path: Path, environ: Mapping[str, str]
) -> tuple[Section, ...]:
    """In the order of the file. Raises `SettingsError` naming entry and field."""
    found: list[Section] = []
    for number, entry in enumerate(entries_of(content, ALERTS, f"{ALERTS} in {path}", "named channels"), 1):
        channel = _channel(entry, f"{ALERTS} in {path}, entry {number}", environ)
        if any(other.name == channel.name for other in found):
            raise SettingsError(
                f"{ALERTS} in {path}: the name {channel.name!r} is taken twice.", detail=ALERTS
            )
        found.append(channel)
    return tuple(found)


def sources(channels: Iterable[Section], path: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Where each value comes from, by `alerts.name.field`."""
    found: dict[str, str] = {}
    for channel in channels:
        found[f"{ALERTS}.{channel.name}.kind"] = str(path)
        for field, each in fields_of(channel.kind).items():
            names = [variable(channel.name, field) + ending for ending in ("", FILE.upper())]
            given = next((name for name in names if each.row.secret and environ.get(name)), None)
            found[f"{ALERTS}.{channel.name}.{field}"] = f"environment {given}" if given else str(path)
    return found


def variable(name: str, field: str) -> str:
    """The variable of a secret."""
    return f"{OF_CHANNELS}{name.upper().replace('-', '_')}_{field.upper()}"


def _channel(entry: object, where: str, environ: Mapping[str, str]) -> Section:
    if not isinstance(entry, dict):
        raise SettingsError(f"{where} must hold a name, a kind and settings, not {entry!r}.", detail=ALERTS)
    given: dict[str, Any] = {str(name): value for name, value in entry.items() if value is not None}
    name, kind = given.pop("name", None), given.pop("kind", None)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise SettingsError(
            f"{where}: its name must be of lower-case letters, digits, '-' and '_', not {name!r}.",
            detail=ALERTS,
        )
    if kind not in CHANNELS:
        raise SettingsError(
            f"{where}: {kind!r} is not a kind of channel. It is one of: {', '.join(CHANNELS)}.", detail=ALERTS
        )
    fields = fields_of(kind)
    values = entry_values(_with_variables(given, name, fields, environ), fields, where, kind, ALERTS)
    of_rules = declared(Rules)
    rules = {field: value for field, value in values.items() if field in of_rules}
    own = {field: value for field, value in values.items() if field not in of_rules}
    _require(kind, name, own, where)
    try:
        of_kind = channel_class(kind)
        return Section(name, kind, of_kind.settings(**own), Rules(**rules), of_kind.about)
    except ValueError as error:  # of fields that do not go together
        raise SettingsError(f"{where}: {error}.", detail=ALERTS) from None


def _with_variables(
    given: Mapping[str, Any], name: str, fields: Mapping[str, Declared], environ: Mapping[str, str]
) -> dict[str, Any]:
    """A variable takes precedence over the file."""
    found = dict(given)
    for field, each in fields.items():
        if not each.row.secret:
            continue
        for ending in ("", FILE):
            value = environ.get(variable(name, field) + ending.upper())
            if value:
                found.pop(field, None)
                found.pop(field + FILE, None)
                found[field + ending] = value
                break
    return found


def _require(kind: str, name: str, own: Mapping[str, Any], where: str) -> None:
    fields = fields_of(kind)
    for field in channel_class(kind).needed:
        if not own.get(field):
            secret = fields[field].row.secret
            also = f" (or {field}{FILE}, or {variable(name, field)} in the environment)" if secret else ""
            raise SettingsError(
                f"{where}: {field} is missing{also}. {fields[field].row.help}", detail=f"{ALERTS}.{field}"
            )
