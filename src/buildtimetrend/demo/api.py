"""What the simulated Travis CI answers: one request in, one response out. Nothing here knows of sockets."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import unquote

from buildtimetrend.demo import v2, v3
from buildtimetrend.demo.builds import LogKind, SimulatedBuild, SimulatedJob
from buildtimetrend.demo.history import History
from buildtimetrend.demo.messages import Document, Request, Response, json_response, redirect, text_response
from buildtimetrend.demo.projects import Project

_ID = r"(\d{1,18})"
_LIMIT = 100  # of builds on one page of version 3
_INCLUDE = re.compile(r"\w+\.\w+(,\w+\.\w+)*")
_FILTERS = {"branch.name", "build.event_type", "build.state"}
_SORTS: dict[str, Callable[[SimulatedBuild], int]] = {
    "id": lambda build: build.id,
    "number": lambda build: build.number,
    "started_at": lambda build: build.started_at or 0,
    "finished_at": lambda build: build.finished_at or 0,
}


class TravisApi:
    """`late_by` seconds after its notification, the API has a build's result, and not before.

    For the first half of that time it still calls the build started, for the second it gives the result without
    `finished_at`, as Travis CI does now and then.
    """

    def __init__(self, history: History, tokens: Sequence[str], late_by: float) -> None:
        self.history = history
        self.late_by = late_by
        self.storage_url = ""  # where archived logs are
        self.public_key = ""
        self._tokens = frozenset(tokens)
        self._notified: dict[int, float] = {}
        self._attempts: dict[tuple[str, int], int] = {}
        self._v3_routes = _compiled(
            (rf"/build/{_ID}", self._v3_build),
            (rf"/build/{_ID}/jobs", self._v3_jobs),
            (rf"/job/{_ID}", self._v3_job),
            (rf"/job/{_ID}/log", self._v3_log),
            (rf"/job/{_ID}/log\.txt", self._log_text),
            (r"/repo/([^/]+)/builds", self._v3_builds),
            (r"/repo/([^/]+)", self._v3_repo),
        )
        self._v2_routes = _compiled(
            (r"/config", self._config),
            (rf"/builds/{_ID}", self._v2_build),
            (rf"/jobs/{_ID}", self._v2_job),
            (rf"/jobs/{_ID}/log", self._v2_log),
            (rf"/jobs/{_ID}/log\.txt", self._log_text),
            (r"/repos/([^/]+/[^/]+)/builds", self._v2_builds),
            (r"/repos/([^/]+/[^/]+|\d+)", self._v2_repo),
        )

    def respond(self, request: Request) -> Response:
        if request.method not in {"GET", "HEAD"}:
            return v3.error(405, "method_not_allowed", "method not allowed")
        token = _token(request)
        if token and token not in self._tokens:
            return text_response(b"access denied", 403)
        prefix, path = _split(request.path)
        version_3 = prefix.endswith("/v3") or request.headers.get("travis-api-version") == "3"
        if version_3 and path != "/config":
            return _dispatch(self._v3_routes, request, path) or v3.not_found()
        return _dispatch(self._v2_routes, request, path) or v2.not_found()

    def archive(self, request: Request) -> Response:
        """The storage host. Like the real one, it refuses a request that is signed and carries a token as well."""
        if "authorization" in request.headers:
            return Response(400, b"<Error><Code>InvalidArgument</Code></Error>", "application/xml")
        match = re.fullmatch(rf"/archive/jobs/{_ID}/log\.txt", request.path)
        job = self._job(int(match[1]))[0] if match else None
        if (
            job is None
            or job.log_kind is not LogKind.ARCHIVED
            or request.query.get("signature") != _sign(job.id)
        ):
            return Response(403, b"<Error><Code>AccessDenied</Code></Error>", "application/xml")
        return text_response(job.log())

    def announce(self, build: SimulatedBuild) -> None:
        """From now, the time runs after which the API has the build's result."""
        self._notified[build.id] = time.monotonic()

    def restart(self, slug: str, number: int) -> SimulatedBuild | None:
        """Run a build again: from now on, the API knows the new attempt only."""
        if before := self.build(slug, number):
            self._attempts[slug, number] = before.attempt + 1
        return self.build(slug, number)

    def build(self, slug: str, number: int) -> SimulatedBuild | None:
        return self.history.build(slug, number, self._attempts.get((slug, number)))

    def _seen(self, build: SimulatedBuild | None) -> SimulatedBuild | None:
        """The build as the API has it at this moment."""
        if build is None:
            return None
        notified_at = self._notified.get(build.id)
        since = self.late_by if notified_at is None else time.monotonic() - notified_at
        if since >= self.late_by:
            return build
        return build.running() if since < self.late_by / 2 else build.unstamped()

    def _find(self, any_id: int) -> SimulatedBuild | None:
        found = self.history.find(any_id)
        return self._seen(found and self.build(found.project.slug, found.number))

    def _job(self, job_id: int) -> tuple[SimulatedJob, SimulatedBuild] | tuple[None, None]:
        build = self._find(job_id)
        jobs = [job for job in build.jobs if job.id == job_id] if build else []
        return (jobs[0], build) if jobs and build else (None, None)

    def _visible(self, request: Request, project: Project) -> bool:
        return not project.private or _token(request) in self._tokens

    def _visible_build(self, request: Request, build_id: str) -> SimulatedBuild | None:
        build = self._find(int(build_id))
        return (
            build if build and build.id == int(build_id) and self._visible(request, build.project) else None
        )

    def _visible_job(
        self, request: Request, job_id: str
    ) -> tuple[SimulatedJob, SimulatedBuild] | tuple[None, None]:
        job, build = self._job(int(job_id))
        if job is None or build is None:
            return (None, None)
        shown = self._visible(request, build.project) or request.query.get("log.token") == _sign(job.id)
        return (job, build) if shown else (None, None)

    def _visible_project(self, request: Request, slug_or_id: str) -> Project | None:
        project = self.history.project(unquote(slug_or_id))
        return project if project and self._visible(request, project) else None

    def _config(self, request: Request) -> Response:
        webhook = {"public_key": self.public_key}
        return json_response({"config": {"host": "simulated", "notifications": {"webhook": webhook}}})

    def _v3_build(self, request: Request, build_id: str) -> Response:
        build = self._visible_build(request, build_id)
        return self._included(
            request, lambda include, prefix: v3.build(build, prefix, include) if build else None, "build"
        )

    def _v3_jobs(self, request: Request, build_id: str) -> Response:
        build = self._visible_build(request, build_id)
        return self._included(
            request, lambda include, prefix: v3.jobs(build, prefix, include) if build else None, "build"
        )

    def _v3_job(self, request: Request, job_id: str) -> Response:
        job, build = self._visible_job(request, job_id)
        return self._included(
            request,
            lambda include, prefix: v3.job(job, build, prefix, include) if job and build else None,
            "job",
        )

    def _v3_repo(self, request: Request, slug_or_id: str) -> Response:
        project = self._visible_project(request, slug_or_id)
        return self._included(
            request, lambda _, prefix: v3.repository(project, prefix) if project else None, "repository"
        )

    @staticmethod
    def _included(
        request: Request, render: Callable[[frozenset[str], str], Document | None], resource: str
    ) -> Response:
        if (wanted := request.query.get("include")) and not _INCLUDE.fullmatch(wanted):
            return v3.error(400, "wrong_params", "illegal format for include parameter")
        document = render(v3.includes(dict(request.query)), _split(request.path)[0])
        return v3.not_found(resource) if document is None else json_response(document)

    def _v3_builds(self, request: Request, slug_or_id: str) -> Response:
        project = self._visible_project(request, slug_or_id)
        if project is None:
            return v3.not_found("repository")
        query = dict(request.query)
        try:
            limit, offset = min(int(query.get("limit", 25)), _LIMIT), int(query.get("offset", 0))
        except ValueError:
            return v3.error(400, "wrong_params", "limit and offset must be numbers")
        field, _, direction = query.get("sort_by", "id:desc").partition(":")
        if limit < 1 or offset < 0 or field not in _SORTS or direction not in {"", "asc", "desc"}:
            return v3.error(400, "wrong_params", "wrong parameters")
        chosen = self._chosen(project, query, field)
        ordered = chosen[::-1] if direction == "desc" else chosen
        found = (self._seen(self.build(project.slug, number)) for number in ordered[offset : offset + limit])
        page = [build for build in found if build]
        prefix = _split(request.path)[0]
        return json_response(v3.builds(page, len(chosen), limit, offset, request.path, query, prefix))

    def _chosen(self, project: Project, query: dict[str, str], field: str) -> list[int]:
        """Numbers of the builds that the query's filters let through, ascending by the field."""
        if field in {"id", "number"} and not _FILTERS & query.keys():
            return self.history.numbers(project.slug)
        seen = (self._seen(self.build(project.slug, number)) for number in self.history.numbers(project.slug))
        found = [build for build in seen if build and _let_through(build, query)]
        return [build.number for build in sorted(found, key=_SORTS[field])]

    def _v3_log(self, request: Request, job_id: str) -> Response:
        job, _ = self._visible_job(request, job_id)
        if job is None or job.log_kind is LogKind.MISSING:
            return v3.not_found("log")
        return json_response(v3.log(job, _split(request.path)[0], _sign(job.id)))

    def _log_text(self, request: Request, job_id: str) -> Response:
        job, _ = self._visible_job(request, job_id)
        if job is None or job.log_kind is LogKind.MISSING:
            return v3.not_found("log")
        if job.log_kind is LogKind.ARCHIVED:
            return redirect(f"{self.storage_url}/archive/jobs/{job.id}/log.txt?signature={_sign(job.id)}")
        return text_response(job.log())

    def _v2_build(self, request: Request, build_id: str) -> Response:
        build = self._visible_build(request, build_id)
        return json_response(v2.build(build)) if build else v2.not_found()

    def _v2_job(self, request: Request, job_id: str) -> Response:
        job, build = self._visible_job(request, job_id)
        return json_response(v2.job(job, build)) if job and build else v2.not_found()

    def _v2_log(self, request: Request, job_id: str) -> Response:
        if "json" not in request.headers.get("accept", ""):
            return self._log_text(request, job_id)
        job, _ = self._visible_job(request, job_id)
        if job is None or job.log_kind is LogKind.MISSING:
            return v2.not_found()
        if job.log_kind is LogKind.ARCHIVED:
            return text_response(b"", 406)  # as at Travis CI, which has archived logs as text only
        return json_response(v2.log(job))

    def _v2_repo(self, request: Request, slug_or_id: str) -> Response:
        project = self._visible_project(request, slug_or_id)
        if project is None:
            return v2.not_found()
        last = self.history.numbers(project.slug)[-1]
        return json_response(v2.repo(project, self._seen(self.build(project.slug, last))))

    def _v2_builds(self, request: Request, slug: str) -> Response:
        """Newest first; `number` asks for one, `after_number` for those before that number (so it is called)."""
        project = self._visible_project(request, slug)
        if project is None:
            return v2.not_found()
        number, after = request.query.get("number", ""), request.query.get("after_number", "")
        if number:
            one = self._seen(self.build(project.slug, int(number))) if number.isdecimal() else None
            return json_response(v2.builds([one] if one else []))
        numbers = self.history.numbers(project.slug)
        earlier = [each for each in numbers if not after.isdecimal() or each < int(after)]
        found = (self._seen(self.build(project.slug, each)) for each in reversed(earlier[-v2.PAGE :]))
        return json_response(v2.builds([build for build in found if build]))


_Route = tuple[re.Pattern[str], Callable[..., Response]]


def _compiled(*routes: tuple[str, Callable[..., Response]]) -> list[_Route]:
    return [(re.compile(pattern), answer) for pattern, answer in routes]


def _dispatch(routes: Iterable[_Route], request: Request, path: str) -> Response | None:
    for pattern, answer in routes:
        if match := pattern.fullmatch(path):
            return answer(request, *match.groups())
    return None


def _split(path: str) -> tuple[str, str]:
    """The prefix (`/api` at an Enterprise host, `/v3`, both or none) and the resource's path."""
    match = re.match(r"(/api)?(/v3)?(?=/)", path)
    prefix = match[0] if match else ""
    return prefix, path[len(prefix) :]


def _token(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("token ").strip('"')


def _sign(job_id: int) -> str:
    return hashlib.sha256(b"simulated/%d" % job_id).hexdigest()[:20]


def _let_through(build: SimulatedBuild, query: dict[str, str]) -> bool:
    values = {"branch.name": build.branch, "build.event_type": build.event_type, "build.state": build.state}
    return all(value in query[name].split(",") for name, value in values.items() if name in query)
