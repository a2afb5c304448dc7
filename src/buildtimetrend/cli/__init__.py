"""The `buildtimetrend` command."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from buildtimetrend import __version__
from buildtimetrend.cli import (
    alerts,
    changes,
    config,
    copy_store,
    demo,
    distribute,
    export,
    imports,
    parse,
    push,
    repair_store,
    report,
    serve,
)
from buildtimetrend.errors import Error

app = typer.Typer(
    name="buildtimetrend",
    help="Shows a team where its CI time goes and tells it when builds get slower.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(serve.serve)
app.command()(serve.worker)
app.add_typer(imports.importing, name="import")
app.command()(parse.parse)
app.command()(push.push)
app.command()(changes.changes)
app.command()(report.report)
app.add_typer(alerts.alerts, name="alerts")
app.command()(export.export)
app.command()(demo.demo)
app.command("copy-store")(copy_store.copy_store)
app.command("distribute-store")(distribute.distribute_store)
app.command("repair-store")(repair_store.repair_store)
app.command("check-config")(config.check_config)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"buildtimetrend {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(  # its callback does the work
        False, "--version", callback=_version, is_eager=True, help="Print the version."
    ),
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; an error of ours is one line on standard error, and exit code 1."""
    try:
        app(args=list(sys.argv[1:] if arguments is None else arguments))
    except Error as error:
        typer.echo(f"buildtimetrend: {error.message}", err=True)
        sys.exit(1)
