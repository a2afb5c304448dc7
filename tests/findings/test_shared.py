"""The same shift at the same time in several projects is one finding about their image, and one alert."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from buildtimetrend.model import Build, Worker
from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.feed import latest_findings
from buildtimetrend.web.analysis.found import told
from buildtimetrend.web.analysis.overview import open_findings
from tests.findings.history import Seconds
from tests.findings.test_watch import BEGUN, Watched

PROJECTS = ("ann/one", "bob/two", "cid/three")
NEW = Worker(labels=("ubuntu-latest",))
OTHER = Worker(labels=("ubuntu-22.04",))
SINCE = 41


def steps(seconds: float, factor: float = 1.0, until: int = 10_000) -> Mapping[str, Seconds]:
    """All steps take so many times as long since build 41."""

    def of(usual: float) -> Seconds:
        return lambda number, _: usual * (factor if SINCE <= number < until else 1)

    return {"make": of(seconds / 3), "make test": of(seconds)}


class Projects:
    """Several of one organisation, whose builds land at the same time."""

    def __init__(self, store: Store, repos: Sequence[str] = PROJECTS) -> None:
        self.store = store
        self.watched = {repo: Watched(store, repo) for repo in repos}

    def land(
        self,
        numbers: Sequence[int],
        of: Mapping[str, Mapping[str, Seconds]],
        worker: Callable[[str], Worker] = lambda _: NEW,
        only: Sequence[str] = PROJECTS,
        begun: datetime = BEGUN,
    ) -> None:
        for repo in only:
            builds = [
                _on(build, worker(repo)) for build in self.watched[repo].builds(of[repo], numbers, begun)
            ]
            for landed in [self.store.save(build, patience=0.05) for build in builds]:
                landed.result()

    def look(self) -> None:
        """At each of them."""
        next(iter(self.watched.values())).look()

    @property
    def told(self) -> list[str]:
        return [each for watched in self.watched.values() for each in watched.told]

    def documents(self, repo: str) -> list[dict[str, Any]]:
        return [told(row) for row in self.watched[repo].kept]


def _on(build: Build, worker: Worker) -> Build:
    return replace(build, jobs=tuple(replace(job, worker=worker) for job in build.jobs))


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(open_store("duckdb://:memory:")) as opened:
        yield opened


def slower(factor: float = 1.4, until: int = 10_000) -> dict[str, Mapping[str, Seconds]]:
    return {repo: steps(30.0 * place, factor, until) for place, repo in enumerate(PROJECTS, 2)}


def opened(projects: Projects) -> list[str]:
    return [repo for repo, watched in projects.watched.items() if "opened" in watched.events()]


def test_what_slows_three_projects_on_one_image_is_one_alert_to_which_their_findings_point(
    store: Store,
) -> None:
    projects = Projects(store)
    projects.land(range(1, 52), slower())
    projects.look()
    [speaking] = opened(projects)
    [finding] = projects.documents(speaking)
    assert finding["sentence"].startswith("Jobs on ubuntu-latest take 40 % longer in three projects since ")
    assert finding["sentence"].endswith(
        f"{BEGUN + SINCE * timedelta(hours=3):%-d %b %Y}: ann/one, bob/two and cid/three."
    )
    assert finding["shared"]["projects"] == list(PROJECTS)
    assert "make" in finding["own_sentence"] or "python" in finding["own_sentence"]
    for repo in set(PROJECTS) - {speaking}:
        [pointing] = projects.documents(repo)
        assert pointing["part_of"] == {"repo": speaking, "id": finding["id"]}
        assert pointing["alert"] is None
        assert pointing["since"]["number"] == str(SINCE)
    assert [row["repo"] for row in open_findings(latest_findings(store, 10))] == [speaking]
    projects.land(range(52, 54), slower())
    projects.look()
    assert opened(projects) == [speaking]
    assert projects.documents(speaking)[0]["shared"]


def test_it_is_over_when_the_image_is_mended(store: Store) -> None:
    projects = Projects(store)
    projects.land(range(1, 52), slower(until=52))
    projects.look()
    projects.land(range(52, 64), slower(until=52))
    projects.look()
    lives = [
        (row["seconds"] > 0, row["state"]) for watched in projects.watched.values() for row in watched.kept
    ]
    assert sorted(life for life in lives if life[1]) == [(False, "acknowledged"), (True, "fixed")]
    assert len(projects.told) == 3


def test_one_that_was_told_before_the_others_moved_speaks_for_them(store: Store) -> None:
    projects = Projects(store)
    projects.land(range(1, 41), slower())
    projects.land(range(41, 52), slower(), only=PROJECTS[:1])
    projects.look()
    assert opened(projects) == [PROJECTS[0]]
    assert projects.documents(PROJECTS[0])[0]["shared"] is None
    projects.land(range(41, 52), slower(), only=PROJECTS[1:])
    projects.look()
    assert opened(projects) == [PROJECTS[0]]
    [finding] = projects.documents(PROJECTS[0])
    assert finding["shared"]["projects"] == list(PROJECTS)


def test_of_a_history_that_is_imported_one_speaks_for_all_and_nobody_is_told(store: Store) -> None:
    projects = Projects(store)
    projects.land(range(1, 80), slower(), begun=BEGUN - timedelta(days=60))
    projects.look()
    assert projects.told == []
    documents = [each for repo in PROJECTS for each in projects.documents(repo)]
    assert [bool(each.get("shared")) for each in documents].count(True) == 1
    assert [bool(each.get("part_of")) for each in documents].count(True) == 2


@pytest.mark.parametrize(
    ("of", "worker"),
    [
        pytest.param(
            slower(), lambda repo: NEW if repo != PROJECTS[2] else OTHER, id="two of them on one image"
        ),
        pytest.param(
            {**slower(), PROJECTS[2]: steps(120, 4.0)}, lambda _: NEW, id="one by much more"
        ),
        pytest.param({**slower(), PROJECTS[2]: steps(120)}, lambda _: NEW, id="one did not move"),
        pytest.param(slower(), lambda _: Worker(), id="no image known"),
    ],
)  # fmt: skip
def test_what_is_not_one_cause_is_told_for_each_project(
    store: Store, of: Mapping[str, Mapping[str, Seconds]], worker: Callable[[str], Worker]
) -> None:
    projects = Projects(store)
    projects.land(range(1, 52), of, worker)
    projects.look()
    moved = [repo for repo in PROJECTS if projects.documents(repo)]
    assert opened(projects) == moved
    assert all(each["shared"] is None for repo in moved for each in projects.documents(repo))
