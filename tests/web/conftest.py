"""A service on a real store in memory, with tasks that are kept but never run."""

from __future__ import annotations

import uuid
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from starlette.types import ASGIApp

from buildtimetrend import app as app_module
from buildtimetrend.app import create_app
from buildtimetrend.errors import NotFound
from buildtimetrend.model import (
    Build,
    BuildRef,
    Delivery,
    Import,
    Job,
    LogState,
    Matrix,
    Origin,
    Result,
    Step,
    Task,
    TaskState,
)
from buildtimetrend.providers import open_provider
from buildtimetrend.providers.base import Provider
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store
from buildtimetrend.web.context import Context
from tests.web.one_api import OneApi

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it prefers a successor of httpx that we have no other use for
    from starlette.testclient import TestClient


app_module.create_api = OneApi  # type: ignore[assignment, attr-defined]

NOW = datetime.now(UTC).replace(microsecond=0)
INSTANCE = "https://api.travis-ci.com"


@dataclass
class KeptTasks:
    """Stores what it is told, as the real ones do, and leaves it there."""

    store: Store
    alive: bool = True
    waiting_messages: dict[str, int | None] = field(default_factory=dict)
    callbacks: list[Callable[[str], None]] = field(default_factory=list)
    tasks: dict[str, Task] = field(default_factory=dict)

    def accept(self, delivery: Delivery, ref: BuildRef | None) -> Future[bool]:
        return self.store.accept(delivery, self._new(ref, Origin.HOOK, 0, None) if ref else None)

    def schedule(
        self, refs: Sequence[BuildRef], origin: Origin, *, spacing: float = 0.0, batch: Import | None = None
    ) -> Future[list[Task]]:
        tasks = [
            self._new(ref, origin, spacing * i, batch.id if batch else None) for i, ref in enumerate(refs)
        ]
        self.store.add_tasks(tasks, batch).result()
        return _settled(tasks)

    def retry(self, task_id: str) -> Future[Task]:
        task = self.tasks.get(task_id)
        if task is None or task.state not in (TaskState.FAILED, TaskState.CANCELED):
            raise NotFound(f"There is no failed or canceled task {task_id}.", detail="task_id")
        return _settled(self.end(task, TaskState.WAITING))

    def cancel(self, import_id: str) -> Future[int]:
        waiting = [
            t for t in self.tasks.values() if t.import_id == import_id and t.state == TaskState.WAITING
        ]
        for task in waiting:
            self.end(task, TaskState.CANCELED)
        return _settled(len(waiting))

    def depth(self) -> Mapping[str, int]:
        return Counter(f"{task.state}.{task.origin}" for task in self.tasks.values())

    def messages(self) -> Mapping[str, int | None]:
        return self.waiting_messages

    def running(self) -> bool:
        return self.alive

    def on_saved(self, callback: Callable[[str], None]) -> None:
        self.store.on_saved(callback)
        self.callbacks.append(callback)

    def saved(self, repo: str) -> None:
        """What happens when another process has stored a build."""
        for callback in self.callbacks:
            callback(repo)

    def land(self, build: Build) -> None:
        """What happens when a task has collected a build."""
        self.store.save(build).result()

    def end(self, task: Task, state: TaskState, reason: str | None = None) -> Task:
        ended = replace(
            task, state=state, reason=reason, finished_at=None if state == TaskState.WAITING else NOW
        )
        self.tasks[task.id] = ended
        self.store.update_task(ended).result()
        return ended

    def _new(self, ref: BuildRef, origin: Origin, delay: float, import_id: str | None) -> Task:
        now = datetime.now(UTC)
        due = now + timedelta(seconds=delay)
        task = Task(uuid.uuid4().hex, ref, origin, now, due, import_id=import_id)
        self.tasks[task.id] = task
        return task


@dataclass
class Service:
    settings: Settings
    store: Store
    providers: Mapping[str, Provider]
    tasks: KeptTasks
    app: ASGIApp
    client: TestClient

    def get(self, path: str, **kwargs: Any) -> Any:
        return self.client.get(path, **kwargs)

    def post(self, path: str, **kwargs: Any) -> Any:
        return self.client.post(path, **kwargs)


@cache
def _provider(verify: bool, account_token: str) -> Provider:
    """One for all services: none of these tests fetches anything, and setting up TLS takes its time."""
    settings = Settings.of(travis_verify=verify, travis_account_token=account_token)
    return open_provider(settings.section("travis"))


@contextmanager
def running_service(store_url: str = "duckdb://:memory:", **values: Any) -> Iterator[Service]:
    """A service with these settings, on an empty store, for as long as the context lasts."""
    settings = Settings.of(**{"travis_verify": False, **values})
    travis = _provider(settings.value("travis_verify"), settings.value("travis_account_token"))
    with closing(open_store(store_url)) as store:
        tasks = KeptTasks(store)
        providers = {"travis": travis}
        app = create_app(Context(settings=settings, store=store, providers=providers, tasks=tasks))
        with TestClient(app, follow_redirects=False) as client:
            yield Service(settings, store, providers, tasks, app, client)


@pytest.fixture
def make_service() -> Iterator[Callable[..., Service]]:
    """Starts services with the settings that it is called with."""
    with ExitStack() as services:
        yield lambda **values: services.enter_context(running_service(**values))


@pytest.fixture(scope="module")
def shared() -> Iterator[Service]:
    """A service with one build, for tests that change nothing."""
    with running_service() as service:
        service.tasks.land(a_build(1))
        yield service


@pytest.fixture
def service(make_service: Callable[..., Service]) -> Service:
    return make_service()


def a_build(number: int, repo: str = "owner/name", **values: Any) -> Build:
    """A finished build with two jobs of two steps each; `ago` and `seconds` say when and how long."""
    ago = values.pop("ago", timedelta(hours=number % 20 + 1))
    seconds = values.pop("seconds", 100.0)
    result = values.get("result", Result.PASSED)
    started = NOW - ago
    values = {"branch": "master", "trigger": "push", "raw_result": str(result), "result": result} | values
    matrix = values.pop("matrix", "python 2.7 linux")
    step_name = values.pop("step", "install")
    jobs = tuple(
        Job(
            id=f"{number}{i}",
            number=f"{number}.{i}",
            result=result,
            raw_result=str(result),
            queued_at=started - timedelta(seconds=5),
            started_at=started,
            finished_at=started + timedelta(seconds=seconds),
            matrix=Matrix(matrix, {"language": "python", "os": "linux"}),
            log=LogState.COMPLETE,
            steps=tuple(
                _step(name, started + timedelta(seconds=10 * k), 10.0)
                for k, name in enumerate((step_name, "script"))
            ),
        )
        for i in (1, 2)
    )
    return Build(
        provider="travis",
        instance=INSTANCE,
        repo=repo,
        id=str(1000 + number),
        number=str(number),
        queued_at=started - timedelta(seconds=5),
        started_at=started,
        finished_at=started + timedelta(seconds=seconds),
        jobs=jobs,
        **values,
    )


def _step(name: str, start: datetime, seconds: float) -> Step:
    ns = int(start.timestamp()) * 10**9
    return Step(name, name, f"run {name}", ns, ns + int(seconds * 1e9))


def _settled(value: Any) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(value)
    return future
