"""The compiler against a naive evaluator, on random events and random queries, on every engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from buildtimetrend.keen import query, times, writes
from buildtimetrend.keen.documents import canonical
from buildtimetrend.keen.project import Project
from buildtimetrend.store import open_store
from buildtimetrend.web.keen.queries import ask
from tests.keen import naive, random_queries
from tests.store.engines import EXECUTING, empty


@pytest.fixture(scope="module", params=EXECUTING)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """One store of each engine, with a collection for each example."""
    folder = tmp_path_factory.mktemp("random")
    with empty(request.param, request, folder) as url, closing(open_store(url)) as store:
        yield Project(store, lambda _: True)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(random_queries.events(), min_size=1, max_size=30),
    st.lists(random_queries.queries(), min_size=4, max_size=4),
)
def test_every_engine_answers_as_plain_python_does(
    project: Project, events: list[dict[str, Any]], queries: list[dict[str, Any]]
) -> None:
    name = write(project, events)
    for asked in queries:
        document = {**asked, "event_collection": name}
        found = ask(project, asked["analysis"], document)["result"]
        check(found, asked, [event for event in events if selected(event, asked)])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(random_queries.events(), min_size=1, max_size=15),
    st.lists(random_queries.conditions(), min_size=1, max_size=2),
    random_queries.spans(),
)
def test_deleting_takes_what_the_scope_selects_and_nothing_else(
    project: Project, events: list[dict[str, Any]], filters: list[dict[str, Any]], span: dict[str, str]
) -> None:
    name = write(project, events)
    scope = {"event_collection": name, "filters": filters, "timeframe": span}
    project.store.execute(writes.delete(project, query.events(scope, datetime.now(UTC)))).result()
    left = ask(project, "extraction", {"event_collection": name})["result"]
    assert sorted(map(body, left)) == sorted(body(event) for event in events if not selected(event, scope))
    orphans = project.store.select(
        """
        SELECT count(*) AS leaves FROM keen_leaf WHERE collection = $name AND NOT EXISTS (
            SELECT 1 FROM keen_event WHERE keen_event.collection = $name AND keen_event.id = keen_leaf.id
        )
        """,
        {"name": name},
    )
    assert orphans == {"leaves": [0]}


def body(event: dict[str, Any]) -> str:
    """An event as text, without what the service adds."""
    at = naive.time_of(event).isoformat()
    return canonical({**{name: value for name, value in event.items() if name != "keen"}, "at": at})


def write(project: Project, events: list[dict[str, Any]]) -> str:
    """The name of a new collection with these events."""
    name = uuid4().hex
    statements, answers = writes.batch(project, {name: events}, datetime.now(UTC))
    assert all(answer["success"] for answer in answers[name])
    project.store.execute(statements).result()
    return name


def selected(event: dict[str, Any], asked: dict[str, Any]) -> bool:
    span = asked.get("timeframe")
    at = naive.time_of(event)
    if span and not datetime.fromisoformat(span["start"]) <= at < datetime.fromisoformat(span["end"]):
        return False
    return all(naive.holds(event, condition) for condition in asked["filters"])


def check(found: Any, asked: dict[str, Any], events: list[dict[str, Any]]) -> None:
    if "interval" not in asked:
        check_groups(found, asked, events, [])
        return
    check_bounds(found, asked)
    for bucket in found:
        start, end = (datetime.fromisoformat(bucket["timeframe"][name]) for name in ("start", "end"))
        inside = [event for event in events if start <= naive.time_of(event) < end]
        check_groups(bucket["value"], asked, inside, events if asked["zero_fill"] else [])


def check_groups(found: Any, asked: dict[str, Any], events: list[Any], others: list[Any]) -> None:
    """`others` are events whose groups are there, too, though empty."""
    paths = asked.get("group_by", [])
    if not paths:
        check_figures(found, asked, events)
        return
    expected = naive.grouped(events, paths)
    keys = [key for key, _ in expected]
    for key, _ in naive.grouped(others, paths):
        if not any(naive.same(key, known) for known in keys):
            expected.append((key, []))
    assert len(found) == len(expected)
    for row in found:
        shown = [row[path] for path in paths]
        members = next(members for key, members in expected if naive.same(key, shown))
        figures = {label: value for label, value in row.items() if label not in paths}
        check_figures(figures if "analyses" in asked else figures["result"], asked, members)


def check_figures(found: Any, asked: dict[str, Any], events: list[Any]) -> None:
    if "analyses" in asked:
        assert found.keys() == asked["analyses"].keys()
        for label, measure in asked["analyses"].items():
            check_figure(found[label], measure, events)
    else:
        check_figure(found, asked, events)


def check_figure(found: Any, measure: dict[str, Any], events: list[Any]) -> None:
    kind = measure["analysis_type"]
    expected = naive.reckon(events, kind, measure.get("target_property"), measure.get("percentile", 50))
    if kind == "select_unique":
        assert len(found) == len(expected)
        assert all(any(naive.same(each, other) for other in expected) for each in found)
    else:
        assert found == (None if expected is None else pytest.approx(expected, rel=1e-9, abs=1e-7))


def check_bounds(found: list[Any], asked: dict[str, Any]) -> None:
    """Buckets follow each other through the whole timeframe, and begin where a day of the zone does."""
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
    zone = times.zone(asked["timezone"])
    for bound in bounds[1:]:
        local = bound.astimezone(zone)
        # At São Paulo clocks were turned at midnight.
        assert (local.hour, local.minute) == (0, 0) or (isinstance(zone, ZoneInfo) and local.hour == 1)
        if asked["interval"] in ("weekly", "every_2_weeks"):
            assert local.isoweekday() == 7
        if asked["interval"] == "monthly":
            assert local.day == 1
        if asked["interval"] == "yearly":
            assert (local.month, local.day) == (1, 1)
