"""`import`: history from a CI, with a progress bar."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from buildtimetrend import settings
from buildtimetrend.cli import progress
from buildtimetrend.cli.client import Client, connected
from buildtimetrend.cli.keen_import import import_keen
from buildtimetrend.errors import Error, NotFound
from buildtimetrend.providers import PROVIDERS

POLL = 0.5  # seconds
SHOWN_REASONS = 10


class Sources(TyperGroup):
    """The commands below `import`: one for each CI system, and `keen`."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        command = super().get_command(ctx, cmd_name)
        if command is None:
            known = ", ".join(self.list_commands(ctx))
            raise NotFound(f"There is no such provider: {cmd_name}. There are {known}.", detail="provider")
        return command


importing = typer.Typer(cls=Sources, help="Fetch history.", no_args_is_help=True)
importing.command("keen")(import_keen)


def _from_ci(provider: str) -> Callable[..., None]:
    def command(
        repo: Annotated[str, typer.Argument(metavar="OWNER/REPO")],
        first: Annotated[int, typer.Argument(min=1, help="Number of the first build.")],
        last: Annotated[int | None, typer.Argument(min=1, help="Number of the last build.")] = None,
    ) -> None:
        """Fetch builds FIRST to LAST of a repo.

        Interrupted, it goes on where it was when it is called again.
        """
        import_builds(provider, repo, first, first if last is None else last)

    return command


for name in PROVIDERS:
    importing.command(name)(_from_ci(name))


def import_builds(provider: str, repo: str, first: int, last: int) -> None:
    if last < first:
        raise Error(f"LAST ({last}) must not be below FIRST ({first}).")
    loaded = settings.load().settings
    with connected(loaded) as client:
        ids = [
            _scheduled(client, provider, repo, start, min(last, start + loaded.multi_import_max_builds - 1))
            for start in range(first, last + 1, loaded.multi_import_max_builds)
        ]
        try:
            failed = follow(client, ids, f"{repo} {first}-{last}")
        except KeyboardInterrupt:
            typer.echo("Interrupted. The same command goes on where it was.", err=True)
            raise
    if failed:
        raise typer.Exit(1)


def _scheduled(client: Client, provider: str, repo: str, first: int, last: int) -> str:
    """The id of an import of these builds: one that an earlier call left open, else a new one."""
    wanted = {"provider": provider, "repo": repo, "first": first, "last": last}
    for known in client.get("/imports", limit=100)["imports"]:
        if all(known[key] == value for key, value in wanted.items()) and not known["finished_at"]:
            return str(known["id"])
    return str(client.post("/imports", wanted)["id"])


def follow(client: Client, ids: list[str], title: str) -> int:
    """Show the progress of these imports until they have ended; how many builds could not be had."""
    console = progress.console()
    with progress.counting(console) as bars:
        bar = bars.add_task(title, total=None)
        while True:
            states = [client.get(f"/imports/{id_}") for id_ in ids]
            total, done, failed = (_sum(states, key) for key in ("total", "done", "failed"))
            ended = done + failed + _sum(states, "canceled")
            bars.update(bar, total=total, completed=ended)
            if ended >= total:
                break
            time.sleep(POLL)
    console.print(f"{done} builds imported, {failed} could not be had.")
    for reason in _reasons(client, ids)[:SHOWN_REASONS] if failed else ():
        console.print(f"  {reason}", markup=False)
    return failed


def _sum(states: list[Any], key: str) -> int:
    return sum(int(state[key]) for state in states)


def _reasons(client: Client, ids: list[str]) -> list[str]:
    tasks = [task for id_ in ids for task in client.get(f"/imports/{id_}/tasks", state="failed")["tasks"]]
    return [f"build {task['number']}: {task['reason']}" for task in tasks]
