"""Builds with a text of one's choice in every field that holds text, whichever fields there are."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

from buildtimetrend.model import Build, Step
from tests.store.examples import NS, at

# What PostgreSQL's indexes and compression make of it: nothing repeats.
HUGE = "".join(random.Random(1).choices("äöü€漢字😀abcdefgh0123456789", k=50_000))
NASTY = {
    "a NUL": "a\0b",
    "only NULs": "\0\0",
    "half a surrogate pair": "a\ud83d",
    "the other half": "\ude00b",
    "a byte that was no UTF-8": "\udcff",
    "huge": HUGE,
}


def build_with(text_of: Callable[[str], str]) -> Build:
    """`text_of` is asked for the text of each field, by its path such as `jobs.exit.reason`."""
    filled: Build = _filled(Build, "", text_of)
    return replace(filled, attempt=None)


def _filled(kind: Any, path: str, text_of: Callable[[str], str]) -> Any:
    options = [option for option in get_args(kind) if option is not type(None)]
    origin = get_origin(kind)
    if origin is tuple:
        return (_filled(options[0], path, text_of),)
    if origin is not None and issubclass(_class(origin), Mapping):
        return {text_of(f"{path}.names"): text_of(f"{path}.values")}
    if options:
        return _filled(options[0], path, text_of)
    if kind is str:
        return text_of(path)
    if issubclass(kind, Enum):
        return next(iter(kind))
    if isinstance(kind, type) and (is_dataclass(kind) or kind is Step):
        hints = get_type_hints(kind)
        values = {name: _filled(of, f"{path}.{name}".lstrip("."), text_of) for name, of in hints.items()}
        return kind(**values)
    return {datetime: at(0), int: NS if path.endswith("_ns") else 1, float: 1.0, bool: False}[kind]


def _class(origin: Any) -> type:
    return origin if isinstance(origin, type) else object
