"""Who may change something: the bearer of `admin_token`, or who signed in with it on a page."""

from __future__ import annotations

import hashlib
import hmac
import time
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

from buildtimetrend.errors import Forbidden, Unauthorized
from buildtimetrend.settings import Settings
from buildtimetrend.web.http.clients import client_of
from buildtimetrend.web.http.guesses import Guesses
from buildtimetrend.web.http.rate_limits import PER_CLIENT, PER_REPO, Limiter

COOKIE = "buildtimetrend_session"
SESSION = 14 * 24 * 3600  # seconds
_USUAL_PORTS = {"http": 80, "https": 443}


class Auth:
    """Without `admin_token` everybody may schedule builds, a limited number per client and per repo."""

    def __init__(self, settings: Settings) -> None:
        self._token = settings.admin_token.encode()
        self._clients = Limiter(PER_CLIENT, "imports from this address")
        self._repos = Limiter(PER_REPO, "imports of this repo")
        self._guesses = Guesses("tokens")

    @property
    def needed(self) -> bool:
        return bool(self._token)

    def check(self, request: HTTPConnection, repo: str | None = None) -> None:
        """Raises `Forbidden`, `Unauthorized` or `TooManyRequests` unless the request may change something."""
        if not self._token:
            # A GET stays open to links from elsewhere, as it was in the old service.
            if request.scope["method"] != "GET":
                check_origin(request)
            self._clients.take(client_of(request))
            if repo is not None:
                self._repos.take(repo.lower())
        elif not self._bears_token(request):
            if not self.signed_in(request) or not _says_origin(request):
                self._count_guess(request)
                raise Unauthorized(
                    "This needs the admin token: as a bearer token, or by signing in at /sign-in."
                )
            check_origin(request)

    def check_reader(self, request: HTTPConnection) -> None:
        """For what is not everybody's to see. Raises as `check` while there is a token; else it is open."""
        if self.needed:
            self.check(request)

    def require_token(self, request: HTTPConnection) -> None:
        """For what is never open. Raises `Forbidden` while there is no token, `Unauthorized` for another one,
        and `TooManyRequests` for very many of those.
        """
        if not self._token:
            raise Forbidden(
                "Pushing to this service needs its setting admin_token (BTT_ADMIN_TOKEN), which is not set.",
                detail="admin_token",
            )
        if not self._bears_token(request):
            self._count_guess(request)
            raise Unauthorized("This needs the admin token, as a bearer token.")

    def needs_sign_in(self, request: HTTPConnection) -> bool:
        """Whether a page keeps to itself what is not everybody's to see, as which channels there are."""
        return self.needed and not self.signed_in(request)

    def signed_in(self, request: HTTPConnection) -> bool:
        until, _, signature = request.cookies.get(COOKIE, "").partition(".")
        if not until.isascii() or not until.isdecimal() or len(until) > 12:
            return False
        valid = hmac.compare_digest(signature.encode(), self._signature(until).encode())
        return bool(self._token) and valid and int(until) > time.time()

    def sign_in(self, request: HTTPConnection, token: str, response: Response) -> None:
        """Set the session cookie; raises `Unauthorized` or `TooManyRequests` when the token is not ours."""
        check_origin(request)
        if not self._is_token(token):
            self._guesses.wrong(request)
            raise Unauthorized("This is not the admin token.", detail="token")
        until = str(int(time.time()) + SESSION)
        response.set_cookie(
            COOKIE,
            f"{until}.{self._signature(until)}",
            max_age=SESSION,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )

    def _bears_token(self, request: HTTPConnection) -> bool:
        return self._is_token(_bearer(request))

    def _count_guess(self, request: HTTPConnection) -> None:
        """A request without a token is none."""
        if _bearer(request):
            self._guesses.wrong(request)

    def _is_token(self, token: str) -> bool:
        # Header values come as Latin-1; the digests make the comparison blind to length as well.
        given = {hashlib.sha256(token.encode(e, "replace")).digest() for e in ("utf-8", "latin-1")}
        ours = hashlib.sha256(self._token).digest()
        return bool(self._token) and any(hmac.compare_digest(digest, ours) for digest in given)

    def _signature(self, until: str) -> str:
        return hmac.new(self._token, b"session until " + until.encode(), hashlib.sha256).hexdigest()


def check_origin(request: HTTPConnection) -> None:
    """Raises `Forbidden` when a browser sends this for a page that is not ours."""
    origin = request.headers.get("origin")
    if origin is not None and request.headers.get("host", "").lower() not in _hosts_of(origin):
        raise Forbidden("This was sent from a page of another site.", detail="Origin")
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise Forbidden("This was sent from a page of another site.", detail="Sec-Fetch-Site")


def _hosts_of(origin: str) -> tuple[str, ...]:
    """As a request of that page may name its host: browsers leave out the usual port, some proxies add it."""
    try:
        parts = urlsplit(origin.lower())
    except ValueError:  # no address at all
        return ()
    usual = _USUAL_PORTS.get(parts.scheme)
    if usual is None or not parts.netloc:
        return ()
    return parts.netloc, f"{parts.netloc}:{usual}"


def _bearer(request: HTTPConnection) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _says_origin(request: HTTPConnection) -> bool:
    """A cookie alone is not enough: links from other sites carry it, too."""
    return "origin" in request.headers or "sec-fetch-site" in request.headers
