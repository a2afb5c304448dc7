"""GitLab CI: gitlab.com and self-managed servers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import ClassVar

from buildtimetrend.errors import PermanentError
from buildtimetrend.logs import ParsedLog
from buildtimetrend.logs.gitlab import parsing
from buildtimetrend.model import Build, BuildRef, Hook, Job, LogState, Result
from buildtimetrend.providers import asking
from buildtimetrend.providers.base import (
    Changed,
    JobLog,
    Latest,
    Numbers,
    Period,
    Provider,
    RateLimit,
    Received,
    Section,
    Selection,
    SetUp,
)
from buildtimetrend.providers.budget import Budget
from buildtimetrend.providers.fields import is_id
from buildtimetrend.providers.gitlab import places, trace, webhook
from buildtimetrend.providers.gitlab.api import PEER, Api, authorization
from buildtimetrend.providers.gitlab.fetching import Fetching
from buildtimetrend.providers.gitlab.listing import Listing, begun_in
from buildtimetrend.providers.gitlab.pipelines import Pipeline
from buildtimetrend.providers.gitlab.settings import GitLabSettings
from buildtimetrend.providers.gitlab.signature import Verifier
from buildtimetrend.providers.gitlab.words import RESULTS, RUNNING
from buildtimetrend.providers.http import Limits
from buildtimetrend.providers.kept import Kept

HOOK_SIZE = 25 * 1024 * 1024  # bytes: a pipeline's webhook has all of its jobs
_LISTED = 5000  # pipelines that were listed and not fetched yet
_LISTED_FOR = 6 * 3600.0  # seconds


class GitLab(Provider):
    """One GitLab server."""

    kind = "gitlab"
    title = "GitLab CI"
    settings = GitLabSettings
    address = "url"
    states: ClassVar[Mapping[str, Result | None]] = {**RESULTS, **dict.fromkeys(RUNNING)}
    body_limit = HOOK_SIZE
    example = "group/subgroup/project"
    counts_together = True
    tells_changes = True

    def __init__(self, section: Section, limits: Limits | None = None) -> None:
        given: GitLabSettings = section.values
        self.name = section.name
        self.instance = given.url.rstrip("/").removesuffix(places.API)
        self.delay = given.delay
        self._verify = given.verify
        self._verifier = Verifier(given.webhook_secret)
        self._max_log_size = given.max_log_size
        proof = authorization(given.token, given.token_kind)
        self._api = Api(self.instance, proof, section.connections, limits or Limits())
        self._budget = Budget()
        listed: Kept[tuple[str, str], Pipeline] = Kept(_LISTED, _LISTED_FOR)
        self._listing = Listing(self._api, self._budget, listed)
        self._fetching = Fetching(self._api, self._listing, listed, self.instance)

    def __repr__(self) -> str:
        return f"GitLab({self.instance})"

    def receive(self, request: Received) -> Hook:
        """What it tells of the merge request, and of what started the pipeline, saves requests later."""
        if self._verify:
            self._verifier.check(request.headers, request.body)
        note = webhook.read(request.body, self.instance)
        if note.repo is None:
            return Hook(None, finished=False, state=note.state, payload=request.body)
        self._fetching.note(note)
        ref = BuildRef(self.kind, self.instance, note.repo, id=note.id, number=note.number)
        return Hook(ref, finished=note.finished, state=note.state, payload=request.body)

    def fetch(self, ref: BuildRef) -> Build:
        places.require_slug(ref.repo)
        named = ref.id or ref.number or ""
        if not is_id(named):
            raise PermanentError(f"{named[:40]!r} is not the id or number of a pipeline.", detail="number")
        return asking.read(
            PEER, lambda: self._fetching.build(ref.repo, ref.id or self._id_of(ref.repo, named))
        )

    def log(self, build: Build, job: Job) -> JobLog | None:
        """A job that never ran has none. Of bridges, and where it was erased, the fetched job says so."""
        if job.started_at is None or job.log is not LogState.UNREAD:
            return None
        return trace.open_trace(self._api.client, build.repo, job, self._max_log_size)

    def parse(self, chunks: Iterable[bytes]) -> ParsedLog:
        return parsing.parse(chunks)

    def select(self, repo: str, selection: Selection) -> Iterator[BuildRef]:
        """`Numbers` are of `iid`, which pipelines of a project have, whatever they run."""
        places.require_slug(repo)
        return self._refs(repo, self._selected(repo, selection))

    def select_after(self, repo: str, selection: Selection, last: BuildRef) -> Iterator[BuildRef]:
        """What has a lower `iid`."""
        places.require_slug(repo)
        if isinstance(selection, Numbers) or not is_id(last.number or "") or last.number == last.id:
            return self.select(repo, selection)
        older = self._listing.numbered(repo, Numbers(1, int(last.number or "") - 1))
        if isinstance(selection, Period):
            older = begun_in(selection, older)
        return self._refs(repo, _wanted(self._listed(repo, older), selection))

    def changed_since(self, repo: str, since: datetime) -> Iterator[Changed]:
        places.require_slug(repo)
        changed = self._listed(repo, self._listing.changed_since(repo, since))
        return (
            Changed(pipeline.ref_of(self.kind, self.instance, repo), pipeline.updated_at)
            for pipeline in changed
            if pipeline.ended
        )

    def repos(self, owner: str) -> Iterator[str]:
        """The projects of a group and of the groups in it, else those of a person."""
        path = places.owner_path(owner)
        of_kinds = [
            self._projects(f"/groups{path}/projects", {"include_subgroups": "true"}),
            self._projects(f"/users{path}/projects", {}),
        ]
        unknown = f"{self.instance} knows no group or user {owner} that this service may see (404)."
        return asking.repos_of(PEER, of_kinds, PermanentError(unknown, detail="repo"))

    def rate_limit(self) -> RateLimit | None:
        return self._api.client.seen.least()

    def requests(self) -> int:
        return self._api.client.requests

    def set_up(self, hook: str) -> SetUp:
        return SetUp(
            "GitLab then tells this service about every pipeline that ends. Add a webhook with these values "
            "in the project's, or the group's, {file}:",
            "Settings → Webhooks",
            f"URL: {hook}\nSecret token: that of the setting gitlab.webhook_secret\nTrigger: Pipeline events",
            "Make an access token in the project's, or the group's, Settings → Access tokens, with the role "
            "Reporter and the scope read_api, and set it as gitlab.token (BTT_GITLAB_TOKEN); a personal one "
            "with that scope does as well. Public projects are read without one, but GitLab answers fewer "
            "requests then.",
            "webhook_secret",
        )

    @classmethod
    def repo_of(cls, text: str) -> str | None:
        return places.repo_of(text)

    @classmethod
    def job_page(cls, build_page: str, job_id: str) -> str | None:
        return places.job_page(build_page, job_id)

    @classmethod
    def code_page(cls, build_page: str, repo: str) -> str | None:  # noqa: ARG003 - the page has it
        return places.code_page(build_page)

    def close(self) -> None:
        self._budget.close()
        self._api.client.close()

    def _selected(self, repo: str, selection: Selection) -> Iterator[Pipeline]:
        if isinstance(selection, Numbers):
            return self._listed(repo, self._listing.numbered(repo, selection))
        if isinstance(selection, Latest):
            return _wanted(self._listed(repo, self._listing.newest(repo)), selection)
        return _wanted(self._listed(repo, self._listing.within(repo, selection)), selection)

    def _refs(self, repo: str, pipelines: Iterator[Pipeline]) -> Iterator[BuildRef]:
        return (pipeline.ref_of(self.kind, self.instance, repo) for pipeline in pipelines)

    def _projects(self, path: str, query: Mapping[str, str]) -> Iterator[str]:
        pages = self._api.pages(path, {**query, "order_by": "id"}, short_ends=True)
        return (each.text("path_with_namespace") for page in pages for each in page)

    def _listed(self, repo: str, listed: Iterator[Pipeline]) -> Iterator[Pipeline]:
        needed = "a token (gitlab.token) that may see it"
        return asking.each(PEER, listed, asking.no_such_repo(self.instance, repo, needed))

    def _id_of(self, repo: str, number: str) -> str:
        found = self._fetching.id_of(repo, number)
        if found is None:
            listed = self._listed(repo, self._listing.numbered(repo, Numbers(int(number), int(number))))
            found = next((pipeline.id for pipeline in listed), None)
        if found is None:
            raise PermanentError(
                f"{repo} has no pipeline {number}, or the token (gitlab.token) may not see it.",
                detail="number",
            )
        return found


def _wanted(pipelines: Iterator[Pipeline], selection: Latest | Period) -> Iterator[Pipeline]:
    wanted = (pipeline for pipeline in pipelines if selection.running or pipeline.ended)
    return islice(wanted, selection.number) if isinstance(selection, Latest) else wanted
