"""GitHub Actions: github.com and Enterprise servers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import ClassVar
from urllib.parse import urlsplit

from buildtimetrend.errors import PermanentError, SettingsError, Unauthorized
from buildtimetrend.logs import ParsedLog
from buildtimetrend.logs.github import parsing
from buildtimetrend.model import Build, BuildRef, Hook, Job, Result
from buildtimetrend.providers import asking
from buildtimetrend.providers.base import (
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
from buildtimetrend.providers.github import places, webhook
from buildtimetrend.providers.github.api import HEADERS, PEER, Api, Proof, Token
from buildtimetrend.providers.github.app import App
from buildtimetrend.providers.github.fetching import Fetching
from buildtimetrend.providers.github.listing import Listing
from buildtimetrend.providers.github.runs import Run
from buildtimetrend.providers.github.settings import GitHubSettings
from buildtimetrend.providers.github.words import WORDS
from buildtimetrend.providers.http import Client, Limits, Refused
from buildtimetrend.providers.http.download import Asked, open_log

BEGIN = datetime(2018, 1, 1, tzinfo=UTC)  # before there were any
MOST_ATTEMPTS = 100  # of one run, the latest: GitHub lets nobody run one again so often


class GitHub(Provider):
    """One GitHub server. Runs that were listed are remembered for the fetch that follows."""

    kind = "github"
    title = "GitHub Actions"
    settings = GitHubSettings
    address = "api_url"
    states: ClassVar[Mapping[str, Result | None]] = WORDS
    body_limit = webhook.SIZE
    shares_numbers = True  # each workflow counts its own runs
    sweep_depth = 500  # a run that was run again stays where it was in the list

    def __init__(self, section: Section, limits: Limits | None = None) -> None:
        given: GitHubSettings = section.values
        self.name = section.name
        self.instance = given.api_url.rstrip("/")
        self.delay = given.delay
        self._host = places.host_of(places.web_of(self.instance)) or self.instance
        self._secret = given.webhook_secret
        self._failed_logs = given.failed_logs
        self._max_log_size = given.max_log_size
        self._verify = given.verify
        self._client = Client(PEER, self.instance, {}, section.connections, limits or Limits())
        self._api = Api(self._client, _proof(given, self._client))
        self._budget = Budget()
        self._listing = Listing(self._api, self._budget, self.instance)
        self._fetching = Fetching(self._api, self._listing, self.instance)

    def __repr__(self) -> str:
        return f"GitHub({self.instance})"

    def receive(self, request: Received) -> Hook:
        """A signature that is there must be right; one must be there unless that is turned off."""
        if self._secret and (self._verify or webhook.SIGNATURE in request.headers):
            webhook.check(request, self._secret)
        elif self._verify:
            raise Unauthorized(
                "This service has no secret to verify webhooks of GitHub with: set github.webhook_secret.",
                detail=webhook.SIGNATURE,
            )
        return webhook.read(request, self.instance)

    def fetch(self, ref: BuildRef) -> Build:
        places.require_slug(ref.repo)
        named = ref.id or ref.number or ""
        if not is_id(named):
            raise PermanentError(
                f"{named[:40]!r} is not the id or number of a workflow run.", detail="number"
            )
        return asking.read(PEER, lambda: self._fetching.build(ref))

    def log(self, build: Build, job: Job) -> JobLog | None:
        """Only of a job that failed, and only where that is wanted: its steps are known without."""
        if not self._failed_logs or job.result is not Result.FAILED or job.started_at is None:
            return None
        path = f"/repos/{build.repo}/actions/jobs/{job.id}/logs"
        proof = self._api.proof
        asked = Asked(
            path,
            HEADERS,
            self._max_log_size,
            authorization=proof.headers(build.repo),
            counted=proof.counted(build.repo),
        )
        return open_log(self._client, asked)

    def parse(self, chunks: Iterable[bytes]) -> ParsedLog:
        return parsing.parse(chunks)

    def select(self, repo: str, selection: Selection) -> Iterator[BuildRef]:
        """A run that was run again is there with each of its attempts, the latest first."""
        places.require_slug(repo)
        return self._selected(repo, selection)

    def select_after(self, repo: str, selection: Selection, last: BuildRef) -> Iterator[BuildRef]:
        """From the second on in which that run was created."""
        places.require_slug(repo)
        created_at = None if isinstance(selection, Numbers) else self._created_at(repo, last)
        if isinstance(selection, Numbers) or created_at is None:
            return self.select(repo, selection)
        since = selection.since if isinstance(selection, Period) else BEGIN
        older = Period(since, created_at + timedelta(seconds=1), selection.running)
        return self._selected(repo, older)

    def repos(self, owner: str) -> Iterator[str]:
        """Those of an organisation, else of a person, as far as the token may see them."""
        owner = places.owner_of(owner)
        if isinstance(self._api.proof, App):
            of_kinds = [self._repos("/installation/repositories", owner, "repositories")]
            unknown = (
                f"The GitHub App (github.app_id) is not installed at {owner}, or there is no such place."
            )
        else:
            of_kinds = [
                self._repos(f"/orgs/{owner}/repos?type=all", owner),
                self._repos(f"/users/{owner}/repos?type=owner", owner),
            ]
            unknown = f"{self._host} knows no organisation or user {owner} that this service may see (404)."
        return asking.repos_of(PEER, of_kinds, PermanentError(unknown, detail="repo"))

    def rate_limit(self) -> RateLimit | None:
        return self._client.seen.least()

    def requests(self) -> int:
        return self._client.requests

    def set_up(self, hook: str) -> SetUp:
        return SetUp(
            "GitHub then tells this service about every run that ends. Add a webhook with these values in "
            "the repository's, or the organisation's, {file}:",
            "Settings → Webhooks",
            f"Payload URL: {hook}\nContent type: application/json\n"
            "Secret: that of the setting github.webhook_secret\nEvents: Workflow runs",
            "Make a fine-grained personal access token at GitHub, Settings → Developer settings → Personal "
            "access tokens, for these repositories, with read access to Actions, Contents and Metadata, and "
            "set it as github.token (BTT_GITHUB_TOKEN). A classic token needs the scope repo for private "
            "repositories, and none for public ones. Or make a GitHub App with the same permissions, install "
            "it, and set github.app_id and github.app_key in place of the token.",
            "webhook_secret",
        )

    @classmethod
    def repo_of(cls, text: str) -> str | None:
        return places.repo_of(text)

    def hosts(self) -> frozenset[str]:
        return super().hosts() | {urlsplit(places.web_of(self.instance)).netloc.lower()}

    @classmethod
    def job_page(cls, build_page: str, job_id: str) -> str | None:
        page = build_page.partition("/attempts/")[0]
        return f"{page}/job/{job_id}" if "/actions/runs/" in page else None

    @classmethod
    def step_page(cls, job_page: str, number: int) -> str | None:
        return f"{job_page}#step:{number}:1" if "/actions/runs/" in job_page else None

    @classmethod
    def code_page(cls, build_page: str, repo: str) -> str | None:
        page = build_page.partition("/actions/runs/")[0]
        return page if page.lower().endswith(f"/{repo.lower()}") else None

    def close(self) -> None:
        self._budget.close()
        self._client.close()

    def _selected(self, repo: str, selection: Selection) -> Iterator[BuildRef]:
        needed = "a token (github.token) that may read its Actions"
        unknown = asking.no_such_repo(self._host, repo, needed)
        for run in asking.each(PEER, self._chosen(repo, selection), unknown):
            self._fetching.remember(run)
            latest = run.build.attempt or 1
            for attempt in range(latest, max(0, latest - MOST_ATTEMPTS), -1):
                yield run.ref(repo, attempt)

    def _created_at(self, repo: str, ref: BuildRef) -> datetime | None:
        """None of a run that is gone."""
        try:
            known = self._fetching.known(ref)
            run = known or asking.read(PEER, lambda: self._fetching.run(repo, ref.id or ""))
        except Refused as error:
            if error.http_status != 404:
                raise
            return None
        return run.created_at

    def _repos(self, path: str, owner: str, name: str = "") -> Iterator[str]:
        return (found.text("full_name") for found in self._api.each(f"{owner}/", path, name))

    def _chosen(self, repo: str, selection: Selection) -> Iterator[Run]:
        if isinstance(selection, Numbers):
            return self._fetching.numbered(repo, selection)
        if isinstance(selection, Latest):
            newest = self._listing.newest(repo)
            return islice((run for run in newest if selection.running or run.ended), selection.number)
        within = self._listing.period(repo, selection)
        return (run for run in within if selection.running or run.ended)


def _proof(given: GitHubSettings, client: Client) -> Proof:
    """Raises `SettingsError`."""
    if not given.app_id and not given.app_key:
        return Token(given.token)
    if not given.app_id or not given.app_key:
        missing = "github.app_id" if given.app_key else "github.app_key"
        raise SettingsError(
            f"A GitHub App needs both its id and its key: {missing} is not set.", detail=missing
        )
    return App(client, given.app_id, given.app_key)
