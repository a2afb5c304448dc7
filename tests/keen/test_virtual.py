"""The stored builds as `build_jobs` and `build_substages`, on every engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from buildtimetrend.errors import BadRequest
from buildtimetrend.keen import shape, writes
from buildtimetrend.keen.language.filters import OPERATORS
from buildtimetrend.keen.language.query import MEASURES, Events
from buildtimetrend.keen.project import Project
from buildtimetrend.keen.sql.virtual import COLLECTIONS, REPO
from buildtimetrend.store.base import Store
from buildtimetrend.web.keen.queries import ask
from tests.keen import naive
from tests.keen.old_dashboard import TIMEFRAMES, project_queries, statistics_queries
from tests.keen.service import history
from tests.store.engines import ENGINES, empty_store
from tests.store.examples import build, job, pull_request

ALWAYS = {"timeframe": {"start": "2000-01-01T00:00:00Z", "end": "2100-01-01T00:00:00Z"}}


@pytest.fixture(scope="module", params=ENGINES)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("virtual")
    with empty_store(request.param, request, folder) as store:
        for each in BUILDS:
            store.save(each).result()
        yield store


@pytest.fixture
def project(store: Store) -> Project:
    return Project(store, lambda _: True)


BUILDS = [
    *history(),
    build("9", 500, jobs=(job("91", 500, steps=()), job("92", None))),
    replace(pull_request(), id="7", number="7"),
]


def sent(collection: str) -> list[dict[str, Any]]:
    """What the sink would send of all that is stored, jobs without an end left out."""
    told: list[dict[str, Any]] = []
    for each in BUILDS:
        for of in each.jobs:
            if of.finished_at is not None:
                is_jobs = collection == shape.JOBS
                told += [shape.job_event(each, of)] if is_jobs else shape.substage_events(each, of)
    return told


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_extraction_gives_the_events_that_are_sent(project: Project, collection: str) -> None:
    found = ask(project, "extraction", {"event_collection": collection})["result"]
    expected = sent(collection)
    for event in (*found, *expected):
        del event["buildtime_trend"]["version"], event["buildtime_trend"]["client_version"]
        event["keen"] = {"timestamp": datetime.fromisoformat(event["keen"]["timestamp"])}
        # A stored build knows a number for every attempt.
        event["build"].pop("attempt")

    def by_id(event: dict[str, Any]) -> str:
        return str(event["buildtime_trend"]["event_id"])

    assert sorted(found, key=by_id) == sorted(expected, key=by_id)


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_every_property_has_the_values_of_the_events(project: Project, collection: str) -> None:
    events = sent(collection)
    paths = [*COLLECTIONS[collection], *REPO, "job.build_matrix.language_version", "job.build_matrix.nothing"]
    for path in paths:
        if path.startswith("keen."):
            continue
        document = {"event_collection": collection, "target_property": path, **ALWAYS}
        found = ask(project, "select_unique", document)["result"]
        expected = naive.reckon(events, "select_unique", path)
        assert len(found) == len(expected), path
        assert all(any(_alike(each, other) for other in expected) for each in found), (path, found, expected)
        exists = [{"property_name": path, "operator": "exists", "property_value": True}]
        count = ask(project, "count", {"event_collection": collection, "filters": exists})["result"]
        assert count == sum(naive.value_of(event, path) is not None for event in events), path


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("analysis", [each for each in MEASURES if each != "count"])
def test_every_property_can_be_analysed(project: Project, collection: str, analysis: str) -> None:
    events = sent(collection)
    for path in (*COLLECTIONS[collection], *REPO, "job", "job.build_matrix.nothing", "nothing"):
        document = {"event_collection": collection, "target_property": path, "percentile": 50, **ALWAYS}
        found = ask(project, analysis, document)["result"]
        if analysis != "select_unique" and not path.startswith("keen.") and path != "job":
            assert _alike(found, naive.reckon(events, analysis, path)), path


@pytest.mark.parametrize("operator", ["lt", "gte", "eq", "ne"])
def test_a_number_is_compared_with_a_parameter_that_is_none(project: Project, operator: str) -> None:
    events = sent(shape.JOBS)
    condition = {"property_name": "job.build_matrix.x", "operator": operator, "property_value": 1}
    document = {"event_collection": "build_jobs", "filters": [condition]}
    expected = [event for event in events if naive.holds(event, condition)]
    assert ask(project, "count", document)["result"] == len(expected)
    assert len(ask(project, "extraction", document)["result"]) == len(expected)


@pytest.mark.parametrize(
    "path", ["job.branch", "job.repo", "job.started_at.hour_24", "job.build_matrix.language"]
)
@pytest.mark.parametrize("operator", [each for each in OPERATORS if each != "within"])
def test_operators_hold_as_of_events(project: Project, path: str, operator: str) -> None:
    events = sent(shape.JOBS)
    given = naive.value_of(events[0], path)
    value: Any = {"exists": True, "in": [given, "dev", None], "regex": "^a|o/|^1"}.get(operator, given)
    condition = {"property_name": path, "operator": operator, "property_value": value}
    document = {"event_collection": "build_jobs", "filters": [condition]}
    found = ask(project, "count", document)["result"]
    assert found == sum(naive.holds(event, condition) for event in events)


def test_objects_exist_where_events_have_them(project: Project) -> None:
    events = sent(shape.JOBS)
    for path in (
        "job",
        "job.exit",
        "job.worker",
        "job.pull_request",
        "job.started_at",
        "build",
        "keen",
        "job.no",
    ):
        condition = {"property_name": path, "operator": "exists", "property_value": True}
        found = ask(project, "count", {"event_collection": "build_jobs", "filters": [condition]})["result"]
        assert found == sum(naive.value_of(event, path) is not None for event in events), path


@pytest.mark.parametrize("timeframe", TIMEFRAMES)
def test_every_query_of_the_old_dashboard_has_an_answer(project: Project, timeframe: str) -> None:
    found = {
        name: ask(project, analysis, document)["result"]
        for name, (analysis, document) in project_queries("ann/tool", timeframe).items()
    }
    assert None not in [found[name] for name in found if "average" not in name and "last" not in name]
    if timeframe == "year":
        assert found["total build jobs"] == 6
        assert found["build jobs failed"] == 2
        assert found["average build job duration"] == pytest.approx(350 / 3)
        assert found["total builds per branch"] == [
            {"job.branch": "dev", "result": 1},
            {"job.branch": "main", "result": 2},
        ]
        assert found["stage duration fraction"] == [
            {"stage.name": "install", "result": 10},
            {"stage.name": "script", "result": 11},
        ]
        assert {row["job.build"]: row["result"] for row in found["build time per build"]} == {
            "1": 200,
            "2": 100,
            "3": 400,
        }


@pytest.mark.parametrize("timeframe", TIMEFRAMES)
def test_every_query_of_the_old_statistics_has_an_answer(project: Project, timeframe: str) -> None:
    found = {
        name: ask(project, analysis, document)["result"]
        for name, (analysis, document) in statistics_queries(timeframe).items()
    }
    if timeframe == "year":
        assert (found["repos"], found["build jobs"], found["substages"]) == (2, 8, 16)
        assert found["median job of a project"] == [
            {"job.repo": "ann/tool", "result": 100},
            {"job.repo": "bob/site", "result": 30},
        ]


def test_a_repo_that_may_not_be_shown_is_not_there(store: Store) -> None:
    project = Project(store, lambda repo: repo != "bob/site")
    document = {"event_collection": "build_jobs", "target_property": "job.repo"}
    assert ask(project, "select_unique", document)["result"] == ["ann/tool"]
    hidden = [{"property_name": "job.repo", "operator": "eq", "property_value": "bob/site"}]
    assert ask(project, "count", {**document, "filters": hidden})["result"] == 0


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_builds_are_not_deleted_this_way(project: Project, collection: str) -> None:
    with pytest.raises(BadRequest, match="cannot be written to"):
        writes.delete(project, Events(collection))


def _alike(one: Any, other: Any) -> bool:
    return naive.same(one, other) or (naive.is_number(one) and one == pytest.approx(other))
