"""Which tasks a service has: by its store, and by whether there is a broker."""

from __future__ import annotations

from collections.abc import Mapping

from buildtimetrend.brokers import backend_of
from buildtimetrend.errors import SettingsError
from buildtimetrend.providers.base import Provider
from buildtimetrend.settings import Settings
from buildtimetrend.store.base import Store
from buildtimetrend.tasks.dispatcher import Dispatcher, DispatchTimes, Publisher
from buildtimetrend.tasks.heartbeat import Heartbeat, HeartbeatTimes
from buildtimetrend.tasks.local import LocalThreads
from buildtimetrend.tasks.retries import Retries
from buildtimetrend.tasks.runner import Runner
from buildtimetrend.tasks.shared import SharedTasks
from buildtimetrend.tasks.threads import ThreadTasks
from buildtimetrend.tasks.tries import Tries


def open_tasks(
    settings: Settings,
    store: Store,
    providers: Mapping[str, Provider],
    retries: Retries,
    *,
    heartbeat_times: HeartbeatTimes | None = None,
    dispatch_times: DispatchTimes | None = None,
) -> ThreadTasks | SharedTasks:
    """Raises `SettingsError` for a broker whose workers could not store what they collect."""
    url = settings.task_queue_broker_url
    if url:
        if not store.shared:
            check_push(settings)
        from buildtimetrend.tasks.broker.publisher import Broker, celery_app  # noqa: PLC0415 - Celery is big

        broker = Broker(celery_app(url))
        kind = backend_of(url) or ""
        return SharedTasks(
            settings,
            store,
            providers,
            Dispatcher(store, broker, dispatch_times),
            lambda: {kind: broker.messages},
        )
    if not store.shared:
        return ThreadTasks(settings, store, providers, retries)
    heartbeat = Heartbeat(store, settings.workers, heartbeat_times or HeartbeatTimes())
    runner = Runner(store, Tries(settings, store, providers, retries), heartbeat)
    threads: Publisher = LocalThreads(runner, heartbeat, settings.workers, providers.values(), store.clock)
    return SharedTasks(settings, store, providers, Dispatcher(store, threads, dispatch_times), dict)


def check_push(settings: Settings) -> None:
    """A file has one owner: workers can only hand their builds to that one."""
    if not settings.task_queue_push:
        raise SettingsError(
            "task_queue names a broker, but the workers behind it cannot write to the file of store.url, "
            "which one process alone has open. Either set store.url to a PostgreSQL database "
            "(postgresql://…), for the service and its workers; or let workers push: give them this "
            "service's address (http://…) as store.url, and set task_queue.push (BTT_TASK_QUEUE_PUSH) and "
            "admin_token here. Without task_queue the service collects builds itself.",
            detail="task_queue",
        )
    if not settings.admin_token:
        raise SettingsError(
            "task_queue.push is set, but no admin_token, by which workers may hand over what they collect.",
            detail="admin_token",
        )
