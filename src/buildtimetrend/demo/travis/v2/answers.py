"""Which document version 2 of the API gives for which path. `/config` belongs to it too."""

from __future__ import annotations

from buildtimetrend.demo.builds import LogKind
from buildtimetrend.demo.messages import Request, Response, json_response, text_response
from buildtimetrend.demo.routes import ID, Router
from buildtimetrend.demo.travis.catalogue import Catalogue
from buildtimetrend.demo.travis.storage import Storage
from buildtimetrend.demo.travis.v2 import documents

_PAGE = 25


def not_found() -> Response:
    return json_response({"file": "not found"}, 404)


class Answers:
    def __init__(self, catalogue: Catalogue, storage: Storage) -> None:
        self._catalogue = catalogue
        self._storage = storage
        self.router = Router(
            (rf"/builds/{ID}", self._build),
            (rf"/jobs/{ID}", self._job),
            (rf"/jobs/{ID}/log", self._log),
            (rf"/jobs/{ID}/log\.txt", self._log_text),
            (r"/repos/([^/]+/[^/]+)/builds", self._builds),
            (r"/repos/([^/]+/[^/]+|\d+)", self._repo),
        )

    def _build(self, request: Request, build_id: str) -> Response:
        build = self._catalogue.visible_build(request, build_id)
        return json_response(documents.build(build)) if build else not_found()

    def _job(self, request: Request, job_id: str) -> Response:
        found = self._catalogue.visible_job(request, job_id)
        return json_response(documents.job(*found)) if found else not_found()

    def _repo(self, request: Request, slug_or_id: str) -> Response:
        project = self._catalogue.visible_project(request, slug_or_id)
        if project is None:
            return not_found()
        last = self._catalogue.builds(project, self._catalogue.history.numbers(project.slug)[-1:])
        return json_response(documents.repo(project, last[0]))

    def _builds(self, request: Request, slug: str) -> Response:
        """Newest first; `number` asks for one, `after_number` for those that have a lower number."""
        project = self._catalogue.visible_project(request, slug)
        if project is None:
            return not_found()
        number, after = request.query.get("number", ""), request.query.get("after_number", "")
        if number:
            numbers = [int(number)] if number.isdecimal() else []
        else:
            numbers = self._catalogue.history.numbers(project.slug)
            numbers = [each for each in numbers if not after.isdecimal() or each < int(after)][-_PAGE:]
        return json_response(documents.builds(self._catalogue.builds(project, numbers[::-1])))

    def _log(self, request: Request, job_id: str) -> Response:
        if "json" not in request.headers.get("accept", ""):
            return self._log_text(request, job_id)
        found = self._catalogue.visible_job(request, job_id)
        if found is None or found[0].log_kind is LogKind.MISSING:
            return not_found()
        if found[0].log_kind is LogKind.ARCHIVED:
            return text_response(b"", 406)  # as at Travis CI, which has archived logs as text only
        return json_response(documents.log(found[0]))

    def _log_text(self, request: Request, job_id: str) -> Response:
        found = self._catalogue.visible_job(request, job_id)
        return (found and self._storage.log_text(found[0])) or not_found()
