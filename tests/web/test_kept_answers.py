"""Answers are kept per repo, and are never older than the last save: whatever repos are called meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from buildtimetrend.model import Query
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.base import Store
from buildtimetrend.tasks.saves_poller import SavesPoller
from buildtimetrend.web.analysis.data import Data
from buildtimetrend.web.context import Context
from buildtimetrend.web.params import Parameters
from buildtimetrend.web.repos import KnownRepos
from tests.servers.schemas import Schemas
from tests.tasks.providers import eventually
from tests.web.conftest import KeptTasks, Service, a_build

pytestmark = pytest.mark.long

YEAR = Parameters(timeframe="year")
LONG = 10  # seconds within which a thread gets on


class Asked:
    """Data of a store, with the number of questions that went there."""

    def __init__(self, store: Store, tasks: KeptTasks) -> None:
        context = Context(Settings(), store, {}, tasks)
        self.tasks = tasks
        self.repos = KnownRepos(context)
        self.data = Data(context, self.repos)

    def jobs(self, repo: str) -> object:
        return self.data.totals(repo, YEAR)["jobs"]

    def is_kept(self, repo: str) -> bool:
        misses = self.data.answers.misses
        self.jobs(repo)
        return self.data.answers.misses == misses


@pytest.fixture
def asked() -> Iterator[Asked]:
    with closing(open_store("duckdb://:memory:")) as store:
        yield Asked(store, KeptTasks(store))


def test_a_build_of_a_repo_that_nobody_has_heard_of_leaves_the_answers_of_others(asked: Asked) -> None:
    asked.tasks.land(a_build(1, "alice/app"))
    assert asked.jobs("alice/app") == 2
    for number in range(2, 12):
        asked.tasks.land(a_build(number, f"bob/new{number}"))
        assert asked.is_kept("alice/app")
        assert asked.jobs(f"bob/new{number}") == 2
        assert asked.is_kept(f"bob/new{number}")


def test_a_build_of_a_repo_that_the_settings_do_not_allow_leaves_the_answers_of_others(
    make_service: Callable[..., Service],
) -> None:
    service = make_service(denied_repo=("secret",))
    service.tasks.land(a_build(1, "alice/app"))
    chart = "/api/v1/projects/alice/app/charts/jobs"
    service.get(chart)
    for number in range(2, 5):
        service.tasks.land(a_build(number, "bob/secret"))
        service.get(chart)
    assert 'buildtimetrend_answers_total{source="kept"} 3.0' in service.get("/metrics").text


def test_an_answer_is_kept_while_builds_of_other_repos_land(asked: Asked) -> None:
    asked.tasks.land(a_build(1, "alice/app"))
    with paused(asked) as began, ThreadPoolExecutor(1) as threads:
        answer = threads.submit(asked.jobs, "alice/app")
        began.wait()
        asked.tasks.land(a_build(2, "bob/other"))
        asked.tasks.land(a_build(3, "bob/new"))
        began.wait()
        assert answer.result(LONG) == 2
    assert asked.is_kept("alice/app")


def test_an_answer_is_not_kept_when_a_build_of_its_repo_lands_meanwhile(asked: Asked) -> None:
    asked.tasks.land(a_build(1, "alice/app"))
    with paused(asked) as began, ThreadPoolExecutor(1) as threads:
        answer = threads.submit(asked.jobs, "alice/app")
        began.wait()
        asked.tasks.land(a_build(2, "alice/app"))
        began.wait()
        assert answer.result(LONG) in (2, 4)
    assert asked.jobs("alice/app") == 4


@contextmanager
def paused(asked: Asked) -> Iterator[threading.Barrier]:
    """The next question about totals stops at the barrier after its first query, twice."""
    barrier = threading.Barrier(2, timeout=LONG)
    store = asked.tasks.store
    select, stopped = store.select, list[str]()

    def stopping(sql: str, *args: object) -> object:
        found = select(sql, *args)  # type: ignore[arg-type]
        if "percentile_cont" in sql and not stopped:
            stopped.append(sql)
            barrier.wait()
            barrier.wait()
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "select", stopping)
        yield barrier


def test_a_build_under_a_new_name_is_seen_under_the_old_one(asked: Asked) -> None:
    asked.tasks.land(a_build(1, "alice/old", repo_id="7"))
    assert asked.jobs("alice/old") == 2
    asked.tasks.land(a_build(2, "alice/new", repo_id="7"))
    assert (asked.jobs("alice/old"), asked.jobs("alice/new")) == (4, 4)


def test_a_name_that_another_repo_takes_shows_that_one(asked: Asked) -> None:
    asked.tasks.land(a_build(1, "alice/app", repo_id="7"))
    asked.tasks.land(a_build(2, "bob/app", repo_id="8"))
    assert (asked.jobs("alice/app"), asked.jobs("bob/app")) == (2, 2)
    asked.tasks.land(a_build(3, "alice/app", repo_id="8"))
    assert (asked.jobs("alice/app"), asked.jobs("bob/app")) == (4, 4)


def test_a_name_that_two_repos_take_from_each_other_unseen_leaves_nothing_old(asked: Asked) -> None:
    asked.tasks.land(a_build(1, "alice/app", repo_id="7"))
    asked.tasks.land(a_build(2, "bob/app", repo_id="8"))
    for number in (3, 5):
        before = asked.jobs("bob/app")
        asked.tasks.land(a_build(number, "alice/app", repo_id="8"))
        asked.tasks.land(a_build(number + 1, "alice/app", repo_id="7"))
        assert asked.jobs("bob/app") == 2 + int(str(before))
    assert asked.jobs("alice/app") == 6


class Watching(KeptTasks):
    """Those of a service on a server that other services store in, too."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.watch = SavesPoller(store)

    def on_saved(self, callback: Callable[[str], None]) -> None:
        self.watch.add(callback)


@contextmanager
def watching(url: str) -> Iterator[Asked]:
    with closing(open_store(url)) as store:
        tasks = Watching(store)
        asked = Asked(store, tasks)
        tasks.watch.start()
        try:
            yield asked
        finally:
            tasks.watch.stop()


def test_what_another_process_stores_on_the_same_server_is_seen_here(postgres_schemas: Schemas) -> None:
    with postgres_schemas.empty() as url, watching(url) as here, closing(open_store(url)) as there:
        there.save(a_build(1, "alice/app", repo_id="7")).result()
        there.save(a_build(2, "bob/app", repo_id="8")).result()
        eventually(lambda: here.repos.saves == 2)
        assert (here.jobs("alice/app"), here.jobs("bob/app")) == (2, 2)
        there.save(a_build(3, "alice/new", repo_id="7")).result()
        eventually(lambda: here.jobs("alice/app") == 4)
        assert here.is_kept("bob/app")
        assert here.jobs("alice/new") == 4
        there.save(a_build(4, "alice/app", repo_id="8")).result()  # the name that the other one had
        eventually(lambda: here.jobs("alice/app") == 4 and here.jobs("bob/app") == 4)
        assert here.jobs("alice/new") == 4


class Named(RuleBasedStateMachine):
    """Repos by the CI's ids, which take names from each other; every answer is what the store says now."""

    @initialize()
    def begin(self) -> None:
        self.store = open_store("duckdb://:memory:")
        self.asked = Asked(self.store, KeptTasks(self.store))
        self.builds = 0

    @rule(repo=st.sampled_from(["7", "8", "9", None]), name=st.sampled_from("abc"))
    def save(self, repo: str | None, name: str) -> None:
        self.builds += 1
        self.asked.tasks.land(a_build(self.builds, f"owner/{name}", repo_id=repo))

    @rule(name=st.sampled_from(["a", "B", "c", "a~1", "b~2"]))
    def ask(self, name: str) -> None:
        slug = f"owner/{name}"
        if reads.repo_id(self.store, slug):
            query: Query = YEAR.query(slug)
            assert self.asked.jobs(slug) == reads.totals(self.store, query)["jobs"]

    def teardown(self) -> None:
        self.store.close()


TestNamed = Named.TestCase
TestNamed.settings = hypothesis_settings(max_examples=16, stateful_step_count=25, deadline=None)
