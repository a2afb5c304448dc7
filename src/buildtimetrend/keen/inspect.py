"""Which collections and properties there are."""

from __future__ import annotations

from collections.abc import Mapping

from buildtimetrend.keen.language.errors import not_found
from buildtimetrend.keen.language.filters import COORDINATES
from buildtimetrend.keen.project import Project
from buildtimetrend.keen.sql.fields import Field, Fields
from buildtimetrend.keen.sql.own import INSTANTS
from buildtimetrend.keen.sql.virtual import COLLECTIONS, REPO
from buildtimetrend.store.base import rows

# By the first character of canonical JSON.
_TYPES = {'"': "string", "[": "array", "t": "bool", "f": "bool"}
_FIELD_TYPES: Mapping[str, str] = {
    "text": "string",
    "names": "string",
    "number": "num",
    "truth": "bool",
    "instant": "string",
}
_OURS = {"keen.timestamp": "datetime", "keen.created_at": "datetime", "keen.id": "string"}


def collections(project: Project) -> dict[str, dict[str, str]]:
    """Types of properties by path, by collection."""
    found: dict[str, dict[str, str]] = {name: _virtual(fields) for name, fields in COLLECTIONS.items()}
    for row in rows(project.store.select("SELECT name FROM keen_collection ORDER BY name")):
        found[row["name"]] = dict(_OURS)
    for row in rows(project.store.select(_LEAVES)):
        _note(found.get(row["collection"]), row["path"], row["kind"])
    return found


def properties(project: Project, collection: str) -> dict[str, str]:
    """Types by path. Raises `KeenError` for an unknown collection."""
    if collection in COLLECTIONS:
        return _virtual(COLLECTIONS[collection])
    project.require(collection)
    found = dict(_OURS)
    for row in rows(project.store.select(_LEAVES_OF, {"collection": collection})):
        _note(found, row["path"], row["kind"])
    return found


def type_of(project: Project, collection: str, path: str) -> str:
    found = properties(project, collection)
    if path not in found:
        raise not_found(f"property {path} of {collection}")
    return found[path]


def _note(types: dict[str, str] | None, path: str, kind: str) -> None:
    """A property that has been of several types is known by that of the last."""
    if types is None or path in INSTANTS or path.startswith(f"{COORDINATES}."):
        return
    types[path] = "geo" if path == COORDINATES else _TYPES.get(kind, "num")


def _virtual(fields: Fields) -> dict[str, str]:
    types = {path: _type(path, field) for path, field in fields.items()}
    return types | dict.fromkeys(REPO, "string") | {"job.build_matrix.language": "string"}


def _type(path: str, field: Field) -> str:
    return _OURS.get(path, _FIELD_TYPES[field.kind])


_LEAVES = """
    SELECT DISTINCT collection, path, left(literal, 1) AS kind FROM keen_leaf
    WHERE literal IS NOT NULL ORDER BY 1, 2, 3
"""
_LEAVES_OF = """
    SELECT DISTINCT path, left(literal, 1) AS kind FROM keen_leaf
    WHERE collection = $collection AND literal IS NOT NULL ORDER BY 1, 2
"""
