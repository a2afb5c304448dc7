"""A setting as it is declared: a field of a dataclass with its type and its `Row`.

The service's own stand in `settings/table.py`; those of a CI system in its folder below `providers/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, get_type_hints
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field


def http_url(value: str) -> str:
    """As it is, without a slash at its end. Raises ValueError for what is no address of a server."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an http:// or https:// URL")
    if parts.username or parts.query or parts.fragment:
        raise ValueError("must not carry a user name, query or fragment")
    return value.rstrip("/")


def a_list(value: object) -> object:
    """One value may stand for a list of it."""
    return [value] if isinstance(value, str) else ([] if value is None else value)


T = TypeVar("T")

Detail: TypeAlias = Literal["minimal", "basic", "full", "extended"]
Level: TypeAlias = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
Text: TypeAlias = Annotated[str, Field(max_length=4096)]
Pem: TypeAlias = Annotated[str, Field(max_length=65536)]
Substring: TypeAlias = Annotated[str, Field(min_length=1, max_length=512)]
Substrings: TypeAlias = Annotated[tuple[Substring, ...], BeforeValidator(a_list)]
Url: TypeAlias = Annotated[str, AfterValidator(http_url)]
Port: TypeAlias = Annotated[int, Field(ge=0, le=65535)]
Price: TypeAlias = Annotated[float, Field(ge=0, le=1_000_000)]
Prices: TypeAlias = Mapping[Annotated[str, Field(min_length=1, max_length=200)], Price]
Details: TypeAlias = Mapping[str, Detail]
Seconds: TypeAlias = Annotated[float, Field(ge=0, le=7 * 24 * 3600)]
LogLevel: TypeAlias = Annotated[Level, BeforeValidator(lambda v: v.upper() if isinstance(v, str) else v)]


@dataclass(frozen=True, slots=True)
class Row:
    """What the documentation, `check-config` and the error messages say of a setting."""

    key: str  # dotted path in the file, below `buildtimetrend:` unless it begins with `keen.`
    help: str
    env: str | None = None
    secret: bool = False


def setting(default: T, key: str, help: str, *, env: str | None = None, secret: bool = False) -> T:
    """A field of a dataclass of settings: its default, and its row."""
    return field(default_factory=lambda: default, metadata={"row": Row(key, help, env, secret)})


@dataclass(frozen=True, slots=True)
class Declared:
    """A setting's row and the type, with its bounds, that a value must have."""

    row: Row
    hint: Any


@cache
def declared(section: Any) -> Mapping[str, Declared]:
    """The settings among a dataclass's fields, by name."""
    hints = get_type_hints(section, include_extras=True)
    found = ((each.name, each.metadata.get("row")) for each in fields(section))
    return {name: Declared(row, hints[name]) for name, row in found if row is not None}
