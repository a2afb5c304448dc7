"""What goes between a `RemoteStore` and the instance that keeps the store (`web/api/store.py`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeAlias

import orjson
from pydantic import BaseModel, Field, TypeAdapter

from buildtimetrend.model import Build, Delivery, Import, Task, Value
from buildtimetrend.store.base import Statement, Table
from buildtimetrend.store.documents import PushedBuild, document_of
from buildtimetrend.store.migrations import MIGRATIONS
from buildtimetrend.store.text import clean

PREFIX = "/api/v1/store"
# Both sides ask the same tables: the versions of their schemas must be one.
SCHEMA_HEADER = "X-Buildtimetrend-Schema"
SCHEMA = str(len(MIGRATIONS))
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


def save(build: Build, task: Task | None) -> bytes:
    """Raises TypeError for what no build has."""
    return write("save", build=build, task=task)


def write(kind: str, **values: Any) -> bytes:
    document = {name: document_of(value) for name, value in values.items()}
    return orjson.dumps({"kind": kind, **document})


def writes(each: Sequence[bytes]) -> bytes:
    return b'{"writes":[' + b",".join(each) + b"]}"


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


def answered(document: Mapping[str, Any]) -> Table:
    """The table of an answer."""
    table: Table = document["columns"]
    for name in document["instants"]:
        table[name] = [v and datetime.fromisoformat(v).astimezone(UTC) for v in table[name]]  # type: ignore[arg-type]
    return table


def _plain(value: Value) -> Value:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    return clean(value) if isinstance(value, str) else value
