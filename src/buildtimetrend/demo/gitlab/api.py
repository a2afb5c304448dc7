"""What the simulated GitLab answers: one request in, one response out. Nothing here knows of sockets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import unquote

from buildtimetrend.demo.gitlab import documents, graph, hooks, trace
from buildtimetrend.demo.gitlab.filters import Filter, headers
from buildtimetrend.demo.limit import Budget, Limit
from buildtimetrend.demo.messages import Document, Request, Response, json_response, text_response
from buildtimetrend.demo.pages import Page
from buildtimetrend.demo.routes import ID, Router
from buildtimetrend.demo.runs.api import RunsApi
from buildtimetrend.demo.runs.attempts import run_of_job
from buildtimetrend.demo.runs.catalogue import RunCatalogue
from buildtimetrend.demo.runs.definitions import Repository
from buildtimetrend.demo.runs.run import Place, Run, RunJob

REQUESTS, WINDOW = 20_000, 60
_PREFIX = "/api/v4"
_PROJECT = r"/projects/([^/]+)"


def not_found(what: str = "Project") -> Response:
    return json_response({"message": f"404 {what} Not Found"}, 404)


class GitLabApi(RunsApi):
    def __init__(self, catalogue: RunCatalogue, token: str, secret: str) -> None:
        super().__init__(catalogue, Limit(REQUESTS, WINDOW), token, secret)
        self._web = ""
        self._router = Router(
            (_PROJECT, self._project),
            (rf"{_PROJECT}/pipelines", self._pipelines),
            (rf"{_PROJECT}/pipelines/{ID}", self._pipeline),
            (rf"{_PROJECT}/pipelines/{ID}/jobs", self._jobs),
            (rf"{_PROJECT}/pipelines/{ID}/bridges", self._bridges),
            (rf"{_PROJECT}/jobs/{ID}", self._job),
            (rf"{_PROJECT}/jobs/{ID}/trace", self._trace),
            (r"/groups/([^/]+)/projects", self._projects),
        )

    def serve_at(self, url: str, _: str) -> None:
        self._web = url

    def respond(self, request: Request) -> Response:
        budget = self.limit.take()
        if self._refuses(request):
            return json_response({"message": "401 Unauthorized"}, 401)
        if budget.exceeded:
            return _with_budget(text_response(b"Retry later\n", 429), budget)
        return _with_budget(self._answer(request), budget)

    def notification(self, told: Document) -> tuple[dict[str, str], bytes]:
        """`event` is Pipeline Hook (the default) or Job Hook, of the job `job_id`; `hooks` has `signing`."""
        event = told.get("event", hooks.PIPELINE)
        body = hooks.payload(self._told(told), self._web, event=event, job_id=told.get("job_id"))
        return hooks.headers(body, event, self._secret, told.get("signing", "own")), body

    def _given(self, request: Request) -> str:
        """Of a person, project or group, of a job, or OAuth's."""
        headers = request.headers
        bearer = headers.get("authorization", "").partition(" ")[2]
        return headers.get("private-token", "") or headers.get("job-token", "") or bearer

    def _answer(self, request: Request) -> Response:
        if request.path == "/api/graphql" and request.method == "POST":
            return graph.answer(
                request, lambda path: self._visible(request, path), self._numbered, self._parent
            )
        if request.method not in {"GET", "HEAD"}:
            return json_response({"error": "405 Not Allowed"}, 405)
        if not request.path.startswith(_PREFIX):
            return not_found("Page")
        try:
            return self._router.answer(request, request.path.removeprefix(_PREFIX)) or not_found("")
        except ValueError as wrong:
            return json_response({"error": str(wrong)}, 400)

    def _numbered(self, repository: Repository, iid: int) -> Run | None:
        places = self._catalogue.history.places(repository.project.slug)
        found = next((place for place, number in places.items() if number == iid), None)
        return self._catalogue.at(repository, found) if found else None

    def _parent(self, run: Run) -> Run | None:
        return self._catalogue.find(run_of_job(run.bridge.id)) if run.bridge else None

    def _project(self, request: Request, slug: str) -> Response:
        found = self._visible(request, slug)
        return json_response(documents.project(found.project, self._web)) if found else not_found()

    def _projects(self, request: Request, group: str) -> Response:
        """Of the group, with `include_subgroups=true` also of those in it."""
        path = unquote(group)
        deep = request.query.get("include_subgroups") == "true"
        found = [
            documents.project(repository.project, self._web)
            for slug, repository in self._catalogue.history.repositories.items()
            if (slug.startswith(f"{path}/") if deep else slug.rpartition("/")[0] == path)
            and self._visible(request, slug)
        ]
        return self._list(request, found)

    def _pipelines(self, request: Request, slug: str) -> Response:
        """Newest first, by id or by the last change. Children only where their source is asked for."""
        if not (repository := self._visible(request, slug)):
            return not_found()
        page, places = Page.of(request, 20), self._selected(repository, request)
        runs = [self._catalogue.at(repository, place) for place in page.cut(places)]
        shown = [documents.pipeline(run, self._web) for run in runs]
        return replace(json_response(shown), headers=headers(page, request, self._web, len(places)))

    def _selected(self, repository: Repository, request: Request) -> Sequence[Place]:
        asked = Filter(dict(request.query))
        children = request.query.get("source") == "parent_pipeline"
        places = [
            place
            for place in self._catalogue.listed(repository)
            if bool(repository.pipelines[place.pipeline].parent) is children
        ]
        if not asked.plain:
            places = [place for place in places if asked.lets_through(self._catalogue.at(repository, place))]
        if request.query.get("order_by") == "updated_at":
            places.sort(key=lambda place: self._catalogue.at(repository, place).updated_at, reverse=True)
        return places[::-1] if request.query.get("sort") == "asc" else places

    def _find(self, request: Request, slug: str, pipeline_id: str) -> Run | None:
        repository, run = self._visible(request, slug), self._catalogue.find(int(pipeline_id))
        return run if run and run.repository is repository else None

    def _pipeline(self, request: Request, slug: str, pipeline_id: str) -> Response:
        run = self._find(request, slug, pipeline_id)
        return json_response(documents.whole_pipeline(run, self._web)) if run else not_found("Pipeline")

    def _jobs(self, request: Request, slug: str, pipeline_id: str) -> Response:
        """Newest first; those that were repeated with `include_retried=true`."""
        if not (run := self._find(request, slug, pipeline_id)):
            return not_found("Pipeline")
        every = request.query.get("include_retried") in {"true", "1"}
        listed = [job for job in run.jobs if not job.definition.starts and (every or not job.retried)]
        return self._list(request, [documents.job(job, run, self._web) for job in reversed(listed)])

    def _bridges(self, request: Request, slug: str, pipeline_id: str) -> Response:
        if not (run := self._find(request, slug, pipeline_id)):
            return not_found("Pipeline")
        children = {job_id: self._catalogue.find(child) for job_id, child in run.children}
        listed = [
            documents.bridge(job, run, children.get(job.id), self._web)
            for job in run.jobs
            if job.definition.starts
        ]
        return self._list(request, listed)

    def _found_job(self, request: Request, slug: str, job_id: str) -> tuple[RunJob, Run] | None:
        found = self._catalogue.find_job(int(job_id))
        return found if found and found[1].repository is self._visible(request, slug) else None

    def _job(self, request: Request, slug: str, job_id: str) -> Response:
        found = self._found_job(request, slug, job_id)
        return json_response(documents.job(*found, self._web)) if found else not_found("")

    def _trace(self, request: Request, slug: str, job_id: str) -> Response:
        found = self._found_job(request, slug, job_id)
        if found is None:
            return not_found("")
        return text_response(trace.trace(found[0], self._catalogue.history.dialect))

    def _list(self, request: Request, entries: Sequence[Document]) -> Response:
        page = Page.of(request, 20)
        return replace(
            json_response(page.cut(entries)), headers=headers(page, request, self._web, len(entries))
        )


def _with_budget(answer: Response, budget: Budget) -> Response:
    headers = {
        "ratelimit-name": "throttle_authenticated_api",
        "ratelimit-limit": str(budget.limit),
        "ratelimit-observed": str(budget.used),
        "ratelimit-remaining": str(budget.remaining),
        "ratelimit-reset": str(budget.resets_at),
    }
    if budget.exceeded:
        headers["retry-after"] = str(WINDOW)
    return replace(answer, headers={**answer.headers, **headers})
