"""SQL of median and 95th percentile: both are asked for as one array, so that values are sorted once."""

from __future__ import annotations

SHARES = (0.5, 0.95)


def p50(column: str, where: str = "") -> str:
    """Of the rows that `where` chooses, a condition."""
    return _one_of(1, column, where)


def p95(column: str, where: str = "") -> str:
    return _one_of(2, column, where)


def _one_of(place: int, column: str, where: str) -> str:
    """An engine computes an aggregate that stands twice in a query once."""
    shares = ", ".join(map(str, SHARES))
    chosen = f" FILTER (WHERE {where})" if where else ""
    return f"(percentile_cont(ARRAY[{shares}]) WITHIN GROUP (ORDER BY {column}){chosen})[{place}]"
