"""`serve` and `worker`."""

from __future__ import annotations

import structlog
import typer

from buildtimetrend import logging_setup, settings
from buildtimetrend.errors import SettingsError


def serve() -> None:
    """Start the service."""
    from buildtimetrend import bootstrap  # noqa: PLC0415 - half a second that `parse` does without

    loaded = settings.load()
    logging_setup.set_up(loaded.settings)
    for warning in loaded.warnings:
        structlog.get_logger(__name__).warning(warning)
    bootstrap.serve(loaded.settings, started=_say)


def _say(address: str, store: str) -> None:
    typer.echo(f"Buildtime Trend is at {address} and keeps its data in {store}. Ctrl-C ends it.", err=True)


def worker() -> None:
    """Start a worker for the task queue (not in this version: the service's threads do the work)."""
    raise SettingsError(
        "This version has no separate workers: the service's own threads collect builds (setting `workers`)."
    )
