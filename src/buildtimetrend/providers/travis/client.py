"""HTTP to Travis CI. Every failure leaves here as a `TemporaryError` or a `PermanentError`.

Or, once the client is closed, as `Stopped`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from types import MappingProxyType
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
import orjson

from buildtimetrend import http_deadline, json_text
from buildtimetrend.errors import PermanentError, Stopped, TemporaryError
from buildtimetrend.providers.travis import body
from buildtimetrend.retry_after import may_pass, seconds_of

V3 = MappingProxyType({"travis-api-version": "3"})
V2 = MappingProxyType({"accept": "application/vnd.travis-ci.2+json"})
PLAIN = MappingProxyType({"accept": "application/json"})

_ELSEWHERE = {302, 303, 307}  # to a sign-in or maintenance page


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes. `connect` and `read` are of each step on the way, the other times of the whole."""

    connect: float = 5.0
    read: float = 20.0
    json_time: float = 60.0
    key_time: float = 20.0
    json_size: int = 32 * 1024**2
    key_size: int = 1024**2
    log_time: float = 300.0


class Refused(PermanentError):
    """The server's no. `answer` is what it said, as far as that was JSON."""

    def __init__(self, message: str, http_status: int, answer: object) -> None:
        super().__init__(message)
        self.http_status = http_status
        self.answer = answer


class TravisClient:
    """One connection pool for all threads. Closing it ends what they wait for, too."""

    def __init__(self, base_url: str, token: str, connections: int, limits: Limits) -> None:
        self.base_url = base_url
        self.limits = limits
        address = urlsplit(base_url)
        self._origin = f"{address.scheme}://{address.netloc}/"
        self._authorization = {"authorization": f"token {token}"} if token else {}
        self._headers = {
            "user-agent": f"buildtimetrend/{version('buildtimetrend')}",
            "accept-encoding": "gzip",
        }
        timeout = httpx.Timeout(limits.read, connect=limits.connect)
        pool = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._exchanges = http_deadline.Exchanges()
        self._http = http_deadline.bounded(
            httpx.Client(headers=self._headers, timeout=timeout, limits=pool, cookies=_no_cookies()),
            self._exchanges,
        )
        self._extensions = {"timeout": timeout.as_dict()}
        self._direct = None if _has_proxy(address) else httpx.HTTPTransport(limits=pool)
        if self._direct:
            http_deadline.bound(self._direct, self._exchanges)

    def json(self, path: str, headers: MappingProxyType[str, str]) -> object:
        """GET a JSON document. Raises `Refused` for what will not change by asking again."""
        return self._document(path, headers, self.limits.json_time, self.limits.json_size)

    def key_document(self, path: str) -> object:
        """GET the JSON document with the server's key, which notifications wait for; raises like `json`."""
        return self._document(path, PLAIN, self.limits.key_time, self.limits.key_size)

    def _document(self, path: str, headers: MappingProxyType[str, str], seconds: float, size: int) -> object:
        deadline = time.monotonic() + seconds
        with self.translated(), self.open(self.base_url + path, headers, deadline) as response:
            if response.status_code != 200:
                raise refusal(response, self._answer_of(response, deadline))
            content = b"".join(body.pieces(response, size, deadline))
        return _decoded(path, content)

    @contextmanager
    def open(
        self, url: str, headers: MappingProxyType[str, str], deadline: float
    ) -> Iterator[httpx.Response]:
        """GET any URL; the token goes to the API's own origin only. `deadline` is of `time.monotonic()`."""
        own = url.startswith(self._origin)
        given = {**headers, **self._authorization} if own else dict(headers)
        with body.in_time(deadline):
            response = (
                self._sent_directly(self._direct, url, given)
                if own and self._direct
                else self._sent(url, given)
            )
        try:
            yield response
        finally:
            response.close()

    def _sent(self, url: str, headers: dict[str, str]) -> httpx.Response:
        return self._http.send(self._http.build_request("GET", url, headers=headers), stream=True)

    def _sent_directly(
        self, transport: httpx.HTTPTransport, url: str, headers: dict[str, str]
    ) -> httpx.Response:
        """Past httpx's client: its cookies, redirects and hooks, not wanted here, take a fifth of a fetch."""
        request = httpx.Request("GET", url, headers={**self._headers, **headers}, extensions=self._extensions)
        try:
            response = transport.handle_request(request)
        except httpx.RequestError as error:
            error.request = request  # as its client does: the message names who was asked
            raise
        response.request = request
        return response

    @property
    def closed(self) -> bool:
        return self._exchanges.given_up

    def close(self) -> None:
        """Give up what is being read, by whatever thread, and all that is still asked for. Idempotent."""
        self._exchanges.give_up()
        self._http.close()
        if self._direct:
            self._direct.close()

    def _answer_of(self, response: httpx.Response, deadline: float) -> object:
        try:
            return json_text.loads(b"".join(body.pieces(response, body.PIECE, deadline)))
        except (orjson.JSONDecodeError, body.TooLong, body.Broken):
            return None

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn what can go wrong on the way into a `TemporaryError`, or `Stopped`."""
        try:
            with _translated():
                yield
        except Exception as error:
            if self.closed:
                raise Stopped("This process stops: what it asked Travis CI for was given up.") from error
            raise


def _no_cookies() -> CookieJar:
    """Nothing that anybody sets is kept: storage hosts are many."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


def _has_proxy(address: SplitResult) -> bool:
    """Whether the environment names one; httpx's client knows how to use it."""
    proxies = getproxies()
    return bool(proxies.get(address.scheme) or proxies.get("all")) and not proxy_bypass(
        address.hostname or ""
    )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException as error:
        raise TemporaryError(f"{_host(error)} did not answer in time ({type(error).__name__}).") from error
    except httpx.HTTPError as error:
        why = str(error).rstrip(".") or type(error).__name__
        raise TemporaryError(f"{_host(error)} could not be reached: {why}.") from error
    except httpx.InvalidURL as error:  # httpx reads the target of a redirect even if it is not to follow
        raise TemporaryError("Travis CI redirects to something that is no address.") from error
    except body.TooSlow:
        raise TemporaryError("Travis CI's answer took too long.") from None
    except (ValueError, LookupError, ArithmeticError, RecursionError) as error:
        # Of whatever library reads what a server says: addresses, encodings, dates, sizes.
        raise TemporaryError(f"Travis CI's answer cannot be understood ({type(error).__name__}).") from error
    except body.TooLong:
        raise TemporaryError("Travis CI's answer is too large.") from None
    except body.Broken as error:
        raise TemporaryError(f"Travis CI's answer cannot be unpacked: it is {error}.") from None


def _host(error: httpx.HTTPError) -> str:
    """Who was asked, as the setting names it; the host of a log's storage is another one."""
    try:
        return error.request.url.netloc.decode() or "Travis CI"
    except RuntimeError:  # it arose outside of a request
        return "Travis CI"


def _decoded(path: str, content: bytes) -> object:
    try:
        return json_text.loads(content)
    except orjson.JSONDecodeError as error:
        where = path.partition("?")[0]
        raise TemporaryError(f"Travis CI's answer to {where} is not JSON: {error.msg}.") from None


def refusal(response: httpx.Response, answer: object = None) -> TemporaryError | Refused:
    """What an answer that is not 200 means."""
    status = response.status_code
    path = response.request.url.path
    if may_pass(status) or status in _ELSEWHERE:
        return TemporaryError(
            f"Travis CI answered {status} to {path}.",
            retry_after=seconds_of(response.headers.get("retry-after")),
        )
    if status in (401, 403):
        hint = "the API token (travis.token) is wrong, missing or may not see this repo"
    elif status in (404, 410, 451):
        hint = "there is no such thing, or it is private and the API token (travis.token) may not see it"
    elif 300 <= status < 400:
        hint = f"it points to {_host_of(response)}: travis.api_url may be out of date"
    else:
        hint = "it does not understand the request: travis.api_url may not be a Travis CI API"
    return Refused(f"Travis CI answered {status} to {path}: {hint}.", status, answer)


def _host_of(response: httpx.Response) -> str:
    """Where it redirects to, in words."""
    try:
        return urlsplit(response.headers.get("location", "")).hostname or "another address"
    except ValueError:
        return "what is no address"
