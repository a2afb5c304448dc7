"""Every operator with every value that random queries know, on events with each: what chance may miss."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from buildtimetrend.keen import writes
from buildtimetrend.keen.project import Project
from buildtimetrend.store import open_store
from buildtimetrend.web.keen.queries import ask
from tests.keen import naive
from tests.keen.random_queries import NUMBERS, PATTERNS, TEXTS
from tests.store.engines import EXECUTING, empty

SCALARS: list[Any] = [*NUMBERS, *TEXTS, True, False]
LISTS: list[list[Any]] = [[], *([one] for one in SCALARS), *(["a", one, "\x1f"] for one in SCALARS)]
VALUES: list[Any] = [*SCALARS, *LISTS, None, {}, {"x": 1}, {"x": None}]
EVENTS = [
    {"number": number, **({} if value is None else {"a": value})} for number, value in enumerate(VALUES)
]
CONDITIONS: dict[str, list[Any]] = {
    "equal": [*product(["eq", "ne"], [*SCALARS, *LISTS, None])],
    "ordered": [*product(["lt", "lte", "gt", "gte"], [*NUMBERS, *TEXTS])],
    "there": [*product(["exists"], [True, False])],
    "in": [*product(["in"], [*LISTS, [None], [None, "a"]])],
    "containing": [*product(["contains", "not_contains"], TEXTS)],
    "matching": [*product(["regex"], PATTERNS)],
}


@pytest.fixture(scope="module", params=EXECUTING)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("conditions")
    with empty(request.param, request, folder) as url, closing(open_store(url)) as store:
        project = Project(store, lambda _: True)
        statements, answers = writes.batch(project, {"values": EVENTS}, datetime.now(UTC))
        assert all(answer["success"] for answer in answers["values"])
        store.execute(statements).result()
        yield project


@pytest.mark.parametrize("path", ["a", "a.x", "nothing"])
@pytest.mark.parametrize("kind", CONDITIONS)
def test_a_condition_holds_for_the_values_that_plain_python_finds(
    project: Project, path: str, kind: str
) -> None:
    for operator, value in CONDITIONS[kind] if path == "a" else CONDITIONS[kind][::5]:
        condition = {"property_name": path, "operator": operator, "property_value": value}
        document = {"event_collection": "values", "target_property": "number", "filters": [condition]}
        found = ask(project, "select_unique", document)["result"]
        assert found == [event["number"] for event in EVENTS if naive.holds(event, condition)], condition
