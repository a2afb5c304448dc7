"""Whether a notification comes from Travis CI."""

from __future__ import annotations

import base64
import binascii
import hmac
import threading
import time
from collections.abc import Callable, Mapping
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from buildtimetrend.errors import TemporaryError, Unauthorized

KEY_AGE = 3600.0  # seconds that a key counts as fresh
REFETCH_PAUSE = 30.0  # seconds between two fetches, whatever is sent to us
FIRST_PAUSE = 5.0  # the same while there is no key yet
LONGEST_WAIT = 2.0  # seconds that a mismatch waits for another thread's fetch: forged ones must not pile up


def load_key(pem: str) -> RSAPublicKey:
    """Raises `TemporaryError`: what is no key today may be one when the server is repaired."""
    try:
        key = load_pem_public_key(pem.encode())
    except Exception as error:  # of several kinds, by what is wrong with it
        raise TemporaryError("The public key of Travis CI cannot be read.", detail="public_key") from error
    if not isinstance(key, RSAPublicKey):
        raise TemporaryError("The public key of Travis CI is not an RSA key.", detail="public_key")
    return key


class Verifier:
    """Checks signatures with the server's key, which it fetches when first needed.

    A key that verifies is used at once: only a mismatch or a key's age leads to a fetch, at most one every
    `REFETCH_PAUSE` and by one thread, so that forged notifications neither hammer the server nor hold up
    real ones.
    """

    def __init__(
        self, fetch: Callable[[], RSAPublicKey], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._key: RSAPublicKey | None = None
        self._fetched_at = 0.0
        self._next_fetch = float("-inf")
        self._failure: TemporaryError | None = None
        self._fetching = threading.Lock()

    def check(self, signature: str, payload: bytes) -> None:
        """Raises `Unauthorized`, or `TemporaryError` while no key could be fetched."""
        raw = _decoded(signature)
        key = self._current()
        if _matches(key, raw, payload):
            return
        newer = self._newer(key)
        if newer is key or not _matches(newer, raw, payload):
            raise Unauthorized("The signature of the notification is wrong.", detail="signature")

    def _current(self) -> RSAPublicKey:
        key = self._key
        if key is None:
            return self._first()
        if self._clock() - self._fetched_at > KEY_AGE and self._fetching.acquire(blocking=False):
            try:
                self._refetch()
            finally:
                self._fetching.release()
            return self._key or key
        return key

    def _first(self) -> RSAPublicKey:
        with self._fetching:
            if self._key is None:
                self._refetch()
            if self._key is None:
                assert self._failure is not None
                raise TemporaryError(self._failure.message, retry_after=FIRST_PAUSE, detail="signature")
            return self._key

    def _newer(self, key: RSAPublicKey) -> RSAPublicKey:
        """The server's key after a mismatch; the known one when it was fetched just now."""
        if not self._fetching.acquire(timeout=LONGEST_WAIT):
            raise TemporaryError("The public key of Travis CI is being fetched.", retry_after=FIRST_PAUSE)
        try:
            if self._key is key:
                self._refetch()
            return self._key or key
        finally:
            self._fetching.release()

    def _refetch(self) -> None:
        now = self._clock()
        if now < self._next_fetch:
            return
        self._next_fetch = now + (REFETCH_PAUSE if self._key else FIRST_PAUSE)
        try:
            self._key = self._fetch()
        except TemporaryError as error:
            self._failure = error
        else:
            self._fetched_at = now


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
    try:
        key.verify(signature, payload, PKCS1v15(), SHA1())  # noqa: S303  # what Travis CI signs with
    except InvalidSignature:
        return False
    return True
