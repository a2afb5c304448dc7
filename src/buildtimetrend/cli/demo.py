"""`demo`: the service on a throw-away store, with a year of builds of a simulated Travis CI."""

from __future__ import annotations

import signal
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from buildtimetrend import logging_setup
from buildtimetrend.cli import progress
from buildtimetrend.cli.client import PAGE, ServiceClient
from buildtimetrend.cli.imports import follow
from buildtimetrend.errors import Error
from buildtimetrend.settings import Settings
from buildtimetrend.web.text import counted

if TYPE_CHECKING:
    from buildtimetrend.demo.process import TravisProcess


class Engine(StrEnum):
    DUCKDB = "duckdb"
    POSTGRESQL = "postgresql"


NOTIFIED = 3  # of each project's newest builds, in place of being imported alone
ALL_TIME = "2010-01-01T00:00:00Z"


def demo(
    port: Annotated[int, typer.Option(envvar="PORT", min=0, max=65535, help="Port to listen on.")] = 5000,
    check: Annotated[bool, typer.Option("--check", help="Check what was stored, then end.")] = False,
    workers: Annotated[
        bool, typer.Option("--workers", help="Collect builds with two Celery workers and a broker.")
    ] = False,
    store: Annotated[Engine, typer.Option(help="Where builds are kept.")] = Engine.DUCKDB,
) -> None:
    """Show the service at work on simulated projects. Everything that it shows is simulated."""
    from buildtimetrend import bootstrap  # noqa: PLC0415 - half a second that `parse` does without
    from buildtimetrend.demo.backing_services import with_services  # noqa: PLC0415
    from buildtimetrend.demo.process import TravisProcess  # noqa: PLC0415
    from buildtimetrend.demo.server import TOKEN  # noqa: PLC0415

    if workers and store is Engine.DUCKDB:
        raise Error("Workers need a store that they can write to: add --store postgresql.")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: nothing is left behind
    console = progress.console()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="buildtimetrend-demo-")))
        travis = stack.enter_context(TravisProcess())
        settings = _settings(folder, travis.url, TOKEN, port)
        logging_setup.set_up(settings)
        services = with_services(settings, folder, workers=workers, on_postgres=store is Engine.POSTGRESQL)
        settings = stack.enter_context(services)
        with bootstrap.serving(settings) as url:
            client = ServiceClient(url, settings.admin_token)
            try:
                problems = _fill(console, client, travis, url)
                problems += _check(console, client, travis) if check else []
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


def _settings(folder: Path, travis_url: str, travis_token: str, port: int) -> Settings:
    return Settings.of(
        port=port,
        store_url=f"duckdb:///{folder / 'demo.duckdb'}",
        loglevel="ERROR",
        travis_api_url=travis_url,
        travis_token=travis_token,
        travis_delay=1.0,
        multi_import_max_builds=PAGE,
        multi_import_delay=0.0,
        sweep_interval=0.0,
    )


def _fill(console: Console, client: ServiceClient, travis: TravisProcess, url: str) -> list[str]:
    """Send notifications of the newest builds and import the others; what went wrong."""
    console.print(f"A simulated Travis CI runs at {travis.url}, the service at {url}.")
    problems, imports = [], []
    for slug in travis.history.projects:
        numbers = travis.history.numbers(slug)
        for number in numbers[-NOTIFIED:]:
            status = travis.notify(f"{url}/travis", slug, number)
            if status != 202:
                problems.append(f"the notification of {slug} build {number} was answered with {status}")
        wanted = {"provider": "travis", "repo": slug, "first": numbers[0], "last": numbers[-1]}
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


def _stay(console: Console, url: str) -> None:
    console.print(
        f"The dashboard is at [bold]{url}/dashboard[/]. Everything in it is simulated. Ctrl-C ends it."
    )
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        console.print("Stopped; the demo's store is deleted.")


def _check(console: Console, client: ServiceClient, travis: TravisProcess) -> list[str]:
    """Compare what the service answers with what the simulated Travis CI served; the differences."""
    table = Table("project", "builds", "jobs", "steps", "passed", "average job", box=None)
    problems = []
    for slug in travis.history.projects:
        expected = _expected(travis, slug)
        try:
            found, average = _found(client, slug)
        except Error as error:
            problems.append(f"{slug}: {error.message}")
            continue
        problems += [
            f"{slug}: {count} {name} expected, {found[name]} found"
            for name, count in expected.items()
            if found[name] != count
        ]
        shown = (str(found[name]) for name in ("builds", "jobs", "steps", "builds passed"))
        table.add_row(slug, *shown, f"{average:.0f} s")
    console.print(table)
    console.print("Everything as served." if not problems else f"{len(problems)} differences.")
    return problems


def _expected(travis: TravisProcess, slug: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for build in travis.history.expected(slug):
        counts.update({"builds": 1, "jobs": len(build.jobs), "steps": sum(build.steps)})
        counts[f"builds {build.state}"] += 1
        counts.update(f"jobs {state}" for state in build.jobs)
    return counts


def _found(client: ServiceClient, slug: str) -> tuple[Counter[str], float]:
    """The same counts by the service's API, and the average job duration in seconds."""
    path = f"/projects/{slug}"
    counts: Counter[str] = Counter()
    for build in client.each(f"{path}/builds", "builds", since=ALL_TIME):
        counts.update(("builds", f"builds {build['result']}"))
    for job in client.each(f"{path}/jobs", "jobs", since=ALL_TIME):
        counts.update(("jobs", f"jobs {job['result']}"))
    # Durations leave canceled jobs out unless they are asked for by name.
    for chosen in ({}, {"filter_build_result": "canceled"}):
        steps = client.get(f"{path}/steps", since=ALL_TIME, limit=PAGE, **chosen)["steps"]
        counts["steps"] += sum(step["runs"] for step in steps)
    average = client.get(path, since=ALL_TIME)["totals"]["average_duration"]
    return counts, float(average or 0)
