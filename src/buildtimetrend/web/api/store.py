"""What a `RemoteStore` asks: writes in order, queries, the size. For instances of one version alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from pydantic import ValidationError

from buildtimetrend import __version__
from buildtimetrend.errors import Error, Forbidden, Invalid, StoreError, VersionMismatch
from buildtimetrend.ingest import TOGETHER
from buildtimetrend.store.base import Statement, Store
from buildtimetrend.store.documents import build_of
from buildtimetrend.store.limits import Limits
from buildtimetrend.store.remote import allowed_queries, wire
from buildtimetrend.store.remote.allowed_statements import are_known
from buildtimetrend.web.api.push_models import invalid
from buildtimetrend.web.api.requests import for_admins
from buildtimetrend.web.http.threads import OwnThreads
from buildtimetrend.web.services import Services

THREADS = 4  # that read, and as many that take writes
# Of a query: the largest that is asked here reads all steps of a build of ten thousand jobs.
LIMITS = Limits(rows=1_000_000, size=128 * 1024**2, seconds=15.0)
_Json = Annotated[dict[str, Any], Body()]


def routes(services: Services) -> APIRouter:
    router = APIRouter(prefix="/store", include_in_schema=False, route_class=for_admins(services.auth))
    store = services.context.store
    reading = OwnThreads(THREADS)
    writing = Writing(services)

    @router.get("")
    def get_store(request: Request, response: Response) -> dict[str, Any]:
        _check_schema(request)
        response.headers[wire.TIME_HEADER] = _time(store)
        return {"bytes": store.size()}

    @router.post("/select")
    async def select(asked: wire.Asked, request: Request) -> Response:
        _check_schema(request)
        content = await reading.run(_selected, store, asked)
        return Response(content, media_type="application/json", headers={wire.TIME_HEADER: _time(store)})

    @router.post("/writes")
    async def writes(given: _Json, request: Request, response: Response) -> dict[str, Any]:
        _check_schema(request)
        documents = given.get("writes")
        if not isinstance(documents, list) or len(documents) > wire.MOST_WRITES:
            raise Invalid(f"writes: must be a list of up to {wire.MOST_WRITES}.", detail="writes")
        results = [await _result(future) for future in await writing.begin(documents)]
        response.headers[wire.TIME_HEADER] = _time(store)
        return {"results": results}

    return router


class Writing:
    """Takes writes in order, each stored or refused by itself."""

    def __init__(self, services: Services) -> None:
        self._store = services.context.store
        self._ingest = services.ingest
        self._threads = OwnThreads(THREADS)

    async def begin(self, documents: Sequence[Any]) -> list[Future[Any] | Error]:
        return await self._threads.run(self._begin, documents)

    def _begin(self, documents: Sequence[Any]) -> list[Future[Any] | Error]:
        saves = sum(isinstance(d, dict) and d.get("kind") == "save" for d in documents)
        return [self._write(document, together=saves > 1) for document in documents]

    def _write(self, document: Any, *, together: bool) -> Future[Any] | Error:
        try:
            return self._of(wire.WRITE.validate_python(document), together)
        except ValidationError as error:
            return invalid(error)
        except Error as error:
            return error

    def _of(self, write: wire.Write, together: bool) -> Future[Any]:  # noqa: PLR0911 - one for each kind
        match write:
            case wire.Save():
                patience = TOGETHER if together else 0.0
                return self._ingest.land(build_of(write.build), write.task, patience=patience)
            case wire.Accept():
                return self._store.accept(write.delivery, write.task)
            case wire.AddTasks():
                return self._store.add_tasks(write.tasks, write.batch)
            case wire.UpdateTask():
                return self._store.update_task(write.task)
            case wire.Claim():
                return self._store.claim(write.id, write.claimer, write.now, write.until)
            case wire.Unsent():
                return self._store.unsent(write.now, write.sent_before, write.limit)
            case wire.Prune():
                return self._store.prune(write.before)
            case wire.Execute():
                return self._store.execute(_statements(write))


def _selected(store: Store, asked: wire.Asked) -> str:
    if fault := allowed_queries.fault_of(asked.sql):
        raise Invalid(f"sql: {fault}.", detail="sql")
    if (
        sum(len(value) for value in asked.params.values() if isinstance(value, str))
        > allowed_queries.MOST_TEXT
    ):
        raise Invalid(f"params: have more than {allowed_queries.MOST_TEXT} characters.", detail="params")
    try:
        table = store.select(*asked.statement, LIMITS)
    except (ValueError, TypeError) as error:
        raise Invalid(f"params: {error}.", detail="params") from error
    except StoreError as error:
        raise error if error.retry else Invalid(error.message, detail="sql") from error
    try:
        return json.dumps(wire.answer(table))  # with NaN, which a `RemoteStore` reads
    except TypeError as error:
        raise Invalid(f"sql: the answer cannot be written as JSON: {error}.", detail="sql") from error


def _statements(write: wire.Execute) -> list[Statement]:
    try:
        statements = [asked.statement for asked in write.statements]
    except (ValueError, TypeError) as error:
        raise Invalid(f"statements: {error}.", detail="statements") from error
    if not are_known(statements):
        raise Forbidden("The statements of others are not run here.", detail="statements")
    return statements


def _check_schema(request: Request) -> None:
    theirs = request.headers.get(wire.SCHEMA_HEADER, "none")
    if theirs != wire.SCHEMA:
        raise VersionMismatch(
            f"This is Buildtime Trend {__version__} with schema {wire.SCHEMA}, and the one that asks has "
            f"schema {theirs}: install the same version on both.",
            detail=wire.SCHEMA_HEADER,
        )


def _time(store: Store) -> str:
    return repr(store.clock.now().timestamp())


async def _result(begun: Future[Any] | Error) -> dict[str, Any]:
    try:
        if isinstance(begun, Error):
            raise begun
        return {"value": await asyncio.wrap_future(begun)}
    except Error as error:
        if error.retry:
            raise  # all of it is to be sent again, in the same order
        return _refused(error)


def _refused(error: Error) -> dict[str, Any]:
    return {"error": {"code": error.code, "message": error.message, "detail": error.detail}}
