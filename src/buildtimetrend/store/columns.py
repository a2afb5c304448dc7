"""The columns of builds, jobs and steps: they follow from the fields of the model.

A field becomes a column of its name; one of a noun within, such as a job's worker, has that one's name before
its own. What differs is said below. A new field needs a migration (`migrations.py`) besides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from operator import attrgetter
from typing import Any, Generic, TypeVar, get_origin

import orjson

from buildtimetrend import json_text
from buildtimetrend.fields import REQUIRED, Field, fields_of
from buildtimetrend.model import Build, Job, Step, Value
from buildtimetrend.store.text import SHORT, TRIGGER, clean, short

LARGEST = 2**63 - 1
Encode = Callable[[Any], Value]
Decode = Callable[[Any], Any]
Noun = TypeVar("Noun")


@dataclass(frozen=True, slots=True)
class Column:
    """Of a table, for a field of a noun, or of one within it."""

    name: str
    field: Field
    optional: bool  # whether it may be NULL
    encode: Encode
    decode: Decode

    @property
    def is_json(self) -> bool:
        return get_origin(self.field.kind) is not None


class Columns(Generic[Noun]):
    """Those that hold a noun's fields, and the noun as a row of them and back.

    `names` are the columns of fields, by path, that are called otherwise; None for a field without column.
    `most` are bytes that text is cut to, by column: indexes hold what is filtered or grouped by.
    """

    def __init__(self, noun: type[Noun], names: Mapping[str, str | None], most: Mapping[str, int]) -> None:
        self._parts = [*_parts(noun, names, most)]
        self.all: Sequence[Column] = [column for part in self._parts for column in part.columns]
        self.names = [column.name for column in self.all]

    def row(self, value: Noun) -> tuple[Value, ...]:
        """Raises TypeError or ValueError for values that are no instants, numbers or text."""
        row: list[Value] = []
        for part in self._parts:
            row += part.row(value)
        return tuple(row)

    def select(self, table: str, prefix: str = "") -> str:
        """What to select of a table, each column by its name with the prefix."""
        return ", ".join(f'{table}."{name}" AS "{prefix}{name}"' for name in self.names)

    def fields(self, row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
        """The noun's fields out of a row with these columns, nouns within them put together."""
        fields: dict[str, Any] = {}
        for part in self._parts:
            part.put(fields, row, prefix)
        return fields

    def decoded(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The columns of a row that hold lists or objects, as such."""
        return {column.name: _decoded(column, row[column.name]) for column in self.all if column.is_json}


class _Part:
    """The columns of one noun: the row's own, or one within it, which may be None."""

    def __init__(self, within: Field | None, columns: Sequence[Column]) -> None:
        self.columns = columns
        self._within = within
        self._of = attrgetter(within.name) if within else _same
        self._get = attrgetter(*(column.field.name for column in columns))
        self._encodes = [column.encode for column in columns]
        self._nothing: Sequence[Value] = [None] * len(columns)
        # Without it there is no such noun.
        self._must = next((c.field.name for c in columns if c.field.default is REQUIRED), None)

    def row(self, value: Any) -> Sequence[Value]:
        part = self._of(value)
        if part is None:
            return self._nothing
        values = zip(self._get(part), self._encodes, strict=True)
        return [each if each is None else encode(each) for each, encode in values]

    def put(self, fields: dict[str, Any], row: Mapping[str, Any], prefix: str) -> None:
        values = {column.field.name: _decoded(column, row[prefix + column.name]) for column in self.columns}
        if self._within is None:
            fields.update(values)
        elif self._within.optional and self._must and values[self._must] is None:
            fields[self._within.name] = None
        else:
            fields[self._within.name] = self._within.noun(**values)


def _parts(noun: Any, names: Mapping[str, str | None], most: Mapping[str, int]) -> Iterator[_Part]:
    yield _Part(None, [*_columns(None, noun, names, most)])
    for field in fields_of(noun):
        if field.noun is not None and field.kind is field.noun:
            yield _Part(field, [*_columns(field, field.noun, names, most)])


def _columns(
    within: Field | None, noun: Any, names: Mapping[str, str | None], most: Mapping[str, int]
) -> Iterator[Column]:
    for field in fields_of(noun):
        path = [within.name, field.name] if within else [field.name]
        name = names.get(".".join(path), "_".join(path))
        if field.noun is None and name is not None:
            optional = field.optional or (within is not None and within.optional)
            yield Column(name, field, optional, *_ways(field, most.get(name)))


def _ways(field: Field, most: int | None) -> tuple[Encode, Decode]:  # noqa: PLR0911 - one for each type
    """How values of a field get into its column and out of it."""
    kind = field.kind
    if kind is str:
        return (partial(short, most=most) if most else clean), _same
    if kind is datetime:
        return utc, _same
    if kind is int:
        return _number, _same
    if kind in (bool, float):
        return _same, _same
    if get_origin(kind) is tuple:
        return (_list if field.optional else _list_if_any), _tuple
    if get_origin(kind) is Mapping:
        return _object, json_text.loads
    if issubclass(kind, StrEnum):
        return _word, kind
    raise TypeError(f"There is no column for {field.name}: {kind}.")


def utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _same(value: Any) -> Any:
    return value


def _word(value: StrEnum) -> str:
    return value.value


def _number(value: int) -> int | None:
    return value if abs(value) <= LARGEST else None


def _object(values: Mapping[str, str]) -> str:
    return orjson.dumps({clean(key): clean(value) for key, value in values.items()}).decode()


def _list(values: Sequence[str]) -> str:
    return orjson.dumps([clean(value) for value in values]).decode()


def _list_if_any(values: Sequence[str]) -> str | None:
    return _list(values) if values else None


def _tuple(text: str) -> tuple[str, ...]:
    return tuple(json_text.loads(text))


def _decoded(column: Column, value: Any) -> Any:
    if value is None:
        return None if column.optional else column.field.default
    return column.decode(value)


BUILD = Columns(
    Build,
    {
        "id": "build_id",
        "commit": "commit_id",
        "pull_request.number": "pull_request",
        # The store knows which attempt and repo it is of, and the branch of a fork has that one's name before
        # it; pipelines are in a table of their own.
        **dict.fromkeys(("attempt", "repo", "repo_id", "code_host", "branch")),
        **dict.fromkeys(("pipeline", "pipeline_name", "pipeline_url")),
    },
    {"trigger": TRIGGER},
)
JOB = Columns(
    Job,
    {
        "id": "job_id",
        "attempt": "own_attempt",
        "matrix.summary": "matrix",
        "worker.os": "os",
        "worker.boot_time": "boot_time",
        "log": "log_state",
        **dict.fromkeys(("worker.dist", "worker.arch")),  # among the facts
    },
    {"matrix": SHORT, "name": SHORT},
)
STEP = Columns(Step, dict.fromkeys(("started_ns", "finished_ns")), {})
