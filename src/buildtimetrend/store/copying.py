"""Copies all that one store holds into another, whatever their engines.

Which tables there are, the schema itself says. They are copied in parts, each by one transaction that also
notes in the target that the part is there: a copy that was interrupted goes on with those that are missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from buildtimetrend.errors import StoreError
from buildtimetrend.model import Value
from buildtimetrend.store.base import Part, Store, rows

# What a store has for itself.
OWN = frozenset({"schema_version", "repo_version", "copied_part"})
OWN_COLUMNS = frozenset({("saved_build", "number"), ("saved_build", "saved_at")})
# Small, and on a cluster kept on every machine, unlike what else belongs to a repo.
WHOLE = frozenset({"repo_alias"})
_COLUMNS = """
    SELECT CAST(table_name AS TEXT) AS "table", CAST(column_name AS TEXT) AS "column"
    FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
    ORDER BY 1, 2
"""
_MODULUS = 2**64

Told = Callable[[int], None]  # of how many rows were copied, or checked, since the last time
Layout = Mapping[str, Sequence[str]]  # columns by table


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Rows that are copied together: one table, or those of one repo in several."""

    name: str
    tables: Sequence[str]
    repo_id: int | None
    rows: int


def layout_of(store: Store) -> Layout:
    """What a copy of the store holds."""
    layout: dict[str, list[str]] = {}
    for row in rows(store.select(_COLUMNS)):
        if row["table"] not in OWN and (row["table"], row["column"]) not in OWN_COLUMNS:
            layout.setdefault(row["table"], []).append(row["column"])
    return layout


def count(store: Store, layout: Layout) -> int:
    """Rows of all tables."""
    return sum(_count(store, table) for table in layout)


def copy(source: Store, target: Store, name: str, told: Told) -> None:
    """Copy what the target lacks. `name` is that of the source, by which a copy that was begun is known.

    Raises `StoreError` when the target holds anything that is not of this copy.
    """
    layout = _common_layout(source, target)
    done = _done(target, layout, name)
    for chunk in _chunks(source, layout):
        if chunk.name in done:
            told(chunk.rows)
        else:
            target.append(_parts_of(source, layout, chunk, name, told)).result()


def verify(source: Store, target: Store, told: Told) -> None:
    """Compare count and checksum of every table. Raises `StoreError` that says which differ."""
    layout = _common_layout(source, target)
    differing = []
    for table, columns in layout.items():
        expected, found = checksum(source, table, columns, told), checksum(target, table, columns, told)
        if expected != found:
            differing.append(f"{table} ({expected[0]} rows there, {found[0]} here)")
    if differing:
        raise StoreError(
            f"The copy differs from what it was made of in {', '.join(differing)}: was something written "
            "meanwhile? Stop all services and workers, empty the target and copy again."
        )


def finish(target: Store) -> None:
    """From here on the target is a store like any other."""
    target.execute([("DELETE FROM copied_part", {})]).result()


def checksum(
    store: Store, table: str, columns: Sequence[str], told: Told = lambda _: None
) -> tuple[int, int]:
    """How many rows a table has, and a sum of them that does not depend on their order.

    The sum is that of the first 64 bits of BLAKE2b over each row as a JSON array, its columns by name, modulo
    2^64.
    """
    number = total = 0
    with closing(store.stream(_select(table, columns))) as pieces:
        for piece in pieces:
            for row in zip(*piece.values(), strict=True):
                number += 1
                total += int.from_bytes(hashlib.blake2b(orjson.dumps(row), digest_size=8).digest(), "big")
            told(len(piece[columns[0]]))
    return number, total % _MODULUS


def _common_layout(source: Store, target: Store) -> Layout:
    layout = layout_of(source)
    if layout != layout_of(target):
        raise StoreError("The two stores have different tables: something was added to one of them by hand.")
    return layout


def _done(target: Store, layout: Layout, name: str) -> set[str]:
    """Names of the chunks that the target has; notes the beginning."""
    begun = target.select("SELECT part, source FROM copied_part")
    if set(begun["source"]) - {name} or (not begun["source"] and count(target, layout)):
        raise StoreError("The target is not empty, and what it holds is no unfinished copy of this store.")
    if not begun["source"]:
        target.append(lambda: [_noted("", name)]).result()
    return {str(part) for part in begun["part"]}


def _chunks(source: Store, layout: Layout) -> Iterator[_Chunk]:
    by_repo = [table for table, columns in layout.items() if "repo_id" in columns and table not in WHOLE]
    for table in layout:
        if table not in by_repo:
            yield _Chunk(f"table {table}", [table], None, _count(source, table))
    counts: dict[int, int] = {}
    for table in by_repo:
        for row in rows(source.select(f'SELECT repo_id, count(*) AS number FROM "{table}" GROUP BY repo_id')):  # noqa: S608 - a table's name
            counts[row["repo_id"]] = counts.get(row["repo_id"], 0) + row["number"]
    for repo_id, number in sorted(counts.items()):
        yield _Chunk(f"repo {repo_id}", by_repo, repo_id, number)


def _parts_of(
    source: Store, layout: Layout, chunk: _Chunk, name: str, told: Told
) -> Callable[[], Iterator[Part]]:
    def parts() -> Iterator[Part]:
        for table in chunk.tables:
            sql = _select(table, layout[table])
            params: dict[str, Value] = {}
            if chunk.repo_id is not None:
                sql, params = f"{sql} WHERE repo_id = $repo_id", {"repo_id": chunk.repo_id}
            with closing(source.stream(sql, params)) as pieces:
                for piece in pieces:
                    yield table, piece
                    told(len(piece[layout[table][0]]))
        yield _noted(chunk.name, name)

    return parts


def _noted(part: str, source: str) -> Part:
    return "copied_part", {"part": [part], "source": [source], "copied_at": [datetime.now(UTC)]}


def _select(table: str, columns: Sequence[str]) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    return f'SELECT {names} FROM "{table}"'  # noqa: S608 - names out of the schema


def _count(store: Store, table: str) -> int:
    return int(str(store.select(f'SELECT count(*) AS number FROM "{table}"')["number"][0]))  # noqa: S608 - a table's name
