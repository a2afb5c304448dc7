"""The forms in which rules of a project's alerts are set: their fields, and what browsers send of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from buildtimetrend.alerts.base import Section
from buildtimetrend.errors import BadRequest
from buildtimetrend.setting import Declared
from buildtimetrend.settings.project_rules import possible

BETWEEN = ":"  # a rule and one of its choices, in the name of a check box


def form_fields(section: Section, channel: Mapping[str, Any]) -> list[dict[str, Any]]:
    """By what each is set: `check`, `checks`, `choice`, `number`, `lines` or `line`; with its `value` as it
    holds, what the settings say, and whether it is the project's own.
    """
    return [
        {
            "name": name,
            "help": each.row.help,
            "input": _input(each),
            "choices": _choices(each),
            "value": channel["rules"][name],
            "said": said(channel["rules"][name]),
            "in_settings": said(channel["settings"][name]),
            "is_own": name in channel["own"],
        }
        for name, each in possible(section).items()
    ]


def given_rules(section: Section, fields: Mapping[str, str]) -> dict[str, object]:
    """What a form says; a box that is not checked is not sent."""
    return {name: _given(name, each, fields) for name, each in possible(section).items()}


def last_seen(fields: Mapping[str, str]) -> int:
    """The number of the change that the form was made with."""
    number = fields.get("after", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise BadRequest("after must be the number of the last change.", detail="after")
    return int(number)


def said(value: object) -> str:
    """A rule's value in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "any"
    return f"{value:.12g}" if isinstance(value, float) else str(value) or "none"


def _input(each: Declared) -> str:
    kind = _plain(each.hint)
    if kind in (bool, float):
        return "check" if kind is bool else "number"
    if get_origin(kind) is tuple:
        return "checks" if _choices(each) else "lines"
    return "choice" if get_origin(kind) is Literal else "line"


def _choices(each: Declared) -> tuple[str, ...]:
    kind = _plain(each.hint)
    kind = get_args(kind)[0] if get_origin(kind) is tuple else kind
    return get_args(kind) if get_origin(kind) is Literal else ()


def _plain(hint: Any) -> Any:
    """Without its bounds."""
    return getattr(hint, "__origin__", hint) if hasattr(hint, "__metadata__") else hint


def _given(name: str, each: Declared, fields: Mapping[str, str]) -> object:
    if _input(each) == "check":
        return name in fields
    if _input(each) == "checks":
        return [choice for choice in _choices(each) if f"{name}{BETWEEN}{choice}" in fields]
    value = fields.get(name, "").strip()
    if _input(each) == "lines":
        return [line.strip() for line in value.splitlines() if line.strip()]
    if _input(each) == "number":
        return value or "0"
    return value
