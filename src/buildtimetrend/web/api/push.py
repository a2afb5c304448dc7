"""`POST /builds`: builds from anybody who has the admin token."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from buildtimetrend.errors import BadRequest, Error, Invalid
from buildtimetrend.ingest import TOGETHER, Ingest
from buildtimetrend.store.documents import build_of
from buildtimetrend.web.api import push_models as shapes
from buildtimetrend.web.api.models import ErrorBody, Problem
from buildtimetrend.web.api.requests import for_admins
from buildtimetrend.web.http.threads import OwnThreads
from buildtimetrend.web.services import Services

THREADS = 4

REFUSALS: dict[int | str, dict[str, object]] = {
    207: {"model": shapes.Pushed, "description": "Some builds of the batch were refused."},
    400: {"model": Problem, "description": "The body cannot be read."},
    401: {"model": Problem, "description": "The admin token is needed."},
    403: {
        "model": Problem,
        "description": "`admin_token` is not set, or the settings do not allow the repo.",
    },
    413: {"model": Problem, "description": "The body is too large, as it comes or unpacked."},
    503: {"model": Problem, "description": "Not all could be stored now: send the same again."},
}


def routes(services: Services) -> APIRouter:
    router = APIRouter(tags=["builds"], route_class=for_admins(services.auth))
    ingest = services.ingest
    threads = OwnThreads(THREADS)

    @router.post("/builds", responses=REFUSALS)
    async def push_builds(
        pushed: shapes.Given,
        response: Response,
        from_keen: Annotated[
            bool, Query(description="The builds come from Keen.io: they are not sent there.")
        ] = False,
    ) -> shapes.Stored | shapes.Pushed:
        """Store builds, one or a batch of up to 500: when the answer is there, they are on disk.

        The same build again replaces what is stored of it. The body may be packed (`Content-Encoding: gzip`).
        In a batch each build has an answer of its own, and the status is 207 when any was refused.
        """
        documents = _documents(pushed)
        one = not isinstance(documents, list)
        futures = await threads.run(_save_all, ingest, [documents] if one else documents, from_keen)
        results = [await _result(future) for future in futures]
        if one:
            [result] = results
            if isinstance(result, Error):
                raise result
            return shapes.Stored(attempt=result)
        answer = _pushed(results)
        response.status_code = 207 if answer.refused else 200
        return answer

    return router


def _documents(body: Any) -> Any:
    """A list for a batch, else one build. Raises `BadRequest` or `Invalid`."""
    if not isinstance(body, dict):
        raise BadRequest(
            "The body must be a JSON object: a build, or `builds` with a list of them.", detail="body"
        )
    if "builds" not in body:
        return body
    if unknown := [name for name in body if name != "builds"]:
        raise Invalid(f"{unknown[0]}: is no field beside builds.", detail=unknown[0])
    builds = body["builds"]
    if not isinstance(builds, list) or not 1 <= len(builds) <= shapes.MOST_BUILDS:
        raise Invalid(f"builds: must be a list of 1 to {shapes.MOST_BUILDS} builds.", detail="builds")
    return builds


def _save_all(ingest: Ingest, documents: Sequence[Any], from_keen: bool) -> list[Future[int] | Error]:
    together = len(documents) > 1
    return [_save_one(ingest, document, together=together, from_keen=from_keen) for document in documents]


def _save_one(ingest: Ingest, document: Any, *, together: bool, from_keen: bool) -> Future[int] | Error:
    try:
        patience = TOGETHER if together else 0.0
        return ingest.land(build_of(shapes.read(document)), patience=patience, from_keen=from_keen)
    except Error as error:
        return error


async def _result(landed: Future[int] | Error) -> int | Error:
    try:
        if isinstance(landed, Error):
            raise landed
        return await asyncio.wrap_future(landed)
    except Error as error:
        if error.retry:
            raise  # all of it is to be sent again: that stores nothing twice
        return error


def _pushed(results: Sequence[int | Error]) -> shapes.Pushed:
    refused = sum(isinstance(result, Error) for result in results)
    return shapes.Pushed(
        stored=len(results) - refused,
        refused=refused,
        results=[
            shapes.Refused(error=ErrorBody(code=result.code, message=result.message, detail=result.detail))
            if isinstance(result, Error)
            else shapes.Stored(attempt=result)
            for result in results
        ],
    )
