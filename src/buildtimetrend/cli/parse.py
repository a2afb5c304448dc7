"""`parse`: a log file to a table of its steps."""

from __future__ import annotations

import gzip
import io
import json
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from buildtimetrend import logs
from buildtimetrend.errors import BadRequest
from buildtimetrend.model import Exit

CHUNK = 1 << 18
GZIP = b"\x1f\x8b"


def parse(
    log: Annotated[str, typer.Argument(help="A job's log, also as .gz; - for standard input.")],
    ci: Annotated[
        str, typer.Option(help="The CI system that it is of: travis, github or gitlab.")
    ] = "travis",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON in place of a table.")] = False,
) -> None:
    """Print the timed steps of a job log."""
    try:
        parsed = logs.parse(_read(log), ci)
    except KeyError:
        raise BadRequest(
            f"{ci!r} is no CI system whose logs are read: travis, github and gitlab are."
        ) from None
    is_a_log = bool(parsed.steps) or parsed.exit.reason is not None
    if as_json:
        typer.echo(json.dumps(parsed.as_json(), ensure_ascii=False, indent=2))
    elif is_a_log:
        _print_table(parsed)
    if not is_a_log:
        raise BadRequest(
            f"{log} has no timed steps and no end of a job: it is no log of {ci} (--ci), or one that was cut."
        )


def _read(name: str) -> Iterator[bytes]:
    try:
        with sys.stdin.buffer if name == "-" else Path(name).open("rb") as opened:
            file = cast(io.BufferedReader, opened)
            packed = file.peek(len(GZIP))[: len(GZIP)] == GZIP
            stream = gzip.GzipFile(fileobj=file, mode="rb") if packed else file
            while chunk := stream.read(CHUNK):
                yield chunk
    except (OSError, EOFError, zlib.error) as error:
        raise BadRequest(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}.") from error


def _print_table(parsed: logs.ParsedLog) -> None:
    total = sum(step.duration for step in parsed.steps if step.depth == 0)
    table = Table(box=None, pad_edge=False)
    for column, justify in (("name", "left"), ("phase", "left"), ("duration", "right"), ("share", "right")):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    for step in parsed.steps:
        share = step.duration / total if total else 0.0
        name = Text("  " * step.depth + step.name)
        table.add_row(name, Text(step.phase), f"{step.duration:.3f} s", f"{share:.1%}")
    table.add_row("total", "", f"{total:.3f} s", "", style="bold")
    console = Console()
    if parsed.steps:
        console.print(table)
    if not parsed.steps and parsed.exit.reason:
        typer.echo("No timed steps: the log is from before its CI had time marks.", err=True)
    if parsed.exit.message:
        console.print(Text(f"ends with: {parsed.exit.message}"))
    if ended := ", ".join(_ended(parsed.exit)):
        console.print(Text(f"ended in: {ended}"))


def _ended(end: Exit) -> Iterator[str]:
    if end.command:
        yield end.command
    if end.phase:
        yield f"phase {end.phase}"
    if end.code and end.command:
        yield f"exit code {end.code}"
