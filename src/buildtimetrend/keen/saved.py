"""Saved queries: a document under a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from buildtimetrend.keen.language import times
from buildtimetrend.keen.language.documents import Json
from buildtimetrend.keen.language.errors import KeenError, not_found
from buildtimetrend.keen.language.names import LONGEST
from buildtimetrend.keen.language.query import ANALYSES
from buildtimetrend.model import Value
from buildtimetrend.store.base import Statement, Store, rows

MOST_BYTES = 100_000
# What a definition says of its query, each null when the client has not set it.
_FIELDS = (
    "analysis_type", "event_collection", "target_property", "timeframe", "timezone", "interval", "filters",
    "group_by", "order_by", "limit", "zero_fill", "percentile", "analyses", "steps", "latest",
    "property_names",
)  # fmt: skip
_REFRESHES = range(14_400, 86_401)


@dataclass(frozen=True, slots=True)
class Saved:
    name: str
    definition: Mapping[str, Json]
    refresh_rate: int
    metadata: Json
    created_at: datetime
    updated_at: datetime


def saved(name: str, document: Json, now: datetime) -> Saved:
    """What a PUT asks to keep. Raises `KeenError`."""
    if not name or len(name) > LONGEST or not all(c.isalnum() or c in "-_." for c in name):
        raise KeenError(f"A query's name has 1 to {LONGEST} letters, digits, hyphens and underscores.")
    definition = document.get("query") if isinstance(document, dict) else None
    if not isinstance(definition, dict) or definition.get("analysis_type") not in ANALYSES:
        raise KeenError(f"query needs an analysis_type of {', '.join(ANALYSES)}.")
    rate = document.get("refresh_rate") or 0
    if isinstance(rate, bool) or not isinstance(rate, int) or (rate and rate not in _REFRESHES):
        raise KeenError(f"refresh_rate is 0 or {_REFRESHES.start} to {_REFRESHES.stop - 1} seconds.")
    kept = {key: value for key, value in definition.items() if value is not None}
    if len(orjson.dumps(document)) > MOST_BYTES:
        raise KeenError(f"A saved query has {MOST_BYTES} bytes at most.")
    return Saved(name, kept, rate, document.get("metadata") or {}, now, now)


def put(query: Saved) -> list[Statement]:
    values: dict[str, Value] = {
        "name": query.name,
        "definition": orjson.dumps(query.definition).decode(),
        "refresh_rate": query.refresh_rate,
        "metadata": orjson.dumps(query.metadata).decode(),
        "now": query.updated_at,
    }
    return [(_PUT, values)]


def delete(name: str) -> list[Statement]:
    return [("DELETE FROM keen_saved_query WHERE name = $name", {"name": name})]


def one(store: Store, name: str) -> Saved:
    found = rows(store.select(f"{_SELECT} WHERE name = $name", {"name": name}))
    if not found:
        raise not_found(f"saved query {name}")
    return _saved(found[0])


def every(store: Store) -> list[Saved]:
    return [_saved(row) for row in rows(store.select(f"{_SELECT} ORDER BY name"))]


def shown(query: Saved, address: str) -> dict[str, Json]:
    """As Keen tells it; `address` is that of the list of saved queries."""
    known = dict.fromkeys(_FIELDS) | dict(query.definition)
    url = f"{address}/{query.name}"
    return {
        "query_name": query.name,
        "refresh_rate": query.refresh_rate,
        "query": known,
        "metadata": query.metadata,
        "urls": {"query_url": url, "query_results_url": f"{url}/result"},
        "created_date": times.text(query.created_at),
        "last_modified_date": times.text(query.updated_at),
        "user_last_modified_date": times.text(query.updated_at),
        "run_information": None,
        "is_public": False,
    }


def _saved(row: dict[str, Any]) -> Saved:
    definition, metadata = orjson.loads(row["definition"]), orjson.loads(row["metadata"])
    return Saved(row["name"], definition, row["refresh_rate"], metadata, row["created_at"], row["updated_at"])


_SELECT = "SELECT name, definition, refresh_rate, metadata, created_at, updated_at FROM keen_saved_query"
_PUT = """
    INSERT INTO keen_saved_query (name, definition, refresh_rate, metadata, created_at, updated_at)
    VALUES ($name, $definition, $refresh_rate, $metadata, $now, $now)
    ON CONFLICT (name) DO UPDATE SET definition = excluded.definition, refresh_rate = excluded.refresh_rate,
        metadata = excluded.metadata, updated_at = excluded.updated_at
"""
