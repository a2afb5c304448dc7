"""`demo`: the service on a throw-away store, with a year of builds of simulated CI systems."""

from __future__ import annotations

import signal
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from buildtimetrend import logging_setup
from buildtimetrend.cli import progress
from buildtimetrend.cli.client import PAGE, ServiceClient
from buildtimetrend.cli.demo_check import differences
from buildtimetrend.cli.imports import follow
from buildtimetrend.errors import Error
from buildtimetrend.providers import provider_class
from buildtimetrend.settings import Settings
from buildtimetrend.text import counted

if TYPE_CHECKING:
    from buildtimetrend.demo.process import SimulatedProcess


class Engine(StrEnum):
    DUCKDB = "duckdb"
    POSTGRESQL = "postgresql"


class Simulated(StrEnum):
    TRAVIS = "travis"
    GITHUB = "github"
    GITLAB = "gitlab"


NOTIFIED = 3  # of each project's newest builds, in place of being imported alone


def demo(
    *,
    port: Annotated[int, typer.Option(envvar="PORT", min=0, max=65535, help="Port to listen on.")] = 5000,
    host: Annotated[str, typer.Option(envvar="BTT_HOST", help="Address to listen on.")] = "127.0.0.1",
    check: Annotated[bool, typer.Option("--check", help="Check what was stored, then end.")] = False,
    workers: Annotated[
        bool, typer.Option("--workers", help="Collect builds with two Celery workers and a broker.")
    ] = False,
    store: Annotated[Engine, typer.Option(help="Where builds are kept.")] = Engine.DUCKDB,
    ci: Annotated[
        list[Simulated] | None, typer.Option(help="Simulate this CI system alone; may be repeated.")
    ] = None,
) -> None:
    """Show the service at work on simulated projects. Everything that it shows is simulated."""
    from buildtimetrend import bootstrap  # noqa: PLC0415 - half a second that `parse` does without
    from buildtimetrend.demo.backing_services import with_services  # noqa: PLC0415
    from buildtimetrend.demo.process import organisation  # noqa: PLC0415

    if workers and store is Engine.DUCKDB:
        raise Error("Workers need a store that they can write to: add --store postgresql.")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: nothing is left behind
    console = progress.console()
    simulated = organisation(int(time.time()))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="buildtimetrend-demo-")))
        systems = [stack.enter_context(simulated[kind]) for kind in ci or Simulated]
        settings = _settings(folder, systems, host, port)
        logging_setup.set_up(settings)
        services = with_services(settings, folder, workers=workers, on_postgres=store is Engine.POSTGRESQL)
        settings = stack.enter_context(services)
        with bootstrap.serving(settings) as url:
            client = ServiceClient(url, settings.admin_token)
            try:
                problems = _fill(console, client, systems, url)
                problems += differences(console, client, systems) if check else []
            except KeyboardInterrupt:
                console.print("Interrupted; the demo's store is deleted.")
                raise
            finally:
                client.close()
            for problem in problems:
                console.print(f"[red]wrong:[/] {problem}")
            if not check:
                _stay(console, url)
    if problems:
        raise typer.Exit(1)


def _settings(folder: Path, systems: Sequence[SimulatedProcess], host: str, port: int) -> Settings:
    of_systems = {name: value for system in systems for name, value in system.settings.items()}
    return Settings.of(
        host=host,
        port=port,
        store_url=f"duckdb:///{folder / 'demo.duckdb'}",
        loglevel="ERROR",
        multi_import_max_builds=PAGE,
        multi_import_delay=0.0,
        sweep_interval=0.0,
        alerts=tuple(channel for system in systems for channel in system.channels),
        **of_systems,
    )


def _fill(
    console: Console, client: ServiceClient, systems: Sequence[SimulatedProcess], url: str
) -> list[str]:
    """Send notifications of the newest builds and import the others; what went wrong."""
    for system in systems:
        console.print(f"A simulated {provider_class(system.kind).title} runs at {system.url}.")
    console.print(f"The service runs at {url}.")
    problems, imports = [], []
    for system in systems:
        for slug in system.slugs:
            problems += _notified(system, slug, url)
            wanted = {"provider": system.kind, "repo": slug, **system.wanted(slug)}
            imports.append(str(client.post("/imports", wanted)["id"]))
    console.print(
        f"Sent {NOTIFIED} signed notifications for each of {len(imports)} projects; importing the rest."
    )
    states = follow(client, imports, "simulated builds", tell=False)
    done, gaps = (sum(state[name] for state in states) for name in ("done", "failed"))
    said = f"{counted(done, 'build')} imported"
    console.print(
        f"{said}; {counted(gaps, 'number')} {'has' if gaps == 1 else 'have'} none, as in real histories."
        if gaps
        else f"{said}."
    )
    return problems


def _notified(system: SimulatedProcess, slug: str, url: str) -> list[str]:
    problems = []
    for number in system.newest(slug, NOTIFIED):
        status = system.notify(f"{url}{system.hook}", slug, number)
        if status != 202:
            problems.append(f"the notification of {slug} build {number} was answered with {status}")
    return problems


def _stay(console: Console, url: str) -> None:
    console.print(
        f"The dashboard is at [bold]{url}/dashboard[/]. Everything in it is simulated. Ctrl-C ends it."
    )
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        console.print("Stopped; the demo's store is deleted.")
