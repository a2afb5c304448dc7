"""Whether an answer is what the naive evaluator says of the events that count."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from buildtimetrend.keen.language import times
from tests.keen import naive

_CLOCK = {"hourly": 60, "every_7_hours": 420, "every_90_minutes": 90}  # minutes


def selected(event: dict[str, Any], asked: dict[str, Any]) -> bool:
    span = asked.get("timeframe")
    at = naive.time_of(event)
    if span and not datetime.fromisoformat(span["start"]) <= at < datetime.fromisoformat(span["end"]):
        return False
    return all(naive.holds(event, condition) for condition in asked["filters"])


def check(found: Any, asked: dict[str, Any], events: list[dict[str, Any]]) -> None:
    """`events` are those that `selected` lets through."""
    if "interval" not in asked:
        _check_groups(found, asked, events, [])
        return
    _check_bounds(found, asked)
    for bucket in found:
        start, end = (datetime.fromisoformat(bucket["timeframe"][name]) for name in ("start", "end"))
        inside = [event for event in events if start <= naive.time_of(event) < end]
        _check_groups(bucket["value"], asked, inside, events if asked["zero_fill"] else [])


def _check_groups(found: Any, asked: dict[str, Any], events: list[Any], others: list[Any]) -> None:
    """`others` are events whose groups are there, too, though empty."""
    groups = [(each["property_name"], each["alias"]) if isinstance(each, dict) else (each, each)
              for each in asked.get("group_by", [])]  # fmt: skip
    if not groups:
        _check_figures(found, asked, events)
        return
    paths, names = [path for path, _ in groups], [name for _, name in groups]
    expected = naive.grouped(events, paths)
    keys = [key for key, _ in expected]
    for key, _ in naive.grouped(others, paths):
        if not any(naive.same(key, known) for known in keys):
            expected.append((key, []))
    assert len(found) == min(len(expected), asked.get("limit", len(expected)))
    shown = [[row[name] for name in names] for row in found]
    assert len(naive.distinct(shown)) == len(shown)
    for row, key in zip(found, shown, strict=True):
        members = next(members for known, members in expected if naive.same(known, key))
        figures = {label: value for label, value in row.items() if label not in names}
        _check_figures(figures if "analyses" in asked else figures["result"], asked, members)
    if "order_by" in asked:
        _check_order(found, asked, expected, names)


def _check_order(
    found: list[Any], asked: dict[str, Any], expected: list[tuple[list[Any], list[Any]]], names: list[str]
) -> None:
    """Sorted, and by the first name no row is left out that should be before one that is there."""
    for one, other in pairwise(found):
        for order in asked["order_by"]:
            ranks = [naive.rank(row[order["property_name"]]) for row in (one, other)]
            if ranks[0] != ranks[1]:
                assert (ranks[0] > ranks[1]) == (order["direction"] == "DESC")
                break
    first = asked["order_by"][0]
    by = first["property_name"]
    if by in names:
        values = [key[names.index(by)] for key, _ in expected]
    else:
        measure = asked["analyses"][by] if "analyses" in asked else asked
        values = [_expected(measure, members) for _, members in expected]
    ranked = sorted(map(naive.rank, values), reverse=first["direction"] == "DESC")
    for row, rank in zip(found, ranked, strict=False):
        here = naive.rank(row[by])
        assert here[0] == rank[0]
        assert here[1] == (pytest.approx(rank[1], rel=1e-9, abs=1e-7) if rank[0] == 2 else rank[1])


def _check_figures(found: Any, asked: dict[str, Any], events: list[Any]) -> None:
    if "analyses" in asked:
        assert found.keys() == asked["analyses"].keys()
        for label, measure in asked["analyses"].items():
            _check_figure(found[label], measure, events)
    else:
        _check_figure(found, asked, events)


def _check_figure(found: Any, measure: dict[str, Any], events: list[Any]) -> None:
    expected = _expected(measure, events)
    if measure["analysis_type"] == "select_unique":
        assert len(found) == len(expected)
        assert all(any(naive.same(each, other) for other in expected) for each in found)
    else:
        assert found == (None if expected is None else pytest.approx(expected, rel=1e-9, abs=1e-7))


def _expected(measure: dict[str, Any], events: list[Any]) -> Any:
    target, percentile = measure.get("target_property"), measure.get("percentile", 50)
    return naive.reckon(events, measure["analysis_type"], target, percentile)


def _check_bounds(found: list[Any], asked: dict[str, Any]) -> None:
    """Buckets follow each other through the whole timeframe, and begin where a unit of the zone does."""
    start, end = (datetime.fromisoformat(asked["timeframe"][name]) for name in ("start", "end"))
    bounds = [datetime.fromisoformat(bucket["timeframe"]["start"]) for bucket in found]
    if not found:
        assert start == end
        return
    ends = [datetime.fromisoformat(bucket["timeframe"]["end"]) for bucket in found]
    assert bounds[0] == start
    assert ends[-1] == end
    assert bounds[1:] == ends[:-1]
    assert all(begin < finish for begin, finish in zip(bounds, ends, strict=True))
    if asked["interval"] in _CLOCK:
        _check_clock(bounds, end, asked)
    else:
        _check_days(bounds[1:], asked)


def _check_clock(bounds: list[datetime], end: datetime, asked: dict[str, Any]) -> None:
    """From the full hour, or minute, that the timeframe starts in, on in even steps, whatever clocks do."""
    length = timedelta(minutes=_CLOCK[asked["interval"]])
    local = bounds[0].astimezone(times.zone(asked["timezone"]))
    hours = "hour" in asked["interval"]
    first = bounds[0] - timedelta(minutes=local.minute if hours else 0)
    assert bounds[1:] == [first + n * length for n in range(1, len(bounds))]
    assert first + len(bounds) * length >= end


def _check_days(bounds: list[datetime], asked: dict[str, Any]) -> None:
    zone = times.zone(asked["timezone"])
    for bound in bounds:
        local = bound.astimezone(zone)
        # At São Paulo clocks were turned at midnight.
        assert (local.hour, local.minute) == (0, 0) or (isinstance(zone, ZoneInfo) and local.hour == 1)
        if asked["interval"] in ("weekly", "every_2_weeks"):
            assert local.isoweekday() == 7
        if asked["interval"] in ("monthly", "every_5_months"):
            assert local.day == 1
        if asked["interval"] == "yearly":
            assert (local.month, local.day) == (1, 1)
