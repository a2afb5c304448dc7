"""A job's log as it streams in, and what became of it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from types import MappingProxyType

import httpx
import orjson
import structlog

from buildtimetrend import json_text
from buildtimetrend.errors import TemporaryError
from buildtimetrend.model import LogState
from buildtimetrend.providers.base import JobLog
from buildtimetrend.providers.travis import body, removed
from buildtimetrend.providers.travis.client import TravisClient, refusal

MOST_REDIRECTS = 3  # an archived log lies at a storage host, one redirect away
_REDIRECTS = {301, 302, 303, 307, 308}
_LOGGER = structlog.get_logger(__name__)


def open_log(client: TravisClient, path: str, headers: MappingProxyType[str, str], cap: int) -> JobLog:
    """Ask for a log. `state` is MISSING at once when there is none. Raises `TemporaryError` or `Stopped`."""
    log = JobLog(LogState.CUT, iter(()))
    log.chunks = _read(client, client.base_url + path, headers, cap, log)
    # Runs it up to its first piece: what goes wrong so far is raised here, and from here on
    # dropping the log closes its connection.
    next(log.chunks, None)
    return log


def _read(
    client: TravisClient, url: str, headers: MappingProxyType[str, str], cap: int, log: JobLog
) -> Iterator[bytes]:
    deadline = time.monotonic() + client.limits.log_time
    for _ in range(MOST_REDIRECTS + 1):
        with client.translated(), client.open(url, headers, deadline) as response:
            if response.status_code in _REDIRECTS:
                target = _target(response)
                if target is None:
                    log.state = LogState.MISSING
                    return
                url = target
                continue
            if response.status_code not in (200, 204):
                error = refusal(response)
                if isinstance(error, TemporaryError):
                    raise error
                log.state = LogState.MISSING
                return
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind == "text/html":
                raise TemporaryError("Travis CI answered with a web page instead of a log.")
            yield b""
            if kind.endswith(("/json", "+json")):
                yield from _from_json(_followed(client, response, cap, deadline, log), log)
            else:
                yield from _unless_removed(_followed(client, response, cap, deadline, log), log)
            return
    raise TemporaryError("Travis CI redirects too often on the way to the log.")


def _followed(
    client: TravisClient, response: httpx.Response, cap: int, deadline: float, log: JobLog
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


def _unless_removed(pieces: Iterable[bytes], log: JobLog) -> Iterator[bytes]:
    """Holds a log back as long as it may be no more than the line that says that it was removed."""
    start: bytes | None = b""
    for piece in pieces:
        if start is None:
            yield piece
        elif not removed.may_say_so(start := start + piece):
            yield start
            start = None
    if start and log.state is LogState.COMPLETE and removed.says_so(start):
        log.state = LogState.MISSING
    elif start:
        yield start


def _from_json(pieces: Iterable[bytes], log: JobLog) -> Iterator[bytes]:
    """Both APIs wrap a log that was removed, and some servers every log, in JSON."""
    document = b"".join(pieces)
    if log.state is not LogState.COMPLETE:
        return
    log.state = LogState.MISSING
    try:
        answer = json_text.loads(document)
    except orjson.JSONDecodeError:
        return
    inner = answer.get("log", answer) if isinstance(answer, dict) else None
    if not isinstance(inner, dict) or inner.get("removed_at") or inner.get("removed_by"):
        return
    text = inner.get("content", inner.get("body"))
    if isinstance(text, str) and not removed.says_so(text.encode()):
        log.state = LogState.COMPLETE if text else LogState.EMPTY
        yield text.encode()


def _target(response: httpx.Response) -> str | None:
    """Where a redirect leads; None where we do not follow."""
    here = response.request.url
    try:
        target = here.join(response.headers.get("location", ""))
        host = target.host
    except (httpx.InvalidURL, ValueError):  # a name that is none is found out when it is read
        target, host = httpx.URL(), ""
    if not host and target.scheme != "file":
        raise TemporaryError("Travis CI redirects to what is no address.")
    if host and (target.scheme == "https" or target.scheme == "http" == here.scheme):
        return str(target)
    _LOGGER.warning("log redirect refused", path=here.path)
    return None
