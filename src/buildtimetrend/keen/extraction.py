"""Extraction: events themselves, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from buildtimetrend.keen import rebuilt
from buildtimetrend.keen.analyses import select
from buildtimetrend.keen.language import times
from buildtimetrend.keen.language.documents import Json
from buildtimetrend.keen.language.errors import KeenError, left_out
from buildtimetrend.keen.language.groups import limit
from buildtimetrend.keen.language.names import property_name
from buildtimetrend.keen.language.query import Document, Events, events
from buildtimetrend.keen.project import Project
from buildtimetrend.keen.sql import statements
from buildtimetrend.keen.sql.virtual import COLLECTIONS
from buildtimetrend.store.base import Statement, rows

_OWN = "event.id, event.happened_at, event.created_at, event.body"
# Of all events of an answer, whatever is shown of them. One may have 900,000.
MOST_CHARACTERS = 100_000_000


@dataclass(frozen=True, slots=True)
class Extraction:
    events: Events
    latest: int | None  # how many
    properties: tuple[str, ...]  # none: all


def extraction(document: Document, now: datetime) -> Extraction:
    """Raises `KeenError`."""
    if document.get("email") is not None:
        raise left_out("Extraction by e-mail")
    if document.get("content_type") not in (None, "application/json"):
        raise left_out("Extraction in another form than JSON")
    listed = document.get("property_names")
    names = listed if isinstance(listed, list) else [] if listed is None else [listed]
    return Extraction(
        events(document, now),
        limit(document.get("latest"), "latest"),
        tuple(property_name(name) for name in names),
    )


def answer(project: Project, asked: Extraction) -> list[Json]:
    source, bind = project.open(asked.events)()
    is_virtual = asked.events.collection in COLLECTIONS
    if is_virtual:
        source.column("job.pull_request.is_pull_request")  # a build's, whose table is read as well
    columns = rebuilt.COLUMNS[asked.events.collection] if is_virtual else _OWN
    sql = statements.selected(asked.events, source, bind, columns)
    most = min(asked.latest or statements.MOST_ROWS + 1, statements.MOST_ROWS + 1)
    chosen = f"{sql} LIMIT {most}"
    if not is_virtual:
        _refuse_large(project, asked.events, bind.statement(chosen))
    found = rows(select(project, asked.events, bind.statement(chosen)))
    if len(found) > statements.MOST_ROWS:
        raise statements.too_many()
    if is_virtual:
        names = project.repos().names
        told: Iterable[Json] = (rebuilt.event(asked.events.collection, row, names) for row in found)
    else:
        told = map(_event, found)
    return [_projected(event, asked.properties) if asked.properties else event for event in told]


def _refuse_large(project: Project, events: Events, chosen: Statement) -> None:
    sql, values = chosen
    total = f"SELECT sum(length(chosen.body)) AS size FROM ({sql}) AS chosen"  # noqa: S608
    size = select(project, events, (total, values))["size"][0]
    if size is not None and int(str(size)) > MOST_CHARACTERS:
        raise KeenError(
            f"The answer has more than {MOST_CHARACTERS // 10**6} MB: ask for fewer events.",
            "ResultTooLargeError",
        )


def _event(row: dict[str, Any]) -> Json:
    body = orjson.loads(row["body"])
    at: datetime = row["happened_at"]
    ours = {"timestamp": times.text(at), "created_at": times.text(row["created_at"]), "id": row["id"]}
    return {**body, "keen": {**body.get("keen", {}), **ours}}


def _projected(event: Json, paths: Sequence[str]) -> Json:
    """Only these properties, each where it was."""
    shown: dict[str, Json] = {}
    for path in paths:
        *outer, name = path.split(".")
        source, target = event, shown
        for part in outer:
            source = source.get(part) if isinstance(source, dict) else None
        if isinstance(source, dict) and name in source:
            for part in outer:
                target = target.setdefault(part, {})
            target[name] = source[name]
    return shown
