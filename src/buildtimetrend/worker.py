"""Puts the parts of a Celery worker together: settings → store, providers, broker. It needs no pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from buildtimetrend.brokers import BROKER_ENV, shown
from buildtimetrend.errors import SettingsError
from buildtimetrend.process import close, switch_often
from buildtimetrend.providers import open_provider
from buildtimetrend.settings import Settings
from buildtimetrend.signals import cut_short, leave_when_told
from buildtimetrend.start_wait import StartWait
from buildtimetrend.store import awaited_store, place
from buildtimetrend.tasks.broker.start import reach
from buildtimetrend.tasks.broker.worker import Worker
from buildtimetrend.tasks.retries import Retries


def work(settings: Settings, started: Callable[[str], None]) -> int:
    """Run a Celery worker until SIGINT or SIGTERM; its exit code. `started` is told where its data is.

    Raises `SettingsError` when no broker is named, or when the store is a file that the service has open, and
    `Error` when one of both is away for longer than `start_wait`.
    """
    _check(settings)
    leave_when_told()  # until Celery does
    switch_often()
    wait = StartWait(settings.start_wait)
    store = awaited_store(settings, wait)
    providers = {section.name: open_provider(section) for section in settings.servers()}
    try:
        url = settings.task_queue_broker_url
        wait.until_there(f"the broker {shown(url)}", partial(reach, url))
        started(place(settings.store_url))
        worker = Worker(settings, store, providers, Retries())
        with cut_short():
            return worker.run()
    finally:
        close(providers, store)


def _check(settings: Settings) -> None:
    if not settings.task_queue_broker_url:
        raise SettingsError(
            "A worker needs a broker: set task_queue.broker_url, or one of the environment variables "
            f"{', '.join(BROKER_ENV)}.",
            detail="task_queue.broker_url",
        )
    if settings.store_url.startswith("duckdb:"):
        raise SettingsError(
            "A worker cannot write to the file of a service (store.url is a duckdb:// URL). Set store.url "
            "(BTT_STORE_URL) to the PostgreSQL database that the service uses, or to the address of a "
            "service whose task_queue.push is set (http://…).",
            detail="store.url",
        )
