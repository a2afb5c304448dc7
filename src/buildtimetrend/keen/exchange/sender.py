"""HTTP to Keen.io, or whoever speaks its protocol. Failures leave as `TemporaryError` or `PermanentError`.

This package asks no CI: what `providers` is for CI systems, this file is for Keen.io.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import orjson

from buildtimetrend import __version__, json_text
from buildtimetrend.errors import PermanentError, TemporaryError
from buildtimetrend.http_deadline import bounded, whole
from buildtimetrend.keen.exchange.batches import Request
from buildtimetrend.retry_after import may_pass, seconds_of

LARGEST_ANSWER = 128_000_000  # bytes, unpacked
# The whole of an exchange may take as many times what each part of it may.
PARTS = 2


@dataclass(frozen=True, slots=True)
class Refused:
    """An event that Keen.io does not take: its collection, the error's name and description."""

    collection: str
    name: str
    description: str


class BadBatch(PermanentError):
    """A request was refused as a whole, though the keys and the address are good."""


class TooLarge(PermanentError):
    """An answer is larger than this process wants to hold."""


class Slow(TemporaryError):
    """No answer in time. A query may ask for too much."""


class KeenClient:
    """One project. `timeout` in seconds, for each of connecting, sending and waiting for an answer.

    The whole takes twice as long at most, however much of it comes in that time.
    """

    def __init__(self, api_url: str, project_id: str, key: str, timeout: float = 30.0) -> None:
        self._project = f"{api_url.removesuffix('/3.0')}/3.0/projects/{quote(project_id, safe='')}"
        headers = {
            "authorization": key,
            "content-type": "application/json",
            "user-agent": f"buildtimetrend/{__version__}",
        }
        self._whole = PARTS * timeout
        self._http = bounded(
            httpx.Client(headers=headers, timeout=httpx.Timeout(timeout, connect=min(5.0, timeout)))
        )

    def send(self, request: Request) -> list[Refused]:
        """Write events; those that were refused one by one. All others the answer says to be taken.

        Raises `TemporaryError` for an answer that does not, `BadBatch` when the whole request is no good, any
        other `PermanentError` when none would be.
        """
        answer = self._post("/events", request.body())
        sent = Counter(item.collection for item in request.items)
        if not answer.keys() >= sent.keys():
            raise _untold()
        return [
            refused
            for collection, number in sent.items()
            for refused in _refused(collection, answer[collection], number)
        ]

    def query(self, analysis: str, **parameters: object) -> Any:
        """The `result` of a query."""
        given = {name: value for name, value in parameters.items() if value is not None}
        answer = self._post(f"/queries/{analysis}", orjson.dumps(given))
        if "result" not in answer:
            raise TemporaryError(f"Keen.io's answer to {analysis} has no result.")
        return answer["result"]

    def close(self) -> None:
        self._http.close()

    def _post(self, path: str, body: bytes) -> Mapping[str, Any]:
        try:
            with (
                whole(self._whole),
                self._http.stream("POST", self._project + path, content=body) as response,
            ):
                content = _read(response)
        except httpx.TimeoutException as error:
            raise Slow(f"Keen.io did not answer in time ({type(error).__name__}).") from error
        except httpx.HTTPError as error:
            raise TemporaryError(f"Keen.io could not be reached: {error or type(error).__name__}.") from error
        except (ValueError, LookupError, httpx.InvalidURL) as error:  # httpx reads where a redirect leads to
            raise TemporaryError(
                f"Keen.io's answer cannot be understood ({type(error).__name__})."
            ) from error
        answer = _object(content)
        if not response.is_success:
            raise _refusal(response, answer)
        if answer is None:
            raise TemporaryError("The answer is not Keen.io's: it is no JSON object.")
        return answer


def _read(response: httpx.Response) -> bytes:
    content = bytearray()
    for piece in response.iter_bytes():
        content += piece
        if len(content) > LARGEST_ANSWER:
            raise TooLarge(f"Keen.io's answer is larger than {LARGEST_ANSWER // 1_000_000} MB.")
    return bytes(content)


def _object(content: bytes) -> Mapping[str, Any] | None:
    try:
        answer = json_text.loads(content)
    except orjson.JSONDecodeError:
        return None
    return answer if isinstance(answer, dict) else None


def _refused(collection: str, results: object, number: int) -> list[Refused]:
    """The failures among `[{"success": true}, {"success": false, "error": {"name", "description"}}, …]`."""
    if not isinstance(results, list) or len(results) != number:
        raise _untold()
    refused = []
    for result in results:
        if not isinstance(result, dict) or not isinstance(result.get("success"), bool):
            raise _untold()
        if not result["success"]:
            error = result.get("error")
            if not isinstance(error, dict):
                raise _untold()
            refused.append(
                Refused(collection, str(error.get("name", "unknown")), str(error.get("description", "")))
            )
    return refused


def _untold() -> TemporaryError:
    return TemporaryError("The answer is not Keen.io's: it does not say what became of each event.")


def _refusal(response: httpx.Response, answer: Mapping[str, Any] | None) -> TemporaryError | PermanentError:
    status = response.status_code
    said = _message(answer or {})
    if may_pass(status):
        return TemporaryError(
            f"Keen.io answered {status}{said}.", retry_after=seconds_of(response.headers.get("retry-after"))
        )
    if status in (400, 413, 422):
        return BadBatch(f"Keen.io answered {status}{said}.")
    if status in (401, 403):
        hint = "the key is wrong, or may not do this"
    elif status == 404:
        hint = "keen.project_id or keen.api_url is wrong"
    else:
        hint = "keen.api_url may not be Keen.io's"
    return PermanentError(f"Keen.io answered {status}{said}: {hint}.")


def _message(answer: Mapping[str, Any]) -> str:
    """In parentheses, when there is one: Keen.io's errors have `error_code` and `message`."""
    words = [str(answer[name]) for name in ("error_code", "message") if answer.get(name)]
    return f" ({': '.join(words)[:300]})" if words else ""
