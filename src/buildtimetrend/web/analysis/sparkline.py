"""A line as small as a word: values over time as an SVG path, without axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 120, 28
_MARGIN = 3  # so that the stroke and the last dot stay within
# A share of the largest value: smaller changes than that do not fill the height.
_LEAST_RANGE = 0.5


@dataclass(frozen=True, slots=True)
class Sparkline:
    """`line` and `area` are path data within `WIDTH` by `HEIGHT`; the last value is at `x`, `y`."""

    line: str
    area: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Around:
    """Path data of the values `before` a finding, of those that it `held` in, and `after` it.

    It began at `mark`; the last value is at `x`, `y`.
    """

    before: str
    held: str
    after: str
    mark: float
    x: float
    y: float


def around(trend: Mapping[str, Any] | None) -> Around | None:
    """Of a finding's `trend`; None where it has none."""
    if trend is None:
        return None
    since, end = trend["since"], len(trend["values"])
    over = end if trend["over"] is None else trend["over"]
    points = _points(trend["values"])
    x, y = points[-1]
    return Around(
        before=_path(points[:since]),
        held=_path(points[max(0, since - 1) : over]),
        after=_path(points[max(0, over - 1) :]) if over < end else "",
        mark=points[min(since, end - 1)][0],
        x=x,
        y=y,
    )


def sparkline(values: Sequence[float | None]) -> Sparkline | None:
    """The values from left to right, at equal distances; None is passed over. None if there is no value."""
    points = _points(values)
    if not points:
        return None
    drawn = _path(points)
    (left, _), (right, last) = points[0], points[-1]
    return Sparkline(drawn, f"M{left} {HEIGHT}L{drawn[1:]}V{HEIGHT}Z", right, last)


def _points(values: Sequence[float | None]) -> list[tuple[float, float]]:
    known = [value for value in values if value is not None]
    if not known:
        return []
    low, high = min(known), max(known)
    spread = max(high - low, _LEAST_RANGE * high) or 1.0
    bottom = (low + high - spread) / 2
    step = (WIDTH - 2 * _MARGIN) / max(1, len(values) - 1)
    return [
        (round(_MARGIN + step * index, 1), _height((value - bottom) / spread))
        for index, value in enumerate(values)
        if value is not None
    ]


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in points) if points else ""


def _height(share: float) -> float:
    return round(HEIGHT - _MARGIN - share * (HEIGHT - 2 * _MARGIN), 1)
