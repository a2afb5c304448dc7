"""Figures reckoned in plain Python, to compare those of the store with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import hypot, sqrt
from statistics import variance
from typing import Any, TypeVar

from buildtimetrend.charts.margins import student
from buildtimetrend.model import Column, Query, Series, Value

T = TypeVar("T")
LENGTHS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
MONDAY = datetime.fromisoformat("2018-01-01T00:00:00+00:00")


def bucket(instant: datetime, interval: str) -> datetime:
    return MONDAY + (instant - MONDAY) // LENGTHS[interval] * LENGTHS[interval]


def buckets(asked: Query) -> list[datetime]:
    found, at = [], bucket(asked.since, asked.interval)
    while at < asked.until:
        found.append(at)
        at += LENGTHS[asked.interval]
    return found


def grouped(things: Iterable[T], key: Callable[[T], Any]) -> dict[Any, list[T]]:
    groups: dict[Any, list[T]] = defaultdict(list)
    for thing in things:
        groups[key(thing)].append(thing)
    return groups


def average(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def percentile(values: Sequence[float], fraction: float) -> float | None:
    """Interpolated between the two nearest, as SQL's percentile_cont does."""
    if not values:
        return None
    ordered = sorted(values)
    at = fraction * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def figures(values: Sequence[float]) -> list[float | None]:
    return [average(values), percentile(values, 0.5), percentile(values, 0.95), len(values)]


def before(asked: Query) -> Query:
    """The range of the same length that ends where this one begins."""
    return replace(asked, since=asked.since - (asked.until - asked.since), until=asked.since)


def margin_of_medians(*sides: tuple[Sequence[float], int]) -> float | None:
    """Of values, and of how many builds they are; a quartile is 0.6745 deviations from a normal median."""
    if not all(values and builds for values, builds in sides):
        return None
    widths = [(percentile(values, 0.75), percentile(values, 0.25), builds) for values, builds in sides]
    deviations = [((high or 0) - (low or 0)) / 1.349 for high, low, _ in widths]
    errors = [1.253 * each / sqrt(builds) for each, (*_, builds) in zip(deviations, widths, strict=True)]
    return 1.96 * hypot(*errors)


def margin_of_means(*sides: Sequence[float]) -> float | None:
    if any(len(values) < 2 for values in sides):
        return None
    errors = [variance(values) / len(values) for values in sides]
    freedom = [error**2 / (len(values) - 1) for error, values in zip(errors, sides, strict=True)]
    return student(sum(errors) ** 2 / sum(freedom)) * sqrt(sum(errors)) if sum(freedom) else 0.0


def change(
    now: float | None, previous: float | None, *counts: int, margin: float | None = None
) -> tuple[float | None, str]:
    """In percent, and what it means: counted are what both sides are made of; within `margin` is chance."""
    if now is None:
        return None, "unknown"
    if now < 1 and (previous is None or previous < 1):
        return None, "under 1 s"
    if previous is None or any(count < 10 for count in counts):
        return None, "too few"
    percent = (now - previous) / previous * 100 if previous else None
    if margin is not None and abs(now - previous) <= margin:
        return percent, "may be chance"
    if abs(now - previous) < 1 or (percent is not None and abs(percent) < 5):
        return percent, "same"
    return percent, "slower" if now > previous else "faster"


def changed(
    asked: Query, now: float | None, previous: float | None, *counts: int, margin: float | None
) -> tuple[float | None, str]:
    """`change`, but of what did not pass."""
    if asked.filters.get("result") not in (None, "passed"):
        return None, "unknown" if now is None else "not compared"
    return change(now, previous, *counts, margin=margin)


def column(series: Series, name: str) -> Column:
    return next(column for column in series.columns if column.name == name)


def rows(series: Series) -> dict[Value, list[Value]]:
    """The other columns by the first one."""
    keys, *rest = series.columns
    return {key: [column.values[row] for column in rest] for row, key in enumerate(keys.values)}


def same(found: Mapping[Any, list[Any]], expected: Mapping[Any, list[Any]]) -> bool:
    """Equal keys in equal order, and values equal but for the last digits."""
    return list(found) == list(expected) and all(
        len(found[key]) == len(expected[key]) and all(map(close, found[key], expected[key]))
        for key in expected
    )


def close(found: Any, expected: Any) -> bool:
    if isinstance(found, float) and isinstance(expected, float | int):
        return abs(found - expected) <= 1e-6 * max(1.0, abs(expected))
    return bool(found == expected)


def counts(column: Column) -> list[int]:
    return [int(str(value)) for value in column.values]
