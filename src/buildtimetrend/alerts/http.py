"""HTTP to those who carry messages. Failures leave as `TemporaryError`, `BadMessage` or `PermanentError`.

What a channel is reached by, such as an address with a key in it, is in no error.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import orjson

from buildtimetrend import __version__, json_text
from buildtimetrend.alerts.base import BadMessage, parts_of
from buildtimetrend.alerts.plain import plain
from buildtimetrend.errors import PermanentError, TemporaryError
from buildtimetrend.http_deadline import bounded, whole
from buildtimetrend.masking import Masking
from buildtimetrend.retry_after import may_pass, seconds_of

SECONDS = 20.0  # for an exchange as a whole
MOST_OF_ANSWER = 64 * 1024  # bytes: what comes beyond is not read
OF_MESSAGE = frozenset({400, 413, 415, 422})  # the others are of the address, or of who asks
_ELSEWHERE = {302, 303, 307}  # to a sign-in or maintenance page


@dataclass(frozen=True, slots=True)
class Answer:
    """As far as it was read."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def words(self) -> str:
        """`204`, or `200: ok`."""
        said = plain(self.body.decode("utf-8", "replace"), 200)
        return f"{self.status}: {said}" if said else str(self.status)


class Http:
    """To one channel. `title` is who is asked, in the words of messages, `secrets` what they must not say,
    `of_message` the answers that are about one message alone."""

    def __init__(
        self, title: str, secrets: Iterable[str] = (), of_message: Collection[int] = OF_MESSAGE
    ) -> None:
        self._title = title
        self._of_message = of_message
        self._masked = Masking(part for secret in secrets for part in parts_of(secret))
        headers = {"user-agent": f"buildtimetrend/{__version__}", "accept-encoding": "identity"}
        self._http = bounded(httpx.Client(headers=headers, timeout=SECONDS, follow_redirects=False))

    def post(self, url: str, document: object, headers: Mapping[str, str] | None = None) -> Answer:
        """JSON; no redirect is followed. Returns an answer of 2xx."""
        return self.send("POST", url, orjson.dumps(document), headers or {})

    def send(
        self,
        method: str,
        url: str,
        content: bytes,
        headers: Mapping[str, str],
        *,
        most: int = MOST_OF_ANSWER,
    ) -> Answer:
        """The same of what is JSON already; at most so many bytes are read of the answer."""
        given = {"content-type": "application/json", **headers}
        try:
            with (
                whole(SECONDS),
                self._http.stream(method, url, content=content, headers=given) as response,
            ):
                answer = Answer(response.status_code, response.headers, _start_of(response, most))
        except httpx.TimeoutException as error:
            raise TemporaryError(f"{self._at(url)} did not answer within {SECONDS:.0f} s.") from error
        except httpx.HTTPError as error:
            why = self._masked(str(error).rstrip(".")) or type(error).__name__
            raise TemporaryError(f"{self._at(url)} could not be reached: {why}.") from error
        except (ValueError, LookupError, httpx.InvalidURL) as error:  # httpx reads where a redirect leads to
            kind = type(error).__name__
            raise TemporaryError(f"The answer of {self._at(url)} cannot be understood ({kind}).") from error
        if not 200 <= answer.status < 300:
            raise self._refusal(url, answer)
        return answer

    def close(self) -> None:
        self._http.close()

    def _refusal(self, url: str, answer: Answer) -> TemporaryError | PermanentError:
        status = answer.status
        said = f"{self._at(url)} answered {self._masked(answer.words)}"
        if may_pass(status) or status in _ELSEWHERE or _is_limited(answer):
            return TemporaryError(f"{said}.", retry_after=_pause(answer))
        if 300 <= status < 400:
            return PermanentError(f"{self._at(url)} answered {status}: it has moved, and is not followed.")
        return (BadMessage if status in self._of_message else PermanentError)(f"{said}.")

    def _at(self, url: str) -> str:
        """By its host: the rest of the address may be a secret."""
        return f"{self._title} at {urlsplit(url).hostname}"


def _is_limited(answer: Answer) -> bool:
    """GitHub says 403 where its limit of requests is used up."""
    used_up = answer.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in answer.headers
    return answer.status == 403 and used_up


def _start_of(response: httpx.Response, most: int) -> bytes:
    content = bytearray()
    for piece in response.iter_raw():  # packed or not: only its first words are shown
        content += piece
        if len(content) >= most:
            break
    return bytes(content[:most])


def _pause(answer: Answer) -> float | None:
    """Seconds that are asked for: in the head, or, at Matrix and Discord, in the body."""
    in_head = seconds_of(answer.headers.get("retry-after"))
    if in_head is not None:
        return in_head
    try:
        document = json_text.loads(answer.body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(document, dict):
        return None
    milliseconds = document.get("retry_after_ms")
    if isinstance(milliseconds, int | float):
        return seconds_of(str(milliseconds / 1000))
    return seconds_of(str(document.get("retry_after") or ""))
