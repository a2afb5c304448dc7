"""`copy-store`: everything from one store into another, with a progress bar."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from buildtimetrend import logging_setup, settings
from buildtimetrend.cli import progress
from buildtimetrend.errors import BadRequest
from buildtimetrend.store import copying, file_of, open_store
from buildtimetrend.store.base import Store
from buildtimetrend.store.location import shown
from buildtimetrend.text import counted


def copy_store(
    source: Annotated[str, typer.Argument(metavar="FROM", help="URL of the store to copy, as store.url.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="URL of an empty store.")],
) -> None:
    """Copy all that a store holds into another one. Interrupted, it goes on when it is called again."""
    for url in (source, target):
        if url.startswith(("http://", "https://")):
            raise BadRequest(
                f"{shown(url)} is kept by another instance: name the database that is its store.url, while "
                "that instance is stopped."
            )
    file = file_of(source)
    if file is not None and not file.is_file():
        raise BadRequest(f"There is no store {file}.")
    if source == target:
        raise BadRequest("FROM and TO are the same store.")
    loaded = settings.load().settings
    logging_setup.set_up(loaded)
    limit = loaded.store_memory_limit
    with (
        closing(open_store(source, memory_limit=limit)) as from_,
        closing(open_store(target, memory_limit=limit)) as to,
    ):
        _copy(from_, to, str(file.resolve()) if file else shown(source))


def _copy(source: Store, target: Store, name: str) -> None:
    console = progress.console()
    with progress.counting(console) as bars:
        number = copying.count(source, copying.layout_of(source))
        copied = bars.add_task("rows copied", total=number)
        checked = bars.add_task("rows checked", total=2 * number)
        copying.copy(source, target, name, lambda rows: bars.advance(copied, rows))
        copying.verify(source, target, lambda rows: bars.advance(checked, rows))
    copying.finish(target)
    console.print(f"{counted(number, 'row')} copied; counts and checksums of all tables agree.")
