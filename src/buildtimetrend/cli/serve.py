"""`serve` and `worker`."""

from __future__ import annotations

import structlog
import typer

from buildtimetrend import logging_setup, settings


def serve() -> None:
    """Start the service."""
    from buildtimetrend import bootstrap  # noqa: PLC0415 - half a second that `parse` does without

    bootstrap.serve(_loaded(), started=_say)


def _say(address: str, store: str) -> None:
    typer.echo(f"Buildtime Trend is at {address} and keeps its data in {store}. Ctrl-C ends it.", err=True)


def worker() -> None:
    """Start a worker for the task queue: it collects builds for a service that has the same settings."""
    from buildtimetrend import bootstrap  # noqa: PLC0415 - half a second that `parse` does without

    raise typer.Exit(bootstrap.work(_loaded(), started=_say_worker))


def _say_worker(store: str) -> None:
    typer.echo(f"This worker collects builds and keeps its data in {store}. Ctrl-C ends it.", err=True)


def _loaded() -> settings.Settings:
    loaded = settings.load()
    logging_setup.set_up(loaded.settings)
    for warning in loaded.warnings:
        structlog.get_logger(__name__).warning(warning)
    return loaded.settings
