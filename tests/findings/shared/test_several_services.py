"""What several projects share, on stores on which several services may look at them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from buildtimetrend.errors import StoreError
from buildtimetrend.store.base import Store
from buildtimetrend.store.statements import analyses
from tests.findings.shared.projects import FEW, PROJECTS, Projects, looks, opened, slower
from tests.findings.test_watch import BEGUN
from tests.store.engines import SCHEMAS, empty_store


@pytest.fixture(params=[*SCHEMAS])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with empty_store(request.param, request, tmp_path) as opened:
        yield opened


def test_of_two_that_would_tell_one_cause_at_once_one_does(store: Store) -> None:
    projects, now = Projects(store), datetime.now(UTC)
    projects.land(range(1, 52), slower())
    of = [(due.repo_id, due.pipeline) for due in analyses.due(store, now, 9)]
    first, *others = looks(store, of, now)
    store.execute(first.statements).result()
    for each in others:
        with pytest.raises(StoreError):
            store.execute(each.statements).result()
    assert len(opened(projects)) == 1
    projects.look()
    projects.look()
    assert len(opened(projects)) == 1
    assert [each for repo in PROJECTS for each in projects.sent(repo)] == ["mail"]
    assert len({each["sentence"] for repo in PROJECTS for each in projects.documents(repo)}) == 1


def test_one_with_few_builds_has_its_finding_for_as_long_as_others_have_theirs(store: Store) -> None:
    projects, long_ago = Projects(store), BEGUN - timedelta(days=60)
    for repo in PROJECTS:
        projects.land(FEW if repo == PROJECTS[2] else range(1, 80), slower(), only=[repo], begun=long_ago)
        projects.look()
    projects.look()
    assert [len(projects.documents(repo)) for repo in PROJECTS] == [1, 1, 1]
    as_ever = slower(1.0)
    for repo in PROJECTS[:2]:
        projects.land(range(1, 80), as_ever, only=[repo], begun=long_ago)
    projects.look()
    projects.look()
    assert [len(projects.documents(repo)) for repo in PROJECTS] == [0, 0, 0]
