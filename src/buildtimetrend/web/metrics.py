"""`/metrics` for Prometheus: what this process did, and what waits. No build, path or client is a label."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from buildtimetrend import __version__
from buildtimetrend.errors import StoreError
from buildtimetrend.findings.kept.known import State
from buildtimetrend.keen.exchange.sink import SinkFigures
from buildtimetrend.store import reads
from buildtimetrend.store.statements import notifications
from buildtimetrend.store.statements.notifications import ChannelState
from buildtimetrend.web.cache import RepoCache
from buildtimetrend.web.context import Context
from buildtimetrend.web.http.middleware import Figures

# Builds of more repos than these are counted together, as `other`.
REPOS = 500
LATELY = timedelta(days=7)
ALIVE = timedelta(seconds=30)  # since the last sign of life of a process that collects builds


class Metrics:
    def __init__(
        self,
        context: Context,
        figures: Figures,
        answers: RepoCache[Any],
    ) -> None:
        self._allows = context.settings.allows
        self._registry = CollectorRegistry()
        self._registry.register(_Live(context, figures, answers))
        ProcessCollector(registry=self._registry)
        Gauge("buildtimetrend_info", "The running version.", ["version"], registry=self._registry).labels(
            __version__
        ).set(1)
        self._deliveries = Counter(
            "buildtimetrend_deliveries_total",
            "Webhooks received, by what became of them.",
            ["provider", "outcome"],
            registry=self._registry,
        )
        self._saved = Counter(
            "buildtimetrend_builds_saved_total",
            "Builds that this process stored: of its own tasks, and pushed ones.",
            ["repo"],
            registry=self._registry,
        )
        self._repos: set[str] = set()

    def delivery(self, provider: str, outcome: str) -> None:
        self._deliveries.labels(provider, outcome).inc()

    def saved(self, repo: str) -> None:
        """A repo that may not be shown is not counted."""
        if not self._allows(repo):
            return
        if len(self._repos) < REPOS:
            self._repos.add(repo)
        self._saved.labels(repo if repo in self._repos else "other").inc()

    def metrics(self, _: Request) -> Response:
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)


class _Live(Collector):
    """Figures that others keep, read when they are asked for."""

    def __init__(self, context: Context, figures: Figures, answers: RepoCache[Any]) -> None:
        self._tasks = context.tasks
        self._store = context.store
        self._channels = [channel.name for channel in context.settings.alerts]
        self._budgets = context.settings.budgets
        self._allows = context.settings.allows
        self._figures = figures
        self._answers = answers
        self._sink = context.keen_sink

    def collect(self) -> Iterator[Metric]:
        with suppress(StoreError):  # the other figures tell more when the store is away
            yield from self._of_tasks()
            yield self._of_alerts()
            yield from self._of_projects()
            if self._channels:
                yield from _of_channels(notifications.states(self._store, self._channels))
        yield from _of_broker(self._tasks.messages())

        requests = CounterMetricFamily(
            "buildtimetrend_http_requests_total",
            "Answered requests, by the first segment of their path.",
            labels=["group", "method", "status"],
        )
        by_group: dict[str, int] = {}
        for (group, method, status), number in list(self._figures.requests.items()):
            requests.add_metric([group, method, str(status)], number)
            by_group[group] = by_group.get(group, 0) + number
        yield requests

        seconds = SummaryMetricFamily(
            "buildtimetrend_http_request_duration_seconds", "Time to answer.", labels=["group"]
        )
        for group, total in list(self._figures.seconds.items()):
            seconds.add_metric([group], by_group.get(group, 0), total)
        yield seconds
        yield _of_answers(self._answers)
        if self._sink:
            yield from _of_sink(self._sink)

    def _of_tasks(self) -> Iterator[Metric]:
        waiting = GaugeMetricFamily(
            "buildtimetrend_tasks", "Builds to collect, waiting or running.", labels=["state", "origin"]
        )
        for key, number in self._tasks.depth().items():
            waiting.add_metric(key.split(".", 1), number)
        yield waiting
        workers = GaugeMetricFamily("buildtimetrend_workers", "Processes that collect builds for this store.")
        workers.add_metric([], len(reads.workers(self._store, self._store.clock.now() - ALIVE)))
        yield workers

    def _of_projects(self) -> Iterator[Metric]:
        """Of `REPOS` at most, those first in which most was built; budgets are those of the settings."""
        now = self._store.clock.now()
        level = GaugeMetricFamily(
            "buildtimetrend_wall_time_seconds",
            "Median wall time of the builds of the last seven days that passed.",
            labels=["repo"],
        )
        for row in reads.levels(self._store, now - LATELY, now, REPOS):
            if self._allows(row["repo"]):
                level.add_metric([row["repo"]], row["duration"])
        yield level
        burns = GaugeMetricFamily(
            "buildtimetrend_budget_burning",
            "How many pipelines of a repo burn a budget; only of repos in which one does.",
            labels=["repo", "budget"],
        )
        names = {budget.name for budget in self._budgets}
        for row in reads.burning_budgets(self._store, REPOS):
            if self._allows(row["repo"]) and row["budget"] in names:
                burns.add_metric([row["repo"], row["budget"]], row["pipelines"])
        yield burns

    def _of_alerts(self) -> Metric:
        told = GaugeMetricFamily(
            "buildtimetrend_alerts", "Changes that people were told about, by state.", labels=["state"]
        )
        known = reads.alerts_by_state(self._store)
        for state in get_args(State):
            told.add_metric([state], known.get(state, 0))
        return told


def _of_answers(answers: RepoCache[Any]) -> Metric:
    asked = CounterMetricFamily(
        "buildtimetrend_answers_total",
        "Charts and figures of a repo that were wanted, by where they came from: kept, shared with one who "
        "asked at the same time, or the store.",
        labels=["source"],
    )
    for source, number in (("kept", answers.hits), ("shared", answers.shared), ("store", answers.misses)):
        asked.add_metric([source], number)
    return asked


def _of_broker(messages: Mapping[str, int | None]) -> Iterator[Metric]:
    up = GaugeMetricFamily("buildtimetrend_broker_up", "Whether the broker answers.", labels=["kind"])
    waiting = GaugeMetricFamily(
        "buildtimetrend_broker_messages", "Messages that wait in the broker.", labels=["kind"]
    )
    for kind, number in messages.items():
        up.add_metric([kind], 0 if number is None else 1)
        if number is not None:
            waiting.add_metric([kind], number)
    yield up
    yield waiting


def _of_channels(states: Mapping[str, ChannelState]) -> Iterator[Metric]:
    """The names are the settings' own, and few."""
    waiting = GaugeMetricFamily(
        "buildtimetrend_notifications_waiting",
        "Notifications that are still to be sent.",
        labels=["channel"],
    )
    off = GaugeMetricFamily(
        "buildtimetrend_channel_off",
        "Whether a channel is switched off since it takes nothing any more.",
        labels=["channel"],
    )
    for name, state in states.items():
        waiting.add_metric([name], state.waiting)
        off.add_metric([name], 1 if state.off_since else 0)
    yield waiting
    yield off


def _of_sink(sink: SinkFigures) -> Iterator[Metric]:
    waiting = GaugeMetricFamily("buildtimetrend_keen_waiting", "Builds that are still to be sent to Keen.io.")
    waiting.add_metric([], sink.waiting)
    yield waiting
    events = CounterMetricFamily(
        "buildtimetrend_keen_events_total", "Events for Keen.io, by what became of them.", labels=["outcome"]
    )
    events.add_metric(["sent"], sink.sent)
    events.add_metric(["refused"], sink.refused)
    yield events
    dropped = CounterMetricFamily(
        "buildtimetrend_keen_dropped_builds_total", "Builds not sent to Keen.io: too many were waiting."
    )
    dropped.add_metric([], sink.dropped)
    yield dropped
