"""What an answer means that is not the one asked for."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from buildtimetrend.errors import PermanentError, TemporaryError
from buildtimetrend.providers.http.limits import pause_of, speaks_of_limit
from buildtimetrend.retry_after import may_pass

_ELSEWHERE = {302, 303, 307}  # to a sign-in or maintenance page


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is asked, in the words of messages."""

    title: str  # such as Travis CI
    token: str  # the setting that holds what proves who asks
    address: str  # the setting that holds the base URL
    pause: float | None = None  # seconds that it wants to be left alone where it limits and does not say


class Refused(PermanentError):
    """The server's no. `answer` is what it said, as far as that was JSON, `location` where it points to."""

    def __init__(self, message: str, http_status: int, answer: object, location: str | None = None) -> None:
        super().__init__(message)
        self.http_status = http_status
        self.answer = answer
        self.location = location


class ServerFailed(TemporaryError):
    """A 5xx. Another request may be answered, as one for less at a time."""

    def __init__(self, message: str, http_status: int, retry_after: float | None) -> None:
        super().__init__(message, retry_after=retry_after)
        self.http_status = http_status


class NotJson(TemporaryError):
    """An answer that another program gave, as a proxy that shows a page."""


def refusal(peer: Peer, response: httpx.Response, answer: object = None) -> TemporaryError | Refused:
    """Of an answer that is not 200. A limit that is used up is temporary, also where it comes as a 403."""
    status = response.status_code
    path = response.request.url.path
    limited = status in (403, 429) and speaks_of_limit(response.headers, answer)
    if limited or may_pass(status) or status in _ELSEWHERE:
        why = ": its limit of requests is used up" if limited else ""
        message = f"{peer.title} answered {status} to {path}{why}."
        pause = pause_of(response.headers, peer.pause if limited or status == 429 else None)
        if status >= 500:
            return ServerFailed(message, status, pause)
        return TemporaryError(message, retry_after=pause)
    if status in (401, 403):
        hint = f"the API token ({peer.token}) is wrong, missing or may not see this repo"
    elif status in (404, 410, 451):
        hint = f"there is no such thing, or it is private and the API token ({peer.token}) may not see it"
    elif 300 <= status < 400:
        hint = f"it points to {_host_of(response)}: {peer.address} may be out of date"
    else:
        hint = f"it does not understand the request: {peer.address} may not be a {peer.title} API"
    return Refused(
        f"{peer.title} answered {status} to {path}: {hint}.", status, answer, response.headers.get("location")
    )


def _host_of(response: httpx.Response) -> str:
    """Where it redirects to, in words."""
    try:
        return urlsplit(response.headers.get("location", "")).hostname or "another address"
    except ValueError:
        return "what is no address"
