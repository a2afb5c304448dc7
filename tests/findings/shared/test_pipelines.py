"""The same shift at the same time in several pipelines of a project is one finding, and one alert."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from buildtimetrend.model import Build, Query, Worker
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.base import Store
from buildtimetrend.web.analysis.found import kept, told
from tests.findings.history import EVERY, Seconds, changed, steady
from tests.findings.test_watch import BEGUN, JOB, Watched

REPO = "ann/tool"
LABEL, OTHER = Worker(labels=("ubuntu-latest",)), Worker(labels=("self-hosted",))
SINCE = 31
Steps = Mapping[str, Seconds]
STEP: Mapping[str, Steps] = {
    "ci.yml": {"make": steady(60), "make test": changed(90, SINCE, 140, JOB)},
    "nightly.yml": {"make docs": steady(80), "make test": changed(200, SINCE, 260, JOB)},
}


def image(factor: float, other: float | None = None, at: int = SINCE) -> Mapping[str, Steps]:
    """All of two pipelines that run other commands takes so many times as long."""
    second = factor if other is None else other
    return {
        "ci.yml": {
            "make": changed(60, SINCE, 60 * factor, JOB),
            "make all": changed(80, SINCE, 80 * factor, JOB),
        },
        "docs.yml": {
            "tox": changed(90, at, 90 * second, JOB),
            "tox -e docs": changed(70, at, 70 * second, JOB),
        },
    }


class Pipelines:
    """Of one project, whose builds land at the same time."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.sent: list[str] = []
        self.watched = Watched(store, REPO, self._tell)

    def _tell(self, _: str, finding: Mapping[str, Any]) -> Sequence[str]:
        return ["mail"]

    def land(
        self,
        of: Mapping[str, Steps],
        numbers: Sequence[int],
        workers: Mapping[str, Worker] | None = None,
        begun: datetime = BEGUN,
    ) -> None:
        for pipeline, steps in of.items():
            worker = (workers or {}).get(pipeline, LABEL)
            self._save(pipeline, self.watched.builds(steps, numbers, begun), worker)

    def _save(self, pipeline: str, builds: Iterable[Build], worker: Worker = LABEL) -> None:
        landing = []
        for build in builds:
            jobs = tuple(replace(job, worker=worker, id=f"{pipeline}-{job.id}") for job in build.jobs)
            made = replace(build, id=f"{pipeline}-{build.id}", pipeline=pipeline, jobs=jobs)
            landing.append(self.store.save(made, patience=0.05))
        for landed in landing:
            landed.result()

    def land_every(
        self, pipeline: str, steps: Steps, numbers: Sequence[int], begun: datetime, every: timedelta
    ) -> None:
        began = [(number, begun + number * (every - EVERY)) for number in numbers]
        self._save(pipeline, (each for n, at in began for each in self.watched.builds(steps, [n], at)))

    def look(self) -> None:
        self.watched.look()

    @property
    def documents(self) -> list[dict[str, Any]]:
        return [told(row) for row in self.watched.kept]

    @property
    def messages(self) -> int:
        return sum(len(reads.notified(self.store, row["id"])) for row in self.watched.kept)

    def listed(self) -> list[dict[str, Any]]:
        """As the project's page has them."""
        query = Query(REPO, BEGUN - timedelta(days=300), BEGUN + timedelta(days=30), "week")
        return kept(self.store, query, datetime.now(UTC), lambda _: pytest.fail("not looked at"))["findings"]  # type: ignore[no-any-return]


@pytest.fixture
def pipelines() -> Iterator[Pipelines]:
    with closing(open_store("duckdb://:memory:")) as opened:
        yield Pipelines(opened)


def test_the_same_step_in_two_pipelines_is_one_finding_and_one_alert_until_it_is_over(
    pipelines: Pipelines,
) -> None:
    pipelines.land(STEP, range(1, 42))
    pipelines.look()
    [speaking, pointing] = sorted(pipelines.documents, key=lambda each: each["alert"] is None)
    assert speaking["sentence"].startswith("make test takes 50 s to ")
    assert speaking["sentence"].endswith(": ci.yml and nightly.yml.")
    assert " longer in two pipelines since " in speaking["sentence"]
    assert (speaking["alert"], pointing["alert"]) == ("open", None)
    led = pointing["part_of"]
    assert (led["repo"], led["id"], led["shared"]) == (REPO, speaking["id"], speaking["shared"])
    assert pointing["sentence"] == speaking["sentence"]
    assert speaking["shared"]["pipelines"] == ["ci.yml", "nightly.yml"]
    assert [each["id"] for each in pipelines.listed()] == [speaking["id"]]
    assert pipelines.messages == 1
    steps = {
        name: {step: steady(seconds(1, "")) for step, seconds in of.items()} for name, of in STEP.items()
    }
    pipelines.land(steps, range(42, 56))
    pipelines.look()
    assert {each["alert"] for each in pipelines.documents if each["worse"]} == {"fixed", None}
    assert len([each for each in pipelines.documents if each["worse"] and each["alert"]]) == 1


def test_what_slows_all_jobs_on_one_image_is_one_finding_whatever_they_run(pipelines: Pipelines) -> None:
    pipelines.land(image(1.4), range(1, 42))
    pipelines.look()
    [speaking, *others] = sorted(pipelines.documents, key=lambda each: each["alert"] is None)
    sentence = (
        f"Jobs on ubuntu-latest take {{}} % longer in two pipelines since {day()}: ci.yml and docs.yml."
    )
    assert speaking["sentence"] in {sentence.format(percent) for percent in (39, 40, 41)}
    assert speaking["own_sentence"] != speaking["sentence"]
    assert others
    assert [(each["alert"], each["part_of"]["id"]) for each in others] == [(None, speaking["id"])] * len(
        others
    )
    pipelines.land(image(1.4), range(42, 45))
    pipelines.look()
    assert pipelines.messages == 1


def test_one_cause_that_shows_as_an_image_here_and_as_a_step_there_is_one_finding(
    pipelines: Pipelines,
) -> None:
    of = {**image(1.4), "nightly.yml": {"make": steady(60), "tox": changed(90, SINCE, 180, JOB)}}
    pipelines.land(of, range(1, 42), {"nightly.yml": OTHER})
    pipelines.look()
    [speaking] = [each for each in pipelines.documents if each["alert"]]
    assert speaking["shared"]["pipelines"] == ["ci.yml", "docs.yml", "nightly.yml"]
    assert speaking["sentence"].endswith(
        f" in three pipelines since {day()}: ci.yml, docs.yml and nightly.yml."
    )
    assert [each["id"] for each in pipelines.listed()] == [speaking["id"]]
    assert pipelines.messages == 1


def test_of_a_history_that_is_imported_one_speaks_for_all_pipelines(pipelines: Pipelines) -> None:
    pipelines.land(STEP, range(1, 80), begun=BEGUN - timedelta(days=60))
    pipelines.look()
    assert pipelines.messages == 0
    assert [bool(each["shared"]) for each in pipelines.documents].count(True) == 1
    assert [bool(each["part_of"]) for each in pipelines.documents].count(True) == 1


@pytest.mark.parametrize("first", ["ci.yml", "weekly.yml"])
@pytest.mark.parametrize(("days", "one"), [(3, True), (10, False)])
def test_what_runs_once_a_week_may_have_changed_since_its_last_build_before(
    first: str, days: int, one: bool, pipelines: Pipelines
) -> None:
    """It is slower from its build 13 on; what runs four times a day was so some days before that."""
    week, before = timedelta(weeks=1), timedelta(hours=6)
    begun = BEGUN - timedelta(weeks=19)
    slower_at = begun + 13 * week - timedelta(days=days)
    of = {
        "weekly.yml": ([*range(1, 20)], begun, week, changed(200, 13, 260, JOB)),
        "ci.yml": ([*range(1, 61)], slower_at - 31 * before, before, changed(90, 31, 140, JOB)),
    }
    for pipeline in sorted(of, key=lambda each: each != first):
        numbers, since, every, seconds = of[pipeline]
        pipelines.land_every(pipeline, {"make test": seconds}, numbers, since, every)
        pipelines.look()
    assert bool([each for each in pipelines.documents if each["part_of"]]) == one


@pytest.mark.parametrize(
    ("of", "workers"),
    [
        pytest.param(image(1.4), {"docs.yml": OTHER}, id="on two images"),
        pytest.param(image(1.2, 2.0), {}, id="one by much more"),
        pytest.param(image(1.4, at=SINCE - 15), {}, id="at another time"),
    ],
)
def test_what_may_have_two_causes_is_told_for_each_pipeline(
    of: Mapping[str, Steps], workers: Mapping[str, Worker], pipelines: Pipelines
) -> None:
    pipelines.land(of, range(1, 42), workers)
    pipelines.look()
    told_of = {each["pipeline"] for each in pipelines.documents if each["alert"]}
    assert told_of == {"ci.yml", "docs.yml"}
    assert not [each for each in pipelines.documents if each["shared"] or each["part_of"]]


def day() -> str:
    at = BEGUN + SINCE * timedelta(hours=3)
    return f"{at.day} {at:%b} {at.year}"
