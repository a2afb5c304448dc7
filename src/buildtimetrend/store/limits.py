"""How much one query may bring, and how long it may take: for those that others ask."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from buildtimetrend.errors import StoreError, StoreUnavailable

FIRST = 16  # rows that are fetched before it is known how large they are
MOST = 10_000  # at a time
CELL = 40  # bytes of a value, beside those of a text

Rows: TypeAlias = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Limits:
    """`size` is in bytes of memory, about."""

    rows: int
    size: int
    seconds: float


def fetched(fetch: Callable[[int], Sequence[tuple[Any, ...]]], limits: Limits) -> Rows:
    """All rows, of which `fetch` gets up to so many at a time.

    Raises `StoreError` as soon as there are too many, before all are in memory, and `StoreUnavailable` when
    it takes too long.
    """
    end = time.monotonic() + limits.seconds
    rows: Rows = []
    size, number = 0, FIRST
    while page := fetch(number):
        rows += page
        size += sum(CELL + len(value) if isinstance(value, str) else CELL for row in page for value in row)
        if len(rows) > limits.rows or size > limits.size:
            raise StoreError(f"The answer has more than {limits.rows} rows or {limits.size} bytes.")
        if time.monotonic() > end:
            raise StoreUnavailable("The store gave a query up that took too long.")
        number = max(1, min(MOST, (limits.size - size) * len(rows) // size))
    return rows
