"""Each misbehaviour of the simulated GitHub and GitLab is survived, with the right state and message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from buildtimetrend.demo.misbehaviour import Kind
from buildtimetrend.demo.organisation import GITHUB, GITLAB
from buildtimetrend.demo.runs.history import RunHistory
from buildtimetrend.demo.runs.run import Run
from buildtimetrend.demo.server import TOKEN, SimulatedGitHub, SimulatedGitLab, SimulatedRuns
from buildtimetrend.model import BuildRef, Origin
from buildtimetrend.providers.base import Latest, Provider
from buildtimetrend.providers.github import GitHub
from buildtimetrend.providers.gitlab import GitLab
from buildtimetrend.settings import Settings
from buildtimetrend.store.base import Store
from buildtimetrend.tasks import Retries, ThreadTasks
from tests.tasks.providers import eventually
from tests.tasks.test_misbehaviour import ANSWERS, IMPATIENT, KINDS

pytestmark = pytest.mark.races

NOW = 1_780_000_000
SLUGS = {"github": "simulated/engine", "gitlab": "simulated/platform/gateway"}
RUN = {"github": "*/actions/runs/*", "gitlab": "*/pipelines/*"}
LIST = {"github": "*/actions/runs", "gitlab": "*/pipelines"}
LIMIT = {"retry_after": 0}


@pytest.fixture(scope="module", params=["github", "gitlab"])
def server(request: pytest.FixtureRequest) -> Iterator[SimulatedRuns]:
    simulated = {"github": SimulatedGitHub, "gitlab": SimulatedGitLab}[request.param]
    with simulated(RunHistory({"github": GITHUB, "gitlab": GITLAB}[request.param], now=NOW)) as running:
        yield running


@pytest.fixture
def kind_of(server: SimulatedRuns) -> str:
    return "github" if isinstance(server, SimulatedGitHub) else "gitlab"


@pytest.fixture
def provider(server: SimulatedRuns, kind_of: str) -> Iterator[Provider]:
    """One that gives up quickly, for servers that do not answer in time."""
    with _opened(server, kind_of, IMPATIENT) as opened:
        yield opened


@pytest.fixture
def patient(server: SimulatedRuns, kind_of: str) -> Iterator[Provider]:
    """For what has nothing to do with time: the machine may be busy."""
    with _opened(server, kind_of) as opened:
        yield opened


@contextmanager
def _opened(server: SimulatedRuns, kind_of: str, *limits: Any) -> Iterator[Provider]:
    address = {"github": "github_api_url", "gitlab": "gitlab_url"}[kind_of]
    settings = Settings.of(**{address: server.url, f"{kind_of}_token": TOKEN})
    opened = {"github": GitHub, "gitlab": GitLab}[kind_of](settings.section(kind_of), *limits)
    yield opened
    opened.close()
    server.behave()


@pytest.fixture
def run(server: SimulatedRuns, kind_of: str) -> Run:
    """A recent one that was not repeated, with all of its jobs."""
    slug = SLUGS[kind_of]
    for place in tuple(server.history.places(slug))[::-1]:
        found = server.history.run(slug, place)
        if found.state == "passed" and found.attempt == 1 and len(found.jobs) > 5 and not found.bridge:
            return found
    raise AssertionError("the history has no such run")


@pytest.fixture
def store(in_file: Store) -> Store:
    return in_file


Collect = Callable[..., tuple[str, str | None]]


@pytest.fixture
def collect(provider: Provider, run: Run, store: Store, kind_of: str) -> Iterator[Collect]:
    """Collect the run; the state in which its task ended, and the reason."""
    with ExitStack() as stack:

        def collected(tries: int = 8) -> tuple[str, str | None]:
            retries = Retries(base=0.01, cap=0.05, tries=tries)
            tasks = ThreadTasks(Settings.of(sweep_interval=0), store, {kind_of: provider}, retries)
            stack.callback(tasks.stop, 10)
            tasks.start()
            ref = BuildRef(kind_of, provider.instance, run.slug, id=str(run.id), number=str(run.number))
            tasks.schedule([ref], Origin.REQUEST).result(60)
            eventually(lambda: not store.open_tasks(), 60)
            ended = store.select("SELECT state, reason FROM task")
            return str(ended["state"][0]), ended["reason"][0]  # type: ignore[return-value]

        yield collected


def stored(store: Store, table: str) -> int:
    return int(str(store.select(f"SELECT count(*) AS n FROM {table}")["n"][0]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_is_stored_whole_once_the_api_behaves_again(
    kind: Kind, server: SimulatedRuns, kind_of: str, run: Run, store: Store, collect: Collect
) -> None:
    server.misbehave(RUN[kind_of], kind, 2, **LIMIT)
    assert collect() == ("done", None)
    expected = next(each for each in server.history.expected(run.slug) if each.id == run.id)
    assert stored(store, "job") == len(expected.jobs)
    assert stored(store, "step") == sum(expected.steps) + skipped(run, kind_of)


def skipped(run: Run, kind_of: str) -> int:
    """Steps that the API tells of although they did not run; a trace does not."""
    steps = [step for job in run.jobs for step in job.steps if step.state == "skipped"]
    return len(steps) if kind_of == "github" else 0


@pytest.mark.parametrize("kind", KINDS)
def test_the_reason_of_a_failed_task_says_what_the_api_did(
    kind: Kind, server: SimulatedRuns, kind_of: str, store: Store, collect: Collect
) -> None:
    server.misbehave(RUN[kind_of], kind, 1000, **LIMIT)
    state, reason = collect(tries=2)
    assert state == "failed"
    assert reason is not None
    assert ANSWERS[kind] in reason
    assert stored(store, "build") == 0


@pytest.mark.parametrize(("kind", "details"), [(Kind.MOVED_PAGE, {"moved": 7}), (Kind.NO_TOTALS, {})])
def test_a_list_is_whole_although_it_moves_or_has_no_total(
    kind: Kind, details: dict[str, Any], server: SimulatedRuns, kind_of: str, patient: Provider
) -> None:
    slug = SLUGS[kind_of]
    still = [(ref.id, ref.attempt) for ref in patient.select(slug, Latest(10_000))]
    server.misbehave(LIST[kind_of], kind, 1000, query="*page=[2-9]*", **details)
    moved = [(ref.id, ref.attempt) for ref in patient.select(slug, Latest(10_000))]
    assert moved == still
    assert len(still) > 200


@pytest.mark.parametrize("server", ["github"], indirect=True)
def test_large_pages_that_fail_are_asked_for_in_smaller_ones(
    server: SimulatedRuns, kind_of: str, patient: Provider, run: Run
) -> None:
    server.misbehave("*/jobs", Kind.SERVER_ERROR, 1000, status=502, query="*per_page=100*")
    ref = BuildRef(kind_of, patient.instance, run.slug, id=str(run.id), number=str(run.number), attempt=1)
    assert len(patient.fetch(ref).jobs) == len(run.jobs)
