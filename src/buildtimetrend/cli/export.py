"""`export`: what the store holds, as JSON lines or CSV."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from pydantic import BaseModel

from buildtimetrend import settings
from buildtimetrend.cli.client import ServiceClient, connected, of_repo
from buildtimetrend.errors import BadRequest
from buildtimetrend.filters import FILTERS
from buildtimetrend.web.http.csv_text import write_csv

# Of a list the interval changes nothing, but the longest range that is allowed goes with it.
EVERYTHING = {"since": "1990-01-01T00:00:00Z", "interval": "week"}


class What(StrEnum):
    BUILDS = "builds"
    JOBS = "jobs"
    STEPS = "steps"


class Format(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"


def export(
    repo: Annotated[str | None, typer.Argument(metavar="OWNER/REPO", help="All repos when left out.")] = None,
    what: Annotated[
        What, typer.Option(help="One line per build, per job, or per step with its figures over all runs.")
    ] = What.BUILDS,
    *,
    form: Annotated[Format, typer.Option("--format", help="JSON lines or CSV.")] = Format.JSONL,
    output: Annotated[Path | None, typer.Option(help="File to write; standard output when left out.")] = None,
    since: Annotated[str | None, typer.Option(help="What ended from then on, as 2026-01-31.")] = None,
    until: Annotated[str | None, typer.Option(help="What ended before then.")] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--filter", metavar="NAME=VALUE", help=f"Only these: {', '.join(FILTERS)}. May be repeated."
        ),
    ] = None,
) -> None:
    """Write what is stored, newest first; steps with those first that took most time in all."""
    asked = EVERYTHING | {name: at for name, at in (("since", since), ("until", until)) if at}
    asked |= dict(_filter(given) for given in only or [])
    with (
        connected(settings.load()) as client,
        _opened(output) as file,
    ):
        repos = [repo] if repo else [p["repo"] for p in client.each("/projects", "projects", **EVERYTHING)]
        rows = chain.from_iterable(_rows(client, name, what, asked) for name in repos)
        first = next(rows, None)
        if first is None:
            typer.echo(_nothing(what, stored=bool(repos), narrowed=bool(only or since or until)), err=True)
        _WRITERS[form](file, what, chain([first] if first else [], rows))


def _nothing(what: What, *, stored: bool, narrowed: bool) -> str:
    if not stored:
        return "Nothing is exported: no build is stored."
    asked = " of what --filter, --since and --until ask for" if narrowed else ""
    return f"Nothing is exported: no {what}{asked} are stored."


def _filter(given: str) -> tuple[str, str]:
    """`NAME=VALUE` as a parameter of the API."""
    name, _, value = given.partition("=")
    if name not in FILTERS or not value:
        raise BadRequest(
            f"{given!r} is no filter: write NAME=VALUE, with one of {', '.join(FILTERS)}.", detail="filter"
        )
    return FILTERS[name].parameter, value


def _rows(client: ServiceClient, repo: str, what: What, asked: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    found = client.each(of_repo(repo, what), what, **asked)
    return ({"repo": repo, **row} for row in found) if what is What.STEPS else found


@contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        return
    try:
        file = output.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise BadRequest(f"{output} cannot be written: {error.strerror}.") from error
    with file:
        yield file


def _write_jsonl(file: TextIO, _: What, rows: Iterator[dict[str, Any]]) -> None:
    for row in rows:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _write_csv(file: TextIO, what: What, rows: Iterator[dict[str, Any]]) -> None:
    first = next(rows, None)
    names = _names(what) if first is None else list(first)
    of_all = chain([] if first is None else [first], rows)
    write_csv(file, names, ([_flat(row[name]) for name in names] for row in of_all))


def _names(what: What) -> list[str]:
    """Of the columns, where no row has them."""
    from buildtimetrend.web.api import build_models as shapes  # noqa: PLC0415 - half a second

    of: dict[What, type[BaseModel]] = {
        What.BUILDS: shapes.Build,
        What.JOBS: shapes.Job,
        What.STEPS: shapes.StepSummary,
    }
    names = list(of[what].model_fields)
    return ["repo", *names] if what is What.STEPS else names


def _flat(value: Any) -> Any:
    """What a cell can hold: objects and lists as JSON."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


_WRITERS = {Format.JSONL: _write_jsonl, Format.CSV: _write_csv}
