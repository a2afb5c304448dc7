"""A project with few builds is told of what others on its image have, and of nothing by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from buildtimetrend.model import Worker
from buildtimetrend.store.base import Store
from tests.findings.shared.projects import (
    FEW,
    NEW,
    OTHER,
    PROJECTS,
    SINCE,
    Projects,
    opened,
    slower,
    steps,
)
from tests.findings.test_watch import BEGUN


@pytest.fixture
def store(in_memory: Store) -> Store:
    return in_memory


@pytest.mark.parametrize("last", PROJECTS)
def test_one_with_few_builds_is_named_and_has_its_finding(store: Store, last: str) -> None:
    """Whichever history comes last: of the others two are enough to ask a third."""
    projects, long_ago = Projects(store), BEGUN - timedelta(days=60)
    for repo in [*(each for each in PROJECTS if each != last), last]:
        numbers = FEW if repo == PROJECTS[2] else range(1, 80)
        projects.land(numbers, slower(), only=[repo], begun=long_ago)
        projects.look()
    projects.look()
    documents = [each for repo in PROJECTS for each in projects.documents(repo)]
    assert len(documents) == 3
    [sentence] = {each["sentence"] for each in documents}
    since = long_ago + SINCE * timedelta(hours=3)
    assert sentence.endswith(f"in three projects since {since:%-d %b %Y}: ann/one, bob/two and cid/three.")
    few = projects.documents(PROJECTS[2])[0]
    assert few["since"]["number"] == str(SINCE)
    assert (few["last_before"]["number"], few["last"]["number"]) == (str(SINCE - 1), str(SINCE))
    assert few["what"] in ("job", "wall")
    assert few["own_sentence"]


def test_few_builds_alone_tell_nothing_and_of_another_image_neither(store: Store) -> None:
    projects, long_ago = Projects(store), BEGUN - timedelta(days=60)
    worker: Callable[[str], Worker] = lambda repo: OTHER if repo == PROJECTS[2] else NEW  # noqa: E731
    for repo in PROJECTS:
        projects.land(FEW if repo == PROJECTS[2] else range(1, 80), slower(), worker, [repo], long_ago)
        projects.look()
    assert [len(projects.documents(repo)) for repo in PROJECTS] == [1, 1, 0]
    assert all(each["shared"] is None for repo in PROJECTS for each in projects.documents(repo))


def test_few_builds_are_over_when_the_others_are(store: Store) -> None:
    projects, long_ago = Projects(store), BEGUN - timedelta(days=60)
    until = SINCE + 38
    for repo in PROJECTS:
        numbers = [*FEW, *range(until, until + 4)] if repo == PROJECTS[2] else range(1, 120)
        projects.land(numbers, slower(until=until), only=[repo], begun=long_ago)
        projects.look()
    projects.look()
    few = {each["worse"]: each for each in projects.documents(PROJECTS[2])}
    assert few[True]["over_since"]["number"] == few[False]["since"]["number"] == str(until)


def test_what_is_told_of_few_builds_is_one_alert_with_the_others(store: Store) -> None:
    projects = Projects(store)
    projects.land(range(1, 52), slower(), only=PROJECTS[:2])
    projects.land(FEW, slower(), only=PROJECTS[2:])
    projects.look()
    projects.look()
    assert [len(projects.documents(repo)) for repo in PROJECTS] == [1, 1, 1]
    assert len(opened(projects)) == 1
    assert [each for repo in PROJECTS for each in projects.sent(repo)] == ["mail"]


def test_what_is_not_borne_out_is_told_of_each_project_again(store: Store) -> None:
    projects = Projects(store)
    long_ago = BEGUN - timedelta(days=60)
    projects.land(range(1, 80), slower(), begun=long_ago)
    projects.look()
    assert len({each["sentence"] for repo in PROJECTS for each in projects.documents(repo)}) == 1
    fast = {PROJECTS[0]: steps(60.0)}  # its builds were another's: they come again, and take as long as ever
    projects.land(range(1, 80), fast, only=PROJECTS[:1], begun=long_ago)
    projects.land(range(1, 80), slower(), only=PROJECTS[1:], begun=long_ago)
    projects.look()
    assert projects.documents(PROJECTS[0]) == []
    left = [projects.documents(repo)[0] for repo in PROJECTS[1:]]
    assert [(each["shared"], each["part_of"], each["own_sentence"]) for each in left] == 2 * [
        (None, None, None)
    ]
    assert all("make" in each["sentence"] or "python" in each["sentence"] for each in left)
