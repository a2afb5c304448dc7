"""`import keen`: the events of an old Keen.io project become builds."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from buildtimetrend import settings
from buildtimetrend.cli import progress
from buildtimetrend.cli.client import connected
from buildtimetrend.cli.keen_builds import Builds
from buildtimetrend.cli.keen_position import Position
from buildtimetrend.errors import SettingsError
from buildtimetrend.keen.exchange.sender import KeenClient
from buildtimetrend.keen.exchange.source import Source
from buildtimetrend.text import counted

# The first events of the old service are from 2014.
BEGINNING = "2014-01-01"
# Where the builds of the old service ran: its events do not say so.
OLD_INSTANCE = "https://api.travis-ci.org"
# Seconds for an answer: that of an extraction may be long.
PATIENCE = 120.0
SHOWN_REFUSALS = 10


def import_keen(
    repos: Annotated[
        list[str] | None, typer.Argument(metavar="OWNER/REPO", help="All repos when left out.")
    ] = None,
    since: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Read events from this day on.")
    ] = BEGINNING,  # type: ignore[assignment] # typer reads it as if it was given
    instance: Annotated[
        str, typer.Option(help="API of the CI that ran the builds, where events do not say.")
    ] = OLD_INSTANCE,
) -> None:
    """Store the builds that the events of an old Keen.io project tell of.

    Interrupted, it goes on where it was when it is called again. It stores nothing twice.
    """
    read = settings.load()
    loaded = read.settings
    if not loaded.keen_project_id or not loaded.keen_read_key:
        raise SettingsError(
            "keen.project_id and keen.read_key (KEEN_PROJECT_ID, KEEN_READ_KEY) say which events to read.",
            detail="keen.read_key",
        )
    console = progress.console()
    skipped: Counter[str] = Counter()
    without: list[str] = []
    asked: list[str | None] = [*repos] if repos else [None]
    key = loaded.keen_read_key
    with (
        connected(read, tells=True) as client,
        closing(KeenClient(loaded.keen_api_url, loaded.keen_project_id, key, timeout=PATIENCE)) as keen,
    ):
        builds = Builds(client)
        try:
            for repo in asked:
                position = Position(loaded, repo, instance, since.replace(tzinfo=UTC))
                source = Source(
                    keen,
                    instance,
                    repo=repo,
                    since=position.beginning,
                    until=datetime.now(UTC),
                    start=position.start,
                    given=position.given,
                )
                read_before = builds.read
                of_repo = _read(source, position, builds, console)
                skipped += of_repo
                if builds.read == read_before and not of_repo:
                    without.append(repo or "any repo")
        except KeyboardInterrupt:
            typer.echo("Interrupted. The same command goes on where it was.", err=True)
            raise
    console.print(
        f"{counted(builds.stored, 'build')} imported, {builds.known} were there, "
        f"{len(builds.refused)} refused."
    )
    for name in without:
        console.print(f"  No event of {name} was found since {since:%Y-%m-%d}.", markup=False)
    for reason, number in skipped.most_common():
        console.print(f"  {counted(number, 'event')} skipped: {reason}", markup=False)
    for refused in builds.refused[:SHOWN_REFUSALS]:
        console.print(f"  {refused}", markup=False)
    if builds.refused:
        raise typer.Exit(1)


def _read(source: Source, position: Position, builds: Builds, console: Console) -> Counter[str]:
    """Events that were skipped, by reason."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    whole = (source.until - position.beginning).total_seconds()
    with Progress(*columns, console=console) as bars:
        bar = bars.add_task(source.repo or "all repos", total=whole)
        for window in source.windows():
            builds.store(window.builds)
            position.save(window.resume_at, source.given)
            bars.update(bar, completed=(window.until - position.beginning).total_seconds())
    position.forget()
    return Counter(source.skipped)
