"""What the simulated GitHub answers: one request in, one response out. Nothing here knows of sockets."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import unquote

from buildtimetrend.demo.github import documents, hooks, log, workflow_file
from buildtimetrend.demo.github.checks import CheckRuns
from buildtimetrend.demo.github.filters import Filter, page_of
from buildtimetrend.demo.limit import Budget, Limit
from buildtimetrend.demo.messages import Document, Request, Response, json_response, redirect, text_response
from buildtimetrend.demo.pages import Page
from buildtimetrend.demo.routes import ID, Router
from buildtimetrend.demo.runs.api import RunsApi
from buildtimetrend.demo.runs.catalogue import RunCatalogue
from buildtimetrend.demo.runs.definitions import Pipeline, Repository
from buildtimetrend.demo.runs.run import Place, Run, RunJob

REQUESTS, WINDOW = 15_000, 3600  # as of an app in an Enterprise organisation
_PREFIX = "/api/v3"
_REPO = r"/repos/([^/]+/[^/]+)"
_ACTIONS = rf"{_REPO}/actions"


def error(status: int, message: str) -> Response:
    return json_response({"message": message, "documentation_url": "https://docs.github.com/rest"}, status)


def not_found() -> Response:
    return error(404, "Not Found")


class GitHubApi(RunsApi):
    """The API is at the server's root, and below `/api/v3` as at an Enterprise server."""

    def __init__(self, catalogue: RunCatalogue, token: str, secret: str) -> None:
        super().__init__(catalogue, Limit(REQUESTS, WINDOW), token, secret)
        self._at = documents.Addresses("", "")
        self.checks = CheckRuns(catalogue)
        self._storage_url = ""
        self._router = Router(
            (rf"{_REPO}", self._repository),
            (rf"{_ACTIONS}/runs", self._runs),
            (rf"{_ACTIONS}/runs/{ID}", self._run),
            (rf"{_ACTIONS}/runs/{ID}/attempts/{ID}", self._run),
            (rf"{_ACTIONS}/runs/{ID}/jobs", self._jobs),
            (rf"{_ACTIONS}/runs/{ID}/attempts/{ID}/jobs", self._attempt_jobs),
            (rf"{_ACTIONS}/jobs/{ID}", self._job),
            (rf"{_ACTIONS}/jobs/{ID}/logs", self._log),
            (rf"{_ACTIONS}/workflows", self._workflows),
            (rf"{_ACTIONS}/workflows/([^/]+)", self._workflow),
            (rf"{_ACTIONS}/workflows/([^/]+)/runs", self._runs),
            (rf"{_REPO}/contents/(.+)", self._contents),
            (rf"{_REPO}/git/blobs/([0-9a-f]{{40}})", self._blob),
            (r"/(?:orgs|users)/([^/]+)/repos", self._repositories),
            (r"/installation/repositories", self._installed),
        )

    def serve_at(self, url: str, storage_url: str) -> None:
        self._storage_url = storage_url
        self._at = documents.Addresses(f"{url}{_PREFIX}", url)

    def respond(self, request: Request) -> Response:
        if self._storage_url.endswith(f":{request.port}"):
            return self._stored_log(request)
        path = request.path.removeprefix(_PREFIX)
        return self.checks.answer(request, path) or self._read(request, path)

    def _read(self, request: Request, path: str) -> Response:
        if request.method not in {"GET", "HEAD"}:
            return error(405, "Method Not Allowed")
        if path == "/rate_limit":
            return self._rate_limit()
        if self._refuses(request):
            return error(401, "Bad credentials")
        if self.limit.take(0).remaining == 0:
            return _with_budget(error(403, "API rate limit exceeded for simulated."), self.limit.take())
        try:
            answer = self._router.answer(request, path) or not_found()
        except (LookupError, ValueError) as wrong:
            answer = error(422, str(wrong))
        return self._conditional(request, answer)

    def notification(self, told: Document) -> tuple[dict[str, str], bytes]:
        """`event` is workflow_run (the default), workflow_job, of the job `job_id`, or ping.

        `action` is that of the event; `signing` is `own`, `foreign` (another secret's) or `none`.
        """
        body = hooks.payload(
            self._told(told), self._at, **{name: told[name] for name in hooks.CHOICES if name in told}
        )
        event = told.get("event", hooks.RUN)
        return hooks.headers(body, event, self._secret, told.get("signing", "own")), body

    def _given(self, request: Request) -> str:
        return request.headers.get("authorization", "").partition(" ")[2]

    def _conditional(self, request: Request, answer: Response) -> Response:
        """An answer that the client has costs nothing."""
        tag = f'W/"{hashlib.sha256(answer.body).hexdigest()}"'
        known = request.headers.get("if-none-match", "").removeprefix("W/")
        if answer.status == 200 and known == tag.removeprefix("W/"):
            unchanged = Response(304, b"", answer.content_type, {"etag": tag})
            return _with_budget(unchanged, self.limit.take(0))
        tagged = replace(answer, headers={**answer.headers, "etag": tag})
        return _with_budget(tagged, self.limit.take())

    def _rate_limit(self) -> Response:
        budget = self.limit.take(0)
        core = {
            "limit": budget.limit,
            "used": budget.used,
            "remaining": budget.remaining,
            "reset": budget.resets_at,
        }
        return _with_budget(json_response({"resources": {"core": core}, "rate": core}), budget)

    def _repository(self, request: Request, slug: str) -> Response:
        found = self._visible(request, slug)
        return json_response(documents.repository(found.project, self._at)) if found else not_found()

    def _runs(self, request: Request, slug: str, workflow: str = "") -> Response:
        repository = self._visible(request, slug)
        pipeline = _pipeline(repository, workflow) if repository else None
        if repository is None or (workflow and pipeline is None):
            return not_found()
        page, places = page_of(request), self._filtered(repository, pipeline, request)
        runs = [self._catalogue.at(repository, place) for place in page.cut(places)]
        listed = {"workflow_runs": [documents.run(run, self._at) for run in runs]}
        return self._list(request, page, len(places), listed)

    def _filtered(
        self, repository: Repository, pipeline: Pipeline | None, request: Request
    ) -> Sequence[Place]:
        """Newest first. Unless it is looked into, nothing is drawn that the page does not show."""
        asked = Filter(dict(request.query))
        first, last = asked.created()
        created_at = self._catalogue.history.created_at(repository.project.slug)
        places = [place for place in self._catalogue.listed(repository) if first <= created_at[place] <= last]
        if pipeline:
            index = repository.pipelines.index(pipeline)
            places = [place for place in places if place.pipeline == index]
        if asked.by_time_alone:
            return places
        return [place for place in places if asked.lets_through(self._catalogue.at(repository, place))]

    def _list(self, request: Request, page: Page, count: int, entries: Document) -> Response:
        answer, link = (
            json_response({"total_count": count, **entries}),
            page.link(request, self._at.web, count),
        )
        return replace(answer, headers={"link": link}) if link else answer

    def _find(self, request: Request, slug: str, run_id: str, attempt: str = "") -> Run | None:
        if not (repository := self._visible(request, slug)):
            return None
        run = self._catalogue.find(int(run_id), int(attempt) if attempt else None)
        return run if run and run.repository is repository else None

    def _run(self, request: Request, slug: str, run_id: str, attempt: str = "") -> Response:
        run = self._find(request, slug, run_id, attempt)
        return json_response(documents.run(run, self._at)) if run else not_found()

    def _jobs(self, request: Request, slug: str, run_id: str) -> Response:
        """The last attempt's, without those that it did not run; `filter=all` are those of all attempts."""
        if not (newest := self._find(request, slug, run_id)):
            return not_found()
        every = request.query.get("filter") == "all"
        earlier = range(1, newest.attempt) if every else ()
        runs = [run for each in earlier if (run := self._catalogue.find(newest.id, each))]
        return self._job_list(request, [(run, run.own_jobs) for run in (newest, *reversed(runs))])

    def _attempt_jobs(self, request: Request, slug: str, run_id: str, attempt: str) -> Response:
        """With those that an earlier attempt ran."""
        run = self._find(request, slug, run_id, attempt)
        return self._job_list(request, [(run, run.jobs)]) if run else not_found()

    def _job_list(self, request: Request, of: Sequence[tuple[Run, Sequence[RunJob]]]) -> Response:
        jobs = [(job, run) for run, listed in of for job in listed]
        page = page_of(request)
        shown = [documents.job(job, run, self._at) for job, run in page.cut(jobs)]
        return self._list(request, page, len(jobs), {"jobs": shown})

    def _job(self, request: Request, slug: str, job_id: str) -> Response:
        found = self._catalogue.find_job(int(job_id)) if self._visible(request, slug) else None
        return json_response(documents.job(*found, self._at)) if found else not_found()

    def _log(self, request: Request, slug: str, job_id: str) -> Response:
        """Logs lie at the storage host; those of jobs that did not run are nowhere."""
        found = self._catalogue.find_job(int(job_id)) if self._visible(request, slug) else None
        return redirect(f"{self._storage_url}/logs/{job_id}", 302) if found and found[0].ran else not_found()

    def _stored_log(self, request: Request) -> Response:
        """The storage host refuses a token: its addresses are signed."""
        number = request.path.removeprefix("/logs/")
        found = self._catalogue.find_job(int(number)) if number.isdecimal() else None
        if found is None or "authorization" in request.headers:
            return Response(400, b"<Error><Code>InvalidArgument</Code></Error>", "application/xml")
        return text_response(log.of(found[0]))

    def _workflows(self, request: Request, slug: str) -> Response:
        if not (repository := self._visible(request, slug)):
            return not_found()
        page = page_of(request)
        shown = [documents.workflow(repository, each, self._at) for each in page.cut(repository.pipelines)]
        return self._list(request, page, len(repository.pipelines), {"workflows": shown})

    def _workflow(self, request: Request, slug: str, name: str) -> Response:
        repository = self._visible(request, slug)
        pipeline = _pipeline(repository, name) if repository else None
        if repository is None or pipeline is None:
            return not_found()
        return json_response(documents.workflow(repository, pipeline, self._at))

    def _contents(self, request: Request, slug: str, path: str) -> Response:
        repository = self._visible(request, slug)
        content = workflow_file.files(repository).get(unquote(path)) if repository else None
        if content is None:
            return not_found()
        if "raw" in request.headers.get("accept", ""):
            return Response(200, content, "application/vnd.github.raw+json; charset=utf-8")
        return json_response({"type": "file", "path": unquote(path), **_blob(content)})

    def _blob(self, request: Request, slug: str, sha: str) -> Response:
        repository = self._visible(request, slug)
        contents = workflow_file.files(repository).values() if repository else ()
        found = next((each for each in contents if workflow_file.blob_sha(each) == sha), None)
        return not_found() if found is None else json_response(_blob(found))

    def _repositories(self, request: Request, owner: str) -> Response:
        page, found = page_of(request), self._owned(request, owner)
        return json_response(page.cut(found)) if found else not_found()

    def _installed(self, request: Request) -> Response:
        found = self._owned(request, "")
        page = page_of(request)
        return self._list(request, page, len(found), {"repositories": page.cut(found)})

    def _owned(self, request: Request, owner: str) -> list[Document]:
        slugs = [slug for slug in self._catalogue.history.repositories if slug.startswith(owner)]
        repositories = [found for slug in slugs if (found := self._visible(request, slug))]
        return [documents.repository(each.project, self._at) for each in repositories]


def _pipeline(repository: Repository, name: str) -> Pipeline | None:
    """By id or by the name of its file."""
    for pipeline in repository.pipelines:
        if name in {str(documents.workflow_id(repository, pipeline)), re.sub(r".*/", "", pipeline.path)}:
            return pipeline
    return None


def _blob(content: bytes) -> Document:
    return {
        "sha": workflow_file.blob_sha(content),
        "size": len(content),
        "encoding": "base64",
        "content": base64.encodebytes(content).decode(),
    }


def _with_budget(answer: Response, budget: Budget) -> Response:
    headers = {
        "x-ratelimit-limit": str(budget.limit),
        "x-ratelimit-remaining": str(budget.remaining),
        "x-ratelimit-used": str(budget.used),
        "x-ratelimit-reset": str(budget.resets_at),
        "x-ratelimit-resource": "core",
    }
    return replace(answer, headers={**answer.headers, **headers})
