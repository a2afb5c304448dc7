"""What Keen's protocol refuses, by Keen's own names (`error_code`)."""

from __future__ import annotations

from buildtimetrend.errors import BadRequest


class KeenError(BadRequest):
    def __init__(self, message: str, code: str = "BadRequestError", status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


def not_found(what: str) -> KeenError:
    return KeenError(f"There is no {what}.", "ResourceNotFoundError", 404)


def left_out(what: str) -> KeenError:
    return KeenError(f"{what} is not part of this service: see docs/keen.md.", "NotImplementedError", 501)
