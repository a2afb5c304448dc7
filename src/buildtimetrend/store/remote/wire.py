"""What goes between a `RemoteStore` and the instance that keeps the store (`web/api/store.py`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeAlias

import orjson
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from buildtimetrend.model import Build, Delivery, Import, Task, Value
from buildtimetrend.store.base import Statement, Table
from buildtimetrend.store.documents import PushedBuild, document_of
from buildtimetrend.store.schema.migrations import MIGRATIONS
from buildtimetrend.store.text import clean

PREFIX = "/api/v1/store"
# Both sides ask the same tables: the versions of their schemas must be one.
SCHEMA_HEADER = "X-Buildtimetrend-Schema"
SCHEMA = str(len(MIGRATIONS))
# Of every answer: what the clock of the store shows, as a Unix time with fractions.
TIME_HEADER = "X-Buildtimetrend-Time"
# Of one request: writes, and bytes before they are packed. The other side takes more, since one write alone
# may be larger.
MOST_WRITES = 200
MOST_BYTES = 8 * 1024**2


class Save(BaseModel):
    kind: Literal["save"]
    build: PushedBuild
    task: Task | None = None


class Accept(BaseModel):
    kind: Literal["accept"]
    delivery: Delivery
    task: Task | None = None


class AddTasks(BaseModel):
    kind: Literal["add_tasks"]
    tasks: list[Task]
    batch: Import | None = None


class UpdateTask(BaseModel):
    kind: Literal["update_task"]
    task: Task


class Claim(BaseModel):
    kind: Literal["claim"]
    id: str
    claimer: str
    now: datetime
    until: datetime


class Unsent(BaseModel):
    kind: Literal["unsent"]
    now: datetime
    sent_before: datetime
    limit: int = Field(ge=0, le=2**31 - 1)


class Prune(BaseModel):
    kind: Literal["prune"]
    before: datetime


class Asked(BaseModel):
    """A statement with its parameters; instants among them are named, since JSON has none."""

    sql: str
    params: dict[str, Any] = {}
    instants: list[str] = []

    @property
    def statement(self) -> Statement:
        """Raises TypeError or ValueError for an instant that is none."""
        return self.sql, {
            name: datetime.fromisoformat(value) if name in self.instants else value
            for name, value in self.params.items()
        }


class Execute(BaseModel):
    kind: Literal["execute"]
    statements: list[Asked]


Write: TypeAlias = Annotated[
    Save | Accept | AddTasks | UpdateTask | Claim | Unsent | Prune | Execute, Field(discriminator="kind")
]
WRITE: TypeAdapter[Write] = TypeAdapter(Write)
# What each kind of write is answered with.
_VALUES: Mapping[str, TypeAdapter[Any]] = {
    "save": TypeAdapter(int),
    "accept": TypeAdapter(bool),
    "add_tasks": TypeAdapter(None),
    "update_task": TypeAdapter(None),
    "claim": TypeAdapter(bool),
    "unsent": TypeAdapter(list[str]),
    "prune": TypeAdapter(int),
    "execute": TypeAdapter(list[int]),
}


class Untold(ValueError):
    """An answer that does not say what became of each write, or what was asked for."""


class Refusal(BaseModel):
    message: str
    detail: str | None = None


def save(build: Build, task: Task | None) -> bytes:
    """Raises TypeError for what no build has."""
    return write("save", build=build, task=task)


def write(kind: str, **values: Any) -> bytes:
    document = {name: document_of(value) for name, value in values.items()}
    return orjson.dumps({"kind": kind, **document})


def writes(each: Sequence[bytes]) -> bytes:
    return b'{"writes":[' + b",".join(each) + b"]}"


def results(document: object, kinds: Sequence[str]) -> list[Any | Refusal]:
    """Of an answer to writes of these kinds: the value of each, or why it was refused. Raises `Untold`."""
    told = document.get("results") if isinstance(document, dict) else None
    if not isinstance(told, list) or len(told) != len(kinds):
        raise Untold
    return [_result(each, kind) for each, kind in zip(told, kinds, strict=True)]


def _result(told: object, kind: str) -> Any | Refusal:
    if not isinstance(told, dict) or ("value" in told) == ("error" in told):
        raise Untold
    try:
        if "error" in told:
            return Refusal.model_validate(told["error"])
        return _VALUES[kind].validate_python(told["value"], strict=True)
    except ValidationError as error:
        raise Untold from error


def asked(sql: str, params: Mapping[str, Value]) -> dict[str, Any]:
    """The document of an `Asked`."""
    given = {name: _plain(value) for name, value in params.items()}
    instants = [name for name, value in params.items() if isinstance(value, datetime)]
    return {"sql": clean(sql), "params": given, "instants": instants}


def answer(table: Table) -> dict[str, Any]:
    """Columns as JSON has them, and the names of those that hold instants."""
    instants = [name for name, values in table.items() if any(isinstance(v, datetime) for v in values)]
    return {
        "columns": table | {name: [_plain(v) for v in table[name]] for name in instants},
        "instants": instants,
    }


def answered(document: object) -> Table:
    """The table of an answer. Raises `Untold`."""
    try:
        answer = _ANSWER.validate_python(document, strict=True)
        table, lengths = answer.columns, {len(values) for values in answer.columns.values()}
        if len(lengths) > 1:
            raise Untold
        for name in answer.instants:
            table[name] = [v and datetime.fromisoformat(v).astimezone(UTC) for v in table[name]]
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise Untold from error
    return table


class _Answer(BaseModel):
    columns: dict[str, list[Any]]
    instants: list[str]


_ANSWER: TypeAdapter[_Answer] = TypeAdapter(_Answer)


def _plain(value: Value) -> Value:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    return clean(value) if isinstance(value, str) else value
