"""What is said of an error: its status, its message and what was at fault, alike to programs and people."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import Scope

from buildtimetrend.errors import Error, FetchError, StoreError, StoreUnavailable, Unauthorized
from buildtimetrend.wrong_values import wrong

log = structlog.get_logger(__name__)

INTERNAL = "Something went wrong inside the service. Its log has the details under this id."

AWAY = "The store does not answer just now. The service's log says why."


@dataclass(frozen=True, slots=True)
class Problem:
    status: int
    code: str
    message: str
    detail: str | None
    headers: Mapping[str, str]

    @property
    def body(self) -> dict[str, dict[str, str | None]]:
        return {"error": {"code": self.code, "message": self.message, "detail": self.detail}}


def problem_of(error: Exception, request_id: str) -> Problem:
    """What may be said of an error. Of one that nobody expected: nothing but the id of its log line."""
    if isinstance(error, HTTPException) and isinstance(error.__cause__, Error):
        error = error.__cause__  # FastAPI wraps what reading a body raises
    if isinstance(error, StoreError) and error.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return Problem(500, error.code, INTERNAL, request_id, {})
    if isinstance(error, StoreUnavailable) and error.__cause__ and not isinstance(error.__cause__, Error):
        return Problem(error.status, error.code, AWAY, None, {})  # a driver names its server, user and port
    if isinstance(error, Error):
        return Problem(error.status, error.code, error.message, error.detail, _headers(error))
    if isinstance(error, RequestValidationError):
        return _of_validation(error)
    if isinstance(error, HTTPException):
        phrase = HTTPStatus(error.status_code).phrase
        code = phrase.lower().replace(" ", "_").replace("-", "_")
        message = {
            404: "There is nothing at this address.",
            405: "This address does not answer to that method.",
        }.get(error.status_code, f"{error.detail}" or phrase)
        return Problem(error.status_code, code, message, None, error.headers or {})
    return Problem(500, "internal_error", INTERNAL, request_id, {})


def note_error(error: Exception, problem: Problem, scope: Scope) -> None:
    """Log what is not the asker's fault: briefly what a CI said, and that the store is known to be away."""
    if problem.status < 500:
        return
    where = {"request": scope["request_id"], "method": scope["method"], "path": scope["path"]}
    away = problem.status == HTTPStatus.SERVICE_UNAVAILABLE
    if isinstance(error, FetchError) or (away and isinstance(error, Error)):
        log.warning("http.unavailable", **where, reason=error.message)
    else:
        log.error("http.error", **where, exc_info=error)


def _headers(error: Error) -> dict[str, str]:
    if isinstance(error, Unauthorized):
        return {"WWW-Authenticate": "Bearer"}
    if error.retry_after is not None:
        return {"Retry-After": str(math.ceil(error.retry_after))}
    return {}


def _of_validation(error: RequestValidationError) -> Problem:
    problems = error.errors()
    first = problems[0]
    # The first part says where (`query`, `body`); a whole body that is not JSON has a position and no name.
    names = [str(part) for part in first["loc"][1:] if isinstance(part, str)]
    field = ".".join(names) or str(first["loc"][0])
    # A rule about several fields names them itself.
    of_several = not names and first["type"] == "value_error"
    said = wrong(first) if of_several else f"{field}: {wrong(first)}"
    return Problem(422, "invalid", f"{said}.", field, {})
