"""Whether a notification comes from Travis CI."""

from __future__ import annotations

import base64
import binascii
import hmac
import threading
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING

import structlog

from buildtimetrend.errors import TemporaryError, Unauthorized

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

KEY_AGE = 3600.0  # seconds that a key counts as fresh
REFETCH_PAUSE = 30.0  # seconds from one fetch to the next, whatever is sent to us
FIRST_PAUSE = 5.0  # the same while there is no key yet
# Seconds from the start of a fetch that a notification waits for it. All count from the same moment, so that
# a line of any length is answered within them: Travis CI gives up on an answer after 10 s.
FIRST_WAIT = 3.0
LONGEST_WAIT = 2.0  # after a mismatch, with a key in hand: forged notifications must not hold up real ones

log = structlog.get_logger(__name__)


def load_key(pem: str) -> RSAPublicKey:
    """Raises `TemporaryError`: what is no key today may be one when the server is repaired."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415 - 8 MiB
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415

    try:
        key = load_pem_public_key(pem.encode())
    except Exception as error:  # of several kinds, by what is wrong with it
        raise TemporaryError("The public key of Travis CI cannot be read.", detail="public_key") from error
    if not isinstance(key, RSAPublicKey):
        raise TemporaryError("The public key of Travis CI is not an RSA key.", detail="public_key")
    return key


class Verifier:
    """Checks signatures with the server's key, which it fetches when first needed.

    A key that verifies is used at once, also while a newer one is fetched or cannot be: only a mismatch or a
    key's age leads to a fetch. There is one at a time, on a thread of its own, for all who wait; the next
    comes `REFETCH_PAUSE` after it, so that forged notifications neither hammer the server nor hold up real
    ones.
    """

    def __init__(
        self, fetch: Callable[[], RSAPublicKey], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`fetch` ends by itself. `clock`, in seconds, is that of ages and pauses."""
        self._fetch = fetch
        self._clock = clock
        self._key: RSAPublicKey | None = None
        self._fetched_at = 0.0
        self._next_fetch = float("-inf")
        self._failure: TemporaryError | None = None  # of the last fetch
        self._began: float | None = None  # of time.monotonic(), while one is fetched
        self._changed = threading.Condition()

    def check(self, signature: str, payload: bytes) -> None:
        """Raises `Unauthorized`, or `TemporaryError` while no key, or perhaps an old one, is known."""
        raw = _decoded(signature)
        key = self._current()
        if _matches(key, raw, payload):
            return
        newer = self._newer(key)
        if newer is key or not _matches(newer, raw, payload):
            raise Unauthorized("The signature of the notification is wrong.", detail="signature")

    def _current(self) -> RSAPublicKey:
        with self._changed:
            if self._key is None:
                return self._fetched(FIRST_WAIT)
            if self._clock() - self._fetched_at > KEY_AGE:
                self._begin()
            return self._key

    def _newer(self, key: RSAPublicKey) -> RSAPublicKey:
        """The server's key after a mismatch; the known one when it was fetched just now."""
        with self._changed:
            return self._fetched(LONGEST_WAIT) if self._key is key else self._key or key

    def _fetched(self, patience: float) -> RSAPublicKey:
        """The key as the last fetch, or one that runs, has it."""
        self._begin()
        while self._began is not None and (left := self._began + patience - time.monotonic()) > 0:
            self._changed.wait(left)
        if self._began is not None:
            raise TemporaryError(
                "The public key of Travis CI is being fetched.", retry_after=FIRST_PAUSE, detail="signature"
            )
        if self._failure is not None or self._key is None:
            why = self._failure.message if self._failure else "The public key of Travis CI is not known."
            raise TemporaryError(why, retry_after=FIRST_PAUSE, detail="signature")
        return self._key

    def _begin(self) -> None:
        """Fetch, unless somebody does or did just now."""
        if self._began is None and self._clock() >= self._next_fetch:
            self._began = time.monotonic()
            try:
                threading.Thread(target=self._refetch, name="travis-key", daemon=True).start()
            except RuntimeError as error:  # there are no more threads to be had
                self._ended(None, TemporaryError(f"The public key of Travis CI is not fetched: {error}."))

    def _refetch(self) -> None:
        try:
            key, failure = self._fetch(), None
        except TemporaryError as error:
            key, failure = None, error
        except Exception:
            log.exception("travis.key_bug")
            key, failure = None, TemporaryError("The public key of Travis CI cannot be fetched.")
        with self._changed:
            self._ended(key, failure)

    def _ended(self, key: RSAPublicKey | None, failure: TemporaryError | None) -> None:
        now = self._clock()
        if key is not None:
            self._key, self._fetched_at = key, now
        self._failure = failure
        self._next_fetch = now + (REFETCH_PAUSE if self._key else FIRST_PAUSE)
        self._began = None
        self._changed.notify_all()


def check_account_token(headers: Mapping[str, str], slug: str, token: str) -> None:
    """The older proof: `Authorization` is the SHA-256 of slug and account token, in hexadecimal."""
    expected = sha256(f"{slug}{token}".encode()).hexdigest()
    given = headers.get("authorization", "").strip().lower()
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
        raise Unauthorized("The Authorization header of the notification is wrong.", detail="authorization")


def _decoded(signature: str) -> bytes:
    try:
        return base64.b64decode("".join(signature.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Unauthorized("The Signature header is not base64.", detail="signature") from None


def _matches(key: RSAPublicKey, signature: bytes, payload: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA1  # noqa: PLC0415

    try:
        key.verify(signature, payload, PKCS1v15(), SHA1())  # noqa: S303  # what Travis CI signs with
    except InvalidSignature:
        return False
    return True
