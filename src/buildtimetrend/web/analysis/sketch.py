"""A chart as a picture for browsers without scripts: bars of its main figure; the rest is in its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from buildtimetrend import text
from buildtimetrend.model import Column, Series, Value
from buildtimetrend.web.analysis.served import served

WIDTH, HEIGHT = 480, 150
LEFT, TOP, FLOOR = 56, 14, 128
ROW, NAMES = 18, 170  # of bars that lie: the height of each, and the width of their names
MOST_ROWS = 12  # that lie; more of them stand side by side
MOST_BARS = 400
LONGEST_NAME = 26  # characters
# What a chart is about, where it has one of these; of others the columns of one unit are added up.
_MAIN = ("p50", "duration", "average", "success_rate", "share", "year")


@dataclass(frozen=True, slots=True)
class Bar:
    """`label` is what it is of, `said` its value in words; it may end `beyond` the picture."""

    x: float
    y: float
    width: float
    height: float
    label: str
    said: str
    beyond: bool = False


@dataclass(frozen=True, slots=True)
class Sketch:
    """`lying` bars have their names beside them; of others the `first` and the `last` are named below."""

    name: str
    bars: list[Bar]
    lying: bool
    highest: str
    first: str
    last: str
    height: int


def sketch(series: Series) -> Sketch:
    """Without bars where there are no values."""
    labels = _labels(series)
    unit, values = _values(series)
    places = [place for place, value in enumerate(values) if value is not None][-MOST_BARS:]
    known = [value for value in values if value is not None]
    lying = series.columns[0].name != "time" and len(values) <= MOST_ROWS
    top = served(_served(series, values)) or 1.0
    said = {place: text.value(values[place], unit) for place in places}
    bars = [
        _lying(at, labels[place], (values[place] or 0.0) / top, said[place])
        if lying
        else _standing(place, len(values), labels[place], (values[place] or 0.0) / top, said[place])
        for at, place in enumerate(places)
    ]
    return Sketch(
        name=_name(series, labels, said, values, places),
        bars=bars,
        lying=lying,
        highest=text.value(top, unit) if known else "",
        first=labels[0] if labels else "",
        last=labels[-1] if labels else "",
        height=ROW * len(bars) + 4 if lying and bars else HEIGHT,
    )


def _labels(series: Series) -> list[str]:
    column, *others = series.columns
    if column.name == "time":
        return [
            text.bucket(at, series.interval, series.since, series.until, series.until.year)
            if isinstance(at, datetime)
            else ""
            for at in column.values
        ]
    by_hour = others and others[0].name == "hour" and column.name == "weekday"
    beside: Sequence[Value] = others[0].values if by_hour else [""] * len(column.values)
    named = [f"{text.value(a)} {text.value(b)}".strip() for a, b in zip(column.values, beside, strict=True)]
    return ["".join(sign for sign in name if sign.isprintable()) for name in named]


def _values(series: Series) -> tuple[str, list[float | None]]:
    """The unit and the main figure of each row."""
    figures = [column for column in series.columns if column.unit]
    main = next((column for name in _MAIN for column in figures if column.name == name), None)
    if main is not None:
        return main.unit, [_number(value) for value in main.values]
    alike = [column for column in figures if column.unit == figures[0].unit] if figures else []
    return (alike[0].unit if alike else ""), [_sum(row) for row in zip(*map(_column, alike), strict=True)]


def _column(column: Column) -> list[float | None]:
    return [_number(value) for value in column.values]


def _served(series: Series, values: Sequence[float | None]) -> list[float]:
    """Of which the axis is: the longest of each build, since all jobs of one that hung are one mistake."""
    named = {column.name: column.values for column in series.columns}
    if "build" not in named:
        return [value for value in values if value is not None]
    longest: dict[tuple[Value, Value], float] = {}
    for provider, build, value in zip(named["provider"], named["build"], values, strict=True):
        longest[provider, build] = max(longest.get((provider, build), 0.0), value or 0.0)
    return list(longest.values())


def _number(value: Value) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _sum(row: Sequence[float | None]) -> float | None:
    known = [value for value in row if value is not None]
    return sum(known) if known else None


def _lying(at: int, label: str, share: float, said: str) -> Bar:
    width = round(min(share, 1.0) * (WIDTH - NAMES - 90), 1)
    short = label if len(label) <= LONGEST_NAME else f"{label[: LONGEST_NAME - 1]}…"
    return Bar(NAMES, 4 + ROW * at, max(width, 0.5), ROW - 6, short, said, share > 1)


def _standing(place: int, of: int, label: str, share: float, said: str) -> Bar:
    width = (WIDTH - LEFT) / max(of, 1)
    height = round(min(share, 1.0) * (FLOOR - TOP), 1)
    gap = min(1.0, width / 4)
    return Bar(
        round(LEFT + place * width, 2),
        round(FLOOR - height, 1),
        round(width - gap, 2),
        height,
        label,
        said,
        share > 1,
    )


def _name(
    series: Series,
    labels: Sequence[str],
    said: dict[int, str],
    values: Sequence[float | None],
    places: Sequence[int],
) -> str:
    if not places:
        return f"{series.title}: no data in this range."
    highest = max(places, key=lambda place: values[place] or 0.0)
    return (
        f"{series.title}: {text.counted(len(places), 'value')}, "
        f"the last {said[places[-1]]} ({labels[places[-1]]}), "
        f"the highest {said[highest]} ({labels[highest]})."
    )
