"""A property of events as SQL, and the source of events that has it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from buildtimetrend.keen.language.documents import Json
from buildtimetrend.model import Value
from buildtimetrend.store.base import Statement

Bind: TypeAlias = Callable[[Value], str]
_NAMED = re.compile(r"\$(p\d+)")


class Binder:
    """Names values for a statement: nothing that a client says becomes part of its text."""

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}

    def __call__(self, value: Value) -> str:
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"${name}"

    def statement(self, sql: str) -> Statement:
        """With the values that `sql` names: engines refuse others, and a column can go unused."""
        return sql, {name: self.values[name] for name in _NAMED.findall(sql)}


def same(key: Value) -> Json:
    return key


@dataclass(frozen=True, slots=True)
class Column:
    """SQL expressions over the tables of a source; NULL where an event lacks the property.

    Of `number`, `text`, `truth` and `instant` those are there that the property can be. `key` is equal for
    equal values, and `value` makes a JSON value of it. `is_literal` says that the key is canonical JSON, and
    `items` then holds what an array has (see `events.items`). `names` are all values that there are, by key,
    and `named` is a SELECT of these where a table has them: without it they are our own words.
    """

    exists: str
    key: str
    value: Callable[[Value], Json] = same
    number: str | None = None
    text: str | None = None
    truth: str | None = None
    instant: str | None = None
    items: str | None = None
    is_literal: bool = False
    names: Mapping[int, str] | None = field(default=None, repr=False)
    named: str | None = None


class Source(Protocol):
    """Where the events of a collection are. A column may need tables: ask for all before `tables`."""

    at: str  # SQL of their time

    @property
    def spread(self) -> bool:
        """Whether nodes of a cluster may each have some of them."""
        ...

    def column(self, path: str) -> Column: ...

    def once(self, sql: str, name: str) -> str:
        """The same of an expression over `at`, reckoned where rows are fewest; `name` is nobody else's."""
        ...

    def tables(self) -> str:
        """What stands behind FROM."""
        ...

    def conditions(self) -> list[str]:
        """What makes a row of these tables an event of the collection."""
        ...


ABSENT = Column("FALSE", "CAST(NULL AS TEXT)")  # what no event has
EVERY = Column("TRUE", "CAST(NULL AS TEXT)")  # an object that every event has
