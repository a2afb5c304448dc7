"""Random queries over stored builds, against a naive evaluator over the events that would be sent of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from buildtimetrend.keen import shape
from buildtimetrend.keen.project import Project
from buildtimetrend.keen.sql.virtual import COLLECTIONS, REPO
from buildtimetrend.model import Build, Exit, Job, Matrix, PullRequest, Result, Worker
from buildtimetrend.store import open_store
from buildtimetrend.web.keen.queries import ask
from tests.keen import naive
from tests.keen.answers import check, selected
from tests.keen.random_queries import Words, queries
from tests.store.engines import ENGINES, empty
from tests.store.examples import build, job, step

pytestmark = pytest.mark.long

DAY = 86_400
# Written otherwise by a query (instants, this version), or known of a stored build alone (attempts).
ELSEWHERE = ("keen.", "buildtime_trend.", "isotimestamp", "_at", "build.attempt", "timestamp_seconds")


def _builds(chance: random.Random) -> list[Build]:
    """Of four hundred days, as the events of `random_queries`."""
    return [_build(chance, str(number)) for number in range(1, 31)]


def _build(chance: random.Random, number: str) -> Build:
    start = chance.uniform(0, 400 * DAY)
    asked = PullRequest(number, chance.choice([None, "a", "Tidy up"])) if chance.random() < 0.3 else None
    result = chance.choice(list(Result))
    return build(
        number,
        start,
        chance.choice([30, 60, 300.25]),
        repo=chance.choice(["ann/tool", "bob/site", "eve/a.b"]),
        branch=chance.choice(["main", "dev", "a", "ab", "é"]),
        tag=chance.choice([None, "v1"]),
        trigger=chance.choice([None, "push", "cron"]),
        pull_request=asked,
        result=result,
        raw_result=str(result),
        jobs=tuple(_job(chance, f"{number}{place}", start) for place in range(chance.randint(1, 3))),
    )


def _job(chance: random.Random, id: str, start: float) -> Job:
    start += chance.uniform(0, 3600)
    values = {name: chance.choice(["3.11", "3.12", "a", "1"]) for name in ("version", "os", "env")}
    kept = {name: value for name, value in values.items() if chance.random() < 0.7}
    os = kept.get("os")  # what is stored of a worker that does not say its own
    names = chance.choices(["install", "script", "a", "ab", "after.success"], k=chance.randint(0, 4))
    return job(
        id,
        start,
        chance.choice([10, 25.5, 100, 1000.125]),
        number=chance.choice([None, f"{id}.1"]),
        result=chance.choice([Result.PASSED, Result.FAILED, Result.ERRORED]),
        allow_failure=chance.random() < 0.2,
        stage=chance.choice([None, "test", "a"]),
        matrix=Matrix(" ".join(kept.values()), kept),
        worker=chance.choice([Worker(os=os), Worker("a", os, "jammy"), Worker(os="linux", boot_time=2.5)]),
        exit=chance.choice([Exit(), Exit("done", 0), Exit("failed", 1, "make test")]),
        steps=tuple(
            step(name, start + n, chance.choice([0, 1, 2.5, 60]), depth=int(chance.random() < 0.2))
            for n, name in enumerate(names)
        ),
    )


BUILDS = _builds(random.Random(8))


def _sent(collection: str) -> list[dict[str, Any]]:
    """What the sink would send of all that is stored."""
    return [
        event
        for each in BUILDS
        for of in each.jobs
        for event in (
            [shape.job_event(each, of)] if collection == shape.JOBS else shape.substage_events(each, of)
        )
    ]


EVENTS = {collection: _sent(collection) for collection in COLLECTIONS}


def _words(collection: str) -> Words:
    """All properties, and values that events have of them, each as often as another."""
    of_query = [*COLLECTIONS[collection], *REPO, "job.build_matrix.language_version", "job.build_matrix.no"]
    paths = [path for path in of_query if not any(part in path for part in ELSEWHERE)]
    had = [naive.value_of(event, path) for path in paths for event in EVENTS[collection]]
    values = naive.distinct(value for value in had if value is not None)
    return Words(
        paths=paths,
        targets=paths,
        groups=paths,
        numbers=st.sampled_from([value for value in values if naive.is_number(value)]),
        texts=st.sampled_from([value for value in values if isinstance(value, str)]),
        values=st.sampled_from([*values, None]),
    )


@pytest.fixture(scope="module", params=ENGINES)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("virtual")
    with empty(request.param, request, folder) as url, closing(open_store(url)) as store:
        for each in BUILDS:
            store.save(each).result()
        yield Project(store, lambda _: True)


@pytest.mark.parametrize("collection", COLLECTIONS)
@settings(max_examples=16, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_every_engine_answers_as_plain_python_does(
    project: Project, collection: str, data: st.DataObject
) -> None:
    for asked in data.draw(st.lists(queries(_words(collection)), min_size=3, max_size=3)):
        found = ask(project, asked["analysis"], {**asked, "event_collection": collection})["result"]
        check(found, asked, [event for event in EVENTS[collection] if selected(event, asked)])
