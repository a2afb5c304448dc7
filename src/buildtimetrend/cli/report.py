"""`report`: a project's history as one page, without a service, and with nothing left behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from buildtimetrend import settings
from buildtimetrend.cli import progress
from buildtimetrend.cli.client import ServiceClient, connected
from buildtimetrend.cli.imports import follow, told
from buildtimetrend.errors import BadRequest, Error
from buildtimetrend.providers import PROVIDERS, provider_class
from buildtimetrend.providers.base import Period
from buildtimetrend.providers.selection import selection_of
from buildtimetrend.settings import Loaded

OLDEST = timedelta(days=20 * 365)  # of what --latest asks for: the newest may have ended years ago


def report(
    repo: Annotated[
        list[str],
        typer.Argument(
            metavar="[CI] REPO", help="travis, github or gitlab, and owner/name or the address of its page."
        ),
    ],
    *,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="90d", help="Builds since so many days (d, w, m, y), or since a date. [default: 90d]"
        ),
    ] = None,
    latest: Annotated[int | None, typer.Option(min=1, help="So many of the newest builds.")] = None,
    pipeline: Annotated[
        str | None, typer.Option(help="Of this pipeline; else the one that takes most time comes first.")
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")] = Path("report.html"),
) -> None:
    """Fetch builds and write one page that says what changed, and where the time goes.

    Nothing else is kept. Ctrl-C ends the fetching: the page is of what came in until then.
    """
    from buildtimetrend import report as reports  # noqa: PLC0415 - what others need not load

    provider, slug = _asked(repo)
    pasted = repo[-1]
    if since and latest:
        raise Error("Give --since or --latest, not both.")
    said = f"latest {latest}" if latest else f"since {since or '90d'}"
    until = datetime.now(UTC)
    begun = _since(said, until)
    file = _writable(output)
    with connected(_own(settings.load()), tells=True) as client:
        _fetch(client, provider, pasted, slug, said)
        page = reports.render(reports.gather(client, slug, begun, until, pipeline))
    file.write_text(page, encoding="utf-8")
    typer.echo(f"{file} is written.", err=True)


def _asked(given: list[str]) -> tuple[str, str]:
    """The CI system, or a server of one that the settings name, and the repo."""
    if len(given) > 2:
        raise BadRequest("Give one repo: report github owner/name.", detail="repo")
    text = given[-1]
    provider = given[0] if len(given) == 2 else _of_address(text)
    section = settings.load().settings.section(provider)
    slug = provider_class(section.kind).repo_of(text)
    if slug is None:
        raise BadRequest(f"{text!r} is no repo: give owner/name, or the address of its page.", detail="repo")
    return provider, slug


def _of_address(text: str) -> str:
    host = urlsplit(text).hostname or "" if "://" in text else ""
    found = next((kind for kind in PROVIDERS if kind in host), None)
    if text in PROVIDERS:
        raise BadRequest(f"Say which repo: report {text} owner/name.", detail="repo")
    if found is None:
        known = ", ".join(PROVIDERS)
        raise BadRequest(
            f"Say which CI builds {text}, one of {known}: report github {text}", detail="provider"
        )
    return found


def _since(said: str, now: datetime) -> datetime:
    selection = selection_of(said, 1, now)
    return selection.since if isinstance(selection, Period) else now - OLDEST


def _writable(output: Path) -> Path:
    """Raises `BadRequest`: before an hour of fetching, not after it."""
    is_new = not output.exists()
    try:
        output.open("a", encoding="utf-8").close()
    except OSError as error:
        raise BadRequest(f"{output} cannot be written: {error.strerror}.", detail="output") from error
    if is_new:
        output.unlink()
    return output


def _own(loaded: Loaded) -> Loaded:
    """The user's settings of CI systems, in a service that ends with the command and keeps all in memory."""
    own = replace(
        loaded.settings,
        store_url="duckdb://:memory:",
        task_queue_broker_url="",
        keen_sink=False,
        sweep_interval=0.0,
        multi_import_delay=0.0,
    )
    return replace(loaded, settings=own)


def _fetch(client: ServiceClient, provider: str, pasted: str, slug: str, said: str) -> None:
    wanted = {"provider": provider, "repo": pasted, "builds": said, "whole": True}
    created = client.post("/imports", wanted)
    try:
        states = follow(client, [str(created["id"])], f"{slug} {said}", tell=True)
    except KeyboardInterrupt:
        typer.echo("Interrupted: the report is of what was fetched until now.", err=True)
        return
    told(progress.console(), states)
