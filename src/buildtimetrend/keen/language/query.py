"""A query document as a value: what is asked of which events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from buildtimetrend.keen.language import intervals, timeframes, times
from buildtimetrend.keen.language.documents import Json
from buildtimetrend.keen.language.errors import KeenError
from buildtimetrend.keen.language.filters import EVERYTHING, All, conditions, few_enough, filters
from buildtimetrend.keen.language.groups import Group, Order, groups, limit, orders
from buildtimetrend.keen.language.names import collection_name, property_name

NUMERIC = (
    "minimum", "maximum", "sum", "average", "median", "percentile", "standard_deviation",
)  # fmt: skip
MEASURES = ("count", "count_unique", *NUMERIC, "select_unique")
ANALYSES = (*MEASURES, "multi_analysis", "funnel", "extraction")
MOST_LABELS = 50

Document: TypeAlias = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: of a plain analysis, or one of a multi_analysis by its label."""

    label: str
    kind: str
    target: str | None  # the property; count has none
    percentile: float = 50.0  # of `percentile`: above 0, to 100


@dataclass(frozen=True, slots=True)
class Events:
    """Which events."""

    collection: str
    span: timeframes.Span | None = None
    filter: All = EVERYTHING


@dataclass(frozen=True, slots=True)
class Query:
    events: Events
    measures: tuple[Measure, ...]
    multiple: bool  # a multi_analysis
    buckets: intervals.Buckets | None = None
    groups: tuple[Group, ...] = ()
    orders: tuple[Order, ...] = ()
    limit: int | None = None
    zero_fill: bool = True


def query(analysis: str, document: Document, now: datetime) -> Query:
    """Raises `KeenError` with what is wrong."""
    zone = times.zone(document.get("timezone"))
    which = events(document, now)
    measures = _measures(analysis, document)
    by = groups(document.get("group_by"))
    if by and any(condition.operator == "within" for condition in conditions(which.filter)):
        raise KeenError("A filter with within cannot be combined with group_by.", "InvalidFilterError")
    targets = {measure.target for measure in measures if measure.target}
    asked = {condition.path for condition in conditions(which.filter)} | {group.path for group in by}
    few_enough(asked | targets)
    names = {measure.label for measure in measures} | {group.alias for group in by}
    order = orders(document.get("order_by"), names)
    most = limit(document.get("limit"))
    if order and not by:
        raise KeenError("order_by needs group_by.")
    if most and not order:
        raise KeenError("limit needs order_by.")
    return Query(
        events=which,
        measures=measures,
        multiple=analysis == "multi_analysis",
        buckets=intervals.buckets(document.get("interval"), which.span, zone),
        groups=by,
        orders=order,
        limit=most,
        zero_fill=document.get("zero_fill") not in (False, "false"),
    )


def events(document: Document, now: datetime, fallback: Document | None = None) -> Events:
    """Those of a document; a funnel's step takes what it does not say of its time from `fallback`."""
    said = {**(fallback or {}), **{name: value for name, value in document.items() if value is not None}}
    zone = times.zone(said.get("timezone"))
    return Events(
        collection_name(document.get("event_collection")),
        timeframes.span(said.get("timeframe"), zone, now),
        filters(document.get("filters")),
    )


def _measures(analysis: str, document: Document) -> tuple[Measure, ...]:
    if analysis != "multi_analysis":
        return (_measure("result", analysis, document),)
    analyses = document.get("analyses")
    if not isinstance(analyses, dict) or not 0 < len(analyses) <= MOST_LABELS:
        raise KeenError(f"analyses must be an object with 1 to {MOST_LABELS} labels.")
    return tuple(_of_label(label, each) for label, each in analyses.items())


def _of_label(label: str, value: Json) -> Measure:
    if not isinstance(value, dict) or value.get("analysis_type") not in MEASURES:
        raise KeenError(f"analyses.{label[:50]} needs an analysis_type of {', '.join(MEASURES)}.")
    return _measure(property_name(label), value["analysis_type"], value)


def _measure(label: str, kind: str, document: Document) -> Measure:
    if kind == "count":
        return Measure(label, kind, None)
    if document.get("target_property") is None:
        raise KeenError(f"{kind} needs a target_property.", "MissingTargetPropertyError")
    target = property_name(document["target_property"])
    if kind != "percentile":
        return Measure(label, kind, target)
    return Measure(label, kind, target, _percentile(document.get("percentile")))


def _percentile(value: Json) -> float:
    try:
        found = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else 0.0
    except ValueError:
        found = 0.0
    if not 0 < found <= 100:
        raise KeenError(f"percentile is {str(value)[:50]!r}: it must be above 0 and at most 100.")
    return found
