"""Three projects whose jobs run on one image, and looks at them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from buildtimetrend.findings.document.shared_part import Shows, everything
from buildtimetrend.findings.kept.rows import ChannelsFor
from buildtimetrend.findings.watch import Watch, watch
from buildtimetrend.findings.watch import Watched as Looked
from buildtimetrend.model import Build, Worker
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.statements import alerts, analyses
from buildtimetrend.web.analysis.found import told
from tests.findings.history import Seconds
from tests.findings.test_watch import BEGUN, Watched

PROJECTS = ("ann/one", "bob/two", "cid/three")
NEW = Worker(labels=("ubuntu-latest",))
OTHER = Worker(labels=("ubuntu-22.04",))
SINCE = 41
FEW = range(1, SINCE + 3)  # builds since, with which a series alone tells nothing


def steps(seconds: float, factor: float = 1.0, until: int = 10_000) -> Mapping[str, Seconds]:
    """All steps take so many times as long since build 41."""

    def of(usual: float) -> Seconds:
        return lambda number, _: usual * (factor if SINCE <= number < until else 1)

    return {"make": of(seconds / 3), "make test": of(seconds)}


def by_mail(_: str, __: Mapping[str, Any]) -> Sequence[str]:
    return ["mail"]


class Projects:
    """Several of one organisation, whose builds land at the same time."""

    def __init__(self, store: Store, tell: ChannelsFor = by_mail, shows: Shows = everything) -> None:
        self.store = store
        self.watched = {repo: Watched(store, repo, tell, shows) for repo in PROJECTS}

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

    def does(self, repo: str, event: str) -> None:
        """Somebody, with the alert of the only finding that was told there."""
        [row] = [row for row in self.watched[repo].kept if row["state"]]
        of = {"finding": row["id"], "repo_id": row["repo_id"], "number": row["events"] + 1}
        self.store.execute(alerts.told(alerts.Event(**of, event=event, state=event, at=BEGUN))).result()

    def sent(self, repo: str) -> list[str]:
        """The channel of each message."""
        ids = [row["id"] for row in self.watched[repo].kept]
        return [each["channel"] for id in ids for each in reads.notified(self.store, id)]

    def documents(self, repo: str) -> list[dict[str, Any]]:
        return [told(row) for row in self.watched[repo].kept]


def _on(build: Build, worker: Worker) -> Build:
    return replace(build, jobs=tuple(replace(job, worker=worker) for job in build.jobs))


def slower(factor: float = 1.4, until: int = 10_000) -> dict[str, Mapping[str, Seconds]]:
    return {repo: steps(30.0 * place, factor, until) for place, repo in enumerate(PROJECTS, 2)}


def opened(projects: Projects) -> list[str]:
    return [repo for repo, watched in projects.watched.items() if "opened" in watched.events()]


def looked_at_once(store: Store, of: Sequence[tuple[int, int]], now: datetime) -> None:
    """None of the looks sees what another one found."""
    for each in looks(store, of, now):
        store.execute(each.statements).result()


def looks(store: Store, of: Sequence[tuple[int, int]], now: datetime) -> Sequence[Looked]:
    """None of them is stored yet."""
    by = Watch(store, by_mail, lambda _: BEGUN, lambda: None)
    claims = [analyses.claim(store, *each, now, now) for each in of]
    found = [watch(by, claim, now) for claim in claims if claim]
    assert len(found) == len(of)
    return [each for each in found if each]
