"""Strategies: events with few names and values, so that queries meet them, and queries of every kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

PATHS = ["a", "b", "list", "inner.x", "inner.y", "nothing", "inner"]
BEGIN = datetime(2024, 3, 1, tzinfo=UTC)  # clocks change in this month and at the end of October
ZONES = [
    "UTC",
    3600,
    "-12600",
    "Europe/Brussels",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
]
MEASURES = [
    "count", "count_unique", "select_unique", "sum", "average", "minimum", "maximum", "median", "percentile",
    "standard_deviation",
]  # fmt: skip

# Quarters add up without rounding, in whatever order an engine takes them.
NUMBERS = [*range(-5, 6), *(n / 4 for n in range(-8, 9)), 2**20, -(2**20), 0.1]
TEXTS = [
    "", "a", "ab", "abc", "B", "1", "true", "null", "a.b", 'q"uote', "back\\slash", "%", "_",
    "é", "日本", "\U0001f600", "ﬀ", "\u2028", "\x1f", "$p0", "'", "[1]", "a b",
]  # fmt: skip
numbers = st.sampled_from(NUMBERS)
texts = st.sampled_from(TEXTS)
scalars = st.one_of(numbers, texts, st.booleans())
values = st.one_of(scalars, scalars, scalars, st.none(), st.lists(scalars, max_size=3))


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    event: dict[str, Any] = {}
    for name in draw(st.sets(st.sampled_from(["a", "b"]))):
        event[name] = draw(values)
    if draw(st.booleans()):
        event["list"] = draw(st.lists(scalars, max_size=3))
    if draw(st.booleans()):
        event["inner"] = draw(st.dictionaries(st.sampled_from(["x", "y"]), values))
    at = BEGIN + timedelta(minutes=draw(st.integers(0, 400 * 24 * 60)))
    event["keen"] = {"timestamp": at.isoformat()}
    return event


PATTERNS = [
    "a", "^a", "b$", "^$", "a|B", "(a)(b)?", "[ab]+c", "[^a]", "\\d", "\\w+", "\\W", "[^\\w.]", "\\s", ".",
    "a.b", "a\\.b", "x{0,2}a", "(?:ab)+",
]  # fmt: skip


@dataclass(frozen=True)
class Words:
    """What queries ask about."""

    paths: list[str]
    targets: list[str]  # of analyses
    groups: list[str]
    numbers: st.SearchStrategy[Any]
    texts: st.SearchStrategy[str]
    values: st.SearchStrategy[Any]


OWN = Words(
    paths=PATHS,
    targets=[path for path in PATHS if path != "inner"],
    groups=["a", "b", "list", "inner.x"],
    numbers=numbers,
    texts=texts,
    values=values,
)


def conditions(words: Words = OWN) -> st.SearchStrategy[dict[str, Any]]:
    def of(operators: list[str], value: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
        return st.fixed_dictionaries(
            {
                "property_name": st.sampled_from(words.paths),
                "operator": st.sampled_from(operators),
                "property_value": value,
            }
        )

    single = st.one_of(
        of(["eq", "ne"], words.values),
        of(["lt", "lte", "gt", "gte"], words.numbers | words.texts),
        of(["exists"], st.booleans()),
        of(["in"], st.lists(words.values, max_size=3)),
        of(["contains", "not_contains"], words.texts),
        of(["regex"], st.sampled_from(PATTERNS)),
    )
    return st.recursive(
        single,
        lambda inner: st.fixed_dictionaries(
            {"operator": st.sampled_from(["or", "and"]), "operands": st.lists(inner, min_size=1, max_size=3)}
        ),
        max_leaves=4,
    )


@st.composite
def spans(draw: st.DrawFn) -> dict[str, str]:
    start = BEGIN + timedelta(minutes=draw(st.integers(0, 390 * 24 * 60)))
    end = start + timedelta(minutes=draw(st.integers(0, 60 * 24 * 60)))
    return {"start": start.isoformat(), "end": end.isoformat()}


@st.composite
def measures(draw: st.DrawFn, words: Words = OWN) -> dict[str, Any]:
    kind = draw(st.sampled_from(MEASURES))
    measure: dict[str, Any] = {"analysis_type": kind}
    if kind != "count":
        measure["target_property"] = draw(st.sampled_from(words.targets))
    if kind == "percentile":
        measure["percentile"] = draw(st.sampled_from([0.5, 1, 10, 25, 33.3, 50, 55, 75, 90, 99, 100]))
    return measure


@st.composite
def queries(draw: st.DrawFn, words: Words = OWN) -> dict[str, Any]:
    """With `analysis`: what stands in the address."""
    query: dict[str, Any] = {"filters": draw(st.lists(conditions(words), max_size=3))}
    if draw(st.booleans()):
        labels = st.sampled_from(["one", "two", "three"])
        query["analyses"] = draw(st.dictionaries(labels, measures(words), min_size=1))
        query["analysis"] = "multi_analysis"
    else:
        measure = draw(measures(words))
        query |= measure | {"analysis": measure["analysis_type"]}
    if draw(st.booleans()):
        query["timeframe"] = draw(spans())
        if draw(st.booleans()):
            query["interval"] = draw(st.sampled_from(INTERVALS))
            query["zero_fill"] = draw(st.booleans())
    query["timezone"] = draw(st.sampled_from(ZONES))
    groups = draw(st.lists(st.sampled_from(words.groups), unique=True, max_size=2))
    if groups:
        query["group_by"] = [draw(st.sampled_from([path, _renamed(path)])) for path in groups]
        query |= draw(_sorting([*groups, *map(alias, groups)], query))
    return query


INTERVALS = [
    "hourly", "every_7_hours", "every_90_minutes", "daily", "weekly", "monthly", "yearly", "every_3_days",
    "every_2_weeks", "every_5_months",
]  # fmt: skip


def _renamed(path: str) -> dict[str, str]:
    return {"property_name": path, "alias": alias(path)}


def alias(path: str) -> str:
    return f"group of {path}"


@st.composite
def _sorting(draw: st.DrawFn, names: list[str], query: dict[str, Any]) -> dict[str, Any]:
    """Lists of values are left out: they sort as JSON, which is the compiler's own matter."""
    labels = query.get("analyses", {"result": query})
    figures = [name for name, each in labels.items() if each["analysis_type"] != "select_unique"]
    shown = [each["alias"] if isinstance(each, dict) else each for each in query["group_by"]]
    known = [*figures, *(name for name in names if name in shown)]
    directions = st.sampled_from(["ASC", "DESC"])
    orders = [
        {"property_name": name, "direction": draw(directions)}
        for name in draw(st.lists(st.sampled_from(known), unique=True, max_size=2))
    ]
    if not orders:
        return {}
    limit = draw(st.none() | st.integers(1, 4))
    return {"order_by": orders} | ({"limit": limit} if limit else {})


@st.composite
def funnel_steps(draw: st.DrawFn) -> list[dict[str, Any]]:
    steps = []
    for number in range(draw(st.integers(1, 4))):
        step: dict[str, Any] = {
            "actor_property": draw(st.sampled_from(["a", "b", "inner.x"])),
            "filters": draw(st.lists(conditions(), max_size=1)),
            "with_actors": draw(st.booleans()),
        }
        if draw(st.booleans()):
            step["timeframe"] = draw(spans())
        if number:
            step |= {"inverted": draw(st.booleans()), "optional": draw(st.booleans())}
        steps.append(step)
    return steps


@st.composite
def extractions(draw: st.DrawFn) -> dict[str, Any]:
    document: dict[str, Any] = {"filters": draw(st.lists(conditions(), max_size=2))}
    if draw(st.booleans()):
        document["timeframe"] = draw(spans())
    if draw(st.booleans()):
        document["latest"] = draw(st.integers(1, 12))
    if draw(st.booleans()):
        document["property_names"] = draw(st.lists(st.sampled_from(PATHS), min_size=1, max_size=3))
    return document
