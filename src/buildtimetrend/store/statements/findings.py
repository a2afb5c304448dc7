"""Findings of a pipeline as rows: statements that every engine runs."""

from __future__ import annotations

from collections.abc import Mapping

from buildtimetrend.model import Value
from buildtimetrend.store.base import Statement

COLUMNS = (
    "id", "repo_id", "pipeline", "branches", "what", "thing", "seconds", "since_at", "first_at", "last_at",
    "over_at", "found_at", "seen_at", "withdrawn_at", "document", "known",
)  # fmt: skip
_GIVEN = ", ".join(f"${name}" for name in COLUMNS)
_KEPT = ("id", "repo_id", "found_at")
_PUT = f"""
    INSERT INTO finding ({", ".join(COLUMNS)}) VALUES ({_GIVEN})
    ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name not in _KEPT)}
"""  # noqa: E501, S608 - names out of the schema
_PUT_DOCUMENT = "UPDATE finding SET document = $document WHERE id = $id"
_DROP = "DELETE FROM finding WHERE id = $id"


def put(row: Mapping[str, Value]) -> Statement:
    """A new finding, or what is known of one by now; the row has all `COLUMNS`."""
    return _PUT, {name: row[name] for name in COLUMNS}


def put_document(finding: str, document: str) -> Statement:
    """What else is known of one that is kept."""
    return _PUT_DOCUMENT, {"id": finding, "document": document}


def drop(finding: str) -> Statement:
    """Of one that nobody was told about."""
    return _DROP, {"id": finding}
