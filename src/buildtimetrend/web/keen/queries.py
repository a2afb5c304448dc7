"""Asking: `queries/{analysis}`."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from buildtimetrend.keen import analyses, extraction, funnel
from buildtimetrend.keen.language.documents import Json
from buildtimetrend.keen.language.errors import left_out, not_found
from buildtimetrend.keen.language.query import ANALYSES, Document, query
from buildtimetrend.keen.project import Project
from buildtimetrend.web.http.threads import OwnThreads
from buildtimetrend.web.keen import parameters
from buildtimetrend.web.keen.answers import answer
from buildtimetrend.web.keen.keys import Keys


class QueryRoutes:
    def __init__(self, keys: Keys, project: Project, threads: OwnThreads) -> None:
        self._keys = keys
        self._project = project
        self._threads = threads

    async def query(self, request: Request) -> Response:
        self._keys.require(request, "read")
        if "jsonp" in request.query_params:
            raise left_out("JSONP")
        document = await parameters.document(request)
        return await self._threads.run(self._answer, request.path_params["analysis"], document)

    def _answer(self, analysis: str, document: Document) -> Response:
        return answer(ask(self._project, analysis, document))


def ask(project: Project, analysis: str, document: Document) -> dict[str, Json]:
    """The whole answer of a query. Raises `KeenError`."""
    began, now = time.perf_counter(), datetime.now(UTC)
    if analysis not in ANALYSES:
        raise not_found(f"analysis {analysis[:100]}")
    if analysis == "funnel":
        return dict(funnel.answer(project, funnel.steps(document, now)))
    if analysis == "extraction":
        return {"result": extraction.answer(project, extraction.extraction(document, now))}
    asked = query(analysis, document, now)
    found = {"result": analyses.answer(project, asked)}
    if document.get("include_metadata") in (True, "true", "True"):
        found["execution_metadata"] = analyses.metadata(project, asked, began)
    return found
