"""How far an axis goes: one value shall not flatten all others. js/charts/served.js has the same rule."""

from __future__ import annotations

from collections.abc import Iterable

# One of a hundred values may be beyond the axis, and one of fewer: of so many, if it is so often the others.
FEW, FAR = 5, 2.5


def served(values: Iterable[float]) -> float:
    """The largest value that the axis serves: the largest of all, unless it is far beyond the others."""
    ordered = sorted(values)
    most = ordered[-1] if ordered else 0.0
    if len(ordered) < FEW:
        return most
    beyond = max(1, len(ordered) // 100)
    others = ordered[len(ordered) - 1 - beyond]
    return others if others > 0 and most > FAR * others else most
