"""`changes`: what changed in a project's builds, one sentence each."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from buildtimetrend import settings
from buildtimetrend.alerts.kinds import is_worse, kind_of
from buildtimetrend.alerts.of_finding import began
from buildtimetrend.alerts.plain import plain
from buildtimetrend.cli.client import connected, of_repo


class Slower(StrEnum):
    SLOWER = "slower"


def changes(
    repo: Annotated[str, typer.Argument(metavar="OWNER/REPO")],
    pipeline: Annotated[str | None, typer.Option(help="Of this pipeline alone.")] = None,
    branch: Annotated[str | None, typer.Option(help="Of builds of this branch alone.")] = None,
    timeframe: Annotated[str, typer.Option(help="day, week, month or year.")] = "year",
    fail_on: Annotated[
        Slower | None, typer.Option(help="Exit with 1 if something takes longer and is not over.")
    ] = None,
) -> None:
    """Say what takes longer, or less, since which build, and because of what."""
    given = {"timeframe": timeframe, "filter_pipeline": pipeline, "filter_branch": branch}
    with connected(settings.load(), tells=True) as client:
        answer = client.get(
            of_repo(repo, "findings"), **{name: value for name, value in given.items() if value}
        )
    found = answer["findings"]
    for finding in found:
        typer.echo(plain(f"{finding['sentence']} {finding['status']}"))
        typer.echo(f"  {plain(began(finding))}")
    if not found:
        _say_nothing(repo, looked_at=answer["builds"], asked=given)
    if fail_on and any(_is_slower(finding) for finding in found):
        raise typer.Exit(1)


def _say_nothing(repo: str, *, looked_at: int, asked: Mapping[str, str | None]) -> None:
    if looked_at:
        typer.echo(f"Nothing changed in the builds of {repo} that are looked at.")
        return
    options = ", ".join(f"{name.removeprefix('filter_')} {value}" for name, value in asked.items() if value)
    typer.echo(f"No build of {repo} that passed is there to look at ({options}).", err=True)


def _is_slower(finding: dict[str, Any]) -> bool:
    return bool(kind_of(finding) == "duration" and is_worse(finding) and finding["over_since"] is None)
