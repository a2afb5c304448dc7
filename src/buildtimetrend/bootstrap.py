"""Puts the parts of a service together: settings → store, providers, tasks, app; and ends them in order."""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
import uvicorn
from starlette.types import ASGIApp

from buildtimetrend.alerts.rules import told
from buildtimetrend.app import create_app
from buildtimetrend.brokers import shown
from buildtimetrend.errors import SettingsError, TemporaryError
from buildtimetrend.findings.kept.rows import ChannelsFor
from buildtimetrend.keen.exchange.sink import Sink
from buildtimetrend.process import close, switch_often
from buildtimetrend.providers import open_provider
from buildtimetrend.providers.base import Provider
from buildtimetrend.settings import Settings
from buildtimetrend.settings.project_rules import of_project
from buildtimetrend.signals import cut_short, leave_when_told
from buildtimetrend.start_wait import StartWait
from buildtimetrend.store import awaited_store, check_configured, file_of, is_shared, place, reads
from buildtimetrend.store.base import Store
from buildtimetrend.tasks import (
    Analyses,
    Notifications,
    Retries,
    SharedTasks,
    Summaries,
    ThreadTasks,
    open_tasks,
)
from buildtimetrend.tasks.opening import check_push
from buildtimetrend.web.context import Context
from buildtimetrend.web.http.admission import Admission
from buildtimetrend.web.http.connection import BoundedProtocol
from buildtimetrend.web.http.descriptors import raise_limit, room

log = structlog.get_logger(__name__)

# Requests get this long to end once the service is told to stop.
GRACE = 10
RETRIES = Retries()
SHORTEST_TOKEN = 16  # characters


@dataclass(frozen=True, slots=True)
class Service:
    settings: Settings
    store: Store
    providers: Mapping[str, Provider]
    tasks: ThreadTasks | SharedTasks
    app: ASGIApp
    analyses: Analyses


def told_by(settings: Settings, store: Store) -> ChannelsFor:
    """Which channels hear of a finding."""

    def names(repo: str, finding: Mapping[str, Any]) -> Sequence[str]:
        if not settings.alerts:
            return ()
        own = reads.rules_of_repo(store, repo)
        channels = [of_project(each, repo, own.get(each.name, {})) for each in settings.alerts]
        return told(channels, repo=repo, finding=finding)

    return names


def check(settings: Settings) -> None:
    """Raises `SettingsError` for settings with which `serve` would not start, as far as that can be told
    beside a service that runs: whose port is taken, and its file open.
    """
    check_configured(settings)
    if settings.task_queue_broker_url and not is_shared(settings):
        check_push(settings)
    with suppress(_PortTaken), _listening(settings):
        pass


@contextmanager
def opened(settings: Settings) -> Iterator[Service]:
    """The service but for its socket. On leaving, running tasks finish and queued writes reach the disk."""
    store = awaited_store(settings, StartWait(settings.start_wait))
    providers = {section.name: open_provider(section) for section in settings.servers()}
    try:
        tasks = open_tasks(settings, store, providers, RETRIES)
    except BaseException:
        close(providers, store)
        raise
    summaries, notifications = Summaries(settings, store), Notifications(settings, store)
    analyses = Analyses(store, told_by(settings, store), settings.budgets, settings.allows)
    sink = Sink(settings, store, alone=not is_shared(settings)) if settings.sends_to_keen else None
    figures = sink.figures if sink else None
    try:
        app = create_app(Context(settings, store, providers, tasks, keen_sink=figures))
        _warn(settings)
        tasks.start()
        if not settings.pushes:
            summaries.start()
            analyses.start()
            notifications.start()
        if sink:
            sink.start()
        yield Service(settings, store, providers, tasks, app, analyses)
    finally:
        tasks.stop()
        analyses.stop()
        summaries.stop()
        notifications.stop(timeout=GRACE)
        if sink:
            sink.stop(timeout=GRACE)
        close(providers, store)


def serve(settings: Settings, started: Callable[[str, str], None]) -> None:
    """Run the service until SIGINT or SIGTERM. `started` is told its base URL and where its data is."""
    # uvicorn handles both, then raises them once more: what they do by default would cut the clean-up short.
    leave_when_told()
    switch_often()
    raise_limit()
    with _listening(settings) as sock, opened(settings) as service, _address_file(settings, sock):
        _look_for_broker(settings)
        log.info("service.started", address=_url(sock), store=place(settings.store_url))
        started(_url(sock), place(settings.store_url))
        server = _server(service)
        try:
            with cut_short():
                server.run(sockets=[sock])
        finally:
            log.info("service.stopping")


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """Run the service in a thread for as long as the context lasts; its base URL."""
    with _listening(settings) as sock, opened(settings) as service, _address_file(settings, sock):
        server = _server(service)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, name="http")
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            yield _url(sock)
        finally:
            server.should_exit = True
            thread.join()


def address_of_owner(settings: Settings) -> str | None:
    """Base URL of the service that owns the store's file, if one says that it does."""
    file = file_of(settings.store_url)
    address = _beside(file) if file else None
    if address is None or not address.is_file():
        return None
    return address.read_text(encoding="utf-8").strip() or None


def _look_for_broker(settings: Settings) -> None:
    """A service works without its broker, and is ready, but says so. Raises `SettingsError` for a refusal."""
    url = settings.task_queue_broker_url
    if not url:
        return
    from buildtimetrend.tasks.broker.start import reach  # noqa: PLC0415 - Celery is big

    try:
        with cut_short():
            reach(url)
    except TemporaryError as error:
        log.warning(
            "broker.away",
            broker=shown(url),
            reason=error.message,
            meaning="What arrives is stored; builds are collected when the broker is back.",
        )


def _server(service: Service) -> uvicorn.Server:
    settings = service.settings
    descriptors = room(settings.connections)
    if descriptors.connections < settings.connections:
        log.warning("connections.fewer", asked=settings.connections, possible=descriptors.connections)
    admission = Admission(descriptors.connections, settings.connections_per_client)
    config = uvicorn.Config(
        service.app,
        log_config=None,
        access_log=False,
        server_header=False,
        # Its warnings say what strangers send: a line for each, and advice to install libraries.
        log_level="error",
        timeout_graceful_shutdown=GRACE,
        http=BoundedProtocol.within(admission),
        ws="none",
        backlog=descriptors.backlog,
    )
    server = uvicorn.Server(config)
    service.analyses.make_way_for(lambda: server.server_state.total_requests)
    return server


class _PortTaken(SettingsError):
    """By another process, which may be this service itself."""


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((settings.host, settings.port))
        except (ValueError, TypeError) as error:  # a name that no host can have
            raise SettingsError(f"host is {settings.host!r}, which is no address.", detail="host") from error
        except OSError as error:
            hint, detail = "Set BTT_HOST (or host:) to an address of this machine.", "host"
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                hint, detail = "Set PORT (or port:) to a free one.", "port"
            kind = _PortTaken if error.errno == errno.EADDRINUSE else SettingsError
            raise kind(
                f"Cannot listen on {settings.host} port {settings.port}: {error.strerror}. {hint}",
                detail=detail,
            ) from error
        yield sock


@contextmanager
def _address_file(settings: Settings, sock: socket.socket) -> Iterator[None]:
    """Tell commands that need the store, which one process alone can open, where to ask instead."""
    file = file_of(settings.store_url)
    if file is None:
        yield
        return
    address = _beside(file)
    try:
        address.write_text(_url(sock) + "\n", encoding="utf-8")
    except OSError as error:  # a full disk, on which pages can be read
        log.warning("address.not_written", file=str(address), reason=str(error))
    try:
        yield
    finally:
        with suppress(OSError):
            address.unlink()


def _beside(file: Path) -> Path:
    return file.with_name(file.name + ".address")


def _url(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"


def _warn(settings: Settings) -> None:
    for section in settings.servers():
        if not getattr(section.values, "verify", True):
            log.warning(f"{section.name}.verify is off: notifications are believed without a signature.")
    if settings.alerts and settings.pushes:
        log.warning("alerts has no effect here: the instance at store.url, which keeps the data, sends them.")
    if settings.alerts and not settings.public_url:
        log.warning("public_url is not set: what is sent to people has no links.")
    if not settings.admin_token:
        log.warning("admin_token is not set: anybody who reaches the service may start (limited) imports.")
    elif len(settings.admin_token) < SHORTEST_TOKEN:
        log.warning("admin_token is short enough to be guessed: take one of 32 random characters.")
