"""A job's log as it streams in, and what became of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import httpx
import structlog

from buildtimetrend.errors import TemporaryError
from buildtimetrend.model import LogState
from buildtimetrend.providers.base import JobLog
from buildtimetrend.providers.http import body
from buildtimetrend.providers.http.client import Client
from buildtimetrend.providers.http.refusals import refusal

MOST_REDIRECTS = 3  # an archived log lies at a storage host, one redirect away
_REDIRECTS = {301, 302, 303, 307, 308}
_LOGGER = structlog.get_logger(__name__)

# The log in an answer's pieces, by its content type: a CI may wrap it. It may change what became of the log.
Unwrap: TypeAlias = Callable[[Iterable[bytes], str, JobLog], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A log as it is asked for: at most `cap` bytes. `authorization` as in `Client.answer`."""

    path: str
    headers: Mapping[str, str]
    cap: int
    unwrap: Unwrap | None = None
    authorization: Mapping[str, str] | None = None
    counted: str = ""  # as in `Client.answer`
    page_refuses: bool = False  # a web page in place of the log asks to sign in: there is none for us


def open_log(client: Client, asked: Asked) -> JobLog:
    """`state` is MISSING at once when there is none. Raises `TemporaryError` or `Stopped`."""
    log = JobLog(LogState.CUT, iter(()))
    log.chunks = _read(client, asked, log)
    # Runs it up to its first piece: what goes wrong so far is raised here, and from here on
    # dropping the log closes its connection.
    next(log.chunks, None)
    return log


def _read(client: Client, asked: Asked, log: JobLog) -> Iterator[bytes]:
    url = client.base_url + asked.path
    deadline = time.monotonic() + client.limits.log_time
    title = client.peer.title
    for _ in range(MOST_REDIRECTS + 1):
        opened = client.open(url, asked.headers, deadline, authorization=asked.authorization)
        with client.translated(), opened as response:
            is_own = client.is_own(url)
            if is_own:  # what a storage host counts is no limit of the CI's
                client.seen.note(response.headers, asked.counted)
            if response.status_code in _REDIRECTS:
                target = _target(response, title)
                if target is None:
                    log.state = LogState.MISSING
                    return
                url = target
                continue
            if response.status_code not in (200, 204):
                limited = response.status_code in (403, 429)
                said = client.answer_of(response, deadline) if limited else None
                error = refusal(client.peer, response, said)
                if isinstance(error, TemporaryError):
                    raise error if is_own else TemporaryError(error.message)
                log.state = LogState.MISSING
                return
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind == "text/html" and asked.page_refuses:
                log.state = LogState.MISSING
                return
            if kind == "text/html":
                raise TemporaryError(f"{title} answered with a web page instead of a log.")
            yield b""
            pieces = _followed(client, response, asked.cap, deadline, log)
            yield from asked.unwrap(pieces, kind, log) if asked.unwrap else pieces
            return
    raise TemporaryError(f"{title} redirects too often on the way to the log.")


def _followed(
    client: Client, response: httpx.Response, cap: int, deadline: float, log: JobLog
) -> Iterator[bytes]:
    empty = True
    try:
        for piece in body.pieces(response, cap, deadline):
            empty = empty and not piece
            yield piece
    except (body.TooLong, body.TooSlow):
        log.state = LogState.CUT
    except (body.Broken, httpx.TransportError) as error:
        if client.closed:
            raise
        _LOGGER.info("log broke off", path=response.request.url.path, error=type(error).__name__)
        log.state, log.retry = LogState.CUT, True
    else:
        log.state = LogState.EMPTY if empty else LogState.COMPLETE


def _target(response: httpx.Response, title: str) -> str | None:
    """Where a redirect leads; None where we do not follow."""
    here = response.request.url
    try:
        target = here.join(response.headers.get("location", ""))
        host = target.host
    except (httpx.InvalidURL, ValueError):  # a name that is none is found out when it is read
        target, host = httpx.URL(), ""
    if not host and target.scheme != "file":
        raise TemporaryError(f"{title} redirects to what is no address.")
    if host and (target.scheme == "https" or target.scheme == "http" == here.scheme):
        return str(target)
    _LOGGER.warning("log redirect refused", path=here.path)
    return None
