"""What the service asks of a CI system's adapter."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Self, TypeAlias
from urllib.parse import urlsplit

from buildtimetrend.errors import PermanentError
from buildtimetrend.logs import ParsedLog
from buildtimetrend.model import Build, BuildRef, Exit, Hook, Job, LogState, Result, Worker
from buildtimetrend.providers.addresses import host_of, path_of

HOOK_SIZE = 1024 * 1024  # bytes of a webhook, unless a CI sends larger ones


@dataclass(frozen=True, slots=True)
class Section:
    """The settings of one server of a CI system: of the only one, or of one of several."""

    name: str  # in URLs and commands; that of its kind, unless the settings name further ones
    kind: str  # a key of `PROVIDERS`, and what the store calls the provider
    values: Any  # the kind's own dataclass of settings
    connections: int = 8  # that all threads may want at a time


@dataclass(frozen=True, slots=True)
class Received:
    """A webhook as it came. Header names are lower case."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Numbers:
    """The builds of these numbers, both included, that exist."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest builds that have ended, so many at most; with `running` those that still run, too."""

    number: int
    running: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """The builds that have ended and were begun in [since, until); with `running` all that were."""

    since: datetime
    until: datetime
    running: bool = False


Selection: TypeAlias = Numbers | Latest | Period


@dataclass(frozen=True, slots=True)
class Changed:
    """A build, and when anything of it changed last by the CI's clock, where it tells that."""

    ref: BuildRef
    at: datetime | None


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How many requests a CI answers until `resets_at`, as its last answer said."""

    limit: int
    remaining: int
    resets_at: datetime

    def at(self, now: datetime) -> RateLimit:
        """As it is at another time: once it is reset, all of it is left."""
        return replace(self, remaining=self.limit) if self.resets_at <= now else self


@dataclass(frozen=True, slots=True)
class SetUp:
    """How a project is made to notify this service: one step for people, and what they copy."""

    text: str  # one sentence, in which {file} stands for the name of the file
    file: str
    snippet: str
    access: str = ""  # which access token to make, where, and what it may do; for people
    secret: str | None = None  # the setting that has the secret of webhooks, where people make one up


@dataclass(slots=True)
class JobLog:
    """A job's log as it arrives. `state` is final once `chunks` is exhausted.

    Reading never raises for what happened to the log (gone, cut in transfer, too long): `state` tells. It
    raises `TemporaryError` when the CI could not be asked at all, `Stopped` when its provider is closed. Read
    it to its end, or close it: as a context manager it closes itself, and gives back its connection.
    """

    state: LogState
    chunks: Iterator[bytes]
    retry: bool = False  # cut in transfer: another try may get the rest

    def close(self) -> None:
        """Stop reading. Idempotent; `state` stays as it is."""
        close = getattr(self.chunks, "close", None)
        if close:
            close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Provider(ABC):
    """Everything about one CI system, and one server of it. Safe to use from several threads.

    What the class says holds for the system: it is asked before any server is known, and of builds whose
    server the settings name no more. A subclass says what differs from the defaults; without what is abstract
    none of it can be opened.
    """

    kind: ClassVar[str]  # in the store; its key in `PROVIDERS`
    title: ClassVar[str]  # for people
    settings: ClassVar[type]  # dataclass of its section; each field a setting (`setting.py`) with a default
    address: ClassVar[str]  # the field that holds the server's base URL
    states: ClassVar[Mapping[str, Result | None]]  # what its words for builds and jobs mean; None: not ended
    body_limit: ClassVar[int] = HOOK_SIZE
    sweep_depth: ClassVar[int] = 100  # builds that are listed to find what got lost
    shares_numbers: ClassVar[bool] = False  # whether several builds of a repo may have one number
    counts_together: ClassVar[bool] = False  # whether all pipelines of a repo are numbered in one count
    tells_changes: ClassVar[bool] = False  # whether `changed_since` has any
    default_language: ClassVar[str | None] = None  # of a job whose configuration names none
    example: ClassVar[str] = "owner/name"  # of how it names a repo
    old_hook: ClassVar[str | None] = None  # another path to its hooks, from before there were several CIs

    name: str  # that of its section
    instance: str  # base URL of the API
    delay: float  # seconds from a hook to the first fetch of its build

    @abstractmethod
    def __init__(self, section: Section) -> None:
        """Opens nothing yet, and asks nobody."""

    @abstractmethod
    def receive(self, request: Received) -> Hook:
        """Verify and read a webhook, which may name no build, one, or bring a whole one.

        Raises `Unauthorized` when it is not proven to come from the CI, `BadRequest` or `Invalid` naming the
        field when it cannot be read, `TemporaryError` when the CI's key could not be fetched.
        """

    @abstractmethod
    def fetch(self, ref: BuildRef) -> Build:
        """A build with its jobs; with their steps where the API has them, else without.

        Raises `TemporaryError`, `PermanentError`, or `Stopped` when closed.
        """

    def log(self, build: Build, job: Job) -> JobLog | None:
        """Open a job's log; at most the size cap is read, in chunks. None where there is nothing to parse:
        the job stays as it was fetched.
        """
        return None

    def parse(self, chunks: Iterable[bytes]) -> ParsedLog:
        """What a log of this CI has. Never raises, whatever the bytes."""
        return ParsedLog((), Worker(), Exit(), 0, 0)

    @abstractmethod
    def select(self, repo: str, selection: Selection) -> Iterator[BuildRef]:
        """The builds that are selected, newest first, with id and number, lazily page by page: for imports,
        and for sweeps, which compare them with the store.

        Ends by itself, whatever the CI answers. Raises like `fetch`, while it is read.
        """

    def select_after(self, repo: str, selection: Selection, last: BuildRef) -> Iterator[BuildRef]:
        """What `select` yields after `last`, a build with id and number that it has yielded, perhaps to
        another process. Some of what came before may come again, and `Latest` may go on beyond its number:
        who asks knows what it has. A CI that can be asked for older builds alone says how; this asks for all.
        """
        return self.select(repo, selection)

    def changed_since(self, repo: str, since: datetime) -> Iterator[Changed]:
        """Builds that have ended, and changed since then under the same id and attempt: they ended, a job was
        tried again, or a person started one late. Nothing where the CI has no list of them. Raises like
        `fetch`.
        """
        return iter(())

    def repos(self, owner: str) -> Iterator[str]:
        """The repos of an organisation, a group or a person, lazily page by page. Raises like `fetch`."""
        raise PermanentError(f"{self.title} cannot be asked for all repos of {owner}.", detail="repo")

    def rate_limit(self) -> RateLimit | None:
        """What is left of the requests that the CI answers; None if it does not say. Asks nobody."""
        return None

    def requests(self) -> int:
        """How many were sent to the CI since this was opened."""
        return 0

    @abstractmethod
    def set_up(self, hook: str) -> SetUp:
        """How a project is made to send its webhooks to that address."""

    @classmethod
    def repo_of(cls, text: str) -> str | None:
        """The repo that a pasted address or name means; None where it is none of this CI."""
        parts = path_of(text)
        return "/".join(parts) if len(parts) > 1 else None

    def hosts(self) -> frozenset[str]:
        """Of addresses that people copy of repos that this server builds: its own pages, and code hosts."""
        own = urlsplit(self.instance).netloc.lower()
        return frozenset({own, own.removeprefix("api.")})

    def found_in(self, text: str) -> str | None:
        """The repo that a pasted address or name means, unless it is on a host that this server does not
        build for: there another repo may have that name.
        """
        host = host_of(text)
        return self.repo_of(text) if host is None or host in self.hosts() else None

    @classmethod
    def job_page(cls, build_page: str, job_id: str) -> str | None:
        """A job's page at the CI, beside its build's, where its address follows from that."""
        return None

    @classmethod
    def step_page(cls, job_page: str, number: int) -> str | None:
        """A step's place on its job's page at the CI, by the CI's own number."""
        return None

    @classmethod
    def code_page(cls, build_page: str, repo: str) -> str | None:
        """Where the repo's code is, as far as the address of a build's page tells."""
        return None

    @abstractmethod
    def close(self) -> None:
        """Give up what is being read, by whatever thread: it raises `Stopped`, as all that is asked from then
        on. Idempotent.
        """
