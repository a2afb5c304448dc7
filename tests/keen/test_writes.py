"""Statements that store events, in whatever order others' come in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from buildtimetrend.keen import writes
from buildtimetrend.keen.language.errors import KeenError
from buildtimetrend.keen.language.query import Events
from buildtimetrend.keen.project import Project
from buildtimetrend.store import open_store
from buildtimetrend.web.keen.queries import ask

NOW = datetime(2024, 3, 1, tzinfo=UTC)


@pytest.fixture
def project() -> Iterator[Project]:
    with closing(open_store("duckdb://:memory:")) as store:
        yield Project(store, lambda _: True)


def test_an_event_is_found_though_its_collection_was_deleted_meanwhile(project: Project) -> None:
    project.store.execute(writes.single(project, "posts", {"n": 1}, NOW)).result()
    late = writes.single(project, "posts", {"n": 2}, NOW)
    project.store.execute(writes.delete(project, Events("posts"))).result()
    project.store.execute(late).result()
    asked = {"event_collection": "posts", "target_property": "n"}
    assert ask(project, "select_unique", asked)["result"] == [2]


def test_a_collection_that_is_there_takes_events_when_there_may_be_no_more(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writes, "MOST_COLLECTIONS", 1)
    project.store.execute(writes.single(project, "posts", {"n": 1}, NOW)).result()
    project.store.execute(writes.single(project, "posts", {"n": 2}, NOW)).result()
    with pytest.raises(KeenError, match="1 collections at most"):
        writes.single(project, "others", {"n": 1}, NOW)
