"""SQL of percentiles: those of a column are asked for as one array, so that values are sorted once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

SHARES = (0.5, 0.95)
QUARTILES = {"low": 0.25, "median": 0.5, "high": 0.75}


def p50(column: str, where: str = "") -> str:
    """Of the rows that `where` chooses, a condition."""
    return _one_of(1, column, where)


def p95(column: str, where: str = "") -> str:
    return _one_of(2, column, where)


def percentiles(column: str, where: str, shares: Mapping[str, float]) -> str:
    """Columns by their names, of the rows that `where` chooses."""
    of = _array(column, where, shares.values())
    return ", ".join(f"({of})[{place}] AS {name}" for place, name in enumerate(shares, 1))


def _one_of(place: int, column: str, where: str) -> str:
    return f"({_array(column, where, SHARES)})[{place}]"


def _array(column: str, where: str, shares: Iterable[float]) -> str:
    """An engine computes an aggregate that stands twice in a query once."""
    chosen = f" FILTER (WHERE {where})" if where else ""
    of = ", ".join(map(str, shares))
    return f"percentile_cont(ARRAY[{of}]) WITHIN GROUP (ORDER BY {column}){chosen}"
