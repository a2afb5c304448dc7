"""`changes`: what changed in a project's builds, one sentence each."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from buildtimetrend import settings
from buildtimetrend.cli.client import connected


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
        path = f"/projects/{repo}/findings"
        found = client.get(path, **{name: value for name, value in given.items() if value})["findings"]
    for finding in found:
        typer.echo(_visible(f"{finding['sentence']} {finding['status']}"))
        typer.echo(f"  {_details(finding)}")
    if not found:
        typer.echo(f"Nothing changed for good in the builds of {repo} that are looked at.")
    if fail_on and any(_is_slower(finding) for finding in found):
        raise typer.Exit(1)


def _visible(text: str) -> str:
    """Names of steps are strangers' words, and a terminal obeys some."""
    return "".join(character for character in text if character.isprintable())


def _is_slower(finding: dict[str, Any]) -> bool:
    return bool(finding["after"] > finding["before"] and finding["over_since"] is None)


def _details(finding: dict[str, Any]) -> str:
    first, last, before = finding["first"], finding["last"], finding["last_before"]
    begun = (
        f"It began with build {first['number']}"
        if first["build_id"] == last["build_id"]
        else f"It began with one of builds {first['number']} to {last['number']}"
    )
    commit = f" ({first['commit_id'][:7]})" if first["commit_id"] else ""
    good = f"; build {before['number']} was the last before" if before else ""
    sure = "over 99" if finding["confidence"] > 0.99 else f"{100 * finding['confidence']:.0f}"
    return f"{begun}{commit}{good}. {sure} % sure."
