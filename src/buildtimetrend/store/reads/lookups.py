"""Which repo and pipelines are meant: looked up once for an answer, however many queries that has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from buildtimetrend.model import Value
from buildtimetrend.store.base import Store, Table

_Key = tuple[int, str, frozenset[tuple[str, Value]]]
_found: ContextVar[dict[_Key, Table] | None] = ContextVar("looked_up", default=None)


@contextmanager
def looked_up_once() -> Iterator[None]:
    """Within it `look_up` asks a store for the same but once: all queries of an answer mean the same repo,
    also if one is renamed meanwhile. One within another is part of that.
    """
    if _found.get() is not None:
        yield
        return
    token = _found.set({})
    try:
        yield
    finally:
        _found.reset(token)


def look_up(store: Store, sql: str, params: Mapping[str, Value]) -> Table:
    """As `store.select`; the answer may be another's, too: it must not be changed."""
    found = _found.get()
    if found is None:
        return store.select(sql, params)
    key = id(store), sql, frozenset(params.items())
    if key not in found:
        found[key] = store.select(sql, params)
    return found[key]
