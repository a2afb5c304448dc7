"""What the service asks of a CI system's adapter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, Self

from buildtimetrend.model import Build, BuildRef, Hook, Job, LogState


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


class Provider(Protocol):
    """Everything about one CI system. Safe to use from several threads."""

    name: str
    instance: str  # base URL of the API
    dialect: str  # of its logs, a key of `logs.DIALECTS`
    default_language: str | None  # of a job whose configuration names none

    def receive(self, headers: Mapping[str, str], body: bytes) -> Hook:
        """Verify and read a webhook. Header names are lower case.

        Raises `Unauthorized` when it is not proven to come from the CI, `BadRequest` or `Invalid` naming the
        field when it cannot be read, `TemporaryError` when the CI's key could not be fetched.
        """
        ...

    def fetch(self, ref: BuildRef) -> Build:
        """A build with its jobs, without logs. Raises `TemporaryError`, `PermanentError`, or `Stopped` when
        closed.
        """
        ...

    def log(self, job: Job) -> JobLog:
        """Open a job's log; at most the size cap is read, in chunks."""
        ...

    def recent(self, repo: str) -> Iterable[BuildRef]:
        """The repo's finished builds, newest first, with id and number, lazily page by page.

        What a sweep compares with the store. Raises like `fetch`, while it is read.
        """
        ...

    def numbers(self, repo: str, first: int, last: int) -> Iterable[BuildRef]:
        """The builds of these numbers that exist, with id and number, newest first: a request for each
        hundred or so. Raises like `fetch`, while it is read.
        """
        ...

    def close(self) -> None:
        """Give up what is being read, by whatever thread: it raises `Stopped`, as all that is asked from then
        on. Idempotent.
        """
        ...
