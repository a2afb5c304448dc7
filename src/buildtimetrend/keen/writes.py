"""Storing and deleting events of collections that clients write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from buildtimetrend.keen.language.documents import Json
from buildtimetrend.keen.language.errors import KeenError
from buildtimetrend.keen.language.events import Event, event
from buildtimetrend.keen.language.names import collection_name
from buildtimetrend.keen.language.query import Events
from buildtimetrend.keen.project import Project, writable
from buildtimetrend.keen.sql import statements
from buildtimetrend.model import Value
from buildtimetrend.store.base import Statement

MOST_COLLECTIONS = 5000
ROWS = 100  # of one statement
_EVENT = ("collection", "id", "happened_at", "created_at", "body")
_LEAF = ("collection", "id", "path", "number", '"text"', "literal", "items")


def single(project: Project, collection: str, document: Json, now: datetime) -> list[Statement]:
    """What stores one event. Raises `KeenError`."""
    writable(collection_name(collection))
    return inserts(project, {collection: [event(document, now)]}, now)


def batch(project: Project, document: Json, now: datetime) -> tuple[list[Statement], dict[str, list[Json]]]:
    """What stores the good events of a batch, and the answer for each, by collection."""
    if not isinstance(document, dict):
        raise KeenError(
            "A batch must be an object with a list of events for each collection.", "InvalidBatchError"
        )
    good: dict[str, list[Event]] = {}
    answers: dict[str, list[Json]] = {}
    for collection, documents in document.items():
        if not isinstance(documents, list):
            raise KeenError(f"{str(collection)[:50]!r} must have a list of events.", "InvalidBatchError")
        answers[collection] = []
        for each in documents:
            try:
                writable(collection_name(collection))
                good.setdefault(collection, []).append(event(each, now))
                answers[collection].append({"success": True})
            except KeenError as error:
                why = {"name": error.code, "description": error.message}
                answers[collection].append({"success": False, "error": why})
    return inserts(project, good, now), answers


def inserts(project: Project, events: Mapping[str, Sequence[Event]], now: datetime) -> list[Statement]:
    made = list(_new_collections(project, list(events), now))
    rows = [(name, e.id, e.at, e.created_at, e.body) for name, each in events.items() for e in each]
    made += _insert("keen_event", _EVENT, rows)
    leaves = [(name, e.id, *leaf) for name, each in events.items() for e in each for leaf in e.leaves]
    return made + list(_insert("keen_leaf", _LEAF, leaves))


def delete(project: Project, events: Events) -> list[Statement]:
    """What deletes these events; with all of them, the collection. Raises `KeenError`."""
    writable(events.collection)
    name = {"name": events.collection}
    source, bind = project.open(events)()
    chosen = statements.matching(events, source, bind, "event.id")
    gone: list[Statement] = [
        (
            f"DELETE FROM keen_event WHERE collection = {bind(events.collection)} AND id IN ({chosen})",  # noqa: S608
            bind.values,
        ),
        (_LEFT_LEAVES, name),
    ]
    everything = events.span is None and not events.filter.parts
    return [*gone, ("DELETE FROM keen_collection WHERE name = $name", name)] if everything else gone


def _new_collections(project: Project, names: Sequence[str], now: datetime) -> Iterator[Statement]:
    known = set(project.store.select("SELECT name FROM keen_collection")["name"])
    new = set(names) - known
    if new and len(known) + len(new) > MOST_COLLECTIONS:
        raise KeenError(f"There are {MOST_COLLECTIONS} collections at most.", "InvalidCollectionNameError")
    # Those that are known may be deleted before this is stored.
    for name in names:
        yield _COLLECTION, {"name": name, "now": now}


def _insert(table: str, columns: Sequence[str], rows: Sequence[Sequence[Value]]) -> Iterator[Statement]:
    for start in range(0, len(rows), ROWS):
        values: dict[str, Value] = {}
        tuples = []
        for n, row in enumerate(rows[start : start + ROWS]):
            names = [f"v{n}_{m}" for m in range(len(row))]
            values.update(zip(names, row, strict=True))
            tuples.append(f"({', '.join(f'${name}' for name in names)})")
        yield f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join(tuples)}", values  # noqa: S608


_COLLECTION = "INSERT INTO keen_collection (name, created_at) VALUES ($name, $now) ON CONFLICT DO NOTHING"
_LEFT_LEAVES = """
    DELETE FROM keen_leaf WHERE collection = $name AND NOT EXISTS (
        SELECT 1 FROM keen_event
        WHERE keen_event.collection = keen_leaf.collection AND keen_event.id = keen_leaf.id
    )
"""
