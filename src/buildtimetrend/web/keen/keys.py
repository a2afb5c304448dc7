"""Who may do what: the keys of `keen:` settings."""

from __future__ import annotations

import hashlib
import hmac

from starlette.requests import Request

from buildtimetrend.keen.language.errors import KeenError, not_found
from buildtimetrend.settings import Settings
from buildtimetrend.web.http.guesses import Guesses

# What a key is for: `master` opens everything.
RIGHTS = ("write", "read", "master")


class Keys:
    def __init__(self, settings: Settings) -> None:
        self._project = settings.keen_project_id
        keys = (settings.keen_write_key, settings.keen_read_key, settings.keen_master_key)
        self._guesses = Guesses("keys")
        self._keys = {right: _digest(key) for right, key in zip(RIGHTS, keys, strict=True) if key}

    @property
    def project_id(self) -> str:
        """Raises `KeenError` when the settings name no project."""
        if not self._project:
            raise not_found("project here: keen.project_id (KEEN_PROJECT_ID) is not set")
        return self._project

    def require(self, request: Request, *rights: str) -> None:
        """Raises `KeenError` unless the request names our project, and a key that has one of these rights;
        `TooManyRequests` when many keys were wrong.
        """
        project = request.path_params.get("project", self.project_id)
        if project != self.project_id:
            raise not_found(f"project {project[:100]}")
        said = request.headers.get("authorization") or request.query_params.get("api_key", "")
        given = _digest(said)
        # All are compared, each in constant time.
        found = {right for right, key in self._keys.items() if hmac.compare_digest(key, given)}
        if not found:
            if said:
                self._guesses.wrong(request)
            raise KeenError("The API key is missing or not one of this project.", "InvalidApiKeyError", 401)
        if not found & {*rights, "master"}:
            needed = " or ".join([*rights, "master"])
            code = "UnauthorizedOperationError" if rights else "AdminOnlyEndpointError"
            raise KeenError(f"This needs the {needed} key.", code, 403)


def _digest(key: str) -> bytes:
    """Of one length whatever the key's."""
    return hashlib.sha256(key.strip().encode("utf-8", "surrogateescape")).digest()
