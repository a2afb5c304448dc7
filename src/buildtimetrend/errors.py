"""The exceptions that cross module borders.

    Error                      status code                 try again?
    ├── SettingsError           500   wrong_settings        no: stops the start
    ├── BadRequest              400   bad_request           no
    │   ├── Unauthorized        401   unauthorized          no
    │   ├── Forbidden           403   forbidden             no
    │   ├── NotFound            404   not_found             no
    │   ├── VersionMismatch     409   version_mismatch      no
    │   ├── TooLarge            413   too_large             no
    │   ├── Invalid             422   invalid               no
    │   └── TooManyRequests     429   too_many_requests     yes, later
    ├── Overloaded              503   overloaded            yes, later
    ├── FetchError                    while asking a CI, or Keen.io
    │   ├── TemporaryError      503   ci_unavailable        yes: `retry_after` seconds when the CI said so
    │   │   └── StillRuns                                   yes: until the build has ended
    │   ├── PermanentError      502   ci_refused            no
    │   └── Stopped             503   stopped               yes: this process stops asking
    └── StoreError              500   store_error           no
        ├── StoreInUse          503   store_in_use          no: another process owns the file
        ├── StoreDamaged        503   store_damaged         no: there is less than was acknowledged
        └── StoreUnavailable    503   store_unavailable     yes
            ├── StoreFull                                   yes, once there is room
            └── OutcomeUnknown                              yes: it may be stored, or not

Foreign errors are translated at the border where they arise: HTTP clients' in `providers` and `keen.sender`,
databases' in `store`.
"""

from __future__ import annotations


class Error(Exception):
    """`message` is for the person who asked; `detail` names the field or value at fault."""

    status = 500
    code = "error"
    retry = False
    retry_after: float | None = None  # seconds, when it is known

    def __init__(self, message: str, *, detail: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class SettingsError(Error):
    code = "wrong_settings"


class BadRequest(Error):
    status = 400
    code = "bad_request"


class Unauthorized(BadRequest):
    status = 401
    code = "unauthorized"


class Forbidden(BadRequest):
    status = 403
    code = "forbidden"


class NotFound(BadRequest):
    status = 404
    code = "not_found"


class VersionMismatch(BadRequest):
    status = 409
    code = "version_mismatch"


class TooLarge(BadRequest):
    status = 413
    code = "too_large"


class Invalid(BadRequest):
    status = 422
    code = "invalid"


class TooManyRequests(BadRequest):
    status = 429
    code = "too_many_requests"
    retry = True

    def __init__(self, message: str, *, retry_after: float, detail: str | None = None) -> None:
        super().__init__(message, detail=detail)
        self.retry_after = retry_after


class Overloaded(Error):
    status = 503
    code = "overloaded"
    retry = True

    def __init__(self, message: str, *, retry_after: float, detail: str | None = None) -> None:
        super().__init__(message, detail=detail)
        self.retry_after = retry_after


class FetchError(Error):
    status = 502


class TemporaryError(FetchError):
    status = 503
    code = "ci_unavailable"
    retry = True

    def __init__(self, message: str, *, retry_after: float | None = None, detail: str | None = None) -> None:
        super().__init__(message, detail=detail)
        self.retry_after = retry_after


class StillRuns(TemporaryError):
    """A build that has not ended: nothing went wrong, and it is asked for again until it has."""


class PermanentError(FetchError):
    code = "ci_refused"


class Stopped(FetchError):
    """This process stops, and gave up what it had asked for: nobody's fault, and not counted as a try."""

    status = 503
    code = "stopped"
    retry = True


class StoreError(Error):
    code = "store_error"


class StoreInUse(StoreError):
    status = 503
    code = "store_in_use"


class StoreDamaged(StoreError):
    status = 503
    code = "store_damaged"


class StoreUnavailable(StoreError):
    status = 503
    code = "store_unavailable"
    retry = True


class StoreFull(StoreUnavailable):
    pass


class OutcomeUnknown(StoreUnavailable):
    """The answer to a commit was lost."""
