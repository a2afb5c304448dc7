"""`distribute-store`: a PostgreSQL store is spread over a Citus cluster."""

from __future__ import annotations

import typer

from buildtimetrend import settings, store


def distribute_store() -> None:
    """Spread the tables of the PostgreSQL store over the Citus cluster that its database has become."""
    tables = store.distribute(settings.load().settings.store_url)
    typer.echo(f"Distributed: {', '.join(tables)}." if tables else "All tables are distributed already.")
