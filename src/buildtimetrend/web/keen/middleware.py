"""What surrounds every answer of the protocol: CORS, which lets any page read it, and Keen's errors."""

from __future__ import annotations

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from buildtimetrend.keen.language.errors import KeenError
from buildtimetrend.web.http.problems import note_error, problem_of
from buildtimetrend.web.keen.answers import answer

# No cookie opens anything here: whoever has no key learns nothing.
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Keen-Sdk, X-Requested-With",
    "Access-Control-Max-Age": "86400",
}
# Our own errors by the names that Keen has for their like.
CODES = {
    400: "BadRequestError",
    401: "InvalidApiKeyError",
    403: "UnauthorizedOperationError",
    404: "ResourceNotFoundError",
    405: "MethodNotAllowedError",
    413: "RequestTooLargeError",
    429: "TooManyRequestsError",
    503: "ServiceUnavailableError",
}
_CORS = [(name.lower().encode(), value.encode()) for name, value in CORS.items()]


class KeenMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = False

        async def open_to_all(message: Message) -> None:
            nonlocal began
            if message["type"] == "http.response.start":
                began = True
                message["headers"] = [*message.get("headers", []), *_CORS]
            await send(message)

        if scope["method"] == "OPTIONS":
            await Response(status_code=204)(scope, receive, open_to_all)
            return
        try:
            await self._app(scope, receive, open_to_all)
        except ClientDisconnect:
            raise
        except Exception as error:
            if began:
                raise  # half an answer is out
            await _refusal(error, scope)(scope, receive, open_to_all)


def _refusal(error: Exception, scope: Scope) -> Response:
    problem = problem_of(error, scope["request_id"])
    if not isinstance(error, KeenError):  # those of 5xx are no faults either
        note_error(error, problem, scope)
    code = problem.code if isinstance(error, KeenError) else CODES.get(problem.status, "InternalServerError")
    headers = {name: value for name, value in problem.headers.items() if name.lower() != "www-authenticate"}
    return answer({"message": problem.message, "error_code": code}, problem.status, headers)
