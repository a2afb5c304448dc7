"""`alerts`: whether the channels of the settings work."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

import typer

from buildtimetrend import settings
from buildtimetrend.alerts.plain import plain
from buildtimetrend.cli.client import connected

alerts = typer.Typer(help="Try the channels by which people hear of what changed.", no_args_is_help=True)


@alerts.callback()
def options() -> None:
    pass


@alerts.command("test")
def test(name: Annotated[str, typer.Argument(help="Of the channel, as in the settings.")]) -> None:
    """Send a test message by a channel, and say what came back. Ends with 1 if it did not work."""
    with connected(settings.load(), tells=True) as client:
        answer = client.post(f"/channels/{quote(name, safe='')}/test")
    typer.echo(plain(answer["said"], 1000), err=not answer["works"])
    if not answer["works"]:
        raise typer.Exit(1)
