"""Travis CI: travis-ci.com, travis-ci.org and Enterprise servers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice, takewhile
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

import structlog

from buildtimetrend.errors import PermanentError, TemporaryError, Unauthorized
from buildtimetrend.logs import ParsedLog
from buildtimetrend.logs.travis import parsing
from buildtimetrend.model import Build, BuildRef, Hook, Job, LogState, Result
from buildtimetrend.providers import asking, form
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
from buildtimetrend.providers.fields import Fields, is_id
from buildtimetrend.providers.http import Refused
from buildtimetrend.providers.http.download import Asked, open_log
from buildtimetrend.providers.travis import api, joblog, names, signature, v2, v3, webhook
from buildtimetrend.providers.travis.api import PLAIN, V2, V3, Limits
from buildtimetrend.providers.travis.listing import Entry, Unending, V2Listing, V3Listing, within
from buildtimetrend.providers.travis.matrix import DEFAULT_LANGUAGE
from buildtimetrend.providers.travis.names import is_slug
from buildtimetrend.providers.travis.settings import TravisSettings
from buildtimetrend.providers.travis.states import RESULTS, RUNNING, has_ended

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_LOGGER = structlog.get_logger(__name__)
_LOG_HEADERS = {
    3: MappingProxyType({**V3, "accept": "text/plain"}),
    2: MappingProxyType({"accept": "text/plain; version=2"}),
}


class Travis(Provider):
    """One Travis CI server. Which API it serves is found out by the first answer, and remembered."""

    kind = "travis"
    title = "Travis CI"
    settings = TravisSettings
    address = "api_url"
    states: ClassVar[Mapping[str, Result | None]] = {**RESULTS, **dict.fromkeys(RUNNING)}
    default_language = DEFAULT_LANGUAGE
    old_hook = "/travis"

    def __init__(self, section: Section, limits: Limits | None = None) -> None:
        given: TravisSettings = section.values
        self.name = section.name
        self.instance = given.api_url.rstrip("/")
        self.delay = given.delay
        self._account_token = given.account_token
        self._verify = given.verify
        self._max_log_size = given.max_log_size
        self._limits = limits or Limits()
        self._client = api.client(self.instance, given.token, section.connections, self._limits)
        self._budget = Budget()
        self._verifier = signature.Verifier(self._fetch_key)
        self._version: int | None = None
        self._finds_numbers = True  # whether version 2 is served, which alone finds a build by its number

    def __repr__(self) -> str:
        return f"Travis({self.instance})"

    def receive(self, request: Received) -> Hook:
        """A signature, when there is one, decides alone, whatever else comes with it. Without one the older
        Authorization header decides, when an account token is set. With neither, only an operator who turned
        verification off gets a hook.
        """
        headers = request.headers
        payload = form.payload_of(headers.get("content-type", ""), request.body, self.title)
        signed = headers.get("signature")
        if signed is not None:
            self._verifier.check(signed, payload)
        elif self._verify and not self._account_token:
            raise Unauthorized("The notification has no Signature header.", detail="signature")
        note = webhook.read(payload)
        slug = headers.get("travis-repo-slug", note.repo)
        if slug != note.repo:
            raise Unauthorized("Travis-Repo-Slug is not the repo of the payload.", detail="travis-repo-slug")
        if signed is None and self._account_token:
            signature.check_account_token(headers, note.repo, self._account_token)
        ref = BuildRef(self.kind, self.instance, note.repo, id=note.id, number=note.number)
        return Hook(ref, finished=note.finished, state=note.state, payload=payload)

    def fetch(self, ref: BuildRef) -> Build:
        _require_slug(ref.repo)
        named = ref.id or ref.number or ""
        if not is_id(named):
            raise PermanentError(
                f"{named[:40]!r} is not the id or number of a Travis CI build.", detail="number"
            )
        build = asking.read(api.PEER, lambda: self._fetch(ref, ref.id or self._id_of(ref.repo, named)))
        if build.repo.lower() != ref.repo.lower():
            raise PermanentError(
                f"Build {build.id} belongs to {build.repo}, not {ref.repo}: was the repo renamed?",
                detail="repo",
            )
        return build

    def log(self, build: Build, job: Job) -> JobLog:  # noqa: ARG002 - a job's id is enough
        if self._version == 2:
            return self._log(2, job)
        log = self._log(3, job)
        if log.state is LogState.MISSING and self._version is None:
            return self._log(2, job)
        return log

    def parse(self, chunks: Iterable[bytes]) -> ParsedLog:
        return parsing.parse(chunks)

    def select(self, repo: str, selection: Selection) -> Iterator[BuildRef]:
        _require_slug(repo)
        return (self._ref(repo, entry) for entry in self._selected(repo, selection))

    def rate_limit(self) -> RateLimit | None:
        return self._client.seen.least()

    def requests(self) -> int:
        return self._client.requests

    def select_after(self, repo: str, selection: Selection, last: BuildRef) -> Iterator[BuildRef]:
        """What has a lower number."""
        _require_slug(repo)
        if isinstance(selection, Numbers) or not is_id(last.number or ""):
            return self.select(repo, selection)
        below = int(last.number or "") - 1
        if below < 1:
            return iter(())
        older = self._listed(repo, lambda listing: listing.range(1, below))
        return (self._ref(repo, entry) for entry in _among(_to_its_end(older), selection))

    def set_up(self, hook: str) -> SetUp:
        return SetUp(
            "Travis CI then tells this service about every build that ends. "
            "Put this into the project's {file}:",
            ".travis.yml",
            f"notifications:\n  webhooks:\n    - {hook}",
            "Public repos need no token. For private ones copy the API token of somebody who may see them "
            "from Travis CI, Settings → API authentication, and set it as travis.token. Travis CI signs its "
            "notifications with a key of its own: there is no secret to set.",
        )

    @classmethod
    def repo_of(cls, text: str) -> str | None:
        return names.repo_of(text)

    def hosts(self) -> frozenset[str]:
        return super().hosts() | names.hosts()

    @classmethod
    def job_page(cls, build_page: str, job_id: str) -> str | None:
        return names.job_page(build_page, job_id)

    @classmethod
    def code_page(cls, build_page: str, repo: str) -> str | None:
        return names.code_page(build_page, repo)

    def close(self) -> None:
        self._budget.close()
        self._client.close()

    def _selected(self, repo: str, selection: Selection) -> Iterator[Entry]:
        if isinstance(selection, Numbers):
            first, last = selection.first, selection.last
            entries = self._listed(repo, lambda listing: listing.range(first, last))
            return takewhile(lambda entry: entry.number >= first, entries)
        return _among(_to_its_end(self._listed(repo, lambda listing: listing.newest())), selection)

    def _fetch(self, ref: BuildRef, build_id: str) -> Build:
        if self._version != 2:
            try:
                answer = self._client.json(v3.build_path(build_id), V3)
            except Refused as error:
                if self._version == 3 or not self._try_version_2(error):
                    raise
            else:
                build = v3.build_of(answer, self.instance)
                self._version = 3
                return build
        answer = self._client.json(v2.build_path(build_id), V2)
        build = v2.build_of(answer, self.instance, ref.repo)
        self._version = 2
        return build

    def _try_version_2(self, error: Refused) -> bool:
        """Whether the refusal may be of version 3 as such. Its own errors have a type."""
        if error.http_status in (401, 403):
            return False
        if isinstance(error.answer, dict) and error.answer.get("@type") == "error":
            return error.answer.get("error_type") == "wrong_params"  # an old server without job.config
        return True

    def _id_of(self, repo: str, number: str) -> str:
        if self._finds_numbers:
            try:
                found = V2Listing(self._client, self._budget, repo).find(number)
            except Refused as error:
                if self._version == 2 or error.http_status in (401, 403):
                    raise
            else:
                return found or _no_such_build(repo, number)
        candidates = V3Listing(self._client, self._budget, repo).range(int(number), int(number))
        try:
            nearest = next(iter(candidates), None)
        except Refused as error:
            if error.http_status == 404:
                raise self._no_such_repo(repo) from error
            raise
        self._finds_numbers = False
        return nearest.id if nearest and nearest.number == int(number) else _no_such_build(repo, number)

    def _no_such_repo(self, repo: str) -> PermanentError:
        where = urlsplit(self.instance).hostname or self.instance
        return asking.no_such_repo(where, repo, "an API token (travis.token) that may see it")

    def _listed(
        self, repo: str, entries_of: Callable[[V2Listing | V3Listing], Iterator[Entry]]
    ) -> Iterator[Entry]:
        """Entries page by page. Which version is served is settled with the first of them."""
        try:
            entries, entry = self._begun(repo, entries_of)
        except Refused as error:
            if error.http_status == 404:
                raise self._no_such_repo(repo) from error
            raise
        while entry is not None:
            yield entry
            entry = asking.read(api.PEER, lambda: next(entries, None))

    def _begun(
        self, repo: str, entries_of: Callable[[V2Listing | V3Listing], Iterator[Entry]]
    ) -> tuple[Iterator[Entry], Entry | None]:
        """The first entry, and those after it."""
        if self._version != 2:
            entries = entries_of(V3Listing(self._client, self._budget, repo))
            try:
                return entries, asking.read(api.PEER, lambda: next(entries, None))
            except Refused as error:
                if self._version is not None or not self._try_version_2(error):
                    raise
        entries = entries_of(V2Listing(self._client, self._budget, repo))
        return entries, asking.read(api.PEER, lambda: next(entries, None))

    def _log(self, version: int, job: Job) -> JobLog:
        path = f"/job/{job.id}/log.txt" if version == 3 else f"/jobs/{job.id}/log"
        asked = Asked(path, _LOG_HEADERS[version], self._max_log_size, joblog.unwrapped)
        return open_log(self._client, asked)

    def _ref(self, repo: str, entry: Entry) -> BuildRef:
        return BuildRef(self.kind, self.instance, repo, id=entry.id, number=str(entry.number))

    def _fetch_key(self) -> RSAPublicKey:
        def pem() -> str:
            seconds, size = self._limits.key_time, self._limits.key_size
            answer = self._client.json("/config", PLAIN, seconds=seconds, size=size)
            config = Fields(answer).fields("config")
            return config.fields("notifications").fields("webhook").text("public_key")

        try:
            return signature.load_key(asking.read(api.PEER, pem))
        except PermanentError as error:
            # The notification is not at fault, and a server that is being set up may answer so.
            raise TemporaryError(f"The public key cannot be fetched: {error.message}") from error


def _among(entries: Iterator[Entry], selection: Latest | Period) -> Iterator[Entry]:
    wanted = (entry for entry in entries if selection.running or has_ended(entry.state))
    if isinstance(selection, Latest):
        return islice(wanted, selection.number)
    return within(wanted, selection)


def _to_its_end(entries: Iterator[Entry]) -> Iterator[Entry]:
    """What was listed before it led nowhere is as good as ever."""
    try:
        yield from entries
    except Unending as error:
        _LOGGER.warning("listing left", reason=error.message)


def _require_slug(repo: str) -> None:
    if not is_slug(repo):
        raise PermanentError(f"{repo!r} is not a Travis CI repo: owner/name is.", detail="repo")


def _no_such_build(repo: str, number: str) -> str:
    raise PermanentError(
        f"{repo} has no build {number}, or it is private and the API token (travis.token) may not see it."
    )
