"""`check-config`: what the service would run with, and where each value comes from."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from buildtimetrend import settings
from buildtimetrend.settings.budgets import shown_budget

WIDTH = 10_000


def check_config() -> None:
    """Print the effective settings, secrets masked, with the source of each.

    Ends with 1, and the reason, for settings with which the service would not start.
    """
    from buildtimetrend import bootstrap  # noqa: PLC0415 - half a second

    loaded = settings.load()
    table = Table("setting", "value", "source", box=None, pad_edge=False)
    for name, row in settings.ROWS.items():
        table.add_row(row.key, settings.shown(name, loaded.settings.value(name)), loaded.sources[name])
    for channel in loaded.settings.alerts:
        for key, value in settings.shown_channel(channel).items():
            table.add_row(key, value, loaded.sources[key])
    for budget in loaded.settings.budgets:
        for key, value in shown_budget(budget).items():
            table.add_row(key, value, loaded.sources[f"budgets.{budget.name}"])
    # Wide enough for any value: narrower, the table would cut them.
    Console(width=WIDTH).print(table, markup=False, crop=False, soft_wrap=True)
    for warning in loaded.warnings:
        typer.echo(f"warning: {warning}", err=True)
    bootstrap.check(loaded.settings)
