"""YAML as GitHub reads it: version 1.2, in which `on` and `yes` are text, as are dates and `12:30`."""

from __future__ import annotations

import re
from typing import Any

import yaml

LONGEST = 1024 * 1024  # bytes
MOST_VALUES = 50_000


class NotYaml(Exception):
    pass


class _Loader(yaml.CSafeLoader):
    pass


_PREFIX = "tag:yaml.org,2002:"
_OTHERWISE = {f"{_PREFIX}{name}" for name in ("bool", "int", "timestamp")}
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if tag not in _OTHERWISE]
    for first, rules in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    f"{_PREFIX}bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), list("tTfF")
)
_Loader.add_implicit_resolver(
    f"{_PREFIX}int", re.compile(r"(?:[-+]?[0-9]{1,18}|0x[0-9a-fA-F]{1,16})\Z"), list("-+0123456789")
)


def loaded(content: bytes) -> Any:
    """Raises `NotYaml`."""
    if len(content) > LONGEST:
        raise NotYaml("it is too long")
    try:
        found = yaml.load(content, Loader=_Loader)  # noqa: S506 - it is a safe one
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError, UnicodeDecodeError) as error:
        raise NotYaml(type(error).__name__) from error
    if _larger_than(MOST_VALUES, found):
        raise NotYaml("its aliases say too much")
    return found


def _larger_than(most: int, value: object) -> bool:
    """Whether there are more values in it, those that an alias names each time."""
    left = [value]
    while left:
        most -= 1
        if most < 0:
            return True
        value = left.pop()
        if isinstance(value, dict):
            left += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            left += value
    return False


def text_of(value: object) -> str:
    """A plain value as GitHub shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
