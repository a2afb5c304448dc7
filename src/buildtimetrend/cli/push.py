"""`push`: builds out of files, to the instance that store.url names."""

from __future__ import annotations

import gzip
import io
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any, BinaryIO, cast

import orjson
import typer

from buildtimetrend import logging_setup, settings
from buildtimetrend.errors import BadRequest, Error, StoreUnavailable
from buildtimetrend.model import Build
from buildtimetrend.store import configured_store
from buildtimetrend.store.base import Store
from buildtimetrend.store.documents import build_of
from buildtimetrend.store.remote.outbox import UNUSABLE

GZIP = b"\x1f\x8b"
FULL = 1.0  # seconds between two looks whether a full outbox has room again


def push(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="JSON or JSON lines, also as .gz; - for standard input."),
    ],
) -> None:
    """Push builds to another instance, by way of the outbox: what it lacks then, the next call sends."""
    loaded = settings.load().settings
    logging_setup.set_up(loaded)
    if not loaded.pushes:
        raise BadRequest("store.url (BTT_STORE_URL) names no other instance to push to, as https://….")
    tally: Counter[str] = Counter()
    with closing(configured_store(loaded)) as store:
        waits: list[StoreUnavailable] = []
        saved = [(where, _saved(store, build, waits)) for where, build in _builds(files, tally)]
    for where, future in saved:
        error = future.exception()
        if error is None:
            tally["stored"] += 1
        elif isinstance(error, StoreUnavailable):
            tally["waiting"] += 1
        else:
            _refuse(where, error, tally)
    said = ", ".join(f"{tally[word]} {word}" for word in ("stored", "refused", "waiting") if tally[word])
    typer.echo(f"Builds: {said or 'none'}.", err=True)
    if tally["refused"] or tally["waiting"]:
        raise typer.Exit(1)


def _saved(store: Store, build: Build, waits: list[StoreUnavailable]) -> Future[int]:
    """Waits for room in the outbox, and says so the first time. Raises when it cannot be used at all."""
    while True:
        future = store.save(build)
        # Only one that has no room in the outbox fails at once, and may be tried again.
        if not future.done() or not isinstance(error := future.exception(), StoreUnavailable):
            return future
        if error.detail == UNUSABLE:
            raise error
        if not waits:
            typer.echo(f"{error.message} Waiting for room.", err=True)
            waits.append(error)
        time.sleep(FULL)


def _builds(files: list[str], tally: Counter[str]) -> Iterator[tuple[str, Build]]:
    """Each build with where it stands; those that are none are refused here."""
    from buildtimetrend.web.api.push_models import read  # noqa: PLC0415 - half a second that others do without

    for where, document in (found for name in files for found in _documents(name)):
        try:
            yield where, build_of(read(document))
        except Error as error:
            _refuse(where, error, tally)


def _refuse(where: str, error: BaseException, tally: Counter[str]) -> None:
    tally["refused"] += 1
    typer.echo(f"{where}: {error}", err=True)


def _documents(name: str) -> Iterator[tuple[str, Any]]:
    try:
        with sys.stdin.buffer if name == "-" else Path(name).open("rb") as opened:
            file = cast(io.BufferedReader, opened)
            packed = file.peek(len(GZIP))[: len(GZIP)] == GZIP
            yield from _read(name, gzip.GzipFile(fileobj=file) if packed else file)  # type: ignore[arg-type]
    except (OSError, EOFError, zlib.error) as error:
        raise BadRequest(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}.") from error


def _read(name: str, file: BinaryIO) -> Iterator[tuple[str, Any]]:
    """A line for each document, or one document in many lines."""
    first = file.readline()
    try:
        documents = [(f"{name}:1", orjson.loads(first))] if first.strip() else []
    except orjson.JSONDecodeError:
        yield from _flat(name, _parsed(name, first + file.read()))
        return
    for where, document in documents:
        yield from _flat(where, document)
    for number, line in enumerate(file, 2):
        if line.strip():
            yield from _flat(f"{name}:{number}", _parsed(f"{name}:{number}", line))


def _flat(where: str, document: Any) -> Iterator[tuple[str, Any]]:
    """The builds of a list, of a batch as the API takes it, or of what an outbox has kept aside."""
    if isinstance(document, dict) and "builds" in document:
        document = document["builds"]
    if isinstance(document, dict) and isinstance(write := document.get("write"), dict):
        document = write["build"] if isinstance(write.get("build"), dict) else document
    if isinstance(document, list):
        for place, each in enumerate(document):
            yield f"{where}, build {place}", each
    else:
        yield where, document


def _parsed(where: str, content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"{where} is not JSON: {error}.") from error
