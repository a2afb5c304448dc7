"""The compiler against a naive evaluator, on random events and random queries, on every engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from buildtimetrend.keen import writes
from buildtimetrend.keen.language import query
from buildtimetrend.keen.language.documents import canonical
from buildtimetrend.keen.project import Project
from buildtimetrend.store import open_store
from buildtimetrend.web.keen.queries import ask
from tests.keen import naive, random_queries
from tests.keen.answers import check, selected
from tests.store.engines import EXECUTING, empty

pytestmark = pytest.mark.long

FIXTURES = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
EVENTS = st.lists(random_queries.events(), min_size=1, max_size=30)


@pytest.fixture(scope="module", params=EXECUTING)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """One store of each engine, with a collection for each example."""
    folder = tmp_path_factory.mktemp("random")
    with empty(request.param, request, folder) as url, closing(open_store(url)) as store:
        yield Project(store, lambda _: True)


@settings(max_examples=24, suppress_health_check=FIXTURES)
@given(EVENTS, st.lists(random_queries.queries(), min_size=4, max_size=4))
def test_every_engine_answers_as_plain_python_does(
    project: Project, events: list[dict[str, Any]], queries: list[dict[str, Any]]
) -> None:
    name = write(project, events)
    for asked in queries:
        document = {**asked, "event_collection": name}
        found = ask(project, asked["analysis"], document)["result"]
        check(found, asked, [event for event in events if selected(event, asked)])


@settings(max_examples=16, suppress_health_check=FIXTURES)
@given(EVENTS, st.lists(random_queries.funnel_steps(), min_size=3, max_size=3))
def test_funnels_have_the_actors_that_plain_python_finds(
    project: Project, events: list[dict[str, Any]], funnels: list[list[dict[str, Any]]]
) -> None:
    name = write(project, events)
    for steps in funnels:
        found = ask(project, "funnel", {"steps": [{**step, "event_collection": name} for step in steps]})
        expected = naive.funnel(
            steps, [[event for event in events if selected(event, step)] for step in steps]
        )
        assert found["result"] == [len(actors) for actors in expected]
        if not any(step["with_actors"] for step in steps):
            assert "actors" not in found
            continue
        for step, actors, shown in zip(steps, expected, found["actors"], strict=True):
            known = sorted(map(canonical, actors)) if step["with_actors"] else None
            assert (None if shown is None else sorted(map(canonical, shown))) == known


@settings(max_examples=16, suppress_health_check=FIXTURES)
@given(EVENTS, st.lists(random_queries.extractions(), min_size=3, max_size=3))
def test_extraction_gives_the_latest_of_the_selected_events(
    project: Project, events: list[dict[str, Any]], documents: list[dict[str, Any]]
) -> None:
    name = write(project, events)
    for asked in documents:
        properties = asked.get("property_names")
        document = {**asked, "event_collection": name}
        if properties:  # the time, besides, tells which events they are
            document["property_names"] = [*properties, "keen.timestamp"]
        found = ask(project, "extraction", document)["result"]
        expected = [event for event in events if selected(event, asked)]
        at = sorted(map(naive.time_of, expected), reverse=True)[: asked.get("latest")]
        assert list(map(naive.time_of, found)) == at
        known = Counter(body(event, properties) for event in expected)
        assert Counter(body(event, None) for event in found) <= known


@settings(max_examples=12, suppress_health_check=FIXTURES)
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


def body(event: dict[str, Any], properties: list[str] | None = None) -> str:
    """An event, or some properties of it, as text, without what the service adds."""
    at = naive.time_of(event).isoformat()
    shown = naive.projected(event, properties) if properties else event
    return canonical({**{name: value for name, value in shown.items() if name != "keen"}, "at": at})


def write(project: Project, events: list[dict[str, Any]]) -> str:
    """The name of a new collection with these events."""
    name = uuid4().hex
    statements, answers = writes.batch(project, {name: events}, datetime.now(UTC))
    assert all(answer["success"] for answer in answers[name])
    project.store.execute(statements).result()
    return name
