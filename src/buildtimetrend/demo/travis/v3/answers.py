"""Which document version 3 of the API gives for which path."""

from __future__ import annotations

import re
from collections.abc import Callable

from buildtimetrend.demo.builds import LogKind
from buildtimetrend.demo.messages import Document, Request, Response, json_response
from buildtimetrend.demo.projects import Project
from buildtimetrend.demo.routes import ID, Router, split
from buildtimetrend.demo.travis.catalogue import Catalogue
from buildtimetrend.demo.travis.storage import Storage, log_token
from buildtimetrend.demo.travis.v3 import documents
from buildtimetrend.demo.travis.v3.pages import Page

_INCLUDE = re.compile(r"\w+\.\w+(,\w+\.\w+)*")


def error(status: int, kind: str, message: str, **more: str) -> Response:
    return json_response({"@type": "error", "error_type": kind, "error_message": message, **more}, status)


def not_found(resource: str = "resource") -> Response:
    """Also what Travis CI says of something that the asker may not see."""
    return error(404, "not_found", f"{resource} not found (or insufficient access)", resource_type=resource)


class Answers:
    def __init__(self, catalogue: Catalogue, storage: Storage) -> None:
        self._catalogue = catalogue
        self._storage = storage
        self.router = Router(
            (rf"/build/{ID}", self._build),
            (rf"/build/{ID}/jobs", self._jobs),
            (rf"/job/{ID}", self._job),
            (rf"/job/{ID}/log", self._log),
            (rf"/job/{ID}/log\.txt", self._log_text),
            (r"/repo/([^/]+)/builds", self._builds),
            (r"/repo/([^/]+)", self._repo),
        )

    def _build(self, request: Request, build_id: str) -> Response:
        if (build := self._catalogue.visible_build(request, build_id)) is None:
            return not_found("build")
        return _answer(request, lambda prefix, include: documents.build(build, prefix, include))

    def _jobs(self, request: Request, build_id: str) -> Response:
        if (build := self._catalogue.visible_build(request, build_id)) is None:
            return not_found("build")
        return _answer(request, lambda prefix, include: documents.jobs(build, prefix, include))

    def _job(self, request: Request, job_id: str) -> Response:
        if (found := self._catalogue.visible_job(request, job_id)) is None:
            return not_found("job")
        return _answer(request, lambda prefix, include: documents.job(*found, prefix, include))

    def _repo(self, request: Request, slug_or_id: str) -> Response:
        if (project := self._catalogue.visible_project(request, slug_or_id)) is None:
            return not_found("repository")
        return _answer(request, lambda prefix, _: documents.repository(project, prefix))

    def _builds(self, request: Request, slug_or_id: str) -> Response:
        if (project := self._catalogue.visible_project(request, slug_or_id)) is None:
            return not_found("repository")
        try:
            page = Page.of(request)
        except ValueError as wrong:
            return error(400, "wrong_params", str(wrong))
        numbers = self._numbers(project, page)
        builds = self._catalogue.builds(project, page.cut_from(numbers))
        return _answer(request, lambda prefix, _: page.document(builds, len(numbers), prefix))

    def _numbers(self, project: Project, page: Page) -> list[int]:
        """Numbers of the builds that the page is cut from, ascending in its order."""
        numbers = self._catalogue.history.numbers(project.slug)
        if page.order in {"id", "number"} and not page.filtered:
            return numbers
        found = filter(page.lets_through, self._catalogue.builds(project, numbers))
        return [build.number for build in sorted(found, key=page.place)]

    def _log(self, request: Request, job_id: str) -> Response:
        found = self._catalogue.visible_job(request, job_id)
        if found is None or found[0].log_kind is LogKind.MISSING:
            return not_found("log")
        job, _ = found
        return _answer(request, lambda prefix, _: documents.log(job, prefix, log_token(job)))

    def _log_text(self, request: Request, job_id: str) -> Response:
        found = self._catalogue.visible_job(request, job_id)
        return (found and self._storage.log_text(found[0])) or not_found("log")


def _answer(request: Request, render: Callable[[str, frozenset[str]], Document]) -> Response:
    include = request.query.get("include", "")
    if include and not _INCLUDE.fullmatch(include):
        return error(400, "wrong_params", "illegal format for include parameter")
    return json_response(render(split(request.path)[0], documents.includes(request.query)))
