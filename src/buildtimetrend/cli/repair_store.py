"""`repair-store`: go on with what can be read of a damaged DuckDB file."""

from __future__ import annotations

from typing import Annotated

import typer

from buildtimetrend import settings
from buildtimetrend.store import place, repair


def repair_store(
    url: Annotated[
        str, typer.Argument(metavar="[URL]", help="The store, as store.url; without it that of the settings.")
    ] = "",
) -> None:
    """Go on without what is lost of a damaged DuckDB store. All that is there is kept beside it."""
    url = url or settings.load().settings.store_url
    repaired = repair(url)
    if repaired is None:
        typer.echo(f"The store {place(url)} and its log are whole: nothing was changed.")
        return
    kept = " and ".join(map(str, repaired.kept))
    typer.echo(f"{repaired.what}\nAll that was there is kept in {kept}. The store has what can be read.")
