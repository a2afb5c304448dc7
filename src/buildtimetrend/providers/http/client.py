"""HTTP to one server of a CI system. Every failure leaves here as a `TemporaryError` or a `PermanentError`.

Or, once the client is closed, as `Stopped`.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from types import MappingProxyType
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
import orjson

from buildtimetrend import http_deadline, json_text
from buildtimetrend.errors import Stopped, TemporaryError
from buildtimetrend.providers.http import body
from buildtimetrend.providers.http.limits import LimitsSeen
from buildtimetrend.providers.http.refusals import NotJson, Peer, refusal

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes. `connect` and `read` are of each step on the way, the other times of the whole."""

    connect: float = 5.0
    read: float = 20.0
    json_time: float = 60.0
    json_size: int = 32 * 1024**2
    log_time: float = 300.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON document, or None where it is as it was when it was asked for last (304)."""

    document: object
    headers: Mapping[str, str]  # names in any case

    def leads_on(self, found: int, asked: int) -> bool:
        """Whether a page that has `found` of at most `asked` is followed by another: a server may leave some
        out of a page, and then says that there are more.
        """
        link = self.headers.get("link")
        return found >= asked if link is None else 'rel="next"' in link


class Client:
    """One connection pool for all threads. Closing it ends what they wait for, too.

    `authorization` is headers that prove who asks. They, and those that a request brings of this kind, go to
    the API's own origin alone. `seen` is what the answers told of the server's limits, `requests` how many
    were sent.
    """

    def __init__(
        self,
        peer: Peer,
        base_url: str,
        authorization: Mapping[str, str],
        connections: int,
        limits: Limits,
    ) -> None:
        self.peer = peer
        self.base_url = base_url
        self.limits = limits
        self.seen = LimitsSeen()
        self.requests = 0
        self._counting = threading.Lock()
        address = urlsplit(base_url)
        self._origin = f"{address.scheme}://{address.netloc}/"
        self._authorization = authorization
        self._headers = {
            "user-agent": f"buildtimetrend/{version('buildtimetrend')}",
            "accept-encoding": "gzip",
        }
        timeout = httpx.Timeout(limits.read, connect=limits.connect)
        pool = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._exchanges = http_deadline.Exchanges()
        self._http = http_deadline.bounded(
            httpx.Client(
                headers=self._headers,
                timeout=timeout,
                limits=pool,
                cookies=_no_cookies(),
                verify=_known_authorities(),
            ),
            self._exchanges,
        )
        self._extensions = {"timeout": timeout.as_dict()}
        self._direct = (
            None if _has_proxy(address) else httpx.HTTPTransport(limits=pool, verify=_known_authorities())
        )
        if self._direct:
            http_deadline.bound(self._direct, self._exchanges)

    def json(
        self,
        path: str,
        headers: Mapping[str, str] = _NOTHING,
        *,
        seconds: float | None = None,
        size: int | None = None,
    ) -> object:
        """GET a JSON document. Raises `Refused` for what will not change by asking again.

        `seconds` and `size` are other bounds than those of all documents.
        """
        return self.answer(path, headers, seconds=seconds, size=size).document

    def answer(
        self,
        path: str,
        headers: Mapping[str, str] = _NOTHING,
        *,
        authorization: Mapping[str, str] | None = None,
        counted: str = "",
        content: object = None,
        seconds: float | None = None,
        size: int | None = None,
    ) -> Answer:
        """The same with what stands in its head. With `content`, it is sent as JSON (POST).

        `authorization` takes the place of the client's own. `counted` names the limit that the request counts
        for, where a server has several (`LimitsSeen`).
        """
        deadline = time.monotonic() + (seconds or self.limits.json_time)
        url = self.base_url + path
        opened = self.open(url, headers, deadline, authorization=authorization, content=content)
        with self.translated(), opened as response:
            self.seen.note(response.headers, counted)
            if response.status_code == 304 and "if-none-match" in headers:
                return Answer(None, response.headers)
            if response.status_code not in (200, 201):
                raise refusal(self.peer, response, self.answer_of(response, deadline))
            document = b"".join(body.pieces(response, size or self.limits.json_size, deadline))
        return Answer(self._decoded(path, document), response.headers)

    @contextmanager
    def open(
        self,
        url: str,
        headers: Mapping[str, str],
        deadline: float,
        *,
        authorization: Mapping[str, str] | None = None,
        content: object = None,
    ) -> Iterator[httpx.Response]:
        """GET any URL, or POST; what proves who asks goes to the API's own origin only.

        `deadline` is of `time.monotonic()`.
        """
        own = self.is_own(url)
        proof = self._authorization if authorization is None else authorization
        given = {**headers, **proof} if own else dict(headers)
        sent = None
        if content is not None:
            sent, given["content-type"] = orjson.dumps(content), "application/json"
        with self._counting:
            self.requests += 1
        with body.in_time(deadline):
            response = (
                self._sent_directly(self._direct, url, given, sent)
                if own and self._direct
                else self._sent(url, given, sent)
            )
        try:
            yield response
        finally:
            response.close()

    def is_own(self, url: str) -> bool:
        """Whether it is the API's own origin, and no storage host that it redirects to."""
        return url.startswith(self._origin)

    def _sent(self, url: str, headers: dict[str, str], content: bytes | None) -> httpx.Response:
        request = self._http.build_request(_method(content), url, headers=headers, content=content)
        return self._http.send(request, stream=True)

    def _sent_directly(
        self, transport: httpx.HTTPTransport, url: str, headers: dict[str, str], content: bytes | None
    ) -> httpx.Response:
        """Past httpx's client: its cookies, redirects and hooks, not wanted here, take a fifth of a fetch."""
        request = httpx.Request(
            _method(content),
            url,
            headers={**self._headers, **headers},
            content=content,
            extensions=self._extensions,
        )
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

    def answer_of(self, response: httpx.Response, deadline: float) -> object:
        """What a refusal says, as far as that is JSON; else None."""
        try:
            return json_text.loads(b"".join(body.pieces(response, body.PIECE, deadline)))
        except (orjson.JSONDecodeError, body.TooLong, body.Broken):
            return None

    def _decoded(self, path: str, content: bytes) -> object:
        try:
            return json_text.loads(content)
        except orjson.JSONDecodeError as error:
            where = path.partition("?")[0]
            raise NotJson(f"{self.peer.title}'s answer to {where} is not JSON: {error.msg}.") from None

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn what can go wrong on the way into a `TemporaryError`, or `Stopped`."""
        try:
            with self._translated():
                yield
        except Exception as error:
            if self.closed:
                raise Stopped(
                    f"This process stops: what it asked {self.peer.title} for was given up."
                ) from error
            raise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        title = self.peer.title
        try:
            yield
        except httpx.TimeoutException as error:
            kind = type(error).__name__
            raise TemporaryError(f"{self._host(error)} did not answer in time ({kind}).") from error
        except httpx.HTTPError as error:
            why = str(error).rstrip(".") or type(error).__name__
            raise TemporaryError(f"{self._host(error)} could not be reached: {why}.") from error
        except httpx.InvalidURL as error:  # httpx reads the target of a redirect even if it is not to follow
            raise TemporaryError(f"{title} redirects to something that is no address.") from error
        except body.TooSlow:
            raise TemporaryError(f"{title}'s answer took too long.") from None
        except (ValueError, LookupError, ArithmeticError, RecursionError) as error:
            # Of whatever library reads what a server says: addresses, encodings, dates, sizes.
            kind = type(error).__name__
            raise TemporaryError(f"{title}'s answer cannot be understood ({kind}).") from error
        except body.TooLong:
            raise TemporaryError(f"{title}'s answer is too large.") from None
        except body.Broken as error:
            raise TemporaryError(f"{title}'s answer cannot be unpacked: it is {error}.") from None

    def _host(self, error: httpx.HTTPError) -> str:
        """Who was asked, as the setting names it; the host of a log's storage is another one."""
        try:
            return error.request.url.netloc.decode() or self.peer.title
        except RuntimeError:  # it arose outside of a request
            return self.peer.title


def _method(content: bytes | None) -> str:
    return "GET" if content is None else "POST"


def _no_cookies() -> CookieJar:
    """Nothing that anybody sets is kept: storage hosts are many."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


@lru_cache(maxsize=1)
def _known_authorities() -> ssl.SSLContext:
    """Of all clients: to read them takes 28 ms and 2 MiB."""
    return httpx.create_ssl_context()


def _has_proxy(address: SplitResult) -> bool:
    """Whether the environment names one; httpx's client knows how to use it."""
    proxies = getproxies()
    return bool(proxies.get(address.scheme) or proxies.get("all")) and not proxy_bypass(
        address.hostname or ""
    )
