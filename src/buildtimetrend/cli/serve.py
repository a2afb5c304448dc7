"""`serve` and `worker`."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated

import structlog
import typer

from buildtimetrend import logging_setup, settings


def serve(
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on, in place of the settings' own.")
    ] = None,
) -> None:
    """Start the service."""
    with _loaded_for_good():
        from buildtimetrend import bootstrap  # noqa: PLC0415 - half a second that `parse` does without

    loaded = _loaded()
    bootstrap.serve(loaded if port is None else replace(loaded, port=port), started=_say)


def _say(address: str, store: str) -> None:
    typer.echo(f"Buildtime Trend is at {address} and keeps its data in {store}. Ctrl-C ends it.", err=True)


def worker() -> None:
    """Start a worker for the task queue: it collects builds for a service that has the same settings."""
    with _loaded_for_good():
        from buildtimetrend.worker import work  # noqa: PLC0415 - half a second that `parse` does without

    raise typer.Exit(work(_loaded(), started=_say_worker))


def _say_worker(store: str) -> None:
    typer.echo(f"This worker collects builds and keeps its data in {store}. Ctrl-C ends it.", err=True)


@contextmanager
def _loaded_for_good() -> Iterator[None]:
    """Modules stay until the end: no search for garbage has to walk over them, now or later."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        atexit.register(gc.unfreeze)  # of what is never freed DuckDB warns in forty lines
        gc.enable()


def _loaded() -> settings.Settings:
    loaded = settings.load()
    logging_setup.set_up(loaded.settings)
    for warning in loaded.warnings:
        structlog.get_logger(__name__).warning(warning)
    return loaded.settings
