"""A line as small as a word: values over time as an SVG path, without axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 120, 28
_MARGIN = 3  # so that the stroke and the last dot stay within
# A share of the largest value: smaller changes than that do not fill the height.
_LEAST_RANGE = 0.2


@dataclass(frozen=True, slots=True)
class Sparkline:
    """`line` and `area` are path data within `WIDTH` by `HEIGHT`; the last value is at `x`, `y`."""

    line: str
    area: str
    x: float
    y: float


def sparkline(values: Sequence[float | None]) -> Sparkline | None:
    """The values from left to right, at equal distances; None is passed over. None if there is no value."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    low, high = min(known), max(known)
    spread = max(high - low, _LEAST_RANGE * high) or 1.0
    bottom = (low + high - spread) / 2
    step = (WIDTH - 2 * _MARGIN) / max(1, len(values) - 1)
    points = [
        (round(_MARGIN + step * index, 1), _height((value - bottom) / spread))
        for index, value in enumerate(values)
        if value is not None
    ]
    drawn = "L".join(f"{x} {y}" for x, y in points)
    (left, _), (right, last) = points[0], points[-1]
    return Sparkline(f"M{drawn}", f"M{left} {HEIGHT}L{drawn}V{HEIGHT}Z", right, last)


def _height(share: float) -> float:
    return round(HEIGHT - _MARGIN - share * (HEIGHT - 2 * _MARGIN), 1)
