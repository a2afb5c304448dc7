"""HTTP to the instance that keeps the store. Every failure leaves here as one of the errors below."""

from __future__ import annotations

import gzip
import json
import time
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

import httpx

from buildtimetrend.errors import StoreError, StoreUnavailable
from buildtimetrend.http_deadline import bounded, whole
from buildtimetrend.retry_after import may_pass, seconds_of
from buildtimetrend.store.clock import Clock
from buildtimetrend.store.remote import wire

TIMEOUT = httpx.Timeout(60.0, connect=5.0)  # seconds, of each part of an exchange
WHOLE = 120.0  # seconds, of all of it
LARGEST_ANSWER = 512 * 1024**2  # bytes, unpacked
# Below this many bytes packing costs more than it saves.
WORTH_PACKING = 1024
_OF_THE_BODY = {400, 413, 422}


class WrongBody(StoreError):
    """What was sent is refused, and will be each time."""


class Failing(StoreUnavailable):
    """The instance is there, but fails: now, or with what was sent each time."""


class InstanceClient:
    """For any thread. Follows no redirect: the token is for the instance that store.url names."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.clock = Clock()
        headers = {
            "user-agent": f"buildtimetrend/{version('buildtimetrend')}",
            "content-type": "application/json",
            wire.SCHEMA_HEADER: wire.SCHEMA,
        }
        if token:
            headers["authorization"] = b"Bearer " + token.encode()  # type: ignore[assignment]
        self._http = bounded(httpx.Client(headers=headers, timeout=TIMEOUT, follow_redirects=False))

    def post(self, path: str, body: bytes) -> Any:
        """The answer's JSON.

        Raises `StoreUnavailable` for what may pass, `WrongBody` when it is the body that is refused, and
        `StoreError` for what somebody must put right: the token, the version, the address.
        """
        headers = {}
        if len(body) >= WORTH_PACKING:
            body, headers = gzip.compress(body, 1), {"content-encoding": "gzip"}
        return self._answer("POST", path, body, headers)

    def get(self, path: str) -> Any:
        return self._answer("GET", path, None, {})

    def close(self) -> None:
        self._http.close()

    def _answer(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Any:
        asked = time.monotonic()
        try:
            with (
                whole(WHOLE),
                self._http.stream(
                    method, self.url + wire.PREFIX + path, content=body, headers=headers
                ) as response,
            ):
                content = self._content(response)
                self._hear(response.headers.get(wire.TIME_HEADER), asked)
        except httpx.HTTPError as error:
            what = f"{error or type(error).__name__}"
            raise StoreUnavailable(f"The instance at {self.url} cannot be reached: {what}.") from error
        except (ValueError, LookupError, httpx.InvalidURL) as error:  # httpx reads where a redirect leads to
            what = type(error).__name__
            raise StoreUnavailable(f"The answer of {self.url} cannot be understood ({what}).") from error
        except RuntimeError as error:  # httpx says so of a client that is closed
            raise StoreError("The store is closed.") from error
        if response.status_code != 200:
            raise self._refusal(response, content)
        try:
            return json.loads(content)  # orjson knows neither NaN nor numbers beyond 64 bits
        except (ValueError, RecursionError):
            raise StoreUnavailable(f"The answer of {self.url} is not JSON.") from None

    def _hear(self, said: str | None, asked: float) -> None:
        """An instance before it had this header says nothing: then the own clock counts."""
        try:
            self.clock.heard(datetime.fromtimestamp(float(said or ""), UTC), asked)
        except (ValueError, OverflowError, OSError):
            return

    def _content(self, response: httpx.Response) -> bytes:
        content = bytearray()
        for piece in response.iter_bytes():
            content += piece
            if len(content) > LARGEST_ANSWER:
                raise StoreUnavailable(f"The answer of {self.url} is larger than {LARGEST_ANSWER} bytes.")
        return bytes(content)

    def _refusal(self, response: httpx.Response, content: bytes) -> StoreError:
        status, said = response.status_code, _message(content)
        where = f"The instance at {self.url} answered {status}"
        if may_pass(status):
            error = (Failing if status >= 500 else StoreUnavailable)(f"{where}: {said}")
            error.retry_after = seconds_of(response.headers.get("retry-after"))
            return error
        if 300 <= status < 400:
            return StoreError(
                f"{where}, a redirect to {_target(response)}. The token is not sent there: "
                "correct store.url.",
                detail="store.url",
            )
        if status in _OF_THE_BODY:
            return WrongBody(f"{where}: {said}")
        if status == 401:
            return StoreError(
                f"{where}: {said} Set store.token (BTT_STORE_TOKEN) to the admin_token of that instance.",
                detail="store.token",
            )
        return StoreError(f"{where}: {said}", detail="store.url")


def _target(response: httpx.Response) -> str:
    """Where a redirect leads to, in words."""
    try:
        target = urlsplit(response.headers.get("location", ""))
    except ValueError:
        return "what is no address"
    return f"{target.scheme}://{target.netloc}" if target.netloc else "elsewhere"


def _message(content: bytes) -> str:
    """What the other side says, as far as it is one of us."""
    try:
        return str(json.loads(content)["error"]["message"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return "that is not what a Buildtime Trend says."
