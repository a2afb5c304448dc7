"""Each misbehaviour of the simulated Travis CI is survived, with the right state and message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from buildtimetrend.demo.builds import LogKind, SimulatedBuild
from buildtimetrend.demo.history import History
from buildtimetrend.demo.misbehaviour import Kind
from buildtimetrend.demo.server import SimulatedTravis
from buildtimetrend.model import BuildRef, Origin
from buildtimetrend.providers.travis import Limits, Travis
from buildtimetrend.settings import Settings
from buildtimetrend.store.base import Store
from buildtimetrend.tasks import Retries, ThreadTasks
from tests.tasks.providers import eventually

pytestmark = pytest.mark.races

NOW = 1_780_000_000
SLUG = "simulated/streams"
IMPATIENT = Limits(connect=1, read=0.4, json_time=1, json_size=1 << 20, log_time=1)

# What a task says of the misbehaviour when that does not end. Endless logs and bombs are cut at the size cap.
ANSWERS = {
    Kind.TOO_MANY_REQUESTS: "answered 429",
    Kind.TOO_MANY_REQUESTS_DATE: "answered 429",
    Kind.SERVER_ERROR: "answered 503",
    Kind.NEVER_ANSWER: "did not answer in time",
    Kind.SLOW_ANSWER: "took too long",
    Kind.CUT_LENGTH: "could not be reached",
    Kind.CUT_CHUNKS: "could not be reached",
    Kind.WRONG_JSON: "is not JSON",
    Kind.HTML: "is not JSON",
    Kind.EMPTY: "is not JSON",
    Kind.WRONG_TYPES: "is wrong",
    Kind.ENDLESS: "too large",
    Kind.ENDLESS_SLOW: "took too long",
    Kind.GZIP_BOMB: "too large",
    Kind.REDIRECT_LOOP: "answered 302",
    Kind.FOREIGN_REDIRECT: "answered 307",
    Kind.FORBIDDEN_LIMIT: "limit of requests is used up",
    Kind.FORBIDDEN_SECONDARY: "limit of requests is used up",
    Kind.FORBIDDEN_SILENT: "limit of requests is used up",
}

OF_LISTS = (Kind.MOVED_PAGE, Kind.NO_TOTALS)
KINDS = [kind for kind in Kind if kind not in OF_LISTS]
LONG = (Kind.ENDLESS, Kind.ENDLESS_SLOW, Kind.GZIP_BOMB, Kind.SLOW_ANSWER)
# Done to a log these make another log: nothing tells that it is not the true one.
OTHER_LOGS = (Kind.EMPTY, Kind.WRONG_JSON, Kind.WRONG_TYPES)
# Of a log, a 403 of Travis CI without Retry-After says that it may not be read, and nobody reads why.
REFUSED_LOGS = (Kind.FORBIDDEN_LIMIT, Kind.FORBIDDEN_SILENT)


@pytest.fixture(scope="module")
def travis() -> Iterator[SimulatedTravis]:
    with SimulatedTravis(History(1, NOW)) as running:
        yield running


@pytest.fixture(scope="module")
def build(travis: SimulatedTravis) -> SimulatedBuild:
    """A recent one, whose logs the API itself has."""
    for number in reversed(travis.history.numbers(SLUG)):
        found = travis.build(SLUG, number)
        if found.state == "passed" and all(job.log_kind is LogKind.INLINE for job in found.jobs):
            return found
    raise AssertionError("the history has no such build")


@pytest.fixture
def store(in_file: Store) -> Store:
    return in_file


Collect = Callable[..., tuple[str, str | None]]


@pytest.fixture
def collect(travis: SimulatedTravis, build: SimulatedBuild, store: Store) -> Iterator[Collect]:
    """Collect the build; the state in which its task ended, and the reason."""
    with ExitStack() as stack:
        stack.callback(travis.behave)

        def collected(tries: int = 8) -> tuple[str, str | None]:
            settings = Settings.of(travis_api_url=travis.url, travis_max_log_size=1 << 20, sweep_interval=0)
            provider = Travis(settings.section("travis"), IMPATIENT)
            stack.callback(provider.close)
            tasks = ThreadTasks(
                settings, store, {"travis": provider}, Retries(base=0.01, cap=0.05, tries=tries)
            )
            stack.callback(tasks.stop, 10)
            tasks.start()
            ref = BuildRef("travis", provider.instance, SLUG, id=str(build.id), number=str(build.number))
            tasks.schedule([ref], Origin.REQUEST).result(60)
            eventually(lambda: not store.open_tasks(), 60)
            ended = store.select("SELECT state, reason FROM task")
            return str(ended["state"][0]), ended["reason"][0]  # type: ignore[return-value]

        yield collected


def log_states(store: Store) -> list[object]:
    return store.select("SELECT DISTINCT log_state FROM job")["log_state"]  # type: ignore[return-value]


def steps(store: Store) -> int:
    return int(str(store.select("SELECT count(*) AS n FROM step")["n"][0]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_build_is_stored_whole_once_the_api_behaves_again(
    kind: Kind, travis: SimulatedTravis, build: SimulatedBuild, store: Store, collect: Collect
) -> None:
    travis.misbehave("*/build/*", kind, 2)
    assert collect() == ("done", None)
    assert log_states(store) == ["complete"]
    assert steps(store) == sum(job.steps for job in build.jobs)


@pytest.mark.parametrize("kind", KINDS)
def test_the_reason_of_a_failed_task_says_what_the_api_did(
    kind: Kind, travis: SimulatedTravis, store: Store, collect: Collect
) -> None:
    travis.misbehave("*/build/*", kind, 1000)
    state, reason = collect(tries=2)
    assert state == "failed"
    assert reason is not None
    assert ANSWERS[kind] in reason
    assert steps(store) == 0


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in (*LONG, *OTHER_LOGS, *REFUSED_LOGS)])
def test_logs_are_fetched_again_after_what_passes(
    kind: Kind, travis: SimulatedTravis, build: SimulatedBuild, store: Store, collect: Collect
) -> None:
    travis.misbehave("*/log.txt", kind, 1)
    assert collect() == ("done", None)
    assert log_states(store) == ["complete"]
    assert steps(store) == sum(job.steps for job in build.jobs)


@pytest.mark.parametrize("kind", LONG)
def test_a_log_that_never_ends_is_cut_and_the_build_is_stored(
    kind: Kind, travis: SimulatedTravis, store: Store, collect: Collect
) -> None:
    travis.misbehave("*/log.txt", kind, 1000)
    assert collect() == ("done", None)
    assert log_states(store) == ["cut"]


def test_a_build_whose_logs_cannot_be_had_is_stored_without_them_in_the_end(
    travis: SimulatedTravis, build: SimulatedBuild, store: Store, collect: Collect
) -> None:
    travis.misbehave("*/log.txt", Kind.SERVER_ERROR, 1000)
    assert collect(tries=3) == ("done", None)
    assert log_states(store) == ["missing"]
    assert len(store.select("SELECT job_id FROM job")["job_id"]) == len(build.jobs)
