"""`import`: history from a CI, with a progress bar."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console
from typer.core import TyperGroup

from buildtimetrend import settings
from buildtimetrend.cli import progress
from buildtimetrend.cli.client import ServiceClient, connected
from buildtimetrend.cli.keen_import import import_keen
from buildtimetrend.errors import Error, NotFound
from buildtimetrend.installation import command
from buildtimetrend.model import LIST
from buildtimetrend.providers import PROVIDERS, provider_class
from buildtimetrend.providers.base import Provider, Section
from buildtimetrend.text import counted, duration

POLL = 0.5  # seconds
FEW = 20  # imports that are asked for one by one
MOST = 10_000  # imports that one command makes of numbers
NUMBERS = re.compile(r"([0-9]{1,12})(?:[ -]+([0-9]{1,12}))?")


class Sources(TyperGroup):
    """The commands below `import`: one for each CI system, and each further server of one; and `keen`."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*PROVIDERS, *super().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            return command
        servers = [*PROVIDERS]
        if cmd_name not in servers:
            servers = [section.name for section in settings.load().settings.servers()]
        if cmd_name not in servers:
            known = ", ".join([*servers, *super().list_commands(ctx)])
            raise NotFound(f"There is no such provider: {cmd_name}. There are {known}.", detail="provider")
        app = typer.Typer(add_completion=False)
        app.command(cmd_name)(_from_ci(cmd_name))
        return typer.main.get_command(app)


importing = typer.Typer(cls=Sources, help="Fetch history.", no_args_is_help=True)
importing.command("keen")(import_keen)


def _from_ci(provider: str) -> Callable[..., None]:
    def command(
        repo: Annotated[str, typer.Argument(metavar="REPO", help="owner/name, or the address of its page.")],
        builds: Annotated[
            list[str] | None,
            typer.Argument(
                metavar="[BUILDS]",
                help="FIRST [LAST], by number; or latest 100; or since 90 days, since 2026-01-31. "
                "Without any the latest, as many as may be at once.",
            ),
        ] = None,
        *,
        since: Annotated[
            str | None,
            typer.Option(metavar="90d", help="All builds since so many days (d, w, m, y), or since a date."),
        ] = None,
        latest: Annotated[int | None, typer.Option(min=1, help="So many of the newest builds.")] = None,
        everything: Annotated[
            bool, typer.Option("--all", help="REPO is an owner: import all of its repos, as OWNER/* does.")
        ] = False,
        include: Annotated[
            list[str] | None,
            typer.Option(metavar="PATTERN", help="Of an owner's repos only those like this, as web-*."),
        ] = None,
        exclude: Annotated[
            list[str] | None, typer.Option(metavar="PATTERN", help="Leave out an owner's repos like this.")
        ] = None,
    ) -> None:
        """Fetch builds of a repo, or of all repos of an owner, the newest first.

        Interrupted, it goes on where it was when it is called again.
        """
        said = _said(builds or [], since, latest)
        patterns = {"include": include or [], "exclude": exclude or []}
        if everything or repo.endswith("/*"):
            owner = repo.removesuffix("/*")
            import_owner(provider, owner, said, patterns)
            return
        if include or exclude:
            raise Error("--include and --exclude are of an owner's repos: give OWNER/*, or --all.")
        import_builds(provider, repo, said)

    return command


def _said(builds: list[str], since: str | None, latest: int | None) -> str:
    """The builds that are asked for, in words."""
    given = [bool(builds), since is not None, latest is not None]
    if sum(given) > 1:
        raise Error("Give builds once: by number or in words, or by --since, or by --latest.")
    if since is not None:
        return f"since {since}"
    return " ".join(builds or ["latest"]) if latest is None else f"latest {latest}"


def import_builds(provider: str, repo: str, said: str) -> None:
    loaded = settings.load()
    section = loaded.settings.section(provider)
    ci = provider_class(section.kind)
    pasted, repo = repo, ci.repo_of(repo) or repo
    most = loaded.settings.multi_import_max_builds
    wanted = [{"provider": provider, "repo": repo, **each} for each in _parts(said, most, ci)]
    with connected(loaded, tells=True) as client:
        open_already = [each for each in client.each("/imports", "imports") if not each["finished_at"]]
        ids = [_scheduled(client, section, each, open_already, pasted) for each in wanted]
        _followed(client, ids, f"{repo} {said}", f"/dashboard/{quote(repo)}?timeframe=year")


def import_owner(provider: str, owner: str, said: str, patterns: Mapping[str, list[str]]) -> None:
    """Imports of all repos; those that an earlier call left open go on."""
    loaded = settings.load()
    wanted = {"provider": provider, "owner": owner, "builds": said, **patterns}
    with connected(loaded, tells=True) as client:
        created = client.post("/imports/owners", wanted)["imports"]
        typer.echo(f"{counted(len(created), 'repo')} of {owner}", err=True)
        _followed(client, [each["id"] for each in created], f"{owner}/* {said}", "/dashboard")


def _followed(client: ServiceClient, ids: list[str], title: str, page: str) -> None:
    """Say where what was imported is shown. Raises `typer.Exit` where builds could not be had."""
    try:
        states = follow(client, ids, title, tell=True)
        failed = told(progress.console(), states)
    except KeyboardInterrupt:
        typer.echo("Interrupted. The same command goes on where it was.", err=True)
        raise
    if any(state["done"] for state in states):
        where = client.base_url if client.stays else f"`{command('serve')}`, then "
        typer.echo(f"Charts: {where}{page}", err=True)
    if failed:
        raise typer.Exit(1)


def _parts(said: str, most: int, ci: type[Provider]) -> Iterator[dict[str, Any]]:
    """What to ask the service for: numbers, unless the CI has to list them, in as many imports as it takes;
    all else as it was said.
    """
    if not (numbers := NUMBERS.fullmatch(said.strip())):
        yield {"builds": said, "whole": True}
        return
    first = int(numbers[1])
    last = int(numbers[2] or first)
    if last < first:
        raise Error(f"LAST ({last}) must not be below FIRST ({first}).")
    if ci.shares_numbers:
        yield {"builds": str(first) if first == last else f"{first}-{last}", "whole": True}
        return
    if last - first >= MOST * most:
        raise Error(f"{first} to {last} are more than {MOST * most:,} builds: use --latest or --since.")
    for start in range(first, last + 1, most):
        yield {"first": start, "last": min(last, start + most - 1)}


def _scheduled(
    client: ServiceClient,
    section: Section,
    wanted: Mapping[str, Any],
    open_already: Sequence[Mapping[str, Any]],
    pasted: str,
) -> str:
    """The id of an import of these builds: one that an earlier call left open, else a new one, of the repo as
    it was `pasted`: the service knows where the CI builds.

    One whose builds are of another CI than the settings name now would wait for ever: it is left alone.
    """
    address = str(getattr(section.values, provider_class(section.kind).address))
    same = {"provider": section.kind, "instance": address, "repo": wanted["repo"]}
    if "builds" in wanted:
        same["selection"] = " ".join(wanted["builds"].split())
    else:
        same |= {"first": wanted["first"], "last": wanted["last"], "selection": None}
    for known in open_already:
        if all(known[key] == value for key, value in same.items()):
            return str(known["id"])
    created = client.post("/imports", {**wanted, "repo": pasted})
    for warning in created["warnings"]:
        typer.echo(warning, err=True)
    return str(created["id"])


def follow(client: ServiceClient, ids: list[str], title: str, *, tell: bool) -> list[Any]:
    """Show the progress of these imports until they have ended; their last states.

    With `tell`, why builds fail or wait for another try as soon as that is known.
    """
    console = progress.console()
    said: set[tuple[str, str]] = set()
    before: int | None = client.get(f"/imports/{ids[0]}")["requests"]
    with progress.counting(console) as bars:
        bar = bars.add_task(title, total=None)
        while True:
            states = _states(client, ids)
            listing = any(state["listing"] for state in states)
            total, done = (_sum(states, key) for key in ("total", "done"))
            ended = done + sum(_sum(states, key) for key in ("failed", "canceled", "absent"))
            if tell:
                for reason in _reasons(states):
                    if (reason["state"], reason["reason"]) not in said:
                        said.add((reason["state"], reason["reason"]))
                        console.print(_line(reason), markup=False)
            waits = _waits(states) + _asked(states, before) if tell else ""
            more = ", more are being listed" if listing else ""
            bars.update(bar, total=total, completed=ended, description=f"{title}{more}{waits}")
            if ended >= total and not listing:
                return states
            time.sleep(POLL)


def _states(client: ServiceClient, ids: list[str]) -> list[Any]:
    if len(ids) <= FEW:
        return [client.get(f"/imports/{id_}") for id_ in ids]
    left = set(ids)
    found = []
    for state in client.each("/imports", "imports"):
        if state["id"] in left:
            found.append(state)
            left.remove(state["id"])
        if not left:
            break
    return found


def _asked(states: list[Any], before: int | None) -> str:
    """How many requests were sent meanwhile, and how many more the CI answers, where that is known."""
    state = states[0]
    told = "" if before is None else f", {counted(state['requests'] - before, 'request')}"
    limit = state["rate_limit"]
    if limit is None:
        return told
    until = datetime.fromisoformat(limit["resets_at"]).astimezone()
    return f"{told}, {limit['remaining']:,} of {limit['limit']:,} left until {until:%H:%M}"


def told(console: Console, states: list[Any]) -> int:
    """Say what the imports came to; how many builds could not be had."""
    done, failed, canceled = (_sum(states, key) for key in ("done", "failed", "canceled"))
    total, absent = (_sum(states, key) for key in ("total", "absent"))
    if absent:
        console.print(
            f"{total - absent:,} of {counted(total, 'number')} {'exists' if total == 1 else 'exist'}."
        )
    parts = [f"{counted(done, 'build')} imported", f"{failed:,} could not be had"]
    console.print(", ".join([*parts, f"{canceled:,} canceled"] if canceled else parts) + ".")
    for reason in _reasons(states):
        if reason["state"] == "failed":
            console.print(f"  {_line(reason)}", markup=False)
    return failed


def _sum(states: list[Any], key: str) -> int:
    return sum(int(state[key]) for state in states)


def _reasons(states: list[Any]) -> list[dict[str, Any]]:
    """Those of all imports, as one says it; the most frequent first."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for reason in (reason for state in states for reason in state["reasons"]):
        key = reason["state"], reason["reason"]
        if key in found:
            found[key]["builds"] += reason["builds"]
            tries = [at for at in (found[key]["next_try_at"], reason["next_try_at"]) if at]
            found[key]["next_try_at"] = min(tries, default=None)
        else:
            found[key] = dict(reason)
    return sorted(found.values(), key=lambda reason: -reason["builds"])


def _line(reason: dict[str, Any]) -> str:
    builds = _named(reason) if reason["builds"] == 1 else counted(reason["builds"], "build")
    if reason["state"] == "failed":
        return f"{builds}: {reason['reason']}"
    waits = "waits" if reason["builds"] == 1 else "wait"
    return f"{reason['reason']} {builds[0].upper()}{builds[1:]} {waits}, next try in {_left(reason)}."


def _named(reason: dict[str, Any]) -> str:
    return "the list of builds" if reason["number"] == LIST else f"build {reason['number']}"


def _waits(states: list[Any]) -> str:
    """How long until the next try, where nothing else goes on."""
    waiting = [reason for reason in _reasons(states) if reason["next_try_at"]]
    if not waiting or _sum(states, "running"):
        return ""
    return f", next try in {_left(min(waiting, key=lambda reason: str(reason['next_try_at'])))}"


def _left(reason: dict[str, Any]) -> str:
    due = datetime.fromisoformat(reason["next_try_at"])
    return duration(round(max(0.0, (due - datetime.now(UTC)).total_seconds())))
