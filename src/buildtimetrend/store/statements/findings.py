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
_UNCHANGED = " WHERE finding.document = $was"
_PUT_DOCUMENT = "UPDATE finding SET document = $document WHERE id = $id AND document = $was"
_DROP = "DELETE FROM finding WHERE id = $id"


def put(row: Mapping[str, Value], was: str | None = None) -> Statement:
    """A new finding, or what is known of one by now; the row has all `COLUMNS`. Changes nothing where the
    document that is stored is no longer `was`: another look wrote to it, and the next one sees both.
    """
    given = {name: row[name] for name in COLUMNS}
    return (_PUT, given) if was is None else (_PUT.rstrip() + _UNCHANGED, given | {"was": was})


def put_document(finding: str, document: str, was: str) -> Statement:
    """What else is known of one that is kept; changes nothing where its document is no longer `was`."""
    return _PUT_DOCUMENT, {"id": finding, "document": document, "was": was}


def drop(finding: str) -> Statement:
    """Of one that nobody was told about."""
    return _DROP, {"id": finding}
