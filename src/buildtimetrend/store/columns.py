"""The columns of builds, jobs and steps: they follow from the fields of the model.

A field becomes a column of its name; one of a noun within, such as a job's worker, has that one's name before
its own. Fields of builds and jobs that no query asks for are kept in one column, `details`, as a JSON object:
every column makes every commit of DuckDB longer. So a new field of text, number, instant or list needs
nothing here. One that queries ask for is one of the columns below, which a migration adds (`schema/`). What a
`minimal` build keeps, `ingest.py` says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from itertools import groupby
from typing import Any, Generic, TypeVar, get_origin

import orjson

from buildtimetrend import json_text
from buildtimetrend.fields import REQUIRED, Field, fields_of
from buildtimetrend.model import Build, Job, Step, Value
from buildtimetrend.store.row_values import Details, Encode, Values
from buildtimetrend.store.text import SHORT, TRIGGER, clean, short

LARGEST = 2**63 - 1
DETAILS = "details"
OF_TABLES = ("jobs", "steps")  # fields that are rows of tables of their own
Decode = Callable[[Any], Any]
Noun = TypeVar("Noun")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, or a part of its `details`, for a field of a noun or of one within it."""

    name: str
    field: Field
    optional: bool  # whether it may be NULL
    encode: Encode | None  # none where the value stays as it is
    decode: Decode | None
    in_details: bool

    def decoded(self, value: Any) -> Any:
        if value is None:
            return None if self.field.optional or self.field.default is REQUIRED else self.field.default
        return self.decode(value) if self.decode else value


class Columns(Generic[Noun]):
    """Those that hold a noun's fields, and the noun as a row of them and back.

    `columns` has by the path of a field the name of its column, or None where the store keeps it elsewhere;
    what is not there is in `details`. `most` has by column the bytes that text is cut to: indexes hold what
    is filtered or grouped by.
    """

    def __init__(
        self,
        noun: type[Noun],
        columns: Mapping[str, str | None],
        most: Mapping[str, int] | None = None,
        *,
        details: bool = True,
    ) -> None:
        self._parts = sorted(_parts(noun, columns, most or {}), key=lambda part: bool(part.may_lack))
        self.all: Sequence[Column] = [column for part in self._parts for column in part.columns]
        self._details = [column for column in self.all if column.in_details]
        if self._details and not details:
            raise TypeError(f"{noun.__name__} has no column for {self._details[0].name}.")
        self._values = [Values(own, within) for own, _, within in _together(self._parts)]
        self._values_of_details = [Details(details, within) for _, details, within in _together(self._parts)]
        self.names = [column.name for column in self.all if not column.in_details]
        if self._details:
            self.names.append(DETAILS)

    def row(self, value: Noun) -> list[Value]:
        """Raises TypeError or ValueError for values that are no instants, numbers or text."""
        row = self._values[0].of(value)
        for values in self._values[1:]:
            row += values.of(value)
        if self._details:
            details: dict[str, Any] = {}
            for part in self._values_of_details:
                details |= part.of(value)
            row.append(orjson.dumps(details).decode() if details else None)
        return row

    def by_column(self, values: Sequence[Noun]) -> list[Sequence[Value]]:
        """Each column of many of a noun that has none within: in a third of the time that rows take."""
        [of_all] = self._values
        return of_all.by_column(values)

    def select(self, table: str, prefix: str = "") -> str:
        """What to select of a table, each column by its name with the prefix."""
        return ", ".join(f'{table}."{name}" AS "{prefix}{name}"' for name in self.names)

    def fields(self, row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
        """The noun's fields out of a row with these columns, nouns within them put together."""
        found = {name: row[prefix + name] for name in self.names}
        found |= json_text.loads(found.pop(DETAILS, None) or "{}")
        fields: dict[str, Any] = {}
        for part in self._parts:
            part.put(fields, found)
        return fields

    def plain(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The row with what is in `details`, and lists and objects as such."""
        details = json_text.loads(row.get(DETAILS) or "{}")
        more = {
            column.name: column.decoded((details if column.in_details else row).get(column.name))
            for column in self.all
            if column.in_details or get_origin(column.field.kind) is not None
        }
        return {name: value for name, value in row.items() if name != DETAILS} | more


class _Part:
    """The columns of one noun: the row's own, or one within it, which may be None."""

    def __init__(self, within: Field | None, columns: Sequence[Column]) -> None:
        self.columns = columns
        self._within = within
        # Without it there is no such noun.
        self._must = next((c.name for c in columns if c.field.default is REQUIRED), None)

    @property
    def may_lack(self) -> str | None:
        """The name of the noun within, if that may be None."""
        return self._within.name if self._within and self._within.optional else None

    def path(self, column: Column) -> str:
        """Of its field from the row's own noun, or from one that may be None."""
        within = self._within.name if self._within and not self._within.optional else None
        return f"{within}.{column.field.name}" if within else column.field.name

    def put(self, fields: dict[str, Any], found: Mapping[str, Any]) -> None:
        values = {column.field.name: column.decoded(found.get(column.name)) for column in self.columns}
        if self._within is None:
            fields.update(values)
        elif self._within.optional and self._must and found.get(self._must) is None:
            fields[self._within.name] = None
        else:
            fields[self._within.name] = self._within.noun(**values)


def _together(parts: Sequence[_Part]) -> Iterator[tuple[list[Any], list[Any], str | None]]:
    """What is got by one call: the fields of all nouns that are there, and those of each that may not be."""
    for within, of_one in groupby(parts, lambda part: part.may_lack):
        columns = [(part.path(column), column) for part in of_one for column in part.columns]
        own = [(path, column.encode) for path, column in columns if not column.in_details]
        details = [(c.name, path, c.field.default, c.encode) for path, c in columns if c.in_details]
        yield own, details, within


def _parts(noun: Any, columns: Mapping[str, str | None], most: Mapping[str, int]) -> Iterator[_Part]:
    yield _Part(None, [*_columns(None, noun, columns, most)])
    for field in fields_of(noun):
        if field.noun is None or field.name in OF_TABLES:
            continue
        if field.kind is not field.noun or any(inner.noun for inner in fields_of(field.noun)):
            raise TypeError(f"There are no columns for {field.name}: it is neither one noun nor a plain one.")
        yield _Part(field, [*_columns(field, field.noun, columns, most)])


def _columns(
    within: Field | None, noun: Any, columns: Mapping[str, str | None], most: Mapping[str, int]
) -> Iterator[Column]:
    for field in fields_of(noun):
        path = [within.name, field.name] if within else [field.name]
        in_details = ".".join(path) not in columns
        name = "_".join(path) if in_details else columns[".".join(path)]
        if field.noun is None and name is not None:
            optional = field.optional or (within is not None and within.optional)
            yield Column(name, field, optional, *_ways(field, most.get(name), in_details), in_details)


def _ways(  # noqa: PLR0911 - one for each type
    field: Field, most: int | None, in_details: bool
) -> tuple[Encode | None, Decode | None]:
    """How values of a field get into its column and out of it."""
    kind, origin = field.kind, get_origin(field.kind)
    if kind is str:
        return (partial(short, most=most) if most else clean), None
    if kind is datetime:
        return utc, datetime.fromisoformat if in_details else None
    if kind in (bool, float):
        return None, None
    if kind is int:
        return _number, None
    if origin is tuple:
        return _texts, tuple
    if origin is Mapping and not in_details:
        return json_object, json_text.loads
    if origin is None and issubclass(kind, StrEnum):
        return _word, kind
    raise TypeError(f"There is no column for {field.name}: {kind}.")


def utc(instant: datetime) -> datetime:
    if instant.tzinfo is UTC:
        return instant
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _word(value: StrEnum) -> str:
    return value.value


def _number(value: int) -> int | None:
    return value if abs(value) <= LARGEST else None


def json_object(values: Mapping[str, str]) -> str:
    return orjson.dumps({clean(key): clean(value) for key, value in values.items()}).decode()


def _texts(values: Sequence[str]) -> list[str]:
    return [clean(value) for value in values]


def _as_they_are(names: str) -> dict[str, str]:
    return {name: name for name in names.split()}


def _nowhere(names: str) -> dict[str, None]:
    return dict.fromkeys(names.split())


BUILD = Columns(
    Build,
    {
        "id": "build_id",
        "commit": "commit_id",
        "pull_request.number": "pull_request",
        "pull_request.title": "pull_request_title",
        **_as_they_are("provider instance number result raw_result tag message author trigger url"),
        **_as_they_are("queued_at started_at finished_at"),
        # The store knows which attempt and repo it is of, and the branch of a fork has that one's name before
        # it; pipelines are in a table of their own.
        **_nowhere("attempt repo repo_id code_host branch pipeline pipeline_name pipeline_url"),
    },
    {"trigger": TRIGGER},
)
JOB = Columns(
    Job,
    {
        "id": "job_id",
        "matrix.summary": "matrix",
        "matrix.values": "matrix_values",
        "worker.hostname": "worker_hostname",
        "worker.instance": "worker_instance",
        "worker.boot_time": "boot_time",
        "exit.reason": "exit_reason",
        "exit.code": "exit_code",
        "exit.command": "exit_command",
        "exit.phase": "exit_phase",
        "exit.message": "exit_message",
        "log": "log_state",
        **_as_they_are("number name stage result raw_result allow_failure queued_at started_at finished_at"),
        # The operating system may be known from the matrix alone; what else a worker says is one object.
        **_nowhere("worker.os worker.dist worker.arch worker.facts"),
    },
    {"matrix": SHORT, "name": SHORT},
)
STEP = Columns(
    Step,
    {**_as_they_are("name phase command depth result number"), **_nowhere("started_ns finished_ns")},
    details=False,
)
