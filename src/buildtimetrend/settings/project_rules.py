"""Rules of a channel for one project: those of the settings, and in their place what people set for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog

from buildtimetrend.alerts.base import Section
from buildtimetrend.alerts.channels import channel_class
from buildtimetrend.alerts.rules import Rules
from buildtimetrend.errors import SettingsError
from buildtimetrend.setting import Declared, Row, declared
from buildtimetrend.settings.values import checked

log = structlog.get_logger(__name__)

HEARS = "hears"
# Which projects a channel hears of is said by `hears`; a report is of all of them.
_OF_CHANNEL = ("repos", "report")
_OF_PULL_REQUESTS = ("pipelines", "least_seconds", "least_percent")
_OF_TIMES = ("quiet", "hours", "zone", "digest", "digest_at")
_HEARS = Declared(Row(f"alerts.{HEARS}", "Whether the channel hears of this project."), bool)


def possible(section: Section) -> dict[str, Declared]:
    """What may be set of a channel for one project, by name."""
    found = {HEARS: _HEARS} | {
        name: each for name, each in declared(Rules).items() if name not in _OF_CHANNEL
    }
    if section.about == "pull requests":
        return {name: each for name, each in found.items() if name in (HEARS, *_OF_PULL_REQUESTS)}
    if not channel_class(section.kind).digests:
        return {name: each for name, each in found.items() if name not in _OF_TIMES}
    return found


def in_settings(section: Section, repo: str) -> dict[str, Any]:
    """What the settings alone say of the project, by name."""
    return {
        name: section.rules.choose(repo) if name == HEARS else getattr(section.rules, name)
        for name in possible(section)
    }


def own_rules(section: Section, repo: str, given: Mapping[str, object]) -> dict[str, Any]:
    """Those of what is given that differ from the settings, checked. Raises `SettingsError` that names what
    is wrong.
    """
    fields = possible(section)
    for name in given:
        if name not in fields:
            raise SettingsError(
                f"{name} is not a rule of {section.kind}. There are {', '.join(fields)}.", detail=name
            )
    values = {name: checked(fields[name], value, name) for name, value in given.items() if value is not None}
    usual = in_settings(section, repo)
    own = {name: value for name, value in values.items() if value != usual[name]}
    try:
        _with(section, own)
    except ValueError as error:
        raise SettingsError(f"{section.name}: {error}.", detail="hours") from None
    return own


def of_project(section: Section, repo: str, own: Mapping[str, Any]) -> Section:
    """The channel as it is for this project. What is stored and no longer allowed is left out."""
    fields, values = possible(section), {}
    for name, value in own.items():
        try:
            if name in fields:
                values[name] = checked(fields[name], value, name)
        except SettingsError as error:
            log.warning("alerts.rule_left_out", channel=section.name, repo=repo, reason=error.message)
    try:
        return _with(section, values)
    except ValueError as error:
        log.warning("alerts.rules_left_out", channel=section.name, repo=repo, reason=str(error))
        return section


def _with(section: Section, own: Mapping[str, Any]) -> Section:
    rules = {name: value for name, value in own.items() if name != HEARS}
    if HEARS in own:
        rules |= {"repos": (), "silent": not own[HEARS]}
    return replace(section, rules=replace(section.rules, **rules))
