"""Wrong tokens and keys are counted, whichever way they come: by the page, as a bearer, as a key of Keen's.

Whoever has the right one is served at once, whatever others tried: behind a proxy all may have one address,
and a limit that came first would let who guesses keep those out who push. No limit makes a short token safe:
that somebody guesses is said in the log, and a short token at the start.
"""

from __future__ import annotations

import time

import structlog
from starlette.requests import HTTPConnection

from buildtimetrend.errors import TooManyRequests
from buildtimetrend.web.http.clients import client_of
from buildtimetrend.web.http.rate_limits import ALL_SIGN_INS, SIGN_INS, Limiter

log = structlog.get_logger(__name__)

SAID_EVERY = 60.0  # seconds


class Guesses:
    """Safe to use from several threads."""

    def __init__(self, what: str) -> None:
        """`what` is guessed, in the plural."""
        self._what = what
        self._of_client = Limiter(SIGN_INS, f"wrong {what} from this address")
        self._of_all = Limiter(ALL_SIGN_INS, f"wrong {what}")
        self._say_at = float("-inf")

    def wrong(self, request: HTTPConnection) -> None:
        """Count one. Raises `TooManyRequests` when there were many."""
        client = client_of(request)
        try:
            self._of_client.take(client)
            self._of_all.take("")
        except TooManyRequests:
            self._say(client)
            raise

    def _say(self, client: str) -> None:
        if time.monotonic() >= self._say_at:
            self._say_at = time.monotonic() + SAID_EVERY
            log.warning("auth.guessing", what=self._what, client=client)
