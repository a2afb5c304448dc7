"""One try at a task: its build is fetched and handed to the store; and what follows when that goes wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from buildtimetrend.errors import Error, Stopped, StoreError, TemporaryError
from buildtimetrend.ingest import PATIENCE, Collected, Ingest
from buildtimetrend.model import BuildRef, Task, TaskState
from buildtimetrend.providers import provider_of
from buildtimetrend.providers.base import Provider
from buildtimetrend.settings import ROWS, Settings
from buildtimetrend.store.base import Store
from buildtimetrend.store.futures import settled
from buildtimetrend.tasks import reserve
from buildtimetrend.tasks.listed import Gap, Listed, Refused
from buildtimetrend.tasks.lists import LATER, Lists, TooMany
from buildtimetrend.tasks.reserve import Reserved
from buildtimetrend.tasks.retries import Retries

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The task after the try. One that is done was stored with its build; any other is still to be stored.

    One that was `given_up` was no try: it is as it was before, and due.
    """

    task: Task
    ran: Task  # before it
    pause: timedelta | None = None  # for so long its CI is left alone
    only_bulk: bool = False  # fresh builds are asked for all the same
    given_up: bool = False
    new: Sequence[Task] = ()  # that it made: they are in the store
    whole_import: bool = False  # why it failed holds for all that its import still waits for

    @property
    def stored(self) -> bool:
        return self.task.state is TaskState.DONE and not self.task.ref.is_list


class Tries:
    """Safe to use from several threads."""

    def __init__(
        self, settings: Settings, store: Store, providers: Mapping[str, Provider], retries: Retries
    ) -> None:
        self._settings = settings
        self._store = store
        self._providers = providers
        self._retries = retries
        self._ingest = Ingest(settings, store)
        self._listed = Listed(store)
        self._lists = Lists(settings, store)

    def give_up(self) -> None:
        """What is being fetched goes back as it was, and all that is tried from now on."""
        for provider in self._providers.values():
            provider.close()

    def run(self, task: Task, *, patience: float = PATIENCE) -> Future[Outcome]:
        """Try a running task. Returns when its build is fetched; the future is done when that is on disk.

        It never fails: an error becomes the task's next state. `patience` is that of `Store.save`.
        """
        try:
            return self._try(task, patience)
        except Exception as error:
            return settled(self._after(task, error))

    def _try(self, task: Task, patience: float) -> Future[Outcome]:
        provider = self._provider_for(task.ref)
        if task.origin.is_bulk:
            reserve.require(provider, self._now())
        if task.ref.is_list:
            return settled(self._listed_more(provider, task))
        collected = self._ingest.collect(
            provider,
            replace(task, ref=self._listed.ref(provider, task)),
            last_try=task.tries >= self._retries.tries,
            patience=patience,
        )
        return self._landed(task, collected)

    def _after(self, task: Task, error: Exception) -> Outcome:
        match error:
            case Reserved():
                log.info("task.reserved", build=str(task.ref), wait=error.wait.total_seconds())
                untried = _untried(replace(task, reason=error.message), self._now() + error.wait)
                return replace(untried, pause=error.wait, only_bulk=True)
            case TooMany():
                return _untried(task, self._now() + LATER)
            case Stopped():
                log.info("task.given_up", build=str(task.ref))
                return _untried(task, self._now())
            case Gap():
                log.info("task.absent", build=str(task.ref))
                after = replace(task, state=TaskState.ABSENT, reason=error.message, finished_at=self._now())
                return Outcome(after, task)
            case Error():
                return replace(self._failed(task, error), whole_import=isinstance(error, Refused))
        # A bug must neither end the worker nor lose the task: another try, and the traceback in the log.
        log.error("task.bug", task=task.id, build=str(task.ref), exc_info=error)
        return self._failed(task, _bug())

    def _listed_more(self, provider: Provider, task: Task) -> Outcome:
        new = self._lists.next(provider, task)
        log.info("list.page", repo=task.ref.repo, tasks=len(new))
        done = replace(task, state=TaskState.DONE, reason=None, finished_at=self._now())
        return Outcome(done, task, new=new)

    def _landed(self, task: Task, collected: Collected) -> Future[Outcome]:
        outcome: Future[Outcome] = Future()

        def stored(attempt: Future[int]) -> None:
            error = attempt.exception()
            if error is not None:
                outcome.set_result(
                    self._failed(task, error if isinstance(error, Error) else StoreError(str(error)))
                )
                return
            log.info("task.done", build=str(task.ref), tries=task.tries, complete=collected.complete)
            if collected.complete:
                outcome.set_result(Outcome(replace(task, state=TaskState.DONE), task))
            else:
                left = TemporaryError("Some of its jobs still run.")
                outcome.set_result(self._failed(task, left))

        collected.stored.add_done_callback(stored)
        return outcome

    def _provider_for(self, ref: BuildRef) -> Provider:
        provider = provider_of(self._providers, ref.provider, ref.instance)
        if provider is None:
            # While a deployment is rolled out, the settings of one process may be older than another's.
            of_kind = [each for each in self._providers.values() if each.kind == ref.provider]
            raise TemporaryError(_other_ci(ref, of_kind))
        if not self._settings.allows(ref.repo):
            raise Error(f"The settings no longer allow {ref.repo}.")
        return provider

    def _now(self) -> datetime:
        return self._store.clock.now()

    def _failed(self, task: Task, error: Error) -> Outcome:
        provider = provider_of(self._providers, task.ref.provider, task.ref.instance)
        after = self._retries.after(task, error, self._now(), provider.delay if provider else None)
        level = log.warning if after.state is TaskState.FAILED else log.info
        level("task.failed", build=str(task.ref), state=after.state, reason=after.reason, tries=after.tries)
        asked = error.retry_after
        pause = timedelta(seconds=min(asked, self._retries.cap)) if asked else None
        return Outcome(after, task, pause)


def _untried(task: Task, now: datetime) -> Outcome:
    before = replace(task, state=TaskState.WAITING, tries=task.tries - 1, due_at=now)
    return Outcome(before, task, given_up=True)


def _other_ci(ref: BuildRef, of_kind: Sequence[Provider]) -> str:
    if not of_kind:
        return f"This version knows no CI {ref.provider}. Start the service and its workers in one that does."
    row = ROWS.get(f"{ref.provider}_{of_kind[0].address}")
    setting = f"{row.key} ({row.env})" if row else f"the address of {ref.provider}"
    return (
        f"The build is of {ref.instance}, but the settings name "
        f"{' and '.join(provider.instance for provider in of_kind)}. "
        f"Set {setting} to {ref.instance} for the service and all its workers; "
        "an import can be canceled instead."
    )


def _bug() -> Error:
    return TemporaryError("An error inside the service; its log has the details.")
